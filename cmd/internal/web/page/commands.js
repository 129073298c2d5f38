// Lines that begin with "/" or "\", which mean the same: what the console calls
// them. Pure. What an answer is to be is the node's to say; here is only what a
// command needs.
//
// read(line, conv) returns one of
//
//	{say: text}              to say in the conversation
//	{act: text}              what the visitor does there
//	{ask: instruction, about}  for the node; see State.ask
//	{dm: person, text}       a direct message, or with text "" the conversation with that person
//	{page: name, text}       something of the page itself
//	{wrong: text}            nothing happens, and why
//	{hold: text}             it looks like a slip; the same line again says it

const one = (make, needs) => (args) => (args && !args.includes("\n") ? make(args) : { wrong: needs + " – nothing was done" });
const none = (make) => (args, c) => (args ? { wrong: "this command takes nothing after it – nothing was done" } : make(args, c));
const show = { what: "show" };

// all are the commands: names, what follows, what it does, how it is read.
export const all = [
  [["/dm", "/msg", "/query"], "<person> [text]", "a direct message; without text, opens the conversation", (a) => {
    const [, to, text] = /^(\S*)\s*([^]*)$/.exec(a);
    return to ? { dm: to, text } : { wrong: "/dm needs a person – nothing was sent – /dm <person> [text]" };
  }],
  [["/me"], "<text>", "says what you do", (a) => (!a ? { wrong: "/me needs what you do – nothing was sent – /me waves" } : { act: a })],
  [["/join"], "<#channel>", "joins a channel", (a) => (/^\S+$/.test(a) ? { ask: { do: "join", channel: a }, about: { what: "go" } } : { wrong: "/join takes one channel – nothing was joined – /join #channel" })],
  [["/part"], "[#channel]", "leaves a channel", (a, c) => leave(/^\S+$/.test(a) ? a : a ? "" : c?.key, c)],
  [["/leave"], "", "leaves this conversation; a private session ends for both", none((_, c) => leave(c?.key, c))],
  [["/fork"], "<person>", "opens a private session", one((to) => ({ ask: { do: "fork", to }, about: { what: "go" } }), "/fork needs a person")],
  [["/switch", "/sw"], "<number or name>", "goes to another conversation", one((n) => ({ ask: { do: "switch", n }, about: { what: "go" } }), "/switch takes a number or a name")],
  [["/lobby", "/lob"], "", "goes to the lobby", none(() => ({ ask: { do: "join", channel: "lobby" }, about: { what: "go" } }))],
  [["/sessions", "/ss"], "", "your conversations with their numbers", none(() => ({ ask: { do: "sessions" }, about: show }))],
  [["/users", "/names"], "", "who is in this conversation", none((_, c) => ({ ask: { do: "users", conversation: c?.key }, about: show }))],
  [["/ls", "/peers"], "", "who is here: id, state, path, round trip", none(() => ({ ask: { do: "ls" }, about: show }))],
  [["/hello"], "", "says hello to the lobby; everybody's node answers", none(() => ({ ask: { do: "hello" }, about: show }))],
  [["/whois"], "<person>", "what is known of a person", one((to) => ({ ask: { do: "whois", to }, about: show }), "/whois needs a person")],
  [["/whoami"], "", "who you are to others", none(() => ({ ask: { do: "whois" }, about: show }))],
  [["/nick"], "<name>", "changes what you are called", one((name) => ({ ask: { do: "nick", name }, about: show }), "/nick needs a name")],
  [["/away"], "[why]", "tells others that you do not read", (a) => ({ ask: a ? { do: "away", text: a } : { do: "away" }, about: show })],
  [["/back"], "", "tells others that you read again", none(() => ({ ask: { do: "back" }, about: show }))],
  [["/ignore"], "<person>", "shows you nothing more of that person", one((to) => ({ ask: { do: "ignore", to }, about: show }), "/ignore needs a person")],
  [["/unignore"], "<person>", "ends that", one((to) => ({ ask: { do: "unignore", to }, about: show }), "/unignore needs a person")],
  [["/connect"], "<ip> <port>, or a multiaddr", "connects to a peer", one((addr) => ({ ask: { do: "connect", addr }, about: show }), "/connect needs an address")],
  [["/disconnect"], "<person>", "closes the connection to that peer", one((to) => ({ ask: { do: "disconnect", to }, about: show }), "/disconnect needs a person")],
  [["/search"], "<words>", "messages that hold all of these words", (a) => ({ page: "search", text: a })],
  [["/who-got"], "", "who is known to have your last message here", none((_, c) => {
    const last = c?.log.items.findLast((i) => i.mine && i.id);
    return last ? { ask: { do: "who-got", id: last.id }, about: show } : { wrong: "you have said nothing here – nothing was asked" };
  })],
  [["/retry"], "[person]", "tries at once what waits to be delivered", (to) => ({ ask: to ? { do: "retry", to } : { do: "retry" }, about: show })],
  [["/status"], "", "how this node does", none(() => ({ ask: { do: "status" }, about: show }))],
  [["/network", "/graph"], "", "a picture of the network", none(() => ({ page: "network" }))],
  [["/help"], "", "this list", () => ({ page: "help" })],
  [["/quit", "/exit"], "", "leaves this page; the node goes on", none(() => ({ page: "quit" }))],
];

function leave(key, c) {
  if (!key) return { wrong: "/part takes one channel – nothing was left – /part #channel" };
  if (key !== c?.key) return { ask: { do: "part", channel: key }, about: { what: "leave", key } };
  if (!c.here || c.kind === "dm") return { page: "close" };
  if (c.kind === "session") return { ask: { do: "switch", n: String(c.n) }, about: { what: "end", key, n: c.n } };
  return { ask: { do: "part", channel: key }, about: { what: "leave", key } };
}

export function read(line, c) {
  if (/^\s+[/\\]\S/.test(line)) return { hold: "this looks like a command behind a blank – Enter again sends it as text" };
  const slip = /^(dm|msg|query)\s+(\S+)\s+\S/i.exec(line);
  if (slip) return { hold: "this looks like a direct message to " + slip[2].slice(0, 40) + ", and would be read by all who are here – /dm sends it, Enter again says it here" };
  if (!/^[/\\]/.test(line)) return { say: line };
  if (line[1] === line[0]) return { say: line.slice(1) };
  const [, word, args] = /^.(\S*)\s*([^]*)$/.exec(line);
  const found = all.find(([names]) => names.some((n) => n.slice(1) === word.toLowerCase()));
  if (found) return found[3](args.trimEnd(), c);
  const shown = (line[0] + word).slice(0, 20);
  return { wrong: shown + " is not a command – nothing was sent – /help lists the commands, " + line[0] + shown + " sends it as text" };
}
