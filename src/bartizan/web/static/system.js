// What the pages of systems do beyond links and forms: forms that have what a choice needs, lines of a description.
"use strict";

// A decision shows the day that its treatment needs; without this both are there, each with its explanation.
function days(form) {
  const chosen = form.querySelector("input[name=treatment]:checked")?.value;
  for (const [name, fits] of [["due", chosen !== "accept"], ["until", chosen === "accept"]]) {
    const input = form.querySelector(`input[name=${name}]`);
    input.closest(".field").hidden = chosen !== undefined && !fits;
    input.disabled = chosen !== undefined && !fits;
    input.required = name === "until" && chosen === "accept";
  }
}

for (const form of document.querySelectorAll("form[data-decide]")) {
  form.addEventListener("change", () => days(form));
  days(form);
}

// Tab is for moving on, so that the keyboard is never caught; a list of lines that is linked to is shown in the middle.
if (/^#L\d+$/.test(location.hash)) document.querySelector(location.hash)?.scrollIntoView({ block: "center" });
