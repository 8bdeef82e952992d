"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  const make = (name, properties = {}, ...inside) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...inside);
    return node;
  };
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Proofs are open in the file, so that they can be read without this script; with it they start folded.
  for (const details of all("details")) details.open = false;
  const reveal = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    if (target.hidden) clearAll();
    for (let node = target; node; node = node.parentElement) if (node.localName === "details") node.open = true;
    if (target.localName === "article") for (const d of all("details", target).slice(0, 1)) d.open = true;
    if (target.localName === "tr") for (const d of all("details", target)) d.open = true;
    target.scrollIntoView({ block: "start" });
  };
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });

  // Light or dark: the reader's system decides until the switch is used.
  const remembered = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("bartizan-theme");
      localStorage.setItem("bartizan-theme", value);
    } catch { /* storage is closed to files in some browsers; the switch then holds for this visit */ }
    return null;
  };
  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const theme = make("button", { type: "button", className: "theme" });
  const label = () => { theme.textContent = isDark() ? "Light" : "Dark"; theme.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`); };
  if (remembered()) root.dataset.theme = remembered();
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; remembered(root.dataset.theme); label(); });
  document.querySelector(".top p").append(theme);
  label();

  // Tables: filter, sort, copy.
  const lists = [];
  const wordsOf = (cell, without) => {
    const copy = cell.cloneNode(true);
    for (const inner of all(without, copy)) inner.remove();
    for (const small of all("small", copy)) small.prepend("; ");
    return copy.textContent.trim().replace(/\s+/g, " ");
  };
  const keyOf = (cell) => cell.dataset.sort ?? wordsOf(cell, "details > :not(summary), small, svg");
  const textOf = (row) => {
    row.words ??= (row.textContent + (document.getElementById(row.dataset.for)?.textContent ?? "")).toLowerCase();
    return row.words;
  };
  const csvOf = (list) => {
    const quoted = (text) => {
      const safe = /^[=+\-@\t\r]/.test(text) && text !== "-" ? `'${text}` : text;
      return `"${safe.replaceAll('"', '""')}"`;
    };
    const line = (row) => [...row.cells].map((cell) => quoted(wordsOf(cell, "details > :not(summary), svg"))).join(",");
    return [list.table.tHead.rows[0], ...list.rows.filter((row) => !row.hidden)].map(line).join("\r\n") + "\r\n";
  };
  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = make("textarea", { value: text, className: "away" });
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  const apply = (list) => {
    const wanted = list.text.value.toLowerCase().trim();
    let shown = 0;
    for (const row of list.rows) {
      const fits = list.choices.every(([filter, box]) => !box.value || valueOf(row, filter) === box.value)
        && (!list.cell || (row.dataset.cells ?? "").split(" ").includes(list.cell))
        && (!wanted || textOf(row).includes(wanted));
      row.hidden = !fits;
      const more = row.dataset.for && document.getElementById(row.dataset.for);
      if (more) more.hidden = !fits;
      shown += fits;
    }
    const cell = list.cell ? ` in the cell of likelihood ${list.cell.replace("-", " and impact ")}` : "";
    list.said.textContent = (shown ? `${shown} of ${list.rows.length} ${list.name}` : `No ${list.name} fit; clear the filters`) + cell;
    list.clear.hidden = shown === list.rows.length && !list.cell;
  };
  const clear = (list) => {
    list.text.value = "";
    list.cell = "";
    for (const [, box] of list.choices) box.value = "";
    apply(list);
  };
  const clearAll = () => lists.forEach(clear);
  const sort = (list, head) => {
    const index = head.cellIndex;
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const keyed = list.rows.map((row) => [keyOf(row.cells[index]), row]);
    keyed.sort(([a], [b]) => (up ? 1 : -1) * a.localeCompare(b, "en", { numeric: true }));
    list.rows = keyed.map(([, row]) => row);
    list.table.tBodies[0].append(...list.rows);
  };
  // A filter is named with the column that it narrows, such as `level:3`; a row may say its own value instead.
  const valueOf = (row, filter) => {
    const [key, column] = filter.split(":");
    row.values ??= {};
    row.values[key] ??= row.dataset[key] ?? wordsOf(row.cells[column], "small, details, svg");
    return row.values[key];
  };
  const choice = (list, filter) => {
    const key = filter.split(":")[0];
    const values = [...new Set(list.rows.map((row) => valueOf(row, filter)))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    const name = key[0].toUpperCase() + key.slice(1);
    const box = make("select", { ariaLabel: name }, make("option", { value: "", textContent: "all" }), ...values.map((v) => make("option", { value: v, textContent: v })));
    box.addEventListener("change", () => apply(list));
    list.choices.push([filter, box]);
    return make("label", {}, name, box);
  };
  for (const table of all("table.list")) {
    const list = { table, rows: [...table.tBodies[0].rows], choices: [], cell: "", name: table.dataset.name };
    const bar = make("div", { className: "bar-of" });
    bar.setAttribute("role", "search");
    bar.setAttribute("aria-label", `Filter the ${list.name}`);
    bar.append(...table.dataset.filters.split(" ").filter(Boolean).map((key) => choice(list, key)));
    list.text = make("input", { type: "search", placeholder: "any word", ariaLabel: "Text" });
    list.text.addEventListener("input", () => apply(list));
    list.clear = make("button", { type: "button", textContent: "Clear filters", hidden: true });
    list.clear.addEventListener("click", () => { clear(list); list.text.focus(); });
    const copy = make("button", { type: "button", textContent: "Copy as CSV" });
    copy.addEventListener("click", async () => {
      list.said.textContent = (await copied(csvOf(list))) ? "Copied" : "The browser does not allow copying";
    });
    list.said = make("output", {});
    bar.append(make("label", {}, "Text", list.text), list.clear, copy, list.said);
    if (list.rows.length >= 12 || table.id) table.before(bar);
    for (const head of table.tHead.rows[0].cells) {
      const button = make("button", { type: "button" }, ...head.childNodes);
      button.addEventListener("click", () => sort(list, head));
      head.append(button);
    }
    for (const row of list.rows) {
      row.tabIndex = -1;
      if (row.querySelector("th a[href^='#']") || row.querySelector("details")) row.classList.add("open");
    }
    lists.push(list);
    apply(list);
  }

  // A row opens what it is about: its risk, or its own fold.
  const openRow = (row) => {
    const details = row.querySelector("details");
    const link = row.querySelector("th a[href^='#']");
    if (details) details.open = !details.open;
    else if (link) link.click();
  };
  addEventListener("click", (event) => {
    const cell = event.target.closest("[data-cell]");
    if (cell) {
      const list = lists.find((l) => l.table.id === "risk-list");
      if (list) { clear(list); list.cell = cell.dataset.cell; apply(list); }
      return;
    }
    const row = event.target.closest("table.list tbody tr");
    if (!row || event.target.closest("a, button, summary, details") || String(getSelection())) return;
    openRow(row);
  });

  // Keys: j and k walk the rows, Enter opens, / goes to the text filter.
  const nearest = () => {
    const active = document.activeElement?.closest("table.list");
    if (active) return lists.find((l) => l.table === active);
    return lists.find((l) => l.table.getBoundingClientRect().bottom > 120) ?? lists[0];
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const list = nearest();
    if (!list) return;
    if (event.key === "j" || event.key === "k") {
      const rows = list.rows.filter((row) => !row.hidden);
      const at = rows.indexOf(document.activeElement.closest("tr"));
      const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))];
      next?.focus({ preventScroll: true });
      next?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && document.activeElement.matches("table.list tbody tr")) {
      openRow(document.activeElement);
    } else if (event.key === "/") {
      event.preventDefault();
      list.text.focus();
    }
  });
  const risks = lists.find((l) => l.table.id === "risk-list") ?? lists[0];
  if (risks) {
    const keys = make("p", { className: "legend bar-of" });
    keys.append(make("kbd", { textContent: "j" }), make("kbd", { textContent: "k" }), " walk the rows ", make("kbd", { textContent: "Enter" }), " opens ", make("kbd", { textContent: "/" }), " filters");
    risks.table.after(keys);
  }

  // A term, a threat, a control or the number of a risk says on hover and focus what it is; without scripts it is a link.
  const tip = make("div", { id: "tip", className: "tip", hidden: true });
  tip.setAttribute("role", "tooltip");
  document.body.append(tip);
  const explained = (link) => {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    const line = target?.localName === "dt" ? target.nextElementSibling : target?.querySelector(":scope > .what");
    return [link.dataset.tip, line?.textContent.split(/(?<=[.?!])\s+(?=[A-Z])/)[0]].filter(Boolean).join(". ");
  };
  const called = new Map(all("#risk-list tbody tr").map((row) => [row.dataset.for, `${row.cells[1].textContent}, ${row.cells[2].textContent}: ${row.cells[4].textContent.replace(/^\d+ /, "")}`]));
  for (const link of all("a.num")) {
    const name = called.get(link.hash.slice(1));
    if (!name) continue;
    link.dataset.tip = name;
    link.setAttribute("aria-label", `${link.textContent}. ${name}`);
    link.removeAttribute("title");
  }
  let told = null;
  const hush = () => {
    told?.removeAttribute("aria-describedby");
    told = null;
    tip.hidden = true;
  };
  const tell = (event) => {
    const link = event.target.closest?.("main a[href^='#']:not([data-cell])");
    if (!link) return event.target === tip ? undefined : hush();
    if (link === told) return;
    const text = explained(link);
    hush();
    if (!text) return;
    told = link;
    tip.textContent = text;
    tip.hidden = false;
    link.setAttribute("aria-describedby", "tip");
    const at = link.getBoundingClientRect();
    const below = at.bottom + tip.offsetHeight + 4 <= innerHeight;
    tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${below ? at.bottom : at.top - tip.offsetHeight}px`;
  };
  addEventListener("mouseover", tell);
  addEventListener("focusin", tell);
  addEventListener("focusout", hush);
  addEventListener("scroll", hush, { passive: true, capture: true });
  addEventListener("keydown", (event) => { if (event.key === "Escape") hush(); });

  // The part that is in view, in the list of parts.
  const links = new Map(all(".top nav a").map((link) => [link.hash.slice(1), link]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-15% 0px -80% 0px" });
  for (const part of all(".part")) watch.observe(part);
  addEventListener("hashchange", reveal);
  reveal();
})();
