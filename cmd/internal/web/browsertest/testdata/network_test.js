import { layout, show } from "/page/network.js";
import { run, same } from "./check.js";

const node = (no, channels, more) => ({ id: "id" + no, peer_no: no, name: "", state: "here", path: "direct", addr: "", in: channels, ...more });
const link = (a, b, path, rtt_ms, mesh) => ({ a, b, path, rtt_ms, mesh });

// five is the network of the fourth system's example, with a relay in it.
const five = () => ({
  nodes: [node(3, ["lobby", "#ops"], { me: true, path: "" }), node(1, ["lobby"]), node(4, ["lobby", "#ops"]), node(2, []), node(5, ["lobby"])],
  links: [link(0, 1, "direct", 1.25, ["lobby"]), link(0, 2, "relayed", 20, ["#ops", "lobby"]), link(1, 3, "direct", undefined, []), link(2, 4, "direct", 0.4, ["lobby"])],
});

function box(width = 600) {
  const b = document.createElement("div");
  b.setAttribute("width", width);
  document.body.replaceChildren(b);
  return b;
}

const texts = (b, what) => [...b.querySelectorAll(what)].map((e) => e.textContent);
const rows = (b) => [...b.querySelectorAll("tbody tr")].map((r) => texts(r, "td"));

export default () => run({
  "every node and link is drawn, and in the table"() {
    const b = box();
    show(b, five());
    same(b.querySelectorAll("svg circle").length, 5);
    same(b.querySelectorAll("svg line").length, 4);
    same(texts(b, "svg g[data-node] text"), ["peer 3 (you)", "peer 1", "peer 4", "peer 2", "peer 5"]);
    same(texts(b, "svg g[data-path] text"), ["1.3 ms", "relayed 20.0 ms", "0.4 ms"]);
    same([...b.querySelectorAll("svg line")].map((l) => l.hasAttribute("stroke-dasharray")), [false, true, false, false]);
    same(rows(b), [["peer 3 (you)", "peer 1", "direct", "1.3 ms", "lobby"], ["peer 3 (you)", "peer 4", "relayed", "20.0 ms", "#ops lobby"], ["peer 1", "peer 2", "direct", "–", "–"], ["peer 4", "peer 5", "direct", "0.4 ms", "lobby"]]);
    same(b.querySelector("svg").getAttribute("aria-label"), "5 nodes, 4 links as this node knows them; the table below says the same");
  },
  "a channel can be chosen, and stays chosen"() {
    const b = box();
    show(b, five());
    const choice = b.querySelector("select");
    same([...choice.options].map((o) => o.value), ["", "#ops", "lobby"]);
    choice.value = "#ops";
    choice.dispatchEvent(new Event("change"));
    same(rows(b).map((r) => r[1]), ["peer 4"]);
    choice.focus();
    show(b, five());
    same([b.querySelector("select") === choice, choice.value, document.activeElement === choice], [true, "#ops", true]);
    same([...b.querySelectorAll("svg g[data-node]")].map((g) => g.getAttribute("opacity")), ["1", "0.25", "1", "0.25", "0.25"]);
    const gone = five();
    for (const n of gone.nodes) n.in = ["lobby"];
    show(b, gone);
    same([choice.value, rows(b).length], ["", 4]);
  },
  "who comes and goes is drawn, and the table stays open"() {
    const b = box();
    show(b, five());
    b.querySelector("details").open = true;
    const more = five();
    more.nodes.push(node(6, []));
    more.links.push(link(0, 5, "direct", 1, []));
    show(b, more);
    same([b.querySelectorAll("circle").length, b.querySelector("details").open], [6, true]);
    show(b, { nodes: [node(3, [], { me: true })], links: [] });
    same([b.querySelectorAll("circle").length, b.querySelectorAll("line").length, rows(b)], [1, 0, []]);
  },
  "names are text, whatever is in them"() {
    const b = box(), hostile = ['"]', "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "a --> b\nc", "\u202eevil", "x".repeat(5000)];
    const t = five();
    for (const name of hostile) t.nodes.push({ ...node(0, ["#" + name]), id: "id-" + name, peer_no: undefined, name }), t.links.push(link(0, t.nodes.length - 1, "direct", 1, ["#" + name]));
    show(b, t);
    same(b.querySelectorAll("img, script, [onerror]").length, 0);
    same(texts(b, "svg text, td, option, title").some((s) => s.includes("\n") || s.includes("\u202e") || s.length > 300), false);
    same(b.querySelectorAll("[style]").length, 0);
  },
  "places are the same for the same network, inside, and apart"() {
    const t = five(), at = [...layout(t.nodes, t.links, 600, 400).values()];
    same([...layout(t.nodes, t.links, 600, 400).values()], at);
    for (const [i, p] of at.entries()) {
      same([p.x >= 50 && p.x <= 550, p.y >= 24 && p.y <= 366], [true, true], JSON.stringify(p));
      for (const q of at.slice(i + 1)) if (Math.hypot(p.x - q.x, p.y - q.y) < 40) throw new Error("two nodes are upon each other: " + JSON.stringify(at));
    }
    const d = (i, j) => Math.hypot(at[i].x - at[j].x, at[i].y - at[j].y);
    same(d(1, 3) < d(4, 3) && d(2, 4) < d(3, 4), true, "linked nodes are nearer");
  },
  "a network of a thousand nodes is drawn"() {
    const nodes = Array.from({ length: 1024 }, (_, i) => node(i + 1, ["lobby"], { me: i === 0 })), links = nodes.slice(1).map((_, i) => link(i >> 2, i + 1, "direct", 1, ["lobby"]));
    const b = box();
    show(b, { nodes, links });
    same([b.querySelectorAll("circle").length, b.querySelectorAll("line").length], [1024, 1023]);
  },
  "a phone's width is enough"() {
    const t = five(), at = [...layout(t.nodes, t.links, 320, 300).values()];
    for (const p of at) same(p.x >= 50 && p.x <= 270, true, JSON.stringify(at));
  },
});
