// What each kind of object that a node tells does to the state of the page. Pure, as
// state.js is.

import * as lines from "./lines.js";
import { Log } from "./log.js";
import * as safe from "./safe.js";
import * as words from "./words.js";

// maxMet is of how many direct conversations the page asks what was said: at its start
// of those that the node has, after a break of those that are here. That is fewer than the
// questions about history that may wait at the node (64).
const maxMet = 32;

// metPage is how many messages it asks for at its start.
const metPage = 200;

// handlers are called with the state, the object, the present time, and what was asked
// if it is an answer.
export const handlers = {
  ready(s, o, now, about) {
    if (about?.what === "apart") return;
    s.owner = true;
    began(s, { id: o.id, peer_no: o.peer_no, name: o.name }, o.network, now);
  },

  entered(s, o, now) {
    s.owner = false;
    s.wanted = o.asked;
    began(s, o.me, "", now);
    if (o.me.guest !== o.asked) s.note(s.open, "you are called " + words.label(o.me) + " here", now);
    const again = [...s.convs.values()].filter((c) => c.again && (c.kind === "channel" || c.kind === "lobby")).map((c) => c.key);
    for (const channel of new Set([...s.wants, ...again])) s.ask({ do: "join", channel }, { what: "door", key: channel });
  },

  sessions(s, o, now, about) {
    if (about?.what === "show") s.note(about.key, o.sessions.map((p) => p.n + " " + (p.with ? words.label(p.with) : words.quoted(p.conversation))).join("\n"), now, { pre: true });
    if (about?.what !== "begin" && about?.what !== "show") return;
    const there = new Set();
    for (const p of o.sessions) {
      const key = p.conversation === "dm" ? "dm:" + words.key(p.with) : p.conversation;
      const old = s.convs.get(key);
      if (old?.kind === "session" && (old.with && words.key(old.with) !== words.key(p.with) || old.side !== (p.side ?? ""))) {
        lines.refuse(s.lines, key, words.closed(old) || "that private session is no more");
        old.log = new Log();
      }
      const c = s.conv(key, { n: p.n, here: true, interrupted: !!p.interrupted });
      if (p.with) c.with = p.with, (c.side = p.side ?? "");
      if (key !== s.open || !s.visible) c.unread = Math.max(c.unread, p.unread);
      there.add(key);
    }
    for (const l of s.lines) if (l.with && s.convs.get(l.key)?.kind === "session" && words.key(s.convs.get(l.key).with) !== l.with) l.state = "failed", (l.reason = "that private session is no more");
    for (const c of s.convs.values()) {
      if (c.kind === "dm" || there.has(c.key)) continue;
      if (!s.owner && (c.again || s.wants.includes(c.key))) continue; // a guest comes back to it
      if (c.here) gone(s, c, now);
    }
    if (about.what === "show") return;
    s.ready = true;
    for (const l of s.lines.filter((l) => !s.convs.has(l.key) && !s.wants.includes(l.key))) s.drop(l.ref), s.note(s.open, "this was not sent, since its conversation is no more: " + safe.text(l.text), now, { warn: true });
    if (!s.convs.has(s.open)) s.open = s.convs.has("lobby") ? "lobby" : s.convs.keys().next().value ?? "lobby";
    for (const key of new Set(s.lines.filter((l) => l.state === "checking").map((l) => l.key))) s.read(key);
    const talked = [...s.convs.values()].filter((c) => c.kind === "dm" && c.key !== s.open && c.log.items.length); // what has come meanwhile is unread
    talked.sort((a, b) => b.at - a.at).slice(0, maxMet).forEach((c) => s.read(c.key));
    s.look();
    for (const key of new Set(s.lines.map((l) => l.key))) s.flush(key);
  },

  message(s, o, now, about) {
    if (o.kind === "hello-ack") {
      if (!o.mine) s.note("lobby", words.label(o.from) + " heard your hello" + (o.after_ms ? ", " + (o.after_ms / 1000).toFixed(2) + " s after it" : ""), now);
      return;
    }
    const c = where(s, o);
    const item = itemOf(o);
    if (about?.what === "dm" && o.mine) s.asks.delete(o.ref), s.note(about.key, "to " + words.label(o.to) + ": " + safe.text(o.text), now);
    if (o.mine && o.ref) s.lines = lines.accepted(s.lines, o.ref, o.id);
    if (o.mine && o.kind !== "hello") item.state = "queued";
    if (!c.log.add(item)) return;
    c.at = now;
    if (c.key === s.open && !o.mine) s.said.push(words.label(o.from) + ": " + o.text);
    if (!o.mine && (c.key !== s.open || !s.visible)) c.unread++;
    if (!o.mine && c.key === s.open && !s.visible && c.unread === 1) c.mark = o.id;
  },

  delivery(s, o, now, about) {
    if (!o.id) {
      const l = s.lines.find((l) => l.ref === o.ref);
      if (l && (o.state === "failed" || o.state === "held")) l.state = "failed", (l.reason = o.reason);
      else if (l) l.reason = o.reason ?? "";
      else if (about?.typed && o.state !== "queued") back(s, o.ref, about, o.reason, now);
      return;
    }
    for (const c of s.convs.values()) {
      const item = c.log.byId.get(o.id);
      if (!item) continue;
      if (item.state !== "delivered") item.state = o.state, (item.reason = o.reason), (item.peers = o.peers);
      return;
    }
  },

  history(s, o, now, about) {
    if (about?.what === "search") {
      s.found = { words: o.words, more: !!o.more, items: o.items.map((i) => ({ ...itemOf(i), conversation: i.conversation, to: i.to })) };
      return;
    }
    s.asks.delete(o.ref);
    if (about?.what === "met") return met(s, o);
    const c = about?.what === "history" && s.convs.get(about.key);
    if (!c) return;
    const list = o.items.map(itemOf);
    if (about.before) {
      c.loading = "";
      if (about.before === c.log.oldest()) c.log.older(list, !!o.more);
      return;
    }
    const before = c.log.byId.size;
    const fresh = c.log.latest(list, !!o.more);
    if (c.kind === "dm" && before && c.key !== s.open) c.unread += fresh.filter((i) => !i.mine).length;
    c.at = Math.max(c.at, list.at(-1)?.at ?? 0);
    s.lines = lines.found(s.lines, c.key, list);
    s.reading = "";
    s.flush(c.key);
    s.readNext();
  },

  users(s, o, now, about) {
    const c = s.convs.get(about?.key ?? o.conversation);
    if (about?.what === "show") s.note(about.key, words.says(o), now, { pre: true });
    else if (c) c.users = o.users;
  },

  channel(s, o, now, about) {
    const c = o.peer ? s.convs.get(o.channel) : s.conv(o.channel);
    if (!c) return;
    if (o.peer) {
      presence(s, c, o, now);
      return;
    }
    if (o.event === "joined") {
      Object.assign(c, { here: true, n: o.n, again: false });
      c.log.read = false;
      s.wants = s.wants.filter((w) => w !== o.channel);
      if (s.convs.get(s.open)?.here !== true || about?.what === "go") s.go(c.key);
      else if (c.key === s.open) s.look();
      else if (s.lines.some((l) => l.key === c.key)) s.read(c.key);
      s.flush(c.key);
      return;
    }
    lines.refuse(s.lines, c.key, "you have left the channel");
    c.here = false;
    if (about?.what === "leave") leave(s, c);
    else s.note(c.key, "you have left " + words.title(c), now);
  },

  session(s, o, now, about) {
    const key = "session:" + o.n;
    if (!o.n || o.event === "closed" && !s.convs.has(key)) { // it never began
      s.note(about?.key ?? s.open, words.says(o), now, { warn: true });
      return;
    }
    const c = s.conv(key, { n: o.n, with: o.peer, side: o.side });
    if (o.event === "closed") {
      if (about?.what === "leave" && o.mine) {
        leave(s, c);
        return;
      }
      gone(s, c, now, words.says(o));
      return;
    }
    const fresh = o.event === "opened" && !c.here;
    c.here = true;
    c.interrupted = o.event === "interrupted";
    s.note(key, words.says(o), now);
    if (fresh && about?.what === "go") s.go(key);
    else if (fresh && key !== s.open && o.side === "B") c.unread++;
    s.flush(key);
  },

  switched(s, o, now, about) {
    if (about?.what === "end" && o.to.n === about.n) s.ask({ do: "leave" }, { what: "leave", key: about.key });
    if (about?.what === "go") {
      const p = o.to;
      const c = p.conversation === "dm" ? s.direct(p.with) : s.conv(p.conversation, { here: true, n: p.n });
      if (p.with) c.with = p.with;
      s.go(c.key);
    }
  },

  error(s, o, now, about) {
    const l = s.lines.find((l) => l.ref === o.ref);
    if (l) {
      l.state = "failed";
      l.reason = o.text;
      s.said.push("not sent: " + o.text);
      s.flush(l.key);
      return;
    }
    if (about?.what === "history") {
      const c = s.convs.get(about.key);
      if (about.before) {
        if (c) c.loading = "", (c.log.more = o.code !== "no-place");
        return;
      }
      if (c) c.log.read = true, (c.log.more = o.code !== "no-place");
      for (const l of s.lines) if (l.key === about.key && l.state === "checking") l.state = "failed", (l.reason = "the connection broke before the node answered, and it keeps no history of this: it may have been sent");
      s.reading = "";
      s.flush(about.key);
      s.readNext();
      return;
    }
    if (about?.typed) return back(s, o.ref, about, o.text, now);
    if (about?.what === "search") s.found = { error: o.text, items: [] };
    if (about?.what === "door") s.wants = s.wants.filter((w) => w !== about.key);
    if (about?.what === "door" && s.convs.get(about.key)?.again) gone(s, s.convs.get(about.key), now);
    if (about && ["switch", "apart", "users", "search", "begin", "met", "topology"].includes(about.what)) return;
    s.note(about?.key && s.convs.has(about.key) ? about.key : s.open, words.says(o), now, { warn: true });
  },

  notice(s, o, now, about) {
    s.note(about?.key && s.convs.has(about.key) ? about.key : s.open, words.says(o), now, { warn: o.code === "warning" });
  },

  peer(s, o, now) {
    const c = s.convs.get("lobby");
    if (c) presence(s, c, o, now);
  },

  renamed(s, o, now) {
    if (o.mine) s.me = o.now, (s.wanted = o.now.guest);
    for (const c of s.convs.values()) {
      if (c.with && words.key(c.with) === words.key(o.was)) c.with = o.now;
      if (c.users?.some((u) => words.key(u) === words.key(o.was))) c.stale = true;
    }
    s.note(s.open, words.says(o), now);
  },

  away(s, o, now) {
    for (const c of s.convs.values()) if (c.users?.some((u) => words.key(u) === words.key(o.peer))) c.stale = true;
    const c = s.convs.get("dm:" + words.key(o.peer));
    if (c) s.note(c.key, words.says(o), now);
  },

  digest(s, o, now) {
    const c = s.convs.get(o.conversation) ?? s.conv("lobby");
    s.note(c.key, words.says(o), now);
    if (c.key !== s.open || !s.visible) c.unread += o.count;
    c.log.read = false;
    if (c.key === s.open) s.read(c.key, true);
  },

  gap(s, o, now) {
    s.note(of(s, o), words.says(o), now);
  },

  equivocation(s, o, now) {
    s.note(of(s, o), words.says(o), now, { warn: true });
  },

  lagged(s, o, now) {
    s.note(s.open, words.says(o), now, { warn: true });
    for (const c of s.convs.values()) c.log.read = false;
    s.ask({ do: "sessions" }, { what: "begin" });
  },
};

// directs are whom there are direct conversations with: somebody may have written before
// the page came.
handlers.directs = (s, o, now, about) => {
  if (about?.what !== "met") return;
  for (const p of o.peers.slice(0, maxMet)) s.ask({ do: "history", conversation: "dm", to: words.to(p), n: metPage }, { what: "met" });
};

// met takes in what was said in the direct conversation with a node: with its owner, and
// with each of its guests.
function met(s, o) {
  const talks = new Map();
  for (const i of o.items) {
    const c = s.direct(i.mine ? i.to : i.from);
    talks.set(c, [...(talks.get(c) ?? []), itemOf(i)]);
  }
  for (const [c, list] of talks) {
    if (c.log.read) continue;
    c.log.latest(list, !!o.more);
    c.at = Math.max(c.at, list.at(-1).at);
    s.flush(c.key);
  }
}

for (const type of ["whois", "status", "holders", "peers"]) {
  handlers[type] = (s, o, now, about) => about?.what === "direct" ? s.go(s.direct(o.peer).key) : s.note(about?.key ?? s.open, words.says(o), now, { pre: true });
}

// back gives back what was typed and has not been done, with the reason.
function back(s, ref, about, why, now) {
  s.asks.delete(ref);
  s.returned.push(about.typed);
  s.note(about.key, "not sent: " + safe.text(why), now, { warn: true });
}

// began is the answer to entering: what there is at the node is asked for.
function began(s, me, network, now) {
  const first = !s.me;
  s.me = me;
  s.network = network;
  if (s.away) s.note(s.open, "the node was away for " + words.span(now - s.away), now);
  s.away = 0;
  s.ask({ do: "sessions" }, { what: "begin" });
  if (first && s.owner) s.ask({ do: "directs" }, { what: "met" });
}

// gone is the end of a conversation that the visitor did not ask for: it stays to be
// read, and nothing more goes there.
function gone(s, c, now, why) {
  c.here = false;
  c.interrupted = false;
  lines.refuse(s.lines, c.key, words.closed(c));
  s.note(c.key, why ?? words.closed(c), now);
}

// leave closes a conversation, and goes to the lobby or any other.
function leave(s, c) {
  s.convs.delete(c.key);
  s.lines = s.lines.filter((l) => l.key !== c.key);
  if (s.open === c.key) s.go(s.convs.has("lobby") ? "lobby" : s.convs.keys().next().value ?? "lobby");
}

// forget closes a conversation that only the page has open.
export function forget(s, key) {
  const c = s.convs.get(key);
  if (c) leave(s, c);
}

// presence notes who comes and goes, in one note while nothing else happens.
function presence(s, c, o, now) {
  const text = words.says(o);
  const last = c.log.items.at(-1);
  c.stale = true;
  if (last?.came && now - last.at < 6e5) {
    last.came.push(text);
    if (last.came.length > 4) last.came.shift(), last.left++;
    last.text = (last.left ? words.plural(last.left, "other has", "others have") + " come or gone, " : "") + last.came.join(", ");
    last.rev = (last.rev ?? 0) + 1;
    return;
  }
  c.log.add({ kind: "note", text, at: now, came: [text], left: 0 });
}

// where is the conversation that a message belongs to.
function where(s, o) {
  if (o.conversation === "dm") return s.direct(o.mine ? o.to : o.from);
  if (!o.conversation.startsWith("session:")) return s.conv(o.conversation, { here: true });
  return s.conv(o.conversation, { here: true, n: Number(o.conversation.slice(8)), with: (o.mine ? o.to : o.from), side: o.side ?? "" });
}

// of finds the conversation of what names only its kind and who said something there.
function of(s, o) {
  if (o.conversation === "dm") return "dm:" + words.key(o.from);
  if (o.conversation !== "session") return o.conversation;
  for (const c of s.convs.values()) if (c.kind === "session" && c.with && words.key(c.with) === words.key(o.from)) return c.key;
  return s.open;
}

export function itemOf(o) {
  return { id: o.id, at: Date.parse(o.ts), kind: o.kind, from: o.from, text: String(o.text ?? ""), mine: !!o.mine, late: !!o.late, state: o.state ?? "", reason: o.reason ?? "" };
}
