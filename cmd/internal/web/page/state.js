// The state of the page: what the node tells goes in, what is to be asked of it
// comes out. Pure: no DOM, no clock, no socket; now is in ms, and refs are made of a
// prefix and a number. The tests run it alone.

import * as lines from "./lines.js";
import { Log } from "./log.js";
import { handlers } from "./told.js";
import * as words from "./words.js";

// Bounds on what others can fill: direct conversations (the longest silent goes), and
// questions without an answer (the oldest is forgotten).
export const maxDirects = 200;
const maxAsks = 500;

// pages is how many messages one question about the history asks for; whole is it
// where the fate of a line is looked up.
export const pages = 200;
const whole = 1000;

export class State {
  me = null; // who the visitor is to others; null before the node has said it
  owner = false;
  wanted = ""; // what a guest wants to be called
  network = "";
  ready = false; // connected, and the conversations are known
  visible = true; // the visitor sees the page
  convs = new Map(); // by key: "lobby", "#name", "dm:person", "session:N"
  open = "lobby"; // the key of the conversation that is shown
  lines = []; // see lines.js
  found = null; // the answer to the last search
  out = []; // instructions to send; whoever takes them empties it
  said = []; // texts for who hears rather than sees the page; likewise
  returned = []; // what was typed and was not done, to be put back into the box
  early = []; // notes from before there was a conversation to put them in
  away = 0; // since when there is no connection; 0 while there is, or never was
  wants = []; // channels that a guest asked for at the door
  asks = new Map(); // what is asked, by ref
  reads = []; // keys of which the history is to be read, one after the other
  reading = ""; // the ref of the question that is under way
  count = 0;

  constructor(prefix) {
    this.prefix = prefix;
  }

  // ask puts an instruction out. about says what its answer is for.
  ask(instruction, about) {
    const ref = this.prefix + ++this.count;
    this.asks.set(ref, about ?? {});
    if (this.asks.size > maxAsks) this.asks.delete(this.asks.keys().next().value);
    this.out.push({ ...instruction, ref });
    return ref;
  }

  // conv returns a conversation, and makes it if need be.
  conv(key, more) {
    let c = this.convs.get(key);
    if (!c) {
      const kind = key === "lobby" ? "lobby" : key[0] === "#" ? "channel" : key.startsWith("dm:") ? "dm" : "session";
      c = { key, kind, n: kind === "lobby" ? 0 : null, with: null, side: "", here: kind === "dm", interrupted: false, unread: 0, mark: "", users: null, log: new Log(), at: 0 };
      this.convs.set(key, c);
      if (kind === "dm") this.trim(key);
    }
    return Object.assign(c, more);
  }

  // trim closes the longest silent of too many direct conversations, but not the one
  // that has just begun.
  trim(fresh) {
    const all = [...this.convs.values()].filter((c) => c.kind === "dm");
    if (all.length <= maxDirects) return;
    const idle = all.filter((c) => c.key !== this.open && c.key !== fresh && !this.lines.some((l) => l.key === c.key));
    idle.sort((a, b) => a.at - b.at);
    if (idle.length) this.convs.delete(idle[0].key);
  }

  // direct is the conversation with a person.
  direct(p) {
    return this.conv("dm:" + words.key(p), { with: p });
  }

  current() {
    return this.convs.get(this.open);
  }

  // go opens a conversation: it is the one that is shown, and the node knows that the
  // visitor reads there.
  go(key) {
    const c = this.conv(key);
    const was = this.current();
    if (was && was !== c) was.mark = "";
    this.open = key;
    this.early.splice(0).forEach((i) => c.log.add(i));
    c.mark = c.unread ? c.log.items.filter((i) => i.id && !i.mine).at(-c.unread)?.id ?? "" : "";
    this.seen();
    if (this.ready) this.look();
  }

  // seen says that what is open has been read.
  seen() {
    const c = this.current();
    if (c && this.visible) c.unread = 0;
  }

  // look asks for what the open conversation needs.
  look() {
    const c = this.current();
    if (!c) return;
    this.stand();
    if (!c.log.read) this.read(c.key, true);
    this.users(c);
  }

  // stand tells the node what the visitor has before him: what he has not is unread.
  stand() {
    const c = this.current();
    if (this.visible && c?.here && c.n !== null) this.ask({ do: "switch", n: String(c.n) }, { what: "switch" });
    else this.ask({ do: "attach", apart: true }, { what: "apart" });
  }

  // users asks who is in a conversation.
  users(c) {
    if (c.here && (c.kind === "lobby" || c.kind === "channel")) this.ask({ do: "users", conversation: c.key }, { what: "users", key: c.key });
  }

  // read asks for the end of a conversation's history when its turn comes.
  read(key, soon) {
    if (this.reads.includes(key)) return;
    if (soon) this.reads.unshift(key);
    else this.reads.push(key);
    this.readNext();
  }

  readNext() {
    while (!this.reading && this.ready && this.reads.length) {
      const c = this.convs.get(this.reads.shift());
      if (c && c.here) this.reading = this.history(c, this.lines.some((l) => l.key === c.key && l.state === "checking") ? whole : pages, "");
    }
  }

  history(c, n, before) {
    const q = { do: "history", conversation: c.kind === "dm" ? "dm" : c.key, n };
    if (c.kind === "dm") q.to = words.to(c.with);
    if (before) q.before = before;
    return this.ask(q, { what: "history", key: c.key, before, n });
  }

  // older asks for what is before the first message, unless that is being asked.
  older(key) {
    const c = this.convs.get(key);
    const before = c?.log.oldest();
    if (!c || !this.ready || !c.here || !c.log.more || !c.log.read || c.loading || !before || c.log.full()) return;
    c.loading = this.history(c, pages, before);
  }

  // say takes a line for a conversation. It says why it cannot, or "".
  say(key, text, now, kind = "text") {
    const c = this.convs.get(key);
    const why = !c ? "there is no such conversation" : words.closed(c);
    if (why) return why;
    if (this.lines.length >= lines.maxLines) return "too many lines wait to be sent";
    const ref = this.prefix + "l" + ++this.count;
    this.lines.push({ ref, key, to: c.kind === "dm" ? words.to(c.with) : "", with: c.with && words.key(c.with), text, kind, at: now, state: "waiting", reason: "", after: "" });
    this.flush(key);
    return "";
  }

  // again sends a line that has failed; drop forgets it.
  again(ref) {
    const l = this.lines.find((l) => l.ref === ref);
    if (!l || words.closed(this.convs.get(l.key) ?? {})) return;
    this.lines = this.lines.filter((o) => o !== l);
    this.lines.push({ ...l, ref: this.prefix + "l" + ++this.count, state: "waiting", reason: "" });
    this.flush(l.key);
  }

  drop(ref) {
    this.lines = this.lines.filter((l) => l.ref !== ref);
  }

  // flush sends what waits for a conversation, in order, once nothing of it is in doubt and
  // its last message is known: what comes later can be told from what was there before.
  flush(key) {
    const c = this.convs.get(key);
    if (!this.ready || !c || !c.here || this.lines.some((l) => l.key === key && l.state === "checking")) return;
    if (!c.log.read) {
      if (this.lines.some((l) => l.key === key && l.state === "waiting")) this.read(key);
      return;
    }
    for (const l of this.lines) {
      if (l.key !== key || l.state !== "waiting") continue;
      l.state = "sending";
      l.after = c.log.newest();
      this.out.push(lines.frame(l));
    }
  }

  // lost is the end of the connection.
  lost(now) {
    this.away = this.away || (this.me && now);
    this.ready = false;
    this.out = [];
    for (const a of this.asks.values()) if (a.typed) this.returned.push(a.typed), this.note(a.key, "the connection broke before the node answered: this may have been sent, and is in the box again", now, { warn: true });
    this.asks.clear();
    this.reads = [];
    this.reading = "";
    lines.broke(this.lines);
    for (const c of this.convs.values()) c.log.read = false, (c.loading = ""), (c.again = c.here && (c.kind === "channel" || c.kind === "lobby"));
  }

  // note puts a line that is nobody's message into a conversation.
  note(key, text, now, more) {
    const c = this.convs.get(key) ?? this.current() ?? this.convs.get("lobby");
    if (!text) return;
    if (c) c.log.add({ kind: "note", text, at: now, ...more });
    else if (this.early.length < 20) this.early.push({ kind: "note", text, at: now, ...more });
    if (!c || c.key === this.open) this.said.push(text);
  }

  // apply takes in one object of the node.
  apply(o, now) {
    if (o && Object.hasOwn(handlers, o.type)) handlers[o.type](this, o, now, this.asks.get(o.ref));
  }
}
