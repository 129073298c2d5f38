// A list of any length of which only what is near the viewport is in the document.
// Rows have whatever height they have: it is guessed until a row was seen. The list
// stays at its end while it is there; else what the reader looks at stays where it is.
// An item remembers in "height", in px, how high its row was.

const margin = 500; // px above and below the viewport that are in the document
const guess = 30; // px of a row that was never seen
const near = 1200; // px from the top at which older rows are asked for
const slack = 24; // px from the end that count as the end

export class List {
  #box; // scrolls
  #rows; // the element that holds the rows
  #make; // (item, before) → element
  #top; // asks for what is older
  #items = [];
  #from = [0]; // where each item begins, px; one more for the end
  #made = new Map(); // item → {element, sign}
  #sign; // (item, before) → string: a row is made again when it changes
  #frame = 0;
  #anchor = null; // {item, offset}: what stays where it is
  #width = 0;
  atEnd = true;

  constructor(box, rows, { make, sign, top, moved }) {
    Object.assign(this, { moved });
    this.#box = box;
    this.#rows = rows;
    this.#make = make;
    this.#sign = sign;
    this.#top = top;
    box.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(box);
  }

  // show replaces what is listed. fresh forgets where the reader was.
  show(items, fresh) {
    if (fresh) this.atEnd = true, (this.#anchor = null);
    else if (!this.atEnd) this.#hold();
    this.#items = items;
    this.#draw();
  }

  // end goes to the last row.
  end() {
    this.atEnd = true;
    this.#draw();
  }

  // reveal brings a row into view.
  reveal(item) {
    const i = this.#items.indexOf(item);
    if (i < 0) return false;
    this.atEnd = false;
    this.#anchor = { item, offset: this.#box.clientHeight / 3 };
    this.#draw();
    return true;
  }

  #scrolled() {
    this.atEnd = this.#box.scrollHeight - this.#box.clientHeight - this.#box.scrollTop < slack;
    this.#anchor = null;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.atEnd) this.#hold();
      this.#draw();
    });
  }

  #resized() {
    if (this.#box.clientWidth !== this.#width) this.#width = this.#box.clientWidth;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  // hold notes the first row that is in view, and where.
  #hold() {
    if (this.#anchor || !this.#items.length) return;
    const i = this.#at(this.#box.scrollTop);
    this.#anchor = { item: this.#items[i], offset: this.#from[i] - this.#box.scrollTop };
  }

  // at finds the item that is at a height.
  #at(y) {
    let a = 0, b = this.#items.length - 1;
    while (a < b) {
      const m = (a + b + 1) >> 1;
      if (this.#from[m] <= y) a = m;
      else b = m - 1;
    }
    return Math.max(0, a);
  }

  #sum() {
    const n = this.#items.length;
    if (this.#from.length < n + 1) this.#from = new Float64Array(2 * n + 64);
    for (let i = 0; i < n; i++) this.#from[i + 1] = this.#from[i] + (this.#items[i].height ?? guess);
  }

  // draw puts the rows near the viewport into the document. If they turn out to be so
  // low that they do not fill it, it looks again, a few times at most.
  #draw() {
    for (let turn = 0; turn < 4; turn++) {
      this.#sum();
      const n = this.#items.length, all = this.#from[n], high = this.#box.clientHeight;
      let y = this.#box.scrollTop;
      if (this.atEnd) y = Math.max(0, all - high);
      else if (this.#anchor) y = this.#from[Math.max(0, this.#items.indexOf(this.#anchor.item))] - this.#anchor.offset;
      const a = n ? this.#at(y - margin) : 0, b = n ? Math.min(n, this.#at(y + high + margin) + 1) : 0;
      this.#place(a, b);
      this.#rows.style.paddingTop = this.#from[a] + "px"; // neither is of the rows between: all is laid out once
      this.#rows.style.paddingBottom = all - this.#from[b] + "px";
      this.#measure(a, b);
      this.#sum();
      const want = this.atEnd ? this.#box.scrollHeight : this.#anchor ? this.#from[Math.max(0, this.#items.indexOf(this.#anchor.item))] - this.#anchor.offset : y;
      if (Math.abs(this.#box.scrollTop - want) >= 1) this.#box.scrollTop = want;
      const from = this.atEnd ? this.#from[n] - high : want;
      if ((a === 0 || this.#from[a] <= from) && (b === n || this.#from[b] >= from + high)) break;
    }
    if (this.#box.scrollTop < near) this.#top();
    this.moved?.(this.atEnd);
  }

  #place(a, b) {
    const keep = new Map();
    let before = null;
    for (let i = a; i < b; i++) {
      const item = this.#items[i], prev = this.#items[i - 1] ?? null;
      const sign = this.#sign(item, prev);
      let row = this.#made.get(item);
      if (row?.sign !== sign) {
        const element = this.#make(item, prev);
        row?.element.replaceWith(element);
        row = { element, sign, at: -1, of: -1 };
      }
      if (row.at !== i) row.element.setAttribute("aria-posinset", (row.at = i) + 1);
      if (row.of !== this.#items.length) row.element.setAttribute("aria-setsize", (row.of = this.#items.length));
      keep.set(item, row);
      const next = before ? before.nextSibling : this.#rows.firstChild;
      if (next !== row.element) this.#rows.insertBefore(row.element, next);
      before = row.element;
    }
    for (const [item, row] of this.#made) if (!keep.has(item)) row.element.remove();
    this.#made = keep;
  }

  // measure notes the heights of the rows in the document.
  #measure(a, b) {
    for (let i = a; i < b; i++) {
      const item = this.#items[i], h = this.#made.get(item).element.getBoundingClientRect().height;
      if (item.height !== h) item.height = h;
    }
  }
}
