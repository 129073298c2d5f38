// The log of one conversation: messages and notes in the order in which they are
// shown, bounded. Pure.
//
// An item is {id, at, kind, from, text, mine, late, state, reason}; a note, which
// is nobody's message, has kind "note" and no id. at is in ms.

// maxItems and maxChars bound what a page holds of one conversation: beyond it the
// oldest quarter goes, and comes again when somebody scrolls up.
export const maxItems = 30000;
export const maxChars = 16 << 20;

export class Log {
  items = [];
  byId = new Map();
  chars = 0;
  more = true; // there may be older messages at the node
  read = false; // the end of the history has been read since the last connection

  // add puts an item at the end. One that is there already is only brought up to date.
  // It says whether the item is new.
  add(item) {
    const old = item.id && this.byId.get(item.id);
    if (old) {
      update(old, item);
      return false;
    }
    this.items.push(item);
    this.count(item);
    if (this.full()) this.drop(this.items.length >> 2);
    return true;
  }

  count(item) {
    if (item.id) this.byId.set(item.id, item);
    this.chars += item.text.length;
  }

  full() {
    return this.items.length > maxItems || this.chars > maxChars;
  }

  drop(n) {
    for (const i of this.items.splice(0, n)) {
      this.byId.delete(i.id);
      this.chars -= i.text.length;
    }
    this.more = true;
  }

  // older puts what the node holds from before the first message in front. It
  // returns the new items.
  older(list, more) {
    const fresh = list.filter((i) => !this.byId.has(i.id));
    fresh.forEach((i) => this.count(i));
    this.items = fresh.concat(this.items);
    this.more = more;
    return fresh;
  }

  // latest takes in the end of the history: what is known stays where it is, what is
  // new goes behind what it follows there. If nothing of it is known and there is more
  // between, what is here is dropped: it would not be whole. It returns the new items.
  latest(list, more) {
    const first = !this.read;
    this.read = true;
    const fresh = list.filter((i) => !this.byId.has(i.id));
    const known = fresh.length < list.length;
    const messages = this.byId.size > 0;
    list.forEach((i) => this.byId.has(i.id) && update(this.byId.get(i.id), i));
    if (!known && messages && more) {
      this.items = this.items.filter((i) => !i.id);
      this.byId.clear();
      this.chars = this.items.reduce((n, i) => n + i.text.length, 0);
    }
    if (!known || !messages) {
      this.more = more;
      this.items = byTime(fresh, this.items);
    } else {
      this.items = behind(list, this.items, this.byId);
    }
    fresh.forEach((i) => this.count(i));
    return first || fresh.length ? fresh : [];
  }

  // oldest is the id of the first message, or "".
  oldest() {
    return this.items.find((i) => i.id)?.id ?? "";
  }

  newest() {
    return this.items.findLast((i) => i.id)?.id ?? "";
  }
}

const rank = { queued: 1, sent: 2, delivered: 3, failed: 3 };

// update never takes a message back on its way.
export function update(old, item) {
  if ((rank[item.state] ?? 0) < (rank[old.state] ?? 0)) return;
  if (item.state) old.state = item.state, old.reason = item.reason, old.peers = item.peers ?? old.peers;
}

// byTime merges two lists by the time of sending; of like times the first goes first.
function byTime(a, b) {
  const out = [];
  let i = 0;
  for (const y of b) {
    while (i < a.length && a[i].at <= y.at) out.push(a[i++]);
    out.push(y);
  }
  return out.concat(a.slice(i));
}

// behind puts what is new of list behind what it follows there.
function behind(list, items, byId) {
  const after = new Map();
  let last = null;
  for (const i of list) {
    if (byId.has(i.id)) last = byId.get(i.id);
    else if (after.has(last)) after.get(last).push(i);
    else after.set(last, [i]);
  }
  const out = [];
  let lead = after.get(null);
  const first = list.find((i) => byId.has(i.id));
  for (const i of items) {
    if (lead && first && i.id === first.id) out.push(...lead), (lead = null);
    out.push(i);
    if (after.has(i)) out.push(...after.get(i));
  }
  return out;
}
