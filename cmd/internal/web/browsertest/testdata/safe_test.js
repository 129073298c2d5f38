import * as commands from "/page/commands.js";
import * as safe from "/page/safe.js";
import * as words from "/page/words.js";
import { run, same } from "./check.js";

const c = { key: "#ops", kind: "channel", here: true, n: 1, log: { items: [] } };

export default () => run({
  "what hides is shown"() {
    same(safe.text("a\u202eb\u200bc\u0000d\u2028e\x1b[2J"), "a\\u202eb\\u200bc\\x00d\\u2028e\\x1b[2J");
    same(safe.text("two\nlines\tand a tab"), "two\nlines    and a tab");
    same(safe.line("two\nlines"), "two\\nlines");
    same(safe.text("👩‍👩‍👧 ❤️ zażółć 日本語 שלום"), "👩‍👩‍👧 ❤️ zażółć 日本語 שלום");
  },
  "marks are counted"() {
    same(safe.text("e" + "\u0301".repeat(10)), "e" + "\u0301".repeat(8) + "\\u0301\\u0301");
  },
  "half a character is shown"() {
    same(safe.text("\ud800"), "\\ud800");
  },
  "names are short, and cannot pass for others"() {
    same(safe.name("x".repeat(100)), "x".repeat(32) + "…");
    same([words.quoted("anna"), words.quoted("peer 1: pay me"), words.quoted("lobby"), words.quoted("7")], ["anna", '"peer 1: pay me"', '"lobby"', '"7"']);
    same(words.label({ id: "12D3KooWabcdwxyz", name: "anna", tag: "wxyz", guest: "bob" }), "bob@anna#wxyz");
  },
  "only http and https are links"() {
    const hrefs = (s) => safe.pieces(s).filter((p) => p.href).map((p) => p.href);
    same(hrefs("javascript:alert(1) data:text/html,x file:///etc/passwd ftp://x.example //x.example"), []);
    same(hrefs("see https://a.example/x?y=1#z. (http://b.example/(c)) http://[::1]:8/"), ["https://a.example/x?y=1#z", "http://b.example/(c)", "http://[::1]:8/"]);
    same(hrefs("https://bank.example@evil.example/ https://u:p@evil.example"), []);
    same(safe.pieces("go https://a.example now").map((p) => p.text), ["go ", "https://a.example", " now"]);
  },
  "commands are never sent as text"() {
    same(commands.read("/nosuch thing", c).wrong.startsWith("/nosuch is not a command – nothing was sent"), true);
    same(commands.read("//join me", c), { say: "/join me" });
    same(commands.read("\\\\o/", c), { say: "\\o/" });
    same(commands.read("hello /join", c), { say: "hello /join" });
  },
  "slips are held"() {
    same(!!commands.read(" /dm anna secret", c).hold, true);
    same(!!commands.read("dm anna secret", c).hold, true);
    same(commands.read("dmitri says hi", c), { say: "dmitri says hi" });
  },
  "commands are read"() {
    same(commands.read("/dm anna  two  spaces", c), { dm: "anna", text: "two  spaces" });
    same(commands.read("\\fork anna b", c).ask, { do: "fork", to: "anna b" });
    same(commands.read("/JOIN #x", c).ask, { do: "join", channel: "#x" });
    same(commands.read("/me waves\nand bows", c), { act: "waves\nand bows" });
    same(commands.read("/part", c).ask, { do: "part", channel: "#ops" });
    same(!!commands.read("/join #x secret", c).wrong, true);
    same(commands.read("/lobby", c).ask, { do: "join", channel: "lobby" });
  },
});
