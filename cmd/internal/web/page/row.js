// One row of the log: a message, a line that waits, or a note.

import { el, icon } from "./dom.js";
import * as safe from "./safe.js";
import * as words from "./words.js";

const group = 5 * 60e3; // ms between messages of one person that stand under one name
const most = 3000, lines = 40; // characters and lines of a message that are shown before one asks for all

// begins tells whether an item stands under a name of its own.
const begins = (i, prev) => !prev || prev.kind === "note" || prev.kind !== i.kind && (prev.kind === "action" || i.kind === "action") || words.key(prev.from) !== words.key(i.from) || i.at - prev.at > group || words.date(prev.at) !== words.date(i.at) || i.late;

// sign changes when a row is to be made again.
export const sign = (i, prev, mark) => [i.state, i.reason, i.rev, i.id, i.text.length, i.kind !== "note" && begins(i, prev), !prev || words.date(prev.at) !== words.date(i.at), i.id && i.id === mark].join("|");

// row makes the element. on has person(p), again(ref), edit(ref), drop(ref), whole(item).
export function row(i, prev, mark, on) {
  const li = el("li", { class: "row" });
  if (!prev || words.date(prev.at) !== words.date(i.at)) li.append(el("div", { class: "day" }, words.day(i.at, Date.now())));
  if (i.id && i.id === mark) li.append(el("div", { class: "fresh" }, "New"));
  if (i.kind === "note") {
    li.append(el("div", { class: "note" + (i.pre ? " pre" : "") + (i.warn ? " warn" : ""), dir: "auto" }, i.text));
    return li;
  }
  const first = begins(i, prev), name = words.label(i.from), at = words.time(i.at);
  const body = el("div", { class: "body" });
  const stamp = (c) => el("time", { class: c, datetime: new Date(i.at).toISOString(), onpointerenter: (e) => (e.target.title = words.moment(i.at)) }, at);
  if (first) {
    li.classList.add("first");
    body.append(el("div", { class: "head" },
      el("button", { type: "button", class: "who", tabindex: "-1", onclick: () => on.person(i.from) }, name),
      i.mine && el("span", { class: "sr" }, " (you) "), stamp(""), i.late && el("span", { class: "late" }, "came late")));
  } else {
    body.append(el("span", { class: "sr" }, name + ", " + at + ": "));
  }
  body.append(el("div", { class: "said" }, text(i, name, on), i.mine && i.kind !== "hello" && fate(i)), trouble(i, on) ?? "");
  li.append(el("div", { class: "msg is-" + i.kind + (i.mine ? " mine" : "") + (i.mine && !i.id ? " unsure" : "") },
    first ? el("span", { class: "avatar hue" + words.hue(i.from), "aria-hidden": "true" }, words.initial(i.from)) : stamp("gutter"), body));
  return li;
}

function text(i, name, on) {
  let s = i.text, rest = 0;
  if (!i.all && (s.length > most || s.split("\n", lines + 1).length > lines)) {
    s = s.split("\n", lines).join("\n").slice(0, most).replace(/[\ud800-\udbff]$/, "");
    rest = i.text.length - s.length;
  }
  const box = el("div", { class: "text", dir: "auto" });
  if (i.kind === "hello") box.append("says hello");
  else box.append(i.kind === "action" ? name + " " : "", ...links(safe.text(s)));
  if (rest) box.append("… ", el("button", { type: "button", class: "whole", onclick: () => on.whole(i) }, "Show " + rest + " more characters"));
  return box;
}

// links is a text with its links; pictures are links like all others.
export function links(s) {
  return safe.pieces(s).map((p) => (p.href ? el("a", { href: p.href, target: "_blank", rel: "noopener noreferrer", title: "Opens " + p.host }, p.text) : p.text));
}

const signs = { waiting: "waiting", checking: "waiting", sending: "waiting", queued: "waiting", sent: "sent", delivered: "delivered", failed: "failed", held: "failed" };

// fate is how far a message is, as a sign and in words for who hears.
function fate(i) {
  if (!signs[i.state]) return null;
  const say = words.state(i);
  return el("span", { class: "fate " + i.state, title: say }, icon(signs[i.state]), el("span", { class: "sr" }, " – " + say));
}

// trouble says why a message is not where it should be, and what can be done.
function trouble(i, on) {
  const failed = i.state === "failed";
  if (!i.mine || !(failed || i.reason && i.state === "queued" || i.state === "waiting" || i.state === "checking")) return null;
  const out = el("div", { class: "trouble" + (failed ? "" : " calm") }, el("span", {}, words.state(i)));
  const act = (word, f) => el("button", { type: "button", onclick: () => f(i.ref) }, word);
  if (failed && !i.id) out.append(act("Send again", on.again), act("Edit", on.edit), act("Discard", on.drop));
  return out;
}
