// The table of projects: sorted by any column, searched, filtered; what is chosen stands in the page's address.
"use strict";
(() => {
  const table = document.getElementById("table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const shown = document.getElementById("shown");
  const search = document.getElementById("search");
  const section = document.getElementById("section");
  const STEP = 50; // startrack.css shows as many until this script has run
  let order = rows;
  let found = new Set(rows);
  let inside = rows; // those found, in order

  // ── Sorting ──────────────────────────────────────────────────────────────────────────────────────────

  const collator = new Intl.Collator("en", { sensitivity: "base", numeric: true });

  // What a cell is sorted by: the number it has for that, its own, otherwise its text or its day; null where it is not known.
  function value(row, column) {
    const cell = row.cells[column];
    if (cell.classList.contains("unknown")) return null;
    if (cell.dataset.order) return Number(cell.dataset.order);
    const shown = cell.firstElementChild && cell.querySelector("time, bdi, [aria-hidden]");
    if (shown?.dateTime) return shown.dateTime;
    const { textContent: text } = shown ?? cell;
    if (text === "none") return ""; // no commit at all, so before any day
    const number = Number(text.replaceAll(",", "").replace(/^[−▼]/, "-").replace("▲", ""));
    return text === "" ? null : Number.isNaN(number) ? text : number;
  }

  function compare(a, b) {
    return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
  }

  const keys = new Map(); // column → what each of the rows is sorted by there

  function keysOf(column) {
    if (!keys.has(column)) keys.set(column, new Map(rows.map((row) => [row, value(row, column)])));
    return keys.get(column);
  }

  function sorted(column, direction) {
    const sign = direction === "ascending" ? 1 : -1;
    const key = keysOf(column);
    return [...rows].sort((one, other) => {
      const [a, b] = [key.get(one), key.get(other)];
      // The unknown stay last, whichever way.
      return a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b);
    });
  }

  function sort(header, direction) {
    for (const other of headers) other.setAttribute("aria-sort", other === header ? direction : "none");
    order = sorted(header.cellIndex, direction);
  }

  // Words start at A, figures with the largest.
  function usual(header) {
    return header.cellIndex <= 2 ? "ascending" : "descending";
  }

  function next(header) {
    const now = header.getAttribute("aria-sort");
    if (now === "none") return usual(header);
    return now === "ascending" ? "descending" : "ascending";
  }

  const title = (header) => header.querySelector("button").textContent.trim().toLowerCase().replaceAll(" ", "-");
  const headers = [...table.tHead.querySelectorAll("[aria-sort]")];
  const first = headers.find((header) => header.getAttribute("aria-sort") !== "none");
  for (const header of headers) {
    header.querySelector("button").addEventListener("click", () => {
      const direction = next(header);
      sort(header, direction);
      show();
      const isFirst = header === first && direction === usual(first);
      startrack.fragment.set({ sort: isFirst ? "" : `${title(header)}:${direction}` });
    });
  }

  // ── Filtering ────────────────────────────────────────────────────────────────────────────────────────

  const texts = rows.map((row) => `${row.cells[1].textContent} ${row.cells[2].textContent}`.toLowerCase());
  const places = rows.map((row) => new Set(row.dataset.places.split(" ")));
  const languages = rows.map((row) => row.cells[2].querySelector("p")?.textContent ?? "?");
  const states = rows.map((row) => new Set(row.dataset.states.split(" ")));
  const properties = {
    section: (i, wanted) => places[i].has(wanted),
    language: (i, wanted) => languages[i] === wanted,
    license: (i, wanted) => rows[i].dataset.license === wanted,
    state: (i, wanted) => states[i].has(wanted),
  };
  const filters = Object.keys(properties).map((name) => document.getElementById(name)).filter(Boolean);

  function matches() {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = filters.filter((filter) => filter.value !== "");
    const isFound = (i) => chosen.every((filter) => properties[filter.id](i, filter.value))
      && wanted.every((word) => texts[i].includes(word));
    return new Set(rows.filter((_, i) => isFound(i)));
  }

  function filter() {
    found = matches();
    shown.textContent = `${found.size.toLocaleString("en")} of ${rows.length.toLocaleString("en")} projects`;
    show();
  }

  // Numbers of sections change with the list, so an address has their keys.
  const named = (option) => option.dataset.key ?? option.value;

  function chosen() {
    filter();
    const pairs = filters.map((each) => [each.id, named(each.selectedOptions[0])]);
    startrack.fragment.set({ q: search.value, ...Object.fromEntries(pairs) });
  }

  for (const control of [search, ...filters]) control.addEventListener("input", chosen);

  // ── Showing ──────────────────────────────────────────────────────────────────────────────────────────

  // Laying out thousands of cells takes long: rows are laid out by the fifty, as they are scrolled to. The others
  // are not even in the page, as moving them about takes long too; for printing they all are.
  function show() {
    inside = order.filter((row) => found.has(row));
    body.replaceChildren();
    grow(STEP);
  }

  // Rows that are there stay where they are, and keep the focus.
  function grow(most) {
    const there = body.rows.length;
    for (const row of inside.slice(there, there + most)) body.append(row);
    end.disconnect();
    if (inside.length > body.rows.length) end.observe(body.rows[body.rows.length - 1]);
  }

  const end = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) grow(STEP);
  }, { root: table.parentElement, rootMargin: "800px" });

  addEventListener("beforeprint", () => grow(rows.length));
  addEventListener("afterprint", show);

  // ── The page's address ───────────────────────────────────────────────────────────────────────────────

  function restore() {
    search.value = startrack.fragment.get("q") || search.value;
    for (const each of filters) {
      const wanted = startrack.fragment.get(each.id);
      const option = wanted && [...each.options].find((one) => named(one) === wanted);
      if (option) each.value = option.value;
    }
    const [name, direction] = startrack.fragment.get("sort").split(":");
    const header = headers.find((one) => title(one) === name);
    if (header && ["ascending", "descending"].includes(direction)) sort(header, direction);
    filter();
  }

  document.addEventListener("startrack:fragment", () => {
    for (const control of [search, ...filters]) control.value = "";
    sort(first, usual(first));
    restore();
  });
  restore(); // also what a browser brought back of what was typed before the page was left
  table.classList.add("ready");

  // ── The chart ────────────────────────────────────────────────────────────────────────────────────────

  const boxes = new Map();
  const slugs = new Map();

  function tickable(row) {
    const link = row.cells[1].querySelector("a");
    const slug = /projects\/(.+)\.html$/.exec(link.getAttribute("href"))[1];
    const name = link.textContent;
    const box = document.createElement("input");
    box.type = "checkbox";
    box.setAttribute("aria-label", `Show ${name} in the chart`);
    box.addEventListener("change", () => startrack.tell("plot", { slug, on: box.checked }));
    row.cells[0].append(box);
    boxes.set(slug, box);
    slugs.set(name, slug);
  }

  function offer() {
    const names = document.getElementById("compare-names");
    const add = document.getElementById("compare-add");
    for (const name of slugs.keys()) names.append(Object.assign(document.createElement("option"), { value: name }));
    add.addEventListener("input", () => {
      if (!slugs.has(add.value)) return;
      startrack.tell("plot", { slug: slugs.get(add.value), on: true });
      add.value = "";
    });
  }

  document.addEventListener("startrack:plotted", ({ detail }) => {
    const plotted = new Set(detail);
    for (const [slug, box] of boxes) box.checked = plotted.has(slug);
  });
  if (document.getElementById("compare")) {
    rows.filter((row) => !row.cells[3].classList.contains("unknown")).forEach(tickable);
    offer();
    document.addEventListener("DOMContentLoaded", () => {
      startrack.compare(document.getElementById("compare"), new Set(slugs.values()));
    });
  }
})();
