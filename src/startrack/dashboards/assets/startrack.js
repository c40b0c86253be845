// Shared by all other scripts: loading data, the theme, dates, and events between scripts.
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

  // Loads scripts instead of using fetch(), because pages opened from file:// may not fetch files.
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

  // The data of a project's charts.
  async function loadHistory(slug) {
    await load(`data/history/${slug}.js`);
    return values.get(slug);
  }

  // The data of a file below data/.
  async function loadData(name) {
    await load(`data/${name}.js`);
    return values.get(name);
  }

  // The data of the charts of a list's sections.
  async function loadSection(name) {
    await load(`data/${name}.js`);
    return sections.get(name);
  }

  // Plotly adds two style elements, one of them with text, which the page's policy forbids. It does not add that one
  // if an element with its id exists.
  async function loadPlotly() {
    await load("assets/figures.js");
    for (const id of definitions.styles) {
      if (document.getElementById(id)) continue;
      const placeholder = document.createElement("meta");
      placeholder.id = id;
      document.head.append(placeholder);
    }
    await load("assets/plotly.min.js");
    return definitions;
  }

  function theme() {
    if (print.matches) return "light";
    return page.dataset.theme ?? (dark.matches ? "dark" : "light");
  }

  // Sends an event to the other scripts.
  function notify(name, detail) {
    document.dispatchEvent(new CustomEvent(`startrack:${name}`, { detail }));
  }

  function save(choice) {
    try {
      localStorage.setItem("startrack-theme", choice);
    } catch {
      // Without storage the choice is valid on this page only.
    }
  }

  function choose(choice) {
    if (choice === "auto") delete page.dataset.theme;
    else page.dataset.theme = choice;
    save(choice);
    notify("theme");
  }

  // Buttons of which one is pressed. Calls `change` with the value of the button that the reader presses.
  function buttonGroup(name, change) {
    const buttons = [...document.querySelectorAll(`[data-${name}]`)].filter((element) => element.matches("button"));
    const press = (value) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset[name] === value));
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        press(button.dataset[name]);
        change(button.dataset[name]);
      });
    }
    return { buttons, press };
  }

  const utc = { dateStyle: "medium", timeZone: "UTC" };
  const dayFormat = new Intl.DateTimeFormat(undefined, utc);
  const instantFormat = new Intl.DateTimeFormat(undefined, { ...utc, timeStyle: "short" });

  // Shows a date in the reader's format, with the ISO date as a tooltip. The time zone stays UTC, as counts are in UTC.
  function localize(time) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.valueOf())) return time;
    time.title = time.textContent;
    time.textContent = time.dateTime.includes("T") ? `${instantFormat.format(at)} UTC` : dayFormat.format(at);
    return time;
  }

  function dayElement(instant) {
    const iso = new Date(instant).toISOString().slice(0, 10);
    return localize(Object.assign(document.createElement("time"), { dateTime: iso, textContent: iso }));
  }

  for (const time of document.querySelectorAll("time[datetime]")) localize(time);

  buttonGroup("theme", choose).press(page.dataset.theme ?? "auto");
  for (const query of [dark, print]) query.addEventListener("change", () => notify("theme"));

  return {
    // Called by the scripts below data/ and by figures.js.
    data: (slug, value) => values.set(slug, value),
    figures: (value) => { definitions = value; },
    sections: (name, value) => sections.set(name, value),
    loadHistory,
    loadSection,
    loadData,
    loadPlotly,
    root,
    theme,
    notify,
    buttonGroup,
    dayElement,
  };
})();
