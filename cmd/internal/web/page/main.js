// The page: what the node tells goes into the state, what the state asks goes to the
// node, and what has changed is drawn once a frame.
//
//	node ──▶ link ──▶ state, told, log, lines (pure) ──▶ side, list with row, dialogs ──▶ the visitor
//	node ◀── link ◀── state                          ◀── compose, commands            ◀── the visitor
//
// Whatever others have written passes safe.js, and becomes text by dom.js: nothing here
// makes markup of a string.

import { Compose } from "./compose.js";
import * as commands from "./commands.js";
import * as dialogs from "./dialogs.js";
import { $, el, fill, set } from "./dom.js";
import { browser, tab, token, unclaimed } from "./keep.js";
import { broke } from "./lines.js";
import { Link } from "./link.js";
import { List } from "./list.js";
import * as row from "./row.js";
import * as safe from "./safe.js";
import * as side from "./side.js";
import { State } from "./state.js";
import { forget } from "./told.js";
import "./theme.js";
import * as words from "./words.js";

const prefix = Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(36)).join("") + ".";
const s = new State(prefix);
s.lines = await unclaimed(tab.get("lines") ?? [], () => s.lines);
broke(s.lines);
s.open = tab.get("open") ?? "lobby";
s.visible = document.visibilityState === "visible";

let next = 0; // when the next attempt to connect is, in ms; 0 while connected
let frame = 0, shown = "", searched = null, pictured = null, stale = 0;

const link = new Link({
  told(objects) {
    for (const o of objects) {
      const first = !s.me;
      s.apply(o, Date.now());
      if (first && s.me) entered();
      if (s.found) searched?.(s.found), (s.found = null);
      if (o.type === "topology") pictured?.(o);
    }
    next = 0;
    pump();
  },
  down(ms) {
    s.lost(Date.now());
    next = Date.now() + ms;
    pump();
    if (!s.me) knock("The node does not answer. Trying again …");
  },
  over(why) {
    s.lost(Date.now());
    tab.set("token", null);
    knock(why || "The node has turned you away.");
    pump();
  },
});

// pump gives the node what it is asked for, and draws.
function pump() {
  link.send(s.out.splice(0));
  for (const text of s.returned.splice(0)) compose.take(text);
  for (const text of s.said.splice(0).slice(-5)) announce(text);
  keep();
  const n = [...s.convs.values()].reduce((n, c) => n + c.unread, 0);
  document.title = (n ? "(" + n + ") " : "") + (s.current() ? words.title(s.current()) + " – " : "") + "tincan" + (s.me?.peer_no ? " [demo]" : "");
  frame ||= requestAnimationFrame(draw);
}

// keep saves what a reload shall find.
function keep() {
  tab.set("lines", s.lines.length ? s.lines : null);
  tab.set("open", s.open);
  if (!s.me) return;
  if (!s.owner) tab.set("guest", { name: s.wanted, channels: [...s.convs.values()].filter((c) => c.here && c.n !== null && c.kind !== "session").map((c) => c.key).concat(s.wants) });
  const met = JSON.stringify([...s.convs.values()].filter((c) => c.kind === "dm").sort((a, b) => b.at - a.at).map((c) => c.with));
  if (met !== kept) (s.owner ? browser : tab).set("met." + words.key(s.me), JSON.parse((kept = met)));
}
let kept = "[]";

function entered() {
  const met = (s.owner ? browser : tab).get("met." + words.key(s.me)) ?? [];
  met.forEach((p, i) => p?.id && (s.direct(p).at = -i));
  document.body.dataset.pane = "talk";
  $("gate").hidden = $("splash").hidden = true;
  $("app").hidden = false;
  if (matchMedia("(pointer: fine)").matches) $("box").focus();
}

function announce(text) {
  $("heard").append(el("p", {}, safe.text(text.slice(0, 1000))));
  while ($("heard").childElementCount > 10) $("heard").firstChild.remove();
}

const list = new List($("scroll"), $("rows"), {
  make: (i, prev) => row.row(i, prev, s.current()?.mark, on),
  sign: (i, prev) => row.sign(i, prev, s.current()?.mark),
  top() {
    s.older(s.open);
    link.send(s.out.splice(0));
  },
  moved: latest,
});

function draw() {
  frame = 0;
  const c = s.current();
  side.places(s, on);
  set($("name"), s.me ? words.label(s.owner ? s.me : { ...s.me, name: s.me.guest, guest: "" }) : "");
  $("demo").hidden = !s.me?.peer_no;
  $("face").className = "avatar hue" + (s.me ? words.hue(s.me) : 0);
  set($("face"), s.me ? words.initial(s.me) : "");
  set($("line"), next ? "not connected" : s.owner ? "connected" : "guest");
  $("line").classList.toggle("off", !!next);
  const network = !["", "main", "demo"].includes(s.network) ? s.network : "";
  $("net").hidden = !network;
  set($("net"), network && words.quoted(network));
  set($("title"), c ? words.title(c) : "tincan");
  set($("about"), c ? (c.interrupted ? "Interrupted: what you write arrives when the line is back" : words.about(c)) : "");
  const others = [...s.convs.values()].reduce((n, o) => n + (o === c ? 0 : o.unread), 0);
  $("waiting").hidden = !others;
  set($("waiting"), side.count(others));
  status(c);
  $("leave").hidden = !c || c.here && (c.kind === "lobby" && s.owner);
  $("leave").title = c?.kind === "dm" || !c?.here ? "Close" : c.kind === "session" ? "End the session" : "Leave";
  if (c?.stale && !stale) stale = setTimeout(() => (stale = 0, s.convs.get(s.open) === c && s.ready && (c.stale = false, s.users(c)), pump()), 1000);
  $("leave").setAttribute("aria-label", $("leave").title);
  compose.show(s.open, c ? words.title(c) : "");
  side.people(c, on.person);
  const waiting = s.lines.filter((l) => l.key === s.open);
  for (const l of waiting) l.from = s.me ?? { id: "" }, (l.mine = true);
  const items = c ? c.log.items.concat(waiting) : s.early;
  $("scroll").setAttribute("aria-label", "Messages" + (c ? " in " + words.title(c) : ""));
  list.show(items, shown !== s.open);
  shown = s.open;
  empty(c, items);
}

function latest(atEnd) {
  const n = s.current()?.unread;
  $("latest").hidden = atEnd;
  set($("latest"), n ? words.plural(n, "new message", "new messages") : "Newest");
}

function status(c) {
  if (!next && !(c && !c.here && c.kind === "channel" && s.ready)) return fill($("status"));
  if ($("status").dataset.why === s.open + !next && $("status").firstChild) return;
  $("status").dataset.why = s.open + !next;
  if (next) fill($("status"), el("span", {}, "The node does not answer. What you write is sent when it is back."), el("button", { type: "button", onclick: () => link.now() }, "Try now"));
  else fill($("status"), el("span", {}, "You are not in this channel any more."), el("button", { type: "button", onclick: () => run({ ask: { do: "join", channel: c.key }, about: { what: "go" } }) }, "Join again"));
}

function empty(c, items) {
  $("empty").hidden = items.length > 0 || !c || !c.log.read;
  if ($("empty").hidden || $("empty").dataset.of === s.open) return;
  $("empty").dataset.of = s.open;
  fill($("empty"), el("strong", {}, "Nothing has been said here yet"), c.kind === "lobby" ? "Everybody in the network meets here." : words.about(c) + ".",
    c.kind === "lobby" && el("div", {}, el("button", { type: "button", onclick: () => run({ ask: { do: "hello" }, about: { what: "show" } }) }, "Say hello")));
}

// run does what a command wants. It says why nothing was done, or "".
function run(r) {
  const c = s.current();
  if (r.wrong) return r.wrong;
  if (r.say || r.act) {
    const why = s.say(s.open, r.say ?? r.act, Date.now(), r.act ? "action" : "text");
    if (why) return why;
    list.end();
  }
  if (r.ask && !s.ready) return "there is no connection to the node at the moment; nothing was done";
  if (r.ask) s.ask(r.ask, { key: s.open, ...r.about });
  if (r.dm) return direct(r.dm, r.text);
  if (r.page === "help") dialogs.help();
  if (r.page === "search") search(r.text);
  if (r.page === "network") network();
  if (r.page === "quit") quit();
  if (r.page === "close" && c) forget(s, c.key);
  pump();
  return "";
}

// direct writes to somebody, or opens the conversation with him.
function direct(to, text) {
  if (!s.ready) return "there is no connection to the node at the moment; nothing was sent";
  if (text) s.ask({ do: "dm", to, text }, { what: "dm", key: s.open, typed: "/dm " + to + " " + text });
  else s.ask({ do: "whois", to }, { what: "direct", key: s.open });
  pump();
  return "";
}

const compose = new Compose({
  guest: () => !s.owner,
  closed: (key) => (s.convs.has(key) ? words.closed(s.convs.get(key)) : s.me ? "you are in no conversation" : ""),
  enter(text, again) {
    const r = commands.read(text, s.current());
    return r.hold && !again ? r.hold : run(r.hold ? { say: text } : r);
  },
});

const on = {
  go(key) {
    s.go(key);
    document.body.dataset.pane = "talk";
    pump();
    if (matchMedia("(pointer: fine)").matches) $("box").focus();
  },
  add(kind) {
    if (kind === "channel") return dialogs.ask("Join a channel", "Channel", "Join", (channel) => on.go2({ do: "join", channel }));
    const known = new Map();
    for (const c of s.convs.values()) for (const p of c.users ?? (c.with ? [c.with] : [])) if (!p.me) known.set(words.key(p), p);
    const start = (to) => (kind === "dm" ? direct(to, "") : on.go2({ do: "fork", to }));
    const pick = (p) => (kind === "dm" ? on.go(s.direct(p).key) : start(words.to(p)));
    dialogs.ask(kind === "dm" ? "Write to somebody" : "Open a private session", "Name, number or id", kind === "dm" ? "Write" : "Open", start, dialogs.choose([...known.values()].slice(0, 100), pick));
  },
  go2(ask) {
    const why = run({ ask, about: { what: "go" } });
    if (why) compose.hint(why);
    document.body.dataset.pane = "talk";
  },
  person(p) {
    const self = words.key(p) === words.key(s.me), to = words.to(p);
    const asks = (d) => () => run({ ask: { do: d, to }, about: { what: "show" } });
    dialogs.who(p, self ? [["Who am I to others?", () => run({ ask: { do: "whois" }, about: { what: "show" } })], ["Change my name", rename], ["I am away", () => run({ ask: { do: "away" }, about: { what: "show" } })], ["I am back", () => run({ ask: { do: "back" }, about: { what: "show" } })]]
      : [["Write a direct message", () => on.go(s.direct(p).key)], ["Open a private session", () => on.go2({ do: "fork", to })], ["Who is this?", asks("whois")], ["Ignore", asks("ignore")], ["Stop ignoring", asks("unignore")]]);
  },
  again(ref) {
    s.again(ref);
    pump();
  },
  edit(ref) {
    const l = s.lines.find((l) => l.ref === ref);
    s.drop(ref);
    if (l) compose.take(l.text);
    pump();
  },
  drop(ref) {
    s.drop(ref);
    pump();
  },
  whole(i) {
    i.all = true;
    i.rev = (i.rev ?? 0) + 1;
    pump();
  },
};

const rename = () => dialogs.ask("Change my name", "Name", "Change", (name) => run({ ask: { do: "nick", name }, about: { what: "show" } }));

function search(text) {
  searched = dialogs.search(text, (words) => {
    s.ask({ do: "search", words, n: 100 }, { what: "search" });
    pump();
  }, reveal);
}

// reveal leads to a message of the past; what lies between is read first, as far as
// a page holds it.
function reveal(hit) {
  const key = hit.conversation === "dm" ? s.direct(hit.mine ? hit.to : hit.from).key : hit.conversation;
  if (!s.convs.has(key)) return s.note(s.open, "that conversation is not open any more", Date.now()), pump();
  on.go(key);
  let turns = 150; // of pages, each of which is a question to the node
  const look = () => {
    const c = s.convs.get(key);
    if (s.open !== key || !c || turns-- < 0) return;
    const item = c.log.byId.get(hit.id);
    if (item && list.reveal(item)) return;
    s.older(key);
    pump();
    if (!c.log.read || c.loading || item) setTimeout(look, 50);
  };
  look();
}

function network() {
  pictured = dialogs.network(() => {
    s.ask({ do: "topology" }, { what: "topology" });
    link.send(s.out.splice(0));
  });
}

// quit leaves the node, which goes on.
function quit() {
  link.send([{ do: "quit" }]);
  link.close();
  for (const k of ["token", "guest", "open", "lines"]) tab.set(k, null);
  location.reload();
}

// knock shows the door, with the reason why the visitor stands before it.
function knock(why) {
  if (s.me && why === "The node does not answer. Trying again …") return;
  $("app").hidden = $("splash").hidden = true;
  $("gate").hidden = false;
  set($("why"), why);
}

$("door").addEventListener("submit", (e) => {
  e.preventDefault();
  const name = $("guest").value.trim(), channel = $("channel").value.trim().replace(/^#?lobby$/i, "lobby");
  tab.set("guest", { name, channels: [channel] });
  location.reload(); // a new visitor, a new page
});

$("self").onclick = () => s.me && on.person(s.me);
$("help").onclick = dialogs.help;
$("search").onclick = () => search("");
$("network").onclick = network;
$("leave").onclick = () => run(commands.read("/leave", s.current()));
$("latest").onclick = () => (list.end(), $("box").focus());
$("back").onclick = () => (document.body.dataset.pane = "places");
$("crowd").onclick = () => crowd($("people").hidden);
$("alone").onclick = () => (crowd(false), $("crowd").focus());

function crowd(open) {
  $("people").hidden = !open;
  $("crowd").setAttribute("aria-expanded", String(open));
  if (open && s.current() && s.ready) s.users(s.current()), pump();
}

addEventListener("keydown", (e) => {
  if ($("dialog").open || $("app").hidden) return;
  if (e.altKey && !e.ctrlKey && (e.key === "ArrowUp" || e.key === "ArrowDown")) {
    e.preventDefault();
    const all = side.order(s.convs), step = e.key === "ArrowUp" ? -1 : 1;
    for (let k = 1, at = all.indexOf(s.current()); k <= all.length; k++) {
      const c = all[(at + step * k + all.length * 2) % all.length];
      if (!e.shiftKey || c.unread) return on.go(c.key);
    }
  } else if (e.ctrlKey && e.key === "k") e.preventDefault(), search("");
  else if (e.ctrlKey && e.key === "/") e.preventDefault(), dialogs.help();
  else if (e.key === "Escape") {
    if (!$("people").hidden && matchMedia("(max-width: 1080px)").matches) crowd(false);
    list.end();
    $("box").focus();
  }
});

document.addEventListener("visibilitychange", () => {
  s.visible = document.visibilityState === "visible";
  s.seen();
  if (s.ready) s.stand();
  pump();
});

// begin comes in as who the browser knows the visitor to be, or shows the door.
function begin() {
  const secret = token(), guest = tab.get("guest");
  if (secret) link.open(() => ({ do: "enter", token: secret }));
  else if (guest) {
    s.wants = guest.channels ?? [];
    link.open(() => ({ do: "enter", name: s.wanted || guest.name }));
  } else {
    knock("");
    $("guest").focus();
  }
}

addEventListener("hashchange", () => token() && location.reload());
begin();
