// The plan: the slider says its number at once, rows are dragged to another place. Without it, a button and arrows do.
"use strict";

const slider = document.getElementById("q-budget");
if (slider !== null) {
  document.getElementById("budget").classList.add("ready");
  slider.addEventListener("input", () => { document.getElementById("q-budget-now").value = slider.value; });
}

// Dragging: a row is taken, the place where it would go is shown, and the form is sent with the new order.
let dragged = null;

const rowOf = (event) => event.target.closest?.("tr.movable") ?? null;

function clear() {
  for (const row of document.querySelectorAll("tr.before, tr.after")) row.classList.remove("before", "after");
}

function isLower(row, event) {
  const box = row.getBoundingClientRect();
  return event.clientY > box.top + box.height / 2;
}

function arm() {
  for (const row of document.querySelectorAll("tr.movable")) row.draggable = true;
}

document.addEventListener("dragstart", (event) => {
  dragged = rowOf(event);
  if (dragged === null || event.target !== dragged) { dragged = null; return; }
  dragged.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.control);
});

document.addEventListener("dragover", (event) => {
  const row = rowOf(event);
  if (dragged === null || row === null) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  clear();
  if (row !== dragged) row.classList.add(isLower(row, event) ? "after" : "before");
});

document.addEventListener("drop", (event) => {
  const row = rowOf(event);
  if (dragged === null || row === null || row === dragged) return;
  event.preventDefault();
  if (isLower(row, event)) row.after(dragged);
  else row.before(dragged);
  document.getElementById("order-moved").value = dragged.dataset.control;
  document.getElementById("order-form").requestSubmit();
});

document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = null;
  clear();
});

// An arrow that is pressed until its row is at an end can take no focus there; the other one of the row does.
let pressed = "";

document.addEventListener("click", (event) => { pressed = event.target.closest?.(".moves-it button")?.id ?? ""; });

function focusAgain() {
  const button = pressed === "" ? null : document.getElementById(pressed);
  if (button?.disabled) button.parentElement.querySelector("button:not(:disabled)")?.focus();
}

// After the server answered: rows can be dragged again, the button that was pressed has the focus, the change is said.
document.addEventListener("htmx:afterSettle", () => {
  arm();
  const order = document.getElementById("order");
  if (order?.dataset.said) document.getElementById("plan-said").textContent = order.dataset.said;
  delete order?.dataset.said;
  focusAgain();
});

arm();
