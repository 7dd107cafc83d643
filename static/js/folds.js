// Parts that fold to one line: what a person opens or shuts is remembered, links open what they point to, and the bar
// of parts tells where one is.
const COOKIE = /(?:^|; )folds=([^;]*)/;
const YEAR = 365 * 24 * 60 * 60;

const kept = () => Object.fromEntries((COOKIE.exec(document.cookie)?.[1] ?? "").split("_").filter(Boolean).map((pair) => pair.split(".")));
function remember(name, state) {
  const pairs = Object.entries({ ...kept(), [name]: state }).map((pair) => pair.join("."));
  document.cookie = `folds=${pairs.join("_")}; path=/; max-age=${YEAR}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}
// A press on the line is a choice; a link that opens a part is none.
document.addEventListener("click", ({ target }) => {
  const summary = target.closest("details.fold > summary");
  if (summary) remember(summary.parentElement.dataset.fold, summary.parentElement.open ? "shut" : "open");
});

// Opens what stands around the place, and what the place itself can open.
function reveal(id) {
  const place = id && document.getElementById(id);
  if (!place) return null;
  for (let around = place.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  const inside = place.querySelector(":scope > details.fold");
  if (inside) inside.open = true;
  return place;
}
const nameIn = (hash) => decodeURIComponent(hash.slice(1));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href*='#']");
  if (link && !link.hasAttribute("hx-get") && link.pathname === location.pathname && link.search === location.search) reveal(nameIn(link.hash));
});
addEventListener("hashchange", () => reveal(nameIn(location.hash))?.scrollIntoView());
if (location.hash) reveal(nameIn(location.hash))?.scrollIntoView();

// Where one is: the last part whose top has passed below the bar.
const links = () => [...document.querySelectorAll(".parts-bar a")];
let isPlanned = false;
function tell() {
  isPlanned = false;
  const bar = document.querySelector(".parts-bar");
  if (!bar) return;
  const edge = bar.getBoundingClientRect().bottom + 24;
  const passed = links().filter((link) => (document.getElementById(link.dataset.part)?.getBoundingClientRect().top ?? Infinity) <= edge);
  const here = passed.at(-1);
  for (const link of links()) {
    if (link !== here) link.removeAttribute("aria-current");
    else if (!link.hasAttribute("aria-current")) {
      link.setAttribute("aria-current", "location");
      if (bar.scrollWidth > bar.clientWidth) bar.scrollTo({ left: link.offsetLeft - bar.clientWidth / 2 });
    }
  }
}
const plan = () => { if (!isPlanned) { isPlanned = true; requestAnimationFrame(tell); } };
addEventListener("scroll", plan, { passive: true });
document.addEventListener("htmx:afterSettle", plan);
plan();
