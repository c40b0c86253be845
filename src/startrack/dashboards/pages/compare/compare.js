// The page of comparisons: what can be picked, the range that is looked at, and what can be taken away.
"use strict";
(() => {
  const { failed, instant } = startrack.charts;
  const CALM = 200; // while the slider is dragged it tells of every step

  const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });

  function plot(slug) {
    startrack.tell("plot", { slug, on: true });
  }

  function offerProjects(projects) {
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

  function offerSections(lists) {
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

  // ── The range ────────────────────────────────────────────────────────────────────────────────────────

  // Plotly tells what its slider, or dragging in the chart, did.
  function moved(controls, change) {
    const { comparison, view } = controls;
    const from = change["xaxis.range[0]"] ?? change["xaxis.range"]?.[0];
    const to = change["xaxis.range[1]"] ?? change["xaxis.range"]?.[1];
    const isWhole = change["xaxis.autorange"] === true;
    if (!isWhole && (from === undefined || to === undefined)) return;
    const isAge = comparison.shown.across !== "";
    const number = isAge ? Number : instant;
    view.range = isWhole ? "all" : startrack.ranges.write([number(from), number(to)], isAge);
    controls.settle();
    controls.save();
    comparison.changed();
  }

  function watch(controls) {
    let waiting;
    const later = (change) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => moved(controls, change), CALM);
    };
    document.addEventListener("startrack:drawn", () => {
      controls.comparison.element.on("plotly_relayout", later);
    }, { once: true });
  }

  // ── The page ─────────────────────────────────────────────────────────────────────────────────────────

  function takeAway({ comparison }) {
    const take = {
      csv: () => startrack.exports.save(startrack.exports.csv(comparison)),
      svg: () => startrack.exports.picture(comparison, "svg"),
      png: () => startrack.exports.picture(comparison, "png"),
    };
    for (const [format, made] of Object.entries(take)) {
      document.getElementById(`compare-${format}`).addEventListener("click", async () => {
        if (!comparison.shown?.lines.length) return comparison.say("There is nothing to take away.");
        try {
          await made();
        } catch (error) {
          comparison.say(`Nothing was saved: ${error.message ?? "the picture could not be painted"}.`);
        }
      });
    }
  }

  async function start(section) {
    const { projects, lists } = await startrack.stored("projects");
    const sums = lists.flatMap(({ sections }) => sections.map(({ key }) => `@${key}`));
    const controls = startrack.compare(section, new Set([...projects.map(({ name, slug }) => slug ?? name), ...sums]));
    offerProjects(projects);
    offerSections(lists);
    watch(controls);
    takeAway(controls);
    document.getElementById("compare-none").addEventListener("click", () => {
      controls.comparison.replace([], "");
      controls.save();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const section = document.getElementById("compare");
    start(section).catch((error) => failed(section.querySelector(".chart"), error));
  });
})();
