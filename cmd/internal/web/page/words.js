// How people, conversations and events are called. Pure; every word from others
// goes through safe.js.

import * as safe from "./safe.js";

// key names a person for ever: the peer, and which of its guests.
export const key = (p) => p.id + (p.guest ? "/" + p.guest : "");

// to is what the node takes for that person and nobody else: a demo number where there
// is one, since it leads to peers that a node has not met yet, else the id.
export const to = (p) => (p.guest ? p.guest + "@" : "") + (p.peer_no ?? p.id);

const plain = /^[\p{L}\p{M}\p{N}\p{So}\-_.…'+]+$/u;
const ours = /^(lobby|you|[0-9]+)$/i;

// quoted makes a name safe, in quotes if it could be read as something else.
export function quoted(n) {
  const shown = safe.name(n);
  return plain.test(shown) && !ours.test(shown) ? shown : '"' + shown.replaceAll('"', "'") + '"';
}

// label is how a person is called: a claimed name with the tag of the key where
// others claim it too, or the number, or the end of the id; of a guest, "name@host".
export function label(p) {
  if (!p) return "somebody";
  if (p.guest) return quoted(p.guest) + "@" + label({ ...p, guest: "" });
  if (p.name) return quoted(p.name) + (p.tag ? "#" + safe.line(p.tag) : "");
  if (p.peer_no) return "peer " + p.peer_no;
  return "peer …" + safe.line(p.id.slice(-8));
}

// initial is the sign that stands for a person.
export function initial(p) {
  const s = p.guest || p.name || String(p.peer_no ?? "") || p.id.slice(-2);
  const c = Array.from(safe.line(s)).find((c) => /[\p{L}\p{N}]/u.test(c));
  return (c ?? "?").toUpperCase();
}

// hue is one of n colours, the same for a person everywhere.
export function hue(p, n = 10) {
  let h = 0x811c9dc5; // FNV-1a
  for (const c of key(p)) h = Math.imul(h ^ c.charCodeAt(0), 0x01000193);
  return ((h ^ (h >>> 15)) >>> 0) % n;
}

// title is how a conversation is called.
export function title(c) {
  switch (c.kind) {
    case "lobby": return "Lobby";
    case "channel": return safe.name(c.key, 64);
    case "session": return label(c.with);
    default: return label(c.with);
  }
}

// about says who reads what is said in a conversation.
export function about(c) {
  switch (c.kind) {
    case "lobby": return "Everybody in the network reads this";
    case "channel": return "Everybody in the channel reads this";
    case "session": return c.side === "B" ? "Private session, opened by " + label(c.with) : "Private session, opened by you";
    default: return "Direct messages, for the two of you";
  }
}

// closed says why nothing can be said in a conversation, or "".
export function closed(c) {
  if (c.here) return "";
  if (c.kind === "session") return "this private session has ended";
  if (c.kind === "channel") return "you are not in this channel any more";
  return "you are not here";
}

const states = { waiting: "Waiting", checking: "Checking", sending: "Sending", queued: "Waiting", sent: "Sent", delivered: "Delivered", failed: "Not sent", held: "Not sent" };

// state tells how far a message of one's own is.
export function state(i) {
  const word = i.state === "failed" && i.id ? "Not delivered" : states[i.state] ?? "";
  return i.reason && i.state !== "sent" && i.state !== "delivered" ? word + ": " + safe.line(i.reason) : word;
}

export const plural = (n, one, many) => (n === 1 ? "1 " + one : n + " " + many);

const hm = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const dayThis = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayOther = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

export const time = (at) => hm.format(at);
export const moment = (at) => whole.format(at);

// day names a day; now is the present time. Both are in ms.
export function day(at, now) {
  if (date(at) === date(now)) return "Today";
  if (date(at) === date(now - 864e5)) return "Yesterday";
  return (now - at < 3e10 && at < now ? dayThis : dayOther).format(at);
}

export const date = (at) => new Date(at).toDateString();

// span says how long something took, in ms.
export function span(ms) {
  if (ms < 1000) return "less than a second";
  const s = Math.round(ms / 1000);
  if (s < 120) return s + " s";
  return s < 7200 ? Math.round(s / 60) + " minutes" : Math.round(s / 3600) + " hours";
}

// says turns what the node tells into a line for the log, or "".
export function says(o) {
  switch (o.type) {
    case "notice":
    case "error": return safe.text(o.text);
    case "gap": {
      const n = plural(o.missing, "message", "messages") + " from " + label(o.from);
      if (o.lost) return n + (o.missing === 1 ? " is" : " are") + " lost: nobody here has " + (o.missing === 1 ? "it" : "them") + " any more";
      return n + (o.missing === 1 ? " has" : " have") + " not arrived yet";
    }
    case "digest": return plural(o.count, "message", "messages") + " came while you were away, from " + list((o.from ?? []).map(label));
    case "equivocation": return label(o.from) + " signed two different messages under one number; nothing more of theirs is shown here: " + (o.texts ?? []).map((t) => "“" + safe.name(t, 60) + "”").join(" and ");
    case "lagged": return plural(o.lost, "event was", "events were") + " left out: they came faster than this page reads. The history has been read again";
    case "renamed": return o.mine ? "you are called " + label(o.now) + " now" : label(o.was) + " is called " + label(o.now) + " now";
    case "away": return label(o.peer) + (o.event === "away" ? " is away: " + safe.line(o.why) : " is back");
    case "peer": return label(o.peer) + (o.event === "up" ? " is here" : " is gone");
    case "channel": return o.peer ? label(o.peer) + (o.event === "joined" ? " has joined" : " has left") : "";
    case "session": return session(o);
    case "whois": return portrait(o);
    case "peers": return o.peers.length ? o.peers.map(row).join("\n") : "nobody else is here";
    case "users": return o.users.length ? o.users.map((u) => label(u) + (u.me ? " (you)" : "") + (u.away ? " – away: " + safe.line(u.away) : "")).join("\n") : "nobody is there";
    case "status": return status(o);
    case "holders": return plural(o.peers.length, "peer has", "peers have") + " “" + safe.name(o.text, 60) + "” of " + o.of + " that " + (o.of === 1 ? "is" : "are") + " here" + (o.peers.length ? ": " + list(o.peers.map(label)) : "");
  }
  return "";
}

export function list(all) {
  return all.length < 2 ? all.join("") : all.slice(0, -1).join(", ") + " and " + all.at(-1);
}

function session(o) {
  const who = label(o.peer), why = o.reason ? ": " + safe.line(o.reason) : "";
  switch (o.event) {
    case "opened": return o.side === "A" ? "private session with " + who : who + " has opened a private session with you";
    case "interrupted": return "the line to " + who + " is interrupted" + why;
    case "resumed": return "the line to " + who + " is back";
  }
  return o.mine ? "you have ended the private session with " + who : "the private session with " + who + " has ended" + why;
}

const full = (p) => label(p) + (p.peer_no && p.name ? " (peer " + p.peer_no + ")" : "");

function row(p) {
  return [full(p), p.state, p.path, p.rtt_ms ? p.rtt_ms.toFixed(1) + " ms" : "", p.id].filter(Boolean).map(safe.line).join(" – ");
}

function portrait(o) {
  const out = [full(o.peer) + (o.peer.me ? " (you)" : ""), "id " + safe.line(o.peer.id)];
  const way = [o.state, o.path, o.addr].filter(Boolean).map(safe.line).join(", ");
  if (way) out.push(way);
  if (o.peer.away) out.push("away: " + safe.line(o.peer.away));
  if (o.in?.length) out.push("in " + list(o.in.map((c) => safe.name(c))));
  if (o.others?.length) out.push("others of a like name: " + list(o.others.map(full)));
  if (o.ignored) out.push("you ignore this person");
  return out.join("\n");
}

function status(o) {
  const out = [full(o) + (o.peer_no ? " [demo]" : "") + " in network " + safe.line(o.network), "id " + safe.line(o.id),
    "up for " + span(o.up_s * 1000) + ", " + plural(o.peers, "peer", "peers") + " connected, " + plural(o.messages, "message", "messages") + " held, " + o.outbox + " to be delivered"];
  if (o.addrs?.length) out.push("on " + o.addrs.map(safe.line).join(", "));
  const counts = Object.entries(o.counters ?? {}).filter(([, n]) => n > 0);
  if (counts.length) out.push(counts.map(([k, n]) => safe.line(k) + " " + n).join(", "));
  return out.join("\n");
}
