// Ages and due times tick as text. The words are those of airp/web/times.py.
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

function span(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  const hours = Math.floor(whole / HOUR);
  if (whole < DAY) return `${hours} h ${String(Math.floor((whole % HOUR) / MINUTE)).padStart(2, "0")} min`;
  const days = Math.floor(whole / DAY);
  return days < 7 ? `${days} d ${Math.floor((whole % DAY) / HOUR)} h` : `${days} d`;
}

function words(kind, seconds) {
  if (kind === "due" && seconds > 0) return `overdue by ${span(seconds)}`;
  if (Math.abs(seconds) < 10) return "just now";
  return seconds > 0 ? `${span(seconds)} ago` : `in ${span(seconds)}`;
}

// The server's clock decides, not the computer's: the difference is taken once from the page's own answer.
const served = Date.parse(document.querySelector("meta[name=served-at]")?.content ?? "");
const drift = Number.isNaN(served) ? 0 : served - (performance.timeOrigin + performance.getEntriesByType("navigation")[0].responseStart);

function tick() {
  const now = Date.now() + drift;
  for (const time of document.querySelectorAll("time[data-tick]")) {
    const seconds = (now - Date.parse(time.dateTime)) / 1000;
    const text = words(time.dataset.tick, seconds);
    if (time.textContent !== text) time.textContent = text;
    const clock = time.closest("[data-clock=due], [data-clock=risk]");
    if (!clock || time.dataset.tick !== "due") continue;
    if (seconds > 0) turn(clock, "overdue", "critical", "breached");
    else if (clock.dataset.clock === "due" && now >= Date.parse(clock.dataset.riskAt ?? "")) turn(clock, "risk", "moderate", "atRisk");
  }
}

function turn(clock, state, tone, words) {
  clock.dataset.clock = state;
  clock.querySelector(".dot").className = `dot ${tone}`;
  const said = clock.querySelector(".clock-state");
  if (said) said.textContent = said.dataset[words];
}

setInterval(tick, 5000);
document.addEventListener("htmx:afterSettle", tick);
document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
