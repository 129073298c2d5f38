// The network as a picture and as a table: who is connected to whom, how, and in
// whose gossip. Positions are the same for the same network, and stay from one look to
// the next. Colours come from the page; everything else is attributes, since the page
// allows no styles in elements.

import { el, fill } from "./dom.js";
import * as safe from "./safe.js";
import * as words from "./words.js";

const svgns = "http://www.w3.org/2000/svg";
const views = new WeakMap(); // the view in each element
const glide = 400; // ms from one place to the next

// show draws a topology into an element, or brings the drawing there up to date.
export function show(box, topology) {
  let v = views.get(box);
  if (!v) views.set(box, (v = build(box)));
  v.topology = topology;
  choices(v);
  draw(v);
}

// svg is el for the elements of a drawing.
function svg(tag, attrs, ...children) {
  const e = document.createElementNS(svgns, tag);
  for (const [k, v] of Object.entries(attrs)) if (v !== undefined && v !== null && v !== false) e.setAttribute(k, v);
  e.append(...children.filter(Boolean));
  return e;
}

function build(box) {
  const v = { box, places: new Map(), from: null, frame: 0 };
  v.channel = el("select", { onchange: () => draw(v) });
  v.picture = svg("svg", { role: "img", width: "100%", "font-family": "inherit" });
  v.rows = el("tbody", {});
  v.count = el("p", { class: "soft" });
  fill(box, v.count, el("label", {}, "Gossip of ", v.channel), v.picture,
    el("details", {}, el("summary", {}, "As a table"), el("table", {},
      el("thead", {}, el("tr", {}, ["Node", "Linked to", "Path", "Round trip", "Gossip"].map((h, i) => el("th", { scope: "col", nowrap: short(i) }, h)))), v.rows)));
  return v;
}

// choices offers the conversations that somebody is in; what was chosen stays.
function choices(v) {
  const all = [...new Set(v.topology.nodes.flatMap((n) => n.in))].sort();
  const has = [...v.channel.options].slice(1).map((o) => o.value);
  if (v.channel.options.length && all.join("\n") === has.join("\n")) return;
  const chosen = v.channel.value;
  fill(v.channel, el("option", { value: "" }, "all conversations"), all.map((c) => el("option", { value: c }, safe.name(c, 64))));
  v.channel.value = all.includes(chosen) ? chosen : "";
}

const short = (column) => column === 2 || column === 3; // of the table: not to be broken on a phone
const called = (n) => words.label(n) + (n.me ? " (you)" : "");
const trip = (l) => (l.rtt_ms ? l.rtt_ms.toFixed(1) + " ms" : "");

function draw(v) {
  const { nodes, links } = v.topology, only = v.channel.value;
  const width = Math.max(v.box.clientWidth || 640, 280), height = Math.round(Math.min(Math.max(width * 0.7, 300), 520));
  v.width = width;
  v.count.textContent = words.plural(nodes.length, "node", "nodes") + ", " + words.plural(links.length, "link", "links") + " as this node knows them";
  v.picture.setAttribute("viewBox", "0 0 " + width + " " + height);
  v.picture.setAttribute("aria-label", v.count.textContent + "; the table below says the same");
  v.places = layout(nodes, links, width, height, v.places);
  const lines = links.map((l) => {
    const here = !only || l.mesh.includes(only), gossip = only ? here : l.mesh.length > 0;
    const label = (l.path === "relayed" ? "relayed " : "") + trip(l);
    return { l, e: svg("g", { opacity: here ? 1 : 0.25, "data-path": l.path },
      svg("line", { stroke: only && here ? "var(--accent)" : "var(--soft)", "stroke-width": gossip ? 2.5 : 1, "stroke-dasharray": l.path === "relayed" ? "5 4" : null }),
      nodes.length <= 40 && label ? caption(label, 10, "var(--soft)") : "") };
  });
  const dots = nodes.map((n) => ({ n, e: svg("g", { opacity: !only || n.in.includes(only) ? 1 : 0.25, "data-node": n.id },
    svg("title", {}, about(n)),
    svg("circle", { r: n.me ? 9 : 7, fill: n.me ? "var(--accent)" : "var(--bg)", stroke: "var(--accent)", "stroke-width": 2 }),
    nodes.length <= 80 || n.me ? caption(safe.name(called(n), 20), 12, "var(--ink)", 22) : "") }));
  v.picture.replaceChildren(...lines.map((x) => x.e), ...dots.map((x) => x.e));
  move(v, lines, dots);
  fill(v.rows, links.filter((l) => !only || l.mesh.includes(only)).map((l) => el("tr", {},
    [called(nodes[l.a]), called(nodes[l.b]), l.path, trip(l) || "–", l.mesh.map((c) => safe.name(c, 64)).join(" ") || "–"].map((t, i) => el("td", { nowrap: short(i) }, t)))));
}

const about = (n) => [called(n), n.state, n.path, trip(n), n.in.map((c) => safe.name(c, 64)).join(" ")].filter(Boolean).join(", ");

// caption is a text that can be read on a line too.
const caption = (text, size, colour, dy = -4) =>
  svg("text", { "text-anchor": "middle", "font-size": size, fill: colour, dy, stroke: "var(--bg)", "stroke-width": 3, "paint-order": "stroke" }, text);

// move puts everything in its place: at once, or gliding from where it was.
function move(v, lines, dots) {
  const nodes = v.topology.nodes, from = v.shown ?? v.places, begun = performance.now();
  const still = !v.shown || matchMedia("(prefers-reduced-motion: reduce)").matches;
  cancelAnimationFrame(v.frame);
  const half = new Map(dots.filter(({ e }) => e.lastChild.tagName === "text").map(({ n, e }) => [n.id, Math.min(e.lastChild.getComputedTextLength() / 2 + 2, v.width / 2)])); // of a name, px: it stays within the picture
  const put = (now) => {
    const part = still ? 1 : Math.min((now - begun) / glide, 1), ease = part * (2 - part);
    v.shown = new Map(nodes.map((n) => {
      const to = v.places.get(n.id), was = from.get(n.id) ?? to;
      return [n.id, { x: was.x + (to.x - was.x) * ease, y: was.y + (to.y - was.y) * ease }];
    }));
    const at = (i) => v.shown.get(nodes[i].id);
    for (const { l, e } of lines) {
      const a = at(l.a), b = at(l.b), line = e.firstChild, text = line.nextSibling;
      for (const [k, n] of [["x1", a.x], ["y1", a.y], ["x2", b.x], ["y2", b.y]]) line.setAttribute(k, n.toFixed(1));
      text?.setAttribute("x", ((a.x + b.x) / 2).toFixed(1));
      text?.setAttribute("y", ((a.y + b.y) / 2).toFixed(1));
    }
    for (const { n, e } of dots) {
      const p = v.shown.get(n.id);
      e.setAttribute("transform", "translate(" + p.x.toFixed(1) + " " + p.y.toFixed(1) + ")");
      if (half.has(n.id)) e.lastChild.setAttribute("x", (Math.min(Math.max(p.x, half.get(n.id)), v.width - half.get(n.id)) - p.x).toFixed(1));
    }
    if (part < 1 && v.picture.isConnected) v.frame = requestAnimationFrame(put);
  };
  put(begun);
}

// layout places nodes so that linked ones are near each other and none is upon
// another: springs along links, repulsion between all, a pull to the middle
// (Fruchterman and Reingold, 1991). before is where they were. Pure.
export function layout(nodes, links, width, height, before = new Map()) {
  const n = nodes.length, k = 0.8 * Math.sqrt((width * height) / Math.max(n, 1)), middle = { x: width / 2, y: height / 2 };
  const at = nodes.map((node, i) => {
    const was = before.get(node.id), turn = i * 2.399963; // the golden angle: no two in one direction
    return was ? { ...was } : i === 0 ? { ...middle } : { x: middle.x + k * 0.5 * Math.sqrt(i) * Math.cos(turn), y: middle.y + k * 0.5 * Math.sqrt(i) * Math.sin(turn) };
  });
  const rounds = Math.max(5, Math.min(before.size ? 60 : 300, Math.round(3e6 / (n * n + 1))));
  for (let r = 0; r < rounds; r++) {
    const step = (k * 0.3 * (rounds - r)) / rounds * (before.size ? 0.3 : 1), f = at.map((p) => ({ x: (middle.x - p.x) * 0.05, y: (middle.y - p.y) * 0.05 }));
    const push = (i, j, force) => {
      const dx = at[i].x - at[j].x || 0.01 * (i - j), dy = at[i].y - at[j].y || 0.01, d = Math.max(Math.hypot(dx, dy), 1), m = force(d) / d;
      f[i].x += dx * m, f[i].y += dy * m, f[j].x -= dx * m, f[j].y -= dy * m;
    };
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) push(i, j, (d) => (k * k * 0.4) / d);
    for (const l of links) push(l.a, l.b, (d) => (-d * d) / k);
    for (let i = 0; i < n; i++) {
      const d = Math.hypot(f[i].x, f[i].y), m = d > step ? step / d : 1;
      at[i].x = Math.min(Math.max(at[i].x + f[i].x * m, 50), width - 50);
      at[i].y = Math.min(Math.max(at[i].y + f[i].y * m, 24), height - 34);
    }
  }
  return new Map(nodes.map((node, i) => [node.id, at[i]]));
}
