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
const write = (store, key, value) => {
  try {
    if (value === null) store().removeItem("tincan." + key);
    else store().setItem("tincan." + key, JSON.stringify(value));
  } catch {
    // full, or not allowed
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
