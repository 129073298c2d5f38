import { tab, unclaimed } from "/page/keep.js";
import { run, same } from "./check.js";

const a = { ref: "a" }, b = { ref: "b" };

export default () => run({
  "what does not fit any more leaves nothing old behind"() {
    tab.set("lines", [a]);
    tab.set("lines", ["x".repeat(20 << 20)]);
    same(tab.get("lines"), null);
    tab.set("lines", [b]);
    same(tab.get("lines"), [b]);
    tab.set("lines", null);
  },

  async "a tab that was duplicated leaves what waits to the one it was made of"() {
    const mine = [a];
    same(await unclaimed([], () => mine), []);
    same(await unclaimed([a, b], () => []), [b]);
    mine.length = 0; // it has been sent, or the tab has gone
    same(await unclaimed([a, b], () => []), [a, b]);
  },
});
