// Light, dark, or as the system has it: a button goes through the three, and the
// browser keeps the choice.

import { $, set } from "./dom.js";
import { browser } from "./keep.js";

const themes = { "": "as the system", light: "light", dark: "dark" };
function theme(t) {
  if (t) document.documentElement.dataset.theme = t;
  else delete document.documentElement.dataset.theme;
  set($("themed"), "Theme: " + themes[t]);
  $("theme").title = "Theme: " + themes[t];
  browser.set("theme", t || null);
}
theme(browser.get("theme") ?? "");
$("theme").onclick = () => {
  const all = Object.keys(themes);
  theme(all[(all.indexOf(browser.get("theme") ?? "") + 1) % all.length]);
};
