// Charts: drawn when they come into view, from figures made by Python and points kept in a file per project.
"use strict";
(() => {
  const MINUTE = 60_000;
  const DAY = 1440 * MINUTE;
  const MOST = 16;
  // Dragging on a touch screen is scrolling.
  const touch = matchMedia("(pointer: coarse)");
  const copy = (value) => JSON.parse(JSON.stringify(value));

  function times(track) {
    let now = Date.parse(`${track.start}Z`);
    return [now, ...track.steps.map((step) => (now += step * MINUTE))];
  }

  function points(history, name) {
    const track = history.tracks.find((one) => name in one.columns);
    return track ? { x: times(track), y: track.columns[name] } : { x: [], y: [] };
  }

  function named(history) {
    return history.label ? `${history.name} (${history.label})` : history.name;
  }

  // Plotly reads names as HTML of its own.
  function plain(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  // A few days are shown day by day: Plotly would go down to the hour, or below the second for a single count.
  function days(traces) {
    const all = traces.flatMap((trace) => trace.x);
    const [first, last] = [Math.min(...all), Math.max(...all)];
    if (last - first > 6 * DAY) return {};
    return { range: [first - DAY, last + DAY], dtick: DAY, tickformat: "%-d %b" };
  }

  // Nothing here comes in halves.
  function wholes(traces) {
    const all = traces.flatMap((trace) => trace.y).filter((value) => value !== null);
    if (traces.some((trace) => trace.type === "bar")) all.push(0);
    return Math.max(...all) - Math.min(...all) < 5 ? { dtick: 1 } : {};
  }

  // A count between two gaps has no line to be seen by, so it gets a dot.
  function dots(y) {
    const isAlone = y.map((value, i) => value !== null && (y[i - 1] ?? null) === null && (y[i + 1] ?? null) === null);
    if (!isAlone.includes(true)) return {};
    return { mode: "lines+markers", marker: { size: isAlone.map((is) => (is ? 6 : 0)) } };
  }

  function draw(element, definitions, traces, change = () => {}) {
    const layout = copy(definitions.shells[element.dataset.shell].layout);
    layout.template = definitions.templates[startrack.theme()];
    if (touch.matches) layout.dragmode = false;
    if (element.clientWidth < 500) layout.xaxis.nticks = 4;
    if (traces.every((trace) => trace.type !== "bar")) Object.assign(layout.xaxis, days(traces));
    Object.assign(layout.yaxis, wholes(traces));
    change(layout);
    return Plotly.react(element, traces, layout, definitions.config);
  }

  function seen(element) {
    return new Promise((resolve) => {
      const watch = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watch.disconnect();
        resolve();
      }, { rootMargin: "200px" });
      watch.observe(element);
    });
  }

  function failed(element, error) {
    element.classList.add("failed");
    element.textContent = `This chart could not be drawn: ${error.message}.`;
  }

  // What was retained before the first count: a dashed line of its own that is never joined to the counts.
  function retained(counted, history, color, extra = "") {
    const { x, y } = points(history, "retained");
    if (x.length === 0) return [];
    const line = { ...counted.line, color, dash: "dash" };
    const name = `${plain(named(history))}, retained stars ≈`;
    return [{ ...counted, x, y, line, name, mode: "lines", marker: {}, hovertemplate: `≈ %{y:,d}${extra}` }];
  }

  // ── Several projects ─────────────────────────────────────────────────────────────────────────────────

  class Comparison {
    constructor(section) {
      this.element = section.querySelector(".chart");
      this.element.dataset.shell = "lines";
      this.legend = section.querySelector(".legend");
      this.status = section.querySelector(".status");
      this.slots = new Map(); // slug → the number of its colour, kept while it is in the chart
      this.histories = new Map();
      this.values = "absolute";
      this.scale = "linear";
      this.isSeen = false;
    }

    has(slug) {
      return this.slots.has(slug);
    }

    add(slug) {
      if (this.has(slug)) return;
      if (this.slots.size >= MOST) {
        this.say(`The chart holds ${MOST} projects at most: remove one first.`);
      } else {
        const taken = new Set(this.slots.values());
        this.slots.set(slug, [...Array(MOST).keys()].find((slot) => !taken.has(slot)));
        this.say("");
      }
      this.changed();
    }

    remove(slug) {
      this.slots.delete(slug);
      this.say("");
      this.changed();
    }

    say(text) {
      this.status.textContent = text;
    }

    changed() {
      startrack.tell("plotted", [...this.slots.keys()]);
      if (this.isSeen) this.show().catch((error) => failed(this.element, error));
    }

    async show() {
      const slugs = [...this.slots.keys()];
      const [definitions] = await Promise.all([startrack.plotly(), ...slugs.map((slug) => this.fetch(slug))]);
      const shown = [...this.slots.keys()].filter((slug) => this.histories.has(slug));
      this.list(definitions, shown);
      await draw(this.element, definitions, shown.flatMap((slug) => this.traces(definitions, slug)), (layout) => {
        if (this.scale === "log") Object.assign(layout.yaxis, { type: "log", dtick: undefined });
        if (this.values === "gain") layout.yaxis.tickformat = "+,";
      });
    }

    async fetch(slug) {
      try {
        this.histories.set(slug, await startrack.history(slug));
      } catch (error) {
        this.slots.delete(slug);
        this.say(`Left out: ${error.message}.`);
      }
    }

    style(definitions, slug) {
      const colours = definitions.templates[startrack.theme()].layout.colorway;
      const slot = this.slots.get(slug);
      return { color: colours[slot % colours.length], dash: slot < colours.length ? "solid" : "dot" };
    }

    // A gain is one of counts; what was retained before them has none to be set beside it.
    traces(definitions, slug) {
      const counted = this.trace(definitions, slug);
      if (this.values === "gain") return [counted];
      return [counted, ...retained(counted, this.histories.get(slug), counted.line.color)];
    }

    trace(definitions, slug) {
      const history = this.histories.get(slug);
      const { x, y } = points(history, "stars");
      const start = y.find((value) => value !== null);
      const isGain = this.values === "gain";
      const shell = copy(definitions.shells.lines.data[0]);
      return {
        ...shell,
        x,
        y: isGain ? y.map((value) => (value === null ? null : value - start)) : y,
        name: plain(named(history)),
        ...dots(y),
        line: { ...shell.line, ...this.style(definitions, slug) },
        hovertemplate: isGain ? "%{y:+,d}" : shell.hovertemplate,
      };
    }

    list(definitions, slugs) {
      this.legend.replaceChildren(...slugs.map((slug) => this.item(definitions, slug)));
    }

    item(definitions, slug) {
      const history = this.histories.get(slug);
      const item = document.createElement("li");
      const { color, dash } = this.style(definitions, slug);
      const key = document.createElement("span");
      key.className = `key ${dash}`;
      key.style.setProperty("border-color", color);
      const name = document.createElement("bdi");
      name.textContent = history.name;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `Remove ${history.name} from the chart`);
      remove.addEventListener("click", () => {
        this.remove(slug);
        this.legend.focus(); // the button itself goes
      });
      item.append(key, name, ...this.chip(history.label), remove);
      return item;
    }

    chip(label) {
      if (!label) return [];
      const chip = document.createElement("span");
      chip.className = "chip label";
      chip.textContent = label;
      return [chip];
    }
  }

  function startComparison(section) {
    const comparison = new Comparison(section);
    const scale = startrack.group("scale", (value) => {
      comparison.scale = value;
      comparison.changed();
    });
    startrack.group("values", (value) => {
      comparison.values = value;
      // A gain of nothing, or a loss, has no logarithm.
      const isGain = value === "gain";
      if (isGain) {
        comparison.scale = "linear";
        scale.press("linear");
      }
      for (const button of scale.buttons) button.disabled = isGain && button.dataset.scale === "log";
      comparison.changed();
    });
    document.addEventListener("startrack:plot", ({ detail }) => comparison[detail.on ? "add" : "remove"](detail.slug));
    document.addEventListener("startrack:theme", () => comparison.changed());
    for (const slug of section.dataset.plotted.split(" ")) comparison.add(slug);
    seen(comparison.element).then(() => {
      comparison.isSeen = true;
      comparison.changed();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const comparison = document.getElementById("compare");
    if (comparison) startComparison(comparison);
  });

  startrack.charts = { DAY, copy, dots, draw, failed, plain, points, retained, seen };
})();
