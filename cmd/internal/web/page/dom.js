// Elements are made by these two and nothing else: text is set as text, never as
// markup.

// el makes an element: attributes by name, "on…" listeners, class as "class";
// undefined and false are left out. Children are elements or texts.
export function el(tag, attrs, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attrs ?? {})) {
    if (v === undefined || v === false || v === null) continue;
    if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
    else e.setAttribute(k, v === true ? "" : v);
  }
  e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false && c !== ""));
  return e;
}

// $ finds an element of the page by its id.
export const $ = (id) => document.getElementById(id);

// fill replaces what an element holds.
export const fill = (e, ...children) => e.replaceChildren(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));

// icon is a copy of one of the drawings that index.html brings: rows come by the thousand,
// and a <use> in each costs several times as much.
export function icon(name) {
  const s = document.createElementNS("http://www.w3.org/2000/svg", "svg"), drawing = $("i-" + name);
  s.setAttribute("class", "icon");
  s.setAttribute("aria-hidden", "true");
  s.setAttribute("viewBox", drawing.getAttribute("viewBox"));
  for (const part of drawing.children) s.append(part.cloneNode());
  return s;
}

// keyed makes the children of an element those of a list, in its order. An element
// stays the same for the same key, so focus stays where it is; update(element, item)
// brings it up to date.
export function keyed(parent, items, key, make, update) {
  const old = new Map([...parent.children].map((e) => [e.dataset.key, e]));
  let before = null;
  for (const i of items) {
    const k = key(i);
    let e = old.get(k);
    old.delete(k);
    if (!e) {
      e = make(i);
      e.dataset.key = k;
    }
    update(e, i);
    const next = before ? before.nextSibling : parent.firstChild;
    if (next !== e) parent.insertBefore(e, next);
    before = e;
  }
  for (const e of old.values()) e.remove();
}

// set changes the text of an element if it is another one.
export function set(e, text) {
  if (e.textContent !== text) e.textContent = text;
}
