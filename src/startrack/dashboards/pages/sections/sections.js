// The charts of a list's sections: the treemap, and the quadrants of interest and activity.
"use strict";
(() => {
  const { attempt, baseLayout, copy, escapeMarkup, extent, lazily } = startrack.charts;
  const touch = matchMedia("(pointer: coarse)");
  const SHAPES = ["●", "◆", "■", "▲"];
  const DECADES = [1, 10, 100, 1e3, 1e4, 1e5, 1e6];

  // Plotly adds its event methods to an element when it first draws it.
  function onClick(element, event, listener) {
    element.removeAllListeners(event);
    element.on(event, listener);
  }

  function open(page) {
    location.href = startrack.root + page;
  }

  function treemapTrace(definitions, data, level) {
    const shell = copy(definitions.shells.treemap.data[0]);
    const theme = startrack.theme();
    const { font, hoverlabel } = definitions.templates[theme].layout;
    return {
      ...shell,
      ids: data.ids,
      parents: data.parents,
      labels: data.labels.map(escapeMarkup),
      values: data.values,
      text: data.texts,
      level,
      textfont: { color: theme === "dark" ? "#ffffff" : "#1b1f23" },
      pathbar: { ...shell.pathbar, textfont: { color: font.color } },
      marker: {
        ...shell.marker,
        colors: data.tones.map((tone) => definitions.tones[theme][tone]),
        line: { ...shell.marker.line, color: hoverlabel.bordercolor },
      },
    };
  }

  class Treemap {
    constructor(section, element) {
      this.key = section.dataset.sections;
      this.element = element;
      this.choice = section.querySelector("[data-level]");
      this.choice.addEventListener("change", () => this.redraw());
      lazily(element, () => this.draw());
    }

    redraw() {
      return attempt(this.element, () => this.draw());
    }

    async draw() {
      const [definitions, { treemap }] = await Promise.all([startrack.loadPlotly(), startrack.loadSection(this.key)]);
      const traces = [treemapTrace(definitions, treemap, this.choice.value)];
      await Plotly.react(this.element, traces, baseLayout(this.element, definitions), definitions.config);
      // Replaces Plotly's own zoom, which is animated even for readers who prefer reduced motion.
      onClick(this.element, "plotly_treemapclick", ({ nextLevel, points: [point] }) => this.go(treemap, nextLevel, point));
    }

    go(treemap, level, point) {
      const page = treemap.pages[treemap.ids.indexOf(point.id)];
      if (page) {
        open(page);
      } else {
        this.choice.value = level ?? "list"; // the list itself has no page
        this.redraw();
      }
      return false;
    }
  }

  // A logarithmic scale for gains, losses and 0: sign(n) log10(1 + |n|).
  function scaled(value) {
    return Math.sign(value) * Math.log10(1 + Math.abs(value));
  }

  function short(value) {
    return value.toLocaleString("en", { notation: "compact" });
  }

  function ticks(values) {
    const [low, high] = extent([0].concat(values));
    const steps = [...DECADES.map((step) => -step), 0, ...DECADES].sort((a, b) => a - b);
    const kept = steps.filter((step) => step >= low && step <= high);
    return {
      tickvals: kept.map(scaled),
      ticktext: kept.map((step) => (step < 0 ? `−${short(-step)}` : short(step))),
      range: [scaled(low) - 0.35, scaled(high) + 0.35],
    };
  }

  function dots(definitions, { groups }) {
    return groups.map((group, i) => ({
      ...copy(definitions.shells.quadrants.data[i]),
      name: group.title,
      x: group.commits.map(scaled),
      y: group.stars.map(scaled),
      text: group.names.map(escapeMarkup),
      customdata: group.stars.map((stars, j) => [stars, group.commits[j]]),
    }));
  }

  function lines([commits, stars], colour) {
    const line = { color: colour, width: 1, dash: "dash" };
    return [
      { type: "line", x0: scaled(commits), x1: scaled(commits), yref: "paper", y0: 0, y1: 1, line },
      { type: "line", y0: scaled(stars), y1: scaled(stars), xref: "paper", x0: 0, x1: 1, line },
    ];
  }

  // The title of each group in its corner, with the shape of its points.
  function corners({ groups }, colours) {
    return groups.map(({ title }, i) => ({
      text: `${SHAPES[i]} ${title}`,
      font: { color: colours[i] },
      showarrow: false,
      xref: "paper",
      yref: "paper",
      x: i % 2 ? 0 : 1,
      y: i < 2 ? 1 : 0,
      xanchor: i % 2 ? "left" : "right",
      yanchor: i < 2 ? "top" : "bottom",
    }));
  }

  function drawQuadrants(key, element) {
    lazily(element, async () => {
      const [definitions, { quadrants }] = await Promise.all([startrack.loadPlotly(), startrack.loadSection(key)]);
      const layout = baseLayout(element, definitions);
      const { colorway, font } = layout.template.layout;
      if (touch.matches) layout.dragmode = false;
      const all = (name) => quadrants.groups.flatMap((group) => group[name]);
      Object.assign(layout.xaxis, ticks(all("commits")));
      Object.assign(layout.yaxis, ticks(all("stars")));
      layout.shapes = lines(quadrants.medians, font.color);
      layout.annotations = corners(quadrants, colorway);
      await Plotly.react(element, dots(definitions, quadrants), layout, definitions.config);
      onClick(element, "plotly_click", ({ points: [point] }) => {
        open(quadrants.groups[point.curveNumber].pages[point.pointNumber]);
      });
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const section of document.querySelectorAll("[data-sections]")) {
      const map = section.querySelector("[data-map]");
      if (map) new Treemap(section, map);
      const chart = section.querySelector("[data-quadrants]");
      if (chart) drawQuadrants(section.dataset.sections, chart);
    }
  });
})();
