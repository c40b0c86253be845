// What the other scripts share: loading, the reader's theme and dates, and which projects stand in the chart.
"use strict";
const startrack = (() => {
  const page = document.documentElement;
  const root = page.dataset.root;
  const loading = new Map();
  const values = new Map();
  const sections = new Map();
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const print = matchMedia("print");
  let definitions = null;

  // Scripts and not fetch(): pages opened from a file may load the one and not the other.
  function load(path) {
    if (!loading.has(path)) {
      loading.set(path, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = root + path;
        script.onload = resolve;
        script.onerror = () => {
          loading.delete(path);
          reject(new Error(`${path} could not be loaded`));
        };
        document.head.append(script);
      }));
    }
    return loading.get(path);
  }

  async function history(slug) {
    await load(`data/history/${slug}.js`);
    return values.get(slug);
  }

  // What a file below data/ hands over under its own name.
  async function stored(name) {
    await load(`data/${name}.js`);
    return values.get(name);
  }

  // What the charts of a list's sections are drawn from.
  async function section(name) {
    await load(`data/${name}.js`);
    return sections.get(name);
  }

  // Plotly adds two style elements of its own, one of them with text, which the page's policy forbids. It leaves
  // that one out where an element with its id exists.
  async function plotly() {
    await load("assets/figures.js");
    for (const id of definitions.styles) {
      if (document.getElementById(id)) continue;
      const standIn = document.createElement("meta");
      standIn.id = id;
      document.head.append(standIn);
    }
    await load("assets/plotly.min.js");
    return definitions;
  }

  function theme() {
    if (print.matches) return "light";
    return page.dataset.theme ?? (dark.matches ? "dark" : "light");
  }

  function tell(name, detail) {
    document.dispatchEvent(new CustomEvent(`startrack:${name}`, { detail }));
  }

  function keep(chosen) {
    try {
      localStorage.setItem("startrack-theme", chosen);
    } catch {
      // Then the choice holds for this page only.
    }
  }

  function choose(chosen) {
    if (chosen === "auto") delete page.dataset.theme;
    else page.dataset.theme = chosen;
    keep(chosen);
    tell("theme");
  }

  // A group of buttons of which one is pressed; `change` is called with its value.
  function group(name, change) {
    const buttons = [...document.querySelectorAll(`[data-${name}]`)].filter((one) => one.matches("button"));
    const press = (value) => {
      for (const one of buttons) one.setAttribute("aria-pressed", String(one.dataset[name] === value));
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        press(button.dataset[name]);
        change(button.dataset[name]);
      });
    }
    return { buttons, press };
  }

  // ── Dates ────────────────────────────────────────────────────────────────────────────────────────────

  const days = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
  const instants = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

  // As the reader writes dates, with what was there before on hover; in UTC throughout, as everything is counted.
  function localize(time) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.valueOf())) return time;
    time.title = time.textContent;
    time.textContent = time.dateTime.includes("T") ? `${instants.format(at)} UTC` : days.format(at);
    return time;
  }

  function day(instant) {
    const iso = new Date(instant).toISOString().slice(0, 10);
    return localize(Object.assign(document.createElement("time"), { dateTime: iso, textContent: iso }));
  }

  for (const time of document.querySelectorAll("time[datetime]")) localize(time);

  group("theme", choose).press(page.dataset.theme ?? "auto");
  for (const query of [dark, print]) query.addEventListener("change", () => tell("theme"));

  return {
    data: (slug, value) => values.set(slug, value),
    figures: (value) => { definitions = value; },
    sections: (name, value) => sections.set(name, value),
    history,
    section,
    stored,
    plotly,
    root,
    theme,
    tell,
    group,
    day,
  };
})();
