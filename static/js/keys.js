// Single keys. They rest in fields, with modifiers, in dialogs, and when the person switched them off.
// Any control with data-key="a" answers to its key; one inside the current row comes first.
import { currentRow, openCurrent, select, step } from "./rows.js";

const GO_SECONDS = 1.5;
let isGoing = false;

const isTyping = (target) =>
  target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select");

const own = {
  j: () => step(1),
  k: () => step(-1),
  o: openCurrent,
  x: () => select(),
  X: () => select({ range: true }),
  u: () => [...document.querySelectorAll("[data-undo]:not([hidden])")].at(-1)?.click(),
  "?": () => document.getElementById("keys")?.showModal(),
  g: () => { isGoing = true; setTimeout(() => { isGoing = false; }, GO_SECONDS * 1000); },
};

function pressMarked(key) {
  const marked = `[data-key="${CSS.escape(key)}"]`;
  // A control in a row acts on that row alone: never on one that is not current.
  const elsewhere = [...document.querySelectorAll(marked)].filter((each) => !each.closest("[data-row]"));
  const candidates = [...(currentRow()?.querySelectorAll(marked) ?? []), ...elsewhere];
  const control = candidates.find((each) => each.checkVisibility());
  if (!control) return false;
  if (isTyping(control)) control.focus(); else control.click();
  return true;
}

function goTo(key) {
  isGoing = false;
  document.querySelector(`[data-go="${CSS.escape(key)}"]`)?.click();
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (document.body.dataset.shortcuts === "off" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (key.length !== 1 || isTyping(target) || document.querySelector("dialog[open]")) return;
  if (isGoing) { event.preventDefault(); goTo(key); return; }
  if (own[key]) { event.preventDefault(); own[key](); return; }
  if (pressMarked(key)) event.preventDefault();
});
