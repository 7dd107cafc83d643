// Lists: [data-list] holds [data-row]; a row may hold a link [data-open] and a checkbox [data-select].
// After a change the neighbour row becomes current; the focus never falls to the top of the page.
let place = -1;
let anchor = null;

const rows = () => [...document.querySelectorAll("[data-list] [data-row]")].filter((row) => row.checkVisibility());
export const currentRow = () => document.querySelector("[data-row].is-current");

export function makeCurrent(row, { focus = true } = {}) {
  for (const other of document.querySelectorAll("[data-row].is-current")) if (other !== row) other.classList.remove("is-current");
  if (!row) return;
  row.classList.add("is-current");
  place = rows().indexOf(row);
  if (!focus) return;
  const link = row.querySelector("[data-open]");
  if (!link) row.tabIndex = -1;
  (link ?? row).focus();
  row.scrollIntoView({ block: "nearest" });
}

export function step(by) {
  const all = rows();
  if (!all.length) return;
  const from = all.indexOf(currentRow());
  const to = from < 0 ? (by > 0 ? 0 : all.length - 1) : from + by;
  makeCurrent(all[Math.min(Math.max(to, 0), all.length - 1)]);
}

export function openCurrent() {
  currentRow()?.querySelector("[data-open]")?.click();
}

export function select({ range = false } = {}) {
  const row = currentRow();
  const box = row?.querySelector("[data-select]");
  if (!box) return;
  const all = rows();
  const on = !box.checked;
  const from = range && anchor ? all.indexOf(anchor) : all.indexOf(row);
  const [low, high] = [Math.min(from, all.indexOf(row)), Math.max(from, all.indexOf(row))];
  for (const each of all.slice(Math.max(low, 0), high + 1)) tickBox(each.querySelector("[data-select]"), range ? true : on);
  anchor = row;
}

function tickBox(box, on) {
  if (!box || box.checked === on) return;
  box.checked = on;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

// A bar [data-selection-bar] shows while rows are selected and says how many ([data-selected-count]).
function count() {
  for (const bar of document.querySelectorAll("[data-selection-bar]")) {
    const list = bar.closest("form") ?? document;
    const n = list.querySelectorAll("[data-select]:checked").length;
    bar.hidden = n === 0;
    for (const figure of bar.querySelectorAll("[data-selected-count]")) figure.textContent = String(n);
  }
}

document.addEventListener("change", ({ target }) => { if (target.matches("[data-select]")) count(); });
document.addEventListener("focusin", ({ target }) => { const row = target.closest("[data-row]"); if (row) makeCurrent(row, { focus: false }); });
document.addEventListener("htmx:afterSettle", () => {
  count();
  if (place < 0 || currentRow() || document.activeElement !== document.body) return;
  const all = rows();
  if (all.length) makeCurrent(all[Math.min(place, all.length - 1)]);
});
count();
