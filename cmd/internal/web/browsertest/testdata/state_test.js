import { State, maxDirects } from "/page/state.js";
import { closed } from "/page/words.js";
import { run, same } from "./check.js";

const me = { id: "12D3KooWme", peer_no: 1, name: "" };
const anna = { id: "12D3KooWanna", peer_no: 2, name: "anna" };
const bob = { id: "12D3KooWbob", peer_no: 3, name: "bob" };
const ts = "2026-11-21T18:05:38.123456789Z";

// node is a state with the owner's page on it, and a node to answer it.
function node(places = [{ n: 0, conversation: "lobby", unread: 0 }]) {
  const s = new State("r.");
  s.tell = (o) => s.apply({ v: 1, ts, ...o }, 1000);
  s.sent = () => s.out.splice(0);
  s.enters = (places) => {
    s.tell({ type: "ready", ...me, network: "demo", addrs: [] });
    answer(s, "sessions", { type: "sessions", sessions: places });
  };
  s.remembers = (key, items, more) => {
    const q = s.sent().findLast((i) => i.do === "history" && (i.conversation === key || key === "dm:" + i.to));
    s.tell({ type: "history", ref: q.ref, conversation: q.conversation, items, more });
  };
  s.settle = () => { // all history is empty
    for (let q; (q = s.out.find((i) => i.do === "history")); s.tell({ type: "history", ref: q.ref, conversation: q.conversation, items: [] })) s.out = s.out.filter((i) => i !== q);
  };
  s.texts = (key) => s.convs.get(key).log.items.map((i) => i.text);
  s.enters(places);
  return s;
}

// answer finds what was asked, and tells the answer.
function answer(s, what, o) {
  const q = s.out.find((i) => i.do === what);
  s.out = s.out.filter((i) => i !== q);
  s.tell({ ...o, ref: q.ref });
}

const message = (id, text, more) => ({ type: "message", id, ts, conversation: "lobby", kind: "text", from: anna, text, ...more });
const lobby = { n: 0, conversation: "lobby", unread: 0 };
const ops = { n: 1, conversation: "#ops", unread: 2 };
const session = { n: 2, conversation: "session:2", with: anna, side: "A", unread: 0 };

export default () => run({
  "a line goes to the conversation that it was typed for"() {
    const s = node([lobby, ops, session]);
    s.settle();
    s.sent();
    s.say("#ops", "to ops", 5);
    s.say("session:2", "to anna", 5);
    s.say(s.direct(bob).key, "to bob", 5);
    same(s.out.filter((i) => i.do !== "history"), [], "nothing before the last message is known");
    s.settle();
    same(s.sent().map(({ ref, ...i }) => i), [
      { do: "say", conversation: "#ops", text: "to ops" },
      { do: "say", conversation: "session:2", text: "to anna" },
      { do: "say", conversation: "dm", to: "3", text: "to bob" },
    ]);
  },

  "nothing goes to a session that has ended, and it says why"() {
    const s = node([lobby, session]);
    s.sent();
    s.tell({ type: "session", event: "closed", n: 2, peer: anna, side: "A", reason: "left" });
    same(s.say("session:2", "secret", 5), "this private session has ended");
    same(s.sent(), []);
  },

  "a line that waits for a session does not go to another of that number"() {
    const s = node([lobby, session]);
    s.remembers("lobby", []);
    s.lost(10);
    s.say("session:2", "secret", 11);
    s.enters([lobby, { ...session, with: bob }]);
    same(s.sent().filter((i) => i.do === "say"), []);
    same(s.lines.map((l) => l.state), ["failed"]);
  },

  "a line that is typed without a connection goes out after it"() {
    const s = node();
    s.remembers("lobby", []);
    s.lost(10);
    same(s.say("lobby", "later", 11), "");
    same(s.sent(), []);
    s.enters([lobby]);
    s.settle();
    same(s.sent().filter((i) => i.do === "say").map((i) => i.text), ["later"]);
  },

  "a line of unknown fate is looked for, and goes out once"() {
    const s = node();
    s.remembers("lobby", [message("a/1", "before", { mine: true })]);
    s.say("lobby", "before", 5);
    s.say("lobby", "lost", 5);
    s.sent();
    s.lost(10);
    s.enters([lobby]);
    same(s.sent().filter((i) => i.do === "say"), [], "nothing before the history was read");
    s.out = [{ do: "history", conversation: "lobby", ref: s.reading }];
    s.remembers("lobby", [message("a/1", "before", { mine: true }), message("a/2", "before", { mine: true })]);
    same(s.sent().filter((i) => i.do === "say").map((i) => i.text), ["lost"]);
    same(s.texts("lobby").filter((t) => t === "before"), ["before", "before"]);
  },

  "what was said before is not taken for a line of unknown fate"() {
    const s = node();
    s.remembers("lobby", [message("a/1", "ok", { mine: true })]);
    s.say("lobby", "ok", 5);
    s.lost(10);
    s.enters([lobby]);
    s.remembers("lobby", [message("a/1", "ok", { mine: true })]);
    same(s.sent().filter((i) => i.do === "say").map((i) => i.text), ["ok"]);
  },

  "a line is replaced by the message that it became"() {
    const s = node();
    s.remembers("lobby", []);
    s.say("lobby", "hi", 5);
    const [{ ref }] = s.sent();
    s.tell(message("me/1", "hi", { mine: true, from: me, ref }));
    same([s.lines.length, s.texts("lobby")], [0, ["hi"]]);
    s.tell({ type: "delivery", ref, id: "me/1", state: "sent", peers: 2 });
    same(s.convs.get("lobby").log.items[0].state, "sent");
    s.tell({ type: "delivery", ref, id: "me/1", state: "delivered" });
    same(s.convs.get("lobby").log.items[0].state, "delivered");
  },

  "a line that the node refuses stays, with the reason"() {
    const s = node();
    s.settle();
    s.sent();
    s.say("lobby", "hi", 5);
    const [{ ref }] = s.sent();
    s.tell({ type: "error", ref, code: "overloaded", text: "too much is waiting" });
    same(s.lines.map((l) => [l.text, l.state, l.reason]), [["hi", "failed", "too much is waiting"]]);
    s.again(s.lines[0].ref);
    same(s.sent().map((i) => i.text), ["hi"]);
  },

  "what one does is said where it was typed"() {
    const s = node([lobby, ops]);
    s.settle();
    s.sent();
    s.say("#ops", "waves", 5, "action");
    s.say(s.direct(bob).key, "nods", 5, "action");
    s.settle();
    same(s.sent().map(({ ref, ...i }) => i), [
      { do: "act", conversation: "#ops", text: "waves" },
      { do: "act", conversation: "dm", to: "3", text: "nods" },
    ]);
  },

  "who wrote before the page came is at the side with what was said"() {
    const s = node();
    s.settle();
    s.sent();
    s.enters([lobby]); // a second time it is not asked for
    same(s.sent().filter((i) => i.do === "directs"), []);

    const fresh = new State("f.");
    const tell = (o) => fresh.apply({ v: 1, ts, ...o }, 1000);
    tell({ type: "ready", ...me, network: "demo", addrs: [] });
    const [q] = fresh.out.splice(0).filter((i) => i.do === "directs");
    tell({ type: "directs", ref: q.ref, peers: [anna, bob] });
    const asked = fresh.out.splice(0);
    same(asked.map((i) => [i.do, i.conversation, i.to, i.n]), [["history", "dm", "2", 200], ["history", "dm", "3", 200]]);
    const said = (id, text, from, more) => ({ id, ts, conversation: "dm", kind: "text", from, to: me, text, ...more });
    tell({ type: "history", ref: asked[0].ref, conversation: "dm", items: [said("a/1", "are you there?", anna), said("m/1", "now I am", me, { mine: true, to: anna })], more: true });
    tell({ type: "history", ref: asked[1].ref, conversation: "dm", items: [said("b/1", "hi", bob), said("b/2", "from a guest", { ...bob, guest: "eve" })] });
    const side = [...fresh.convs.values()].filter((c) => c.kind === "dm");
    same(side.map((c) => [c.with.name, c.with.guest ?? "", c.log.items.map((i) => i.text), c.log.more, c.unread]), [
      ["anna", "", ["are you there?", "now I am"], true, 0],
      ["bob", "", ["hi"], false, 0],
      ["bob", "eve", ["from a guest"], false, 0],
    ]);
    fresh.ready = true;
    fresh.go(side[0].key);
    same(fresh.out.splice(0).filter((i) => i.do === "history"), [], "what is known is not read again");
  },

  "the node hears what the visitor has before him, and when that is nothing"() {
    const s = node([lobby, ops]);
    s.settle();
    const stands = () => s.sent().filter((i) => i.do === "switch" || i.do === "attach").map(({ ref, ...i }) => i);
    same(stands(), [{ do: "switch", n: "0" }]);
    s.go("#ops");
    same(stands(), [{ do: "switch", n: "1" }]);
    s.go(s.direct(bob).key);
    same(stands(), [{ do: "attach", apart: true }]);
    s.go("lobby");
    s.sent();
    s.visible = false;
    s.stand();
    const [q] = s.sent();
    same([q.do, q.apart], ["attach", true]);
    s.tell({ type: "ready", ref: q.ref, ...me, network: "demo", addrs: [] });
    same(s.sent(), [], "the answer begins nothing");
    s.visible = true;
    s.stand();
    same(stands(), [{ do: "switch", n: "0" }]);
  },

  "what one does is not said where there is nothing any more"() {
    const s = node([lobby, ops]);
    s.settle();
    s.sent();
    s.say("#ops", "waves", 5, "action");
    s.settle();
    const [q] = s.sent();
    s.tell({ type: "error", ref: q.ref, code: "no-place", text: "you have no conversation 1" });
    same([s.sent(), s.lines[0].state], [[], "failed"]);
  },

  "messages are unread where nobody looks"() {
    const s = node([lobby, ops]);
    s.tell(message("a/1", "one"));
    s.tell(message("a/2", "two", { conversation: "#ops" }));
    s.tell(message("a/3", "to me", { conversation: "dm", to: me }));
    same([...s.convs.values()].map((c) => [c.key, c.unread]), [["lobby", 0], ["#ops", 3], ["dm:" + anna.id, 1]]);
    s.go("#ops");
    same(s.convs.get("#ops").unread, 0);
    s.visible = false;
    s.tell(message("a/4", "unseen", { conversation: "#ops" }));
    same(s.convs.get("#ops").unread, 1);
  },

  "a message that is told twice is shown once"() {
    const s = node();
    s.tell(message("a/1", "one"));
    s.tell(message("a/1", "one"));
    s.remembers("lobby", [message("a/0", "zero"), message("a/1", "one")]);
    same(s.texts("lobby"), ["zero", "one"]);
  },

  "after a break the history comes in between"() {
    const s = node();
    s.remembers("lobby", [message("a/1", "one"), message("a/2", "two")]);
    s.lost(10);
    s.enters([lobby]);
    s.tell(message("a/4", "four"));
    s.remembers("lobby", [message("a/1", "one"), message("a/2", "two"), message("a/3", "three"), message("a/4", "four")]);
    same(s.texts("lobby").filter((t) => !t.startsWith("the node")), ["one", "two", "three", "four"]);
    same(s.texts("lobby").some((t) => t.startsWith("the node was away for")), true);
  },

  "too long a break leaves no hole that nobody sees"() {
    const s = node();
    s.remembers("lobby", [message("a/1", "one")]);
    s.lost(10);
    s.enters([lobby]);
    s.remembers("lobby", [message("a/901", "901"), message("a/902", "902")], true);
    same(s.texts("lobby").filter((t) => !t.startsWith("the node")), ["901", "902"]);
    same(s.convs.get("lobby").log.more, true);
  },

  "older history goes in front"() {
    const s = node();
    s.remembers("lobby", [message("a/3", "three")], true);
    s.older("lobby");
    s.older("lobby");
    const asked = s.sent().filter((i) => i.do === "history");
    same(asked.map((i) => i.before), ["a/3"]);
    s.tell({ type: "history", ref: asked[0].ref, conversation: "lobby", items: [message("a/1", "one"), message("a/2", "two")] });
    same(s.texts("lobby"), ["one", "two", "three"]);
    s.older("lobby");
    same(s.sent(), []);
  },

  "what was left out is read again"() {
    const s = node();
    s.remembers("lobby", []);
    s.tell({ type: "lagged", lost: 7 });
    answer(s, "sessions", { type: "sessions", sessions: [lobby] });
    same(s.sent().some((i) => i.do === "history"), true);
  },

  "a guest comes back to his channels"() {
    const s = new State("g.");
    s.wants = ["#ops"];
    const tell = (o) => s.apply({ v: 1, ts, ...o }, 1000);
    const enter = () => {
      tell({ type: "entered", ref: "", me: { ...anna, guest: "eve" }, asked: "eve" });
      answer(Object.assign(s, { tell }), "sessions", { type: "sessions", sessions: [] });
      return s.out.splice(0).filter((i) => i.do === "join");
    };
    const [join] = enter();
    same(join.channel, "#ops");
    tell({ type: "channel", ref: join.ref, event: "joined", channel: "#ops", n: 1, users: [] });
    same([s.open, closed(s.current())], ["#ops", ""]);
    s.lost(10);
    s.say("#ops", "kept", 11);
    same(enter().map((i) => i.channel), ["#ops"]);
    tell({ type: "history", ref: s.reading, conversation: "#ops", items: [] });
    same(s.lines.map((l) => l.state), ["sending"]);
  },

  "a channel that the owner is not in any more takes nothing"() {
    const s = node([lobby, ops]);
    s.lost(10);
    s.say("#ops", "waits", 11);
    s.enters([lobby]);
    same(closed(s.convs.get("#ops")), "you are not in this channel any more");
    same(s.lines.map((l) => [l.text, l.state]), [["waits", "failed"]]);
  },

  "a session that never began leaves nothing but a note"() {
    const s = node();
    const ref = s.ask({ do: "fork", to: "3" }, { what: "go", key: "lobby" });
    s.tell({ type: "session", ref, event: "closed", n: 1, peer: bob, side: "A", reason: "bob does not answer" });
    same([[...s.convs.keys()], s.texts("lobby")], [["lobby"], ["the private session with bob has ended: bob does not answer"]]);
  },

  "a session that others open is unread, one's own is gone to"() {
    const s = node();
    s.tell({ type: "session", event: "opened", n: 1, peer: anna, side: "B" });
    same([s.open, s.convs.get("session:1").unread], ["lobby", 1]);
    const ref = s.ask({ do: "fork", to: "3" }, { what: "go", key: "lobby" });
    s.tell({ type: "session", ref, event: "opened", n: 2, peer: bob, side: "A" });
    same(s.open, "session:2");
  },

  "history that cannot be read now is asked for again later"() {
    const s = node();
    s.remembers("lobby", [message("a/3", "three")], true);
    s.older("lobby");
    const [q] = s.sent().filter((i) => i.before);
    s.tell({ type: "error", ref: q.ref, code: "overloaded", text: "too many questions" });
    s.older("lobby");
    same(s.sent().filter((i) => i.before).length, 1);
  },

  "a guest's line outlives a reload"() {
    const s = new State("g.");
    s.wants = ["#ops"];
    s.lines = [{ ref: "old", key: "#ops", text: "what I said", kind: "text", state: "checking", after: "" }];
    const tell = (o) => s.apply({ v: 1, ts, ...o }, 1);
    tell({ type: "entered", ref: "", me: { ...anna, guest: "eve" }, asked: "eve" });
    answer(Object.assign(s, { tell }), "sessions", { type: "sessions", sessions: [] });
    tell({ type: "channel", ref: s.out.find((i) => i.do === "join").ref, event: "joined", channel: "#ops", n: 1, users: [] });
    const asked = s.out.splice(0).filter((i) => i.do === "history");
    same(asked.length, 1);
    tell({ type: "history", ref: asked[0].ref, conversation: "#ops", items: [] });
    same(s.out.filter((i) => i.do === "say").map((i) => i.text), ["what I said"]);
  },

  "a guest keeps the name that he took"() {
    const s = new State("g.");
    s.apply({ type: "entered", ref: "", me: { ...anna, guest: "eve2" }, asked: "eve" }, 1);
    same(s.wanted, "eve");
    s.apply({ type: "renamed", was: { ...anna, guest: "eve2" }, now: { ...anna, guest: "mallory" }, mine: true }, 1);
    same(s.wanted, "mallory");
  },

  "a line whose conversation is gone after a reload is not lost without a word"() {
    const s = new State("r.");
    s.lines = [{ ref: "old", key: "#gone", text: "what I said", kind: "text", state: "checking", after: "" }];
    s.apply({ type: "ready", ...me }, 1);
    answer(Object.assign(s, { tell: (o) => s.apply(o, 1) }), "sessions", { type: "sessions", sessions: [lobby] });
    same([s.lines, s.current().log.items.at(-1).text], [[], "this was not sent, since its conversation is no more: what I said"]);
  },

  "strangers cannot fill the page with conversations"() {
    const s = node();
    for (let i = 0; i < 3 * maxDirects; i++) s.tell(message("x/" + i, "spam", { conversation: "dm", from: { id: "12D3KooW" + i, name: "x" }, to: me }));
    same([...s.convs.values()].filter((c) => c.kind === "dm").length, maxDirects);
    s.tell(message("b/1", "a word", { conversation: "dm", from: bob, to: me }));
    same(s.texts("dm:" + bob.id), ["a word"]);
  },

  "those who come and go take one line"() {
    const s = node();
    for (let i = 0; i < 100; i++) s.tell({ type: "peer", event: i % 2 ? "down" : "up", peer: bob });
    same(s.convs.get("lobby").log.items.length, 1);
  },

  "an answer to a hello opens no conversation"() {
    const s = node();
    s.tell(message("a/1", "", { kind: "hello-ack", conversation: "dm", to: me }));
    same([[...s.convs.keys()], s.texts("lobby")], [["lobby"], ["anna heard your hello"]]);
  },

  "a direct message whose peer is unknown comes back"() {
    const s = node();
    const ref = s.ask({ do: "dm", to: "nobody", text: "hi" }, { what: "dm", key: "lobby", typed: "/dm nobody hi" });
    s.tell({ type: "error", ref, code: "unknown-peer", text: "nobody is \"nobody\"" });
    same(s.returned, ["/dm nobody hi"]);
  },

  "what nobody knows is ignored"() {
    const s = node();
    s.tell({ type: "from-the-future", text: "x" });
    s.apply(null, 1);
    s.tell({ type: "__proto__" });
    s.tell({ type: "constructor" });
    same([...s.convs.keys()], ["lobby"]);
  },
});
