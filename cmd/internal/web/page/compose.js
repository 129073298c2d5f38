// The box: Enter sends, Shift+Enter and Ctrl+J begin a new line. What is typed for a
// conversation stays with it.

import { $, set } from "./dom.js";
import { tab } from "./keep.js";

const maxText = 64 << 10; // bytes of UTF-8 in a message (PROMISES 4)
const maxFrame = 32 << 10; // bytes of a guest's frame; some are for what is around the text
const bytes = (s) => new TextEncoder().encode(s).length;

export class Compose {
  #drafts = tab.get("drafts") ?? {};
  #key = "";
  #box = $("box");
  #held = "";
  #on;

  // on has enter(text, again), which says why it was not taken, or "": again tells that
  // the same text was entered before; closed(key) says why nothing can be said there,
  // or ""; and guest() whether the visitor is one.
  constructor(on) {
    this.#on = on;
    const box = this.#box;
    box.addEventListener("input", () => {
      this.#drafts[this.#key] = box.value;
      if (!box.value) delete this.#drafts[this.#key];
      this.hint("");
      this.#fit();
    });
    addEventListener("pagehide", () => tab.set("drafts", this.#drafts));
    addEventListener("visibilitychange", () => tab.set("drafts", this.#drafts));
    box.addEventListener("keydown", (e) => {
      if (e.isComposing) return;
      if (e.ctrlKey && e.key === "j") e.preventDefault(), this.insert("\n");
      else if (e.key === "Enter" && !e.shiftKey && !e.ctrlKey && !e.altKey && !e.metaKey) e.preventDefault(), this.#enter();
    });
    $("compose").addEventListener("submit", (e) => {
      e.preventDefault();
      this.#enter();
      box.focus();
    });
  }

  // show changes the conversation that is typed for.
  show(key, name) {
    const why = this.#on.closed(key);
    $("compose").classList.toggle("off", !!why);
    $("send").setAttribute("aria-disabled", String(!!why));
    const ask = why ? "Nothing can be sent: " + why : "Message " + name;
    if (this.#box.placeholder !== ask) {
      this.#box.placeholder = ask;
      $("boxname").textContent = ask;
    }
    if (key === this.#key) return;
    this.#key = key;
    this.#box.value = this.#drafts[key] ?? "";
    this.hint("");
    this.#fit();
  }

  insert(text) {
    const b = this.#box;
    b.setRangeText(text, b.selectionStart, b.selectionEnd, "end");
    b.dispatchEvent(new Event("input"));
  }

  // take puts a text into the box, before what stands there.
  take(text) {
    this.#box.value = this.#box.value ? text + "\n" + this.#box.value : text;
    this.#box.dispatchEvent(new Event("input"));
    this.#box.focus();
  }

  // hint says why something was not sent.
  hint(text) {
    if (!text) this.#held = "";
    $("hint").hidden = !text;
    set($("hint"), text);
  }

  #enter() {
    const text = whole(this.#box.value.replaceAll("\r\n", "\n"));
    if (!text.trim()) return;
    const why = this.#on.closed(this.#key) || tooLong(text, this.#on.guest()) || this.#on.enter(text, this.#held === text);
    if (why) {
      this.hint(why);
      this.#held = text;
      return;
    }
    this.#box.value = "";
    this.#box.dispatchEvent(new Event("input"));
  }

  #fit() {
    this.#box.style.height = "auto";
    if (this.#box.value) this.#box.style.height = this.#box.scrollHeight + "px"; // which is the placeholder's otherwise
  }
}

// whole is a text without halves of characters: it has to come back from the node as it
// went there, or it would be taken for one that the node has not got.
const whole = (text) => text.toWellFormed?.() ?? text.replace(/\p{Cs}/gu, "\ufffd");

function tooLong(text, guest) {
  const n = bytes(text);
  if (n > maxText) return "the text has " + n + " bytes and a message takes " + maxText + " at most; nothing was sent";
  if (guest && bytes(JSON.stringify(text)) > maxFrame - 512) return "the text has " + n + " bytes, which is more than a guest may send at once; nothing was sent";
  return "";
}
