// What the visitor has said and the node has not taken yet: the lines of all
// conversations, in the order of typing. Pure.
//
// A line is {ref, key, to, text, kind, at, state, reason, after}: key is the
// conversation that it was typed for, and it never goes to another. to is what the
// node takes for the other one of a direct conversation. after is the last message
// that was known when it was sent.
//
//	waiting   there is no connection, or something before it is not out yet
//	sending   on its way to the node
//	checking  the connection broke meanwhile: the history will tell whether the node has it
//	failed    the node has refused it, or it cannot be known: only the visitor sends it again

// maxLines bounds the lines of all conversations; further ones are refused.
export const maxLines = 500;

// broke is the end of the connection.
export function broke(lines) {
  for (const l of lines) if (l.state === "sending") l.state = "checking";
}

// found takes out of lines what the node has according to the end of the history,
// list: for each line one message of the visitor's own with that text, later than what
// he knew when he sent it. The others wait again.
export function found(lines, key, list) {
  let from = 0;
  return lines.filter((l) => {
    if (l.key !== key || l.state !== "checking") return true;
    from = Math.max(from, list.findIndex((i) => i.id === l.after) + 1);
    const n = list.findIndex((i, at) => at >= from && i.mine && i.text === l.text && i.kind === l.kind);
    if (n < 0) {
      l.state = "waiting";
      return true;
    }
    from = n + 1;
    return false;
  });
}

// accepted takes out the line that the node has taken as a message.
export function accepted(lines, ref, id) {
  const done = lines.find((l) => l.ref === ref);
  if (!done) return lines;
  for (const l of lines) if (l.key === done.key && l.state === "sending") l.after = id;
  return lines.filter((l) => l !== done);
}

// frame is what is asked of the node for a line.
export function frame(l) {
  const where = l.to ? { conversation: "dm", to: l.to } : { conversation: l.key };
  return { do: l.kind === "action" ? "act" : "say", ...where, text: l.text, ref: l.ref };
}

// refuse ends all lines of a conversation that is no more.
export function refuse(lines, key, why) {
  for (const l of lines) if (l.key === key && l.state !== "failed") l.state = "failed", l.reason = why;
}
