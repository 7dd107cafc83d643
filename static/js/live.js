// Dispatches airp:poll on <body> while the page is seen; regions with data-live listen. The dot in the top bar
// says in words how fresh the page is.
const EVERY = 4000;
const LONGEST = 60000;
const dot = document.getElementById("live");
let wait = EVERY;
let timer = 0;
let isStopped = false;

const hasRegions = () => document.querySelector("[data-live]") !== null;
const isPoll = (detail) => detail.requestConfig?.triggeringEvent?.type === "airp:poll";

function say(state, words) {
  if (!dot) return;
  dot.hidden = !hasRegions();
  dot.dataset.state = state;
  dot.lastElementChild.textContent = words;
}

function clockTime() {
  return new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

function plan() {
  clearTimeout(timer);
  if (isStopped || document.hidden) return;
  timer = setTimeout(poll, wait * (0.85 + Math.random() * 0.3));
}

function poll() {
  if (isStopped || document.hidden) return;
  if (hasRegions()) document.body.dispatchEvent(new CustomEvent("airp:poll"));
  plan();
}

document.addEventListener("visibilitychange", () => {
  if (isStopped) return;
  if (document.hidden) { clearTimeout(timer); say("paused", `Paused since ${clockTime()}`); return; }
  poll();
});
addEventListener("online", poll);

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.triggeringEvent?.type === "airp:poll") detail.headers["X-Airp-Poll"] = "true";
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!isPoll(detail)) return;
  const status = detail.xhr.status;
  if (status === 401) { isStopped = true; clearTimeout(timer); say("signed-out", "Signed out, sign in again"); return; }
  if (status >= 200 && status < 400) { wait = EVERY; say("live", "Live"); return; }
  wait = Math.min(wait * 2, LONGEST);
  say("reconnecting", "Reconnecting");
  plan();
});

say("live", "Live");
plan();
