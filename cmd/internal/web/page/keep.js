// What the browser keeps. The token, and what was typed, are kept for this tab alone
// (sessionStorage); how the page looks, and with whom there were direct messages, for
// this browser. A browser that keeps nothing loses only that.

const read = (store, key) => {
  try {
    return JSON.parse(store().getItem("tincan." + key));
  } catch {
    return null;
  }
};
const forget = (store, key) => {
  try {
    store().removeItem("tincan." + key);
  } catch {
    // not allowed
  }
};
const write = (store, key, value) => {
  try {
    if (value === null) forget(store, key);
    else store().setItem("tincan." + key, JSON.stringify(value));
  } catch {
    forget(store, key); // what was kept before is not so any more
  }
};
const session = () => sessionStorage, local = () => localStorage;

export const tab = { get: (key) => read(session, key), set: (key, value) => write(session, key, value) };
export const browser = { get: (key) => read(local, key), set: (key, value) => write(local, key, value) };

// token takes the owner's key out of the address bar, or from this tab's memory.
export function token() {
  const found = /^#([\w-]{43})$/.exec(location.hash);
  if (found) {
    history.replaceState(null, "", location.pathname);
    tab.set("token", found[1]);
    tab.set("guest", null);
  }
  return found ? found[1] : tab.get("token");
}

const answerTime = 400; // ms that another tab has to say what is its own

// unclaimed is what of some lines no other tab has: when a tab is duplicated, the browser
// copies what it keeps, and both would send it. own() are the lines of this tab.
export async function unclaimed(lines, own) {
  if (typeof BroadcastChannel === "undefined") return lines;
  const tabs = new BroadcastChannel("tincan.lines"), theirs = new Set();
  tabs.onmessage = ({ data }) => {
    if (data === "whose?") tabs.postMessage(own().map((l) => l.ref));
    else for (const ref of data) theirs.add(ref);
  };
  if (!lines.length) return lines;
  tabs.postMessage("whose?");
  await new Promise((done) => setTimeout(done, answerTime));
  return lines.filter((l) => !theirs.has(l.ref));
}
