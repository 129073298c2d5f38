// The dialogs: joining, writing to somebody, a person, search, help, the network.

import { $, el, fill } from "./dom.js";
import { all as commands } from "./commands.js";
import * as safe from "./safe.js";
import { person } from "./side.js";
import * as words from "./words.js";

let closing = null;

$("shut").onclick = () => $("dialog").close();
$("dialog").addEventListener("click", (e) => e.target === $("dialog") && $("dialog").close());
$("dialog").addEventListener("close", () => closing?.());

// open shows a dialog. ended is called when it is closed.
export function open(title, body, { wide, ended } = {}) {
  closing?.();
  closing = () => {
    closing = null;
    ended?.();
  };
  $("dialogtitle").textContent = title;
  $("dialog").classList.toggle("wide", !!wide);
  fill($("dialogbody"), body);
  if (!$("dialog").open) $("dialog").showModal();
  $("dialogbody").querySelector("input")?.focus();
}

export const close = () => $("dialog").close();

// ask is a dialog with one field; choices are below it.
export function ask(title, label, word, take, choices) {
  const input = el("input", { autocapitalize: "none", autocomplete: "off", spellcheck: "false", required: true });
  open(title, [el("form", { class: "ask", onsubmit: (e) => {
    e.preventDefault();
    if (!input.value.trim()) return;
    close();
    take(input.value.trim());
  } }, el("label", {}, label, input), el("button", { type: "submit", class: "main" }, word)), choices?.length ? el("div", { class: "choices" }, choices) : ""]);
}

// who is a dialog about a person. doing is a list of [word, what happens].
export function who(p, doing) {
  const press = (f) => () => {
    close();
    f();
  };
  open(words.label(p), [el("p", { class: "soft" }, "id ", el("code", {}, safe.line(p.id)), p.peer_no ? " – peer " + p.peer_no + " [demo]" : "", p.guest ? " – a guest of that node" : ""),
    el("div", { class: "choices" }, doing.map(([word, f]) => el("button", { type: "button", class: "choice", onclick: press(f) }, word)))]);
}

// choose lists people.
export const choose = (all, take) => all.map((p) => person(p, "", () => {
  close();
  take(p);
}));

// search is a dialog; find(words) asks, and found(answer) below shows it. go(hit) leads there.
export function search(text, find, go) {
  const input = el("input", { enterkeyhint: "search", value: text, autocomplete: "off", "aria-label": "Words" });
  const out = el("div", { class: "choices", role: "region", "aria-live": "polite", "aria-label": "Found" });
  open("Search", [el("form", { class: "ask", role: "search", onsubmit: (e) => {
    e.preventDefault();
    if (input.value.trim()) find(input.value.trim());
  } }, input, el("button", { type: "submit", class: "main" }, "Search")), out]);
  if (text) find(text);
  return (f) => {
    if (f.error) return fill(out, el("p", {}, safe.text(f.error)));
    fill(out, el("p", { class: "soft" }, f.items.length ? words.plural(f.items.length, "message", "messages") + (f.more ? ", and there are older ones" : "") : "Nothing has all of these words"),
      f.items.slice().reverse().map((i) => el("button", { type: "button", class: "hit", onclick: () => {
        close();
        go(i);
      } }, el("span", { class: "head" }, el("b", {}, words.label(i.from)), el("span", { class: "soft" }, i.conversation === "dm" ? "direct message" : i.conversation.startsWith("session:") ? "private session" : safe.name(i.conversation, 64)), el("time", {}, words.moment(i.at))),
      el("span", { class: "text" }, safe.text(i.text.slice(0, 400))))));
  };
}

const keys = [["Enter", "sends"], ["Shift + Enter, Ctrl + J", "begins a new line"], ["Alt + ↑, Alt + ↓", "the conversation above, below"], ["Alt + Shift + ↑, ↓", "the same, only those with unread messages"], ["Ctrl + K", "search"], ["Ctrl + /", "this help"], ["Esc", "back to the box and the newest message"]];

export function help() {
  open("Help", [el("h3", {}, "Keys"), el("dl", { class: "keys" }, keys.flatMap(([k, what]) => [el("dt", {}, el("kbd", {}, k)), el("dd", {}, what)])),
    el("h3", {}, "Commands begin with / or \\; //x sends /x"), el("dl", { class: "keys" }, commands.flatMap(([names, args, what]) => [el("dt", {}, names.join(", ") + " " + args), el("dd", {}, what)]))]);
}

const again = 3000; // ms between two looks at the network

// network draws the network, as long as the dialog is open. ask() asks for what the
// returned function then shows.
export function network(ask) {
  const box = el("div", { class: "network" }, "…");
  const timer = setInterval(() => document.visibilityState === "visible" && ask(), again);
  const drawing = import("./network.js");
  open("The network", box, { wide: true, ended: () => clearInterval(timer) });
  ask();
  return (topology) => drawing.then((m) => m.show(box, topology), () => fill(box, topology.nodes.map((n) => el("p", {}, words.label(n)))));
}
