// The table of projects: sorting, search and filters, with the selection in the page's address.
"use strict";
(() => {
  const table = document.getElementById("table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const shown = document.getElementById("shown");
  const search = document.getElementById("search");
  const section = document.getElementById("section");
  const STEP = 50; // the number of rows that startrack.css shows before this script has run
  let order = rows;
  let matching = new Set(rows);
  let listed = rows; // the matching rows, in order

  const collator = new Intl.Collator("en", { sensitivity: "base", numeric: true });

  // The sort key of a cell: its data-order, or else its number, day or text; null if it is unknown.
  function value(row, column) {
    const cell = row.cells[column];
    if (cell.classList.contains("unknown")) return null;
    if (cell.dataset.order) return Number(cell.dataset.order);
    const shown = cell.firstElementChild && cell.querySelector("time, bdi, [aria-hidden]");
    if (shown?.dateTime) return shown.dateTime;
    const { textContent: text } = shown ?? cell;
    if (text === "none") return ""; // no commit: sorts before every day
    const number = Number(text.replaceAll(",", "").replace(/^[−▼]/, "-").replace("▲", ""));
    return text === "" ? null : Number.isNaN(number) ? text : number;
  }

  function compare(a, b) {
    return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
  }

  const keys = new Map(); // column → row → sort key

  function keysOf(column) {
    if (!keys.has(column)) keys.set(column, new Map(rows.map((row) => [row, value(row, column)])));
    return keys.get(column);
  }

  function sorted(column, direction) {
    const sign = direction === "ascending" ? 1 : -1;
    const key = keysOf(column);
    return [...rows].sort((one, other) => {
      const [a, b] = [key.get(one), key.get(other)];
      // Unknown values come last in both directions.
      return a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b);
    });
  }

  function sort(header, direction) {
    for (const other of headers) other.setAttribute("aria-sort", other === header ? direction : "none");
    order = sorted(header.cellIndex, direction);
  }

  // The first click sorts text from A, and figures from the largest.
  function defaultDirection(header) {
    return header.cellIndex <= 2 ? "ascending" : "descending";
  }

  function next(header) {
    const now = header.getAttribute("aria-sort");
    if (now === "none") return defaultDirection(header);
    return now === "ascending" ? "descending" : "ascending";
  }

  const title = (header) => header.querySelector("button").textContent.trim().toLowerCase().replaceAll(" ", "-");
  const headers = [...table.tHead.querySelectorAll("[aria-sort]")];
  const first = headers.find((header) => header.getAttribute("aria-sort") !== "none");
  for (const header of headers) {
    header.querySelector("button").disabled = false; // without this script it does nothing
    header.querySelector("button").addEventListener("click", () => {
      const direction = next(header);
      sort(header, direction);
      show();
      const isFirst = header === first && direction === defaultDirection(first);
      startrack.fragment.set({ sort: isFirst ? "" : `${title(header)}:${direction}` });
    });
  }

  const texts = rows.map((row) => `${row.cells[1].textContent} ${row.cells[2].textContent}`.toLowerCase());
  const sections = rows.map((row) => new Set(row.dataset.sectionNumbers.split(" ")));
  const languages = rows.map((row) => row.cells[2].querySelector("p")?.textContent ?? "?");
  const states = rows.map((row) => new Set(row.dataset.states.split(" ")));
  const properties = {
    section: (i, value) => sections[i].has(value),
    language: (i, value) => languages[i] === value,
    license: (i, value) => rows[i].dataset.license === value,
    state: (i, value) => states[i].has(value),
  };
  const filters = Object.keys(properties).map((name) => document.getElementById(name)).filter(Boolean);

  function matches() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const active = filters.filter((filter) => filter.value !== "");
    const isMatch = (i) => active.every((filter) => properties[filter.id](i, filter.value))
      && words.every((word) => texts[i].includes(word));
    return new Set(rows.filter((_, i) => isMatch(i)));
  }

  function filter() {
    matching = matches();
    shown.textContent = `${matching.size.toLocaleString("en")} of ${rows.length.toLocaleString("en")} projects`;
    show();
  }

  // Section numbers change with the list, so the address has their keys.
  const keyOf = (option) => option.dataset.key ?? option.value;

  function choose() {
    filter();
    const pairs = filters.map((select) => [select.id, keyOf(select.selectedOptions[0])]);
    startrack.fragment.set({ q: search.value, ...Object.fromEntries(pairs) });
  }

  for (const control of [search, ...filters]) control.addEventListener("input", choose);

  // Layout of thousands of cells is slow, so rows are added to the page as the reader scrolls, and all of them before
  // printing.
  function show() {
    listed = order.filter((row) => matching.has(row));
    body.replaceChildren();
    grow(STEP);
  }

  // Rows that are in the page already are not moved, so that they keep the focus.
  function grow(step) {
    const { length } = body.rows;
    for (const row of listed.slice(length, length + step)) body.append(row);
    end.disconnect();
    if (listed.length > body.rows.length) end.observe(body.rows[body.rows.length - 1]);
  }

  const end = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) grow(STEP);
  }, { root: table.parentElement, rootMargin: "800px" });

  addEventListener("beforeprint", () => grow(rows.length));
  addEventListener("afterprint", show);

  function restore() {
    search.value = startrack.fragment.get("q") || search.value;
    for (const select of filters) {
      const key = startrack.fragment.get(select.id);
      const match = key && [...select.options].find((choice) => keyOf(choice) === key);
      if (match) select.value = match.value;
    }
    const [name, direction] = startrack.fragment.get("sort").split(":");
    const header = headers.find((candidate) => title(candidate) === name);
    if (header && ["ascending", "descending"].includes(direction)) sort(header, direction);
    filter();
  }

  document.addEventListener("startrack:fragment", () => {
    for (const control of [search, ...filters]) control.value = "";
    sort(first, defaultDirection(first));
    restore();
  });
  restore(); // includes a search text that the browser restored
  table.classList.add("ready");

  const boxes = new Map();
  const slugs = new Map();

  function addCheckbox(row) {
    const link = row.cells[1].querySelector("a");
    const slug = /projects\/(.+)\.html$/.exec(link.getAttribute("href"))[1];
    const name = link.textContent;
    const box = document.createElement("input");
    box.type = "checkbox";
    box.setAttribute("aria-label", `Show ${name} in the chart`);
    box.addEventListener("change", () => startrack.notify("plot", { slug, on: box.checked }));
    row.cells[0].append(box);
    boxes.set(slug, box);
    slugs.set(name, slug);
  }

  function fillNames() {
    const names = document.getElementById("compare-names");
    const add = document.getElementById("compare-add");
    for (const name of slugs.keys()) names.append(Object.assign(document.createElement("option"), { value: name }));
    add.addEventListener("input", () => {
      if (!slugs.has(add.value)) return;
      startrack.notify("plot", { slug: slugs.get(add.value), on: true });
      add.value = "";
    });
  }

  document.addEventListener("startrack:plotted", ({ detail }) => {
    const plotted = new Set(detail);
    for (const [slug, box] of boxes) box.checked = plotted.has(slug);
  });
  if (document.getElementById("compare")) {
    rows.filter((row) => !row.cells[3].classList.contains("unknown")).forEach(addCheckbox);
    fillNames();
    document.addEventListener("DOMContentLoaded", () => {
      startrack.compare(document.getElementById("compare"), new Set(slugs.values()));
    });
  }
})();
