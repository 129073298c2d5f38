// The conversations at the side, and the people of the one that is open.

import { $, el, icon, keyed, set } from "./dom.js";
import * as words from "./words.js";

const groups = [["channel", "Channels", "Join a channel"], ["dm", "Direct messages", "Write to somebody"], ["session", "Private sessions", "Open a private session"]];

// order is the conversations as they stand at the side.
export function order(convs) {
  const rank = { lobby: 0, channel: 1, dm: 2, session: 3 };
  return [...convs.values()].sort((a, b) => rank[a.kind] - rank[b.kind] || (a.kind === "channel" ? (a.key < b.key ? -1 : 1) : a.kind === "session" ? a.n - b.n : b.at - a.at));
}

// places draws the conversations. on has go(key) and add(kind).
export function places(s, on) {
  const all = order(s.convs);
  const shown = [{ kind: "lobby", list: all.filter((c) => c.kind === "lobby") }, ...groups.map(([kind, title, add]) => ({ kind, title, add, list: all.filter((c) => c.kind === kind) }))];
  keyed($("places"), shown, (g) => g.kind, (g) => {
    const id = "of-" + g.kind;
    return el("section", g.title ? { "aria-labelledby": id } : {},
      g.title && el("div", { class: "group" }, el("h2", { id }, g.title), el("button", { type: "button", class: "round", "aria-label": g.add, title: g.add, onclick: () => on.add(g.kind) }, icon("plus"))), el("ul"));
  }, (e, g) => keyed(e.lastChild, g.list, (c) => c.key, (c) => el("li", {}, el("button", { type: "button", class: "place", onclick: () => on.go(c.key) })), (li, c) => place(li.firstChild, c, s)));
}

function place(b, c, s) {
  const title = words.title(c), n = c.unread;
  const off = !c.here ? "not there any more" : c.interrupted ? "interrupted" : "";
  const sign = [title, n, off, c.key === s.open].join("|");
  if (b.dataset.sign === sign) return;
  b.dataset.sign = sign;
  b.className = "place" + (n ? " unread" : "") + (off ? " off" : "");
  if (c.key === s.open) b.setAttribute("aria-current", "true");
  else b.removeAttribute("aria-current");
  const mark = c.kind === "lobby" ? icon("home") : c.kind === "channel" ? "#" : c.kind === "session" ? icon("lock") : null;
  b.replaceChildren(mark ? el("span", { class: "sign", "aria-hidden": "true" }, mark) : face(c.with),
    el("span", { class: "called" }, c.kind === "channel" ? title.replace(/^#/, "") : title),
    n ? el("span", { class: "badge" }, count(n)) : "");
  b.setAttribute("aria-label", [title, n ? n + " unread" : "", off].filter(Boolean).join(", "));
}

// count is how many there are, in little room.
export const count = (n) => (n > 999 ? "999+" : String(n));

const face = (p) => el("span", { class: "avatar hue" + words.hue(p), "aria-hidden": "true" }, words.initial(p));

// person is a button with a person on it.
export function person(p, note, press, c = "choice") {
  return el("button", { type: "button", class: c, onclick: press }, face(p), el("span", { class: "called" }, words.label(p), note && el("small", {}, note)));
}

const maxPeople = 500; // more are counted

// people draws who is in the open conversation.
export function people(c, press) {
  const all = c?.users ?? (c?.with ? [c.with] : []);
  set($("people").querySelector("h2"), all.length ? words.plural(all.length, "person", "people") : "People");
  const sorted = all.map((u) => [u.me ? "" : words.label(u).toLowerCase(), u]).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)).slice(0, maxPeople);
  const note = (u) => [u.me && "you", u.away && "away: " + words.quoted(u.away)].filter(Boolean).join(", ");
  keyed($("crowdlist"), sorted, ([, u]) => [words.key(u), words.label(u), note(u)].join("|"), ([, u]) => el("li", {}, person(u, note(u), () => press(u), "person")), () => {});
}
