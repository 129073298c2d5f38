// What others write is made visible here before it is shown: nothing hides,
// reorders or overflows, and nothing is silently removed. The rules are those of
// the terminal (package safe). Pure.

const marks = 8; // combining marks that a character may carry; no living script needs more
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Variation_Selector}\p{Noncharacter_Code_Point}\u2800\u{e0000}-\u{e0fff}]/u;
const suspect = new RegExp(hidden.source + "|\\p{M}{" + (marks + 1) + "}", "u");
const mark = /\p{M}/u;
const emoji = /[\u{1f000}-\u{1faff}]|(?=[\u2190-\u2bff])\p{So}/u;

// text returns s with whatever is not plainly visible as an escape ("\u202e").
// Newlines stay.
export const text = (s) => clean(String(s ?? ""), true);

// line is text for what stays on one line.
export const line = (s) => clean(String(s ?? ""), false);

// name is line for names: at most n characters, "…" for the rest.
export function name(s, n = 32) {
  let out = "", count = 0;
  for (const c of line(String(s ?? "").slice(0, 64 * n))) {
    if (!mark.test(c) && ++count > n) return out + "…";
    out += c;
  }
  return out;
}

function clean(s, newlines) {
  if (!suspect.test(newlines ? s.replaceAll("\n", "") : s)) return s;
  let out = "", on = 0, prev = "";
  const all = Array.from(s);
  for (let i = 0; i < all.length; i++) {
    const c = all[i];
    if (c === "\n" && newlines) out += c, on = 0, prev = "";
    else if (c === "\t") out += "    ", on = 0, prev = " ";
    else if (on < marks && joins(prev, c, all[i + 1])) out += c, on++, prev = c;
    else if (hidden.test(c) || (mark.test(c) && on >= marks)) out += escape(c), prev = "";
    else if (mark.test(c)) out += c, on++, prev = c;
    else out += c, on = 0, prev = c;
  }
  return out;
}

// joins tells whether c, invisible by itself, does its honest work here: a joiner
// between two emoji, or a choice of form after a symbol.
function joins(prev, c, next) {
  if (c === "\u200d") return (emoji.test(prev) || prev === "\ufe0f") && emoji.test(next ?? "");
  return (c === "\ufe0f" || c === "\ufe0e") && (emoji.test(prev) || /^[0-9]$/.test(prev));
}

function escape(c) {
  if (c === "\n") return "\\n";
  const n = c.codePointAt(0), h = n.toString(16);
  return n < 0x100 ? "\\x" + h.padStart(2, "0") : n < 0x10000 ? "\\u" + h.padStart(4, "0") : "\\U" + h.padStart(8, "0");
}

const address = /https?:\/\/[^\s<>"'`\\^{}|]+/gi;

// pieces cuts a text that is safe to show into parts: {text}, and {text, href, host}
// for each link. Only http and https are links, and none that hides its host
// behind a name and "@". host is what the browser would ask.
export function pieces(s) {
  const out = [];
  let from = 0;
  for (const found of s.matchAll(address)) {
    let shown = found[0].replace(/[.,;:!?…]+$/, "");
    while (/[)\]]$/.test(shown) && count(shown, shown.at(-1)) > count(shown, shown.at(-1) === ")" ? "(" : "[")) shown = shown.slice(0, -1);
    const url = parse(shown);
    if (!url) continue;
    if (found.index > from) out.push({ text: s.slice(from, found.index) });
    out.push({ text: shown, href: url.href, host: url.host });
    from = found.index + shown.length;
  }
  if (from < s.length) out.push({ text: s.slice(from) });
  return out;
}

const count = (s, c) => s.split(c).length - 1;

function parse(s) {
  try {
    const url = new URL(s);
    return /^https?:$/.test(url.protocol) && !url.username && !url.password && url.hostname ? url : null;
  } catch {
    return null;
  }
}
