// The table of projects: sorted by any column, searched, filtered by section, ticked into the chart.
"use strict";
(() => {
  const table = document.getElementById("table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const shown = document.getElementById("shown");
  const search = document.getElementById("search");
  const section = document.getElementById("section");
  const STEP = 100; // startrack.css shows as many until this script has run
  let order = rows;
  let found = new Set(rows);
  let room = STEP;

  // ── Sorting ──────────────────────────────────────────────────────────────────────────────────────────

  const collator = new Intl.Collator("en", { sensitivity: "base", numeric: true });

  // What a cell is sorted by: its number, otherwise its text; null where it is not known.
  function value(row, column) {
    const cell = row.cells[column];
    if (cell.classList.contains("unknown")) return null;
    const text = (cell.querySelector("bdi") ?? cell).textContent;
    const number = Number(text.replaceAll(",", "").replace("−", "-"));
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

  function sort(column, direction) {
    const sign = direction === "ascending" ? 1 : -1;
    const key = keysOf(column);
    order = [...rows].sort((one, other) => {
      const [a, b] = [key.get(one), key.get(other)];
      // The unknown stay last, whichever way.
      return a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b);
    });
    body.append(...order);
    show(STEP);
  }

  function next(header) {
    const now = header.getAttribute("aria-sort");
    if (now !== "none") return now === "ascending" ? "descending" : "ascending";
    // Words start at A, figures with the largest.
    return header.cellIndex <= 2 ? "ascending" : "descending";
  }

  const headers = [...table.tHead.querySelectorAll("[aria-sort]")];
  for (const header of headers) {
    header.querySelector("button").addEventListener("click", () => {
      const direction = next(header);
      for (const other of headers) other.setAttribute("aria-sort", other === header ? direction : "none");
      sort(header.cellIndex, direction);
    });
  }

  // ── Filtering ────────────────────────────────────────────────────────────────────────────────────────

  const texts = rows.map((row) => `${row.cells[1].textContent} ${row.cells[2].textContent}`.toLowerCase());
  const places = rows.map((row) => new Set(row.dataset.places.split(" ")));

  function matches() {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const isFound = rows.map((_, i) => (section.value === "" || places[i].has(section.value))
      && wanted.every((word) => texts[i].includes(word)));
    return new Set(rows.filter((_, i) => isFound[i]));
  }

  function filter() {
    found = matches();
    shown.textContent = `${found.size.toLocaleString("en")} of ${rows.length.toLocaleString("en")} projects`;
    show(STEP);
  }

  search.addEventListener("input", filter);
  section.addEventListener("input", filter);

  // ── Showing ──────────────────────────────────────────────────────────────────────────────────────────

  // Laying out thousands of cells takes long: rows are laid out by the hundred, as they are scrolled to.
  function show(most) {
    room = most;
    let count = 0;
    let last = null;
    for (const row of order) {
      const isFound = found.has(row);
      if (isFound) count += 1;
      row.hidden = !isFound;
      row.classList.toggle("later", isFound && count > room);
      if (isFound && count <= room) last = row;
    }
    end.disconnect();
    if (count > room) end.observe(last);
  }

  const end = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) show(room + STEP);
  }, { root: table.parentElement, rootMargin: "800px" });

  filter(); // a browser may have brought back what was typed before the page was left
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
    names.append(...[...slugs.keys()].map((name) => Object.assign(document.createElement("option"), { value: name })));
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
  }
})();
