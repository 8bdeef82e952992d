// What pages do beyond links and forms: keys, rows that open, questions before what cannot be undone, copying.
// Everything works without it, except copying by a button and reading the code of a link from its address.
"use strict";

const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
const open = () => document.querySelector("dialog[open]") !== null;

// On narrow screens the navigation scrolls sideways; where one is should be in sight.
document.querySelector(".side nav a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

// Rows
const rows = () => [...document.querySelectorAll("tr[data-href]")].filter((row) => row.offsetParent !== null);

function step(by) {
  const all = rows();
  if (all.length === 0) return;
  const now = all.indexOf(document.activeElement?.closest("tr[data-href]"));
  const next = all[now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + by, 0), all.length - 1)];
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  const busy = event.target.closest("a, button, input, select, textarea, label, summary, dialog");
  if (row === null || busy !== null || getSelection().toString() !== "") return;
  if (event.metaKey || event.ctrlKey) window.open(row.dataset.href, "_blank", "noopener");
  else location.assign(row.dataset.href);
});

// Keys
let waiting = false;

function go(key) {
  const place = document.querySelector(`.side a[data-key="${CSS.escape(key)}"]`);
  if (place) location.assign(place.href);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || open()) return;
  if (waiting) {
    waiting = false;
    go(event.key);
    return;
  }
  const row = event.target.closest("tr[data-href]");
  const search = document.querySelector("input[type=search], [role=search] input");
  if (event.key === "g") {
    waiting = true;
    setTimeout(() => { waiting = false; }, 1500);
  } else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "Enter" && row !== null && event.target === row) location.assign(row.dataset.href);
  else if (event.key === "?") document.getElementById("shortcuts")?.showModal();
  else if (event.key === "/" && search !== null) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});

// Questions before what cannot be undone
document.addEventListener("submit", (event) => {
  const form = event.target;
  const dialog = document.getElementById("confirm");
  if (!form.dataset.confirm || form.dataset.sure === "yes" || dialog === null) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.getElementById("confirm-text").textContent = form.dataset.confirm;
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    form.dataset.sure = "yes";
    form.requestSubmit(event.submitter ?? undefined);
  }, { once: true });
  dialog.showModal();
}, true);

// Copying
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button === null) return;
  const from = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(from.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(from);
    button.textContent = "Press Ctrl C";
  }
});

// The code of a link that works once stands behind the #, which is sent to no server; it goes on in the form's body.
const link = document.getElementById("link");
if (link !== null && location.hash.length > 1) {
  link.elements.code.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  link.requestSubmit();
}

// What was wrong with a form comes first.
document.getElementById("problems")?.focus();
