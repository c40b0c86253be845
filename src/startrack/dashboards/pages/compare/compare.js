// The comparison page: the choice of projects and sections, the visible range, and exports.
"use strict";
(() => {
  const { parseInstant, showError } = startrack.charts;
  const DRAG_PAUSE = 200; // milliseconds: a dragged slider sends an event for every step

  const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });

  function plot(slug) {
    startrack.notify("plot", { slug, on: true });
  }

  function fillProjects(projects) {
    const add = document.getElementById("compare-add");
    const slugs = new Map(projects.map(({ name, slug }) => [name, slug ?? name]));
    const names = document.getElementById("compare-names");
    for (const name of slugs.keys()) names.append(option(name, ""));
    add.addEventListener("input", () => {
      if (!slugs.has(add.value)) return;
      plot(slugs.get(add.value));
      add.value = "";
    });
  }

  function fillSections(lists) {
    const choose = document.getElementById("compare-section");
    for (const { name, sections } of lists) {
      const group = Object.assign(document.createElement("optgroup"), { label: name });
      for (const { key, path } of sections) group.append(option(`@${key}`, path));
      choose.append(group);
    }
    choose.closest(".field").hidden = lists.length === 0;
    choose.addEventListener("change", () => {
      plot(choose.value);
      choose.value = "";
    });
  }

  // Called with Plotly's description of a change by its slider or by dragging in the chart.
  function moved(controls, change) {
    const { comparison, view } = controls;
    const from = change["xaxis.range[0]"] ?? change["xaxis.range"]?.[0];
    const to = change["xaxis.range[1]"] ?? change["xaxis.range"]?.[1];
    const isWhole = change["xaxis.autorange"] === true;
    if (!isWhole && (from === undefined || to === undefined)) return;
    const isAge = comparison.shown.ageAxis !== "";
    const number = isAge ? Number : parseInstant;
    view.range = isWhole ? "all" : startrack.ranges.write([number(from), number(to)], isAge);
    controls.enableOptions();
    controls.save();
    comparison.changed();
  }

  function watch(controls) {
    let waiting;
    const later = (change) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => moved(controls, change), DRAG_PAUSE);
    };
    document.addEventListener("startrack:drawn", () => {
      controls.comparison.element.on("plotly_relayout", later);
    }, { once: true });
  }

  function connectExports({ comparison }) {
    const exports = {
      csv: () => startrack.exports.saveCsv(startrack.exports.csv(comparison)),
      svg: () => startrack.exports.saveImage(comparison, "svg"),
      png: () => startrack.exports.saveImage(comparison, "png"),
    };
    for (const [format, run] of Object.entries(exports)) {
      document.getElementById(`compare-${format}`).addEventListener("click", async () => {
        await comparison.start();
        if (!comparison.shown?.lines.length) return comparison.say("Nothing to export.");
        try {
          await run();
        } catch (error) {
          comparison.say(`Export failed: ${error.message ?? "the image could not be created"}.`);
        }
      });
    }
  }

  async function start(section) {
    const { projects, lists } = await startrack.loadData("projects");
    const sums = lists.flatMap(({ sections }) => sections.map(({ key }) => `@${key}`));
    const controls = startrack.compare(section, new Set([...projects.map(({ name, slug }) => slug ?? name), ...sums]));
    fillProjects(projects);
    fillSections(lists);
    watch(controls);
    connectExports(controls);
    document.getElementById("compare-none").addEventListener("click", () => {
      controls.comparison.replace([], "");
      controls.save();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const section = document.getElementById("compare");
    start(section).catch((error) => showError(section.querySelector(".chart"), error));
  });
})();
