// The gateway's pages: looking again can be paused, time runs down, and questions are answered by keys.
"use strict";

// The dashboard looks again by itself, unless somebody paused it, asked for less motion, or marks text on it.
const live = document.getElementById("live");
const pause = document.getElementById("pause");
let paused = matchMedia("(prefers-reduced-motion: reduce)").matches;

function tell() {
  pause.textContent = paused ? "Update by itself" : "Pause";
  pause.setAttribute("aria-pressed", String(paused));
}

if (live !== null && pause !== null) {
  pause.hidden = false;
  tell();
  pause.addEventListener("click", () => { paused = !paused; tell(); });
  const places = new Map();
  live.addEventListener("htmx:beforeRequest", (event) => {
    const marked = getSelection();
    const marks = !marked.isCollapsed && live.contains(marked.anchorNode);
    if (paused || document.hidden || marks) event.preventDefault();
  });
  live.addEventListener("htmx:beforeSwap", () => {
    for (const one of live.querySelectorAll(".scroll[id]")) places.set(one.id, one.scrollLeft);
  });
  live.addEventListener("htmx:afterSwap", () => {
    for (const [id, left] of places) document.getElementById(id)?.scrollTo({ left, behavior: "instant" });
  });
}

// Time that is left, by this clock from when the page came: the server's may be another.
const ends = new WeakMap();

function count() {
  for (const one of document.querySelectorAll("[data-left]")) {
    if (!ends.has(one)) ends.set(one, performance.now() / 1000 + Number(one.dataset.left));
    const left = Math.max(0, Math.round(ends.get(one) - performance.now() / 1000));
    const said = left >= 120 ? `${Math.floor(left / 60)} min left` : left > 0 ? `${left} s left` : "time is up";
    if (one.textContent !== said) one.textContent = said;
    one.classList.toggle("soon", left < 30);
  }
}
count();
setInterval(count, 1000);

// Keys among questions. None of them decides: a and x only lead to the button.
const questions = () => [...document.querySelectorAll(".question")];

document.addEventListener("keydown", (event) => {
  const typed = event.target.closest("input, textarea, select, dialog") !== null;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typed) return;
  const all = questions();
  if (all.length === 0) return;
  const now = all.indexOf(document.activeElement?.closest(".question"));
  if (event.key === "j" || event.key === "k") {
    const next = now < 0 ? 0 : Math.min(Math.max(now + (event.key === "j" ? 1 : -1), 0), all.length - 1);
    all[next].focus();
    all[next].scrollIntoView({ block: "nearest" });
    return;
  }
  const wanted = { a: "button.primary", x: "button.danger", w: "input[name=why]" }[event.key];
  const found = wanted ? all[Math.max(now, 0)].querySelector(wanted) : null;
  if (found !== null) {
    event.preventDefault();
    found.focus();
  }
});
