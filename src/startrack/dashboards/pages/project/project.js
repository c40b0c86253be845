// The page of one project: its charts with marked events, and snippets to copy.
"use strict";
(() => {
  const { DAY, WEEK, copy, draw, extent, parseInstant, points } = startrack.charts;
  const { lazily, retainedTraces, singlePointMarkers } = startrack.charts;
  const BAR = 0.85 * WEEK; // Plotly cannot derive the width of a single bar

  function bars(definitions, history) {
    const [gained, lost] = copy(definitions.shells.bars.data);
    const x = history.weeks.map(([end]) => parseInstant(end));
    const pick = (keep) => history.weeks.map(([, gain]) => (gain !== null && keep(gain) ? gain : null));
    return [
      { ...gained, x, y: pick((gain) => gain >= 0), width: BAR },
      { ...lost, x, y: pick((gain) => gain < 0), width: BAR },
      ...spikes(definitions, history, x),
    ];
  }

  // A triangle above each spike, in a colour that no bar has.
  function spikes(definitions, history, x) {
    if (history.spikes.length === 0) return [];
    const color = definitions.templates[startrack.theme()].layout.colorway[3];
    return [{
      type: "scatter",
      mode: "text",
      name: "spike",
      x: history.spikes.map((index) => x[index]),
      y: history.spikes.map((index) => history.weeks[index][1]),
      text: "▼",
      textposition: "top center",
      textfont: { color },
      cliponaxis: false,
      hovertemplate: "spike<extra></extra>",
    }];
  }

  function line(definitions, history, name) {
    const { x, y } = points(history, name);
    const counted = { ...copy(definitions.shells.area.data[0]), x, y, ...singlePointMarkers(y) };
    if (name !== "stars") return [counted];
    const color = definitions.templates[startrack.theme()].layout.colorway[0];
    return [{ ...counted, line: { ...counted.line, color } }, ...retainedTraces(counted, history, color, "<extra></extra>")];
  }

  function year(definitions, history) {
    const { start, weeks } = history.year;
    const x = weeks.map(([week]) => parseInstant(start) + (week + 0.5) * WEEK);
    const shown = { x, y: weeks.map(([, commits]) => commits), width: BAR, hovertemplate: "%{y:,d} in the week<extra></extra>" };
    return [{ ...copy(definitions.shells.bars.data[0]), ...shown, name: "commits" }];
  }

  // The line breaks where ranks are more than three weeks apart: three times the usual distance, as in other charts.
  function rank(definitions, history, number) {
    const { start, weeks } = history.ranks[number];
    const x = [], y = [], text = [];
    weeks.forEach(([week, place, of], i) => {
      if (i > 0 && week > weeks[i - 1][0] + 3) {
        x.push(parseInstant(start) + (week - 1) * WEEK);
        y.push(null);
        text.push("");
      }
      x.push(parseInstant(start) + week * WEEK);
      y.push(place);
      text.push(`${place} of ${of}`);
    });
    return [{ ...copy(definitions.shells.area.data[0]), x, y, text, ...singlePointMarkers(y), hovertemplate: "%{text}<extra></extra>" }];
  }

  function traces(definitions, history, element) {
    const { chart, number } = element.dataset;
    if (chart === "weeks") return bars(definitions, history);
    if (chart === "year") return year(definitions, history);
    if (chart === "rank") return rank(definitions, history, Number(number));
    return line(definitions, history, chart);
  }

  // A line across the axis for each marked event within the chart, with its number in the list below.
  function mark(layout, definitions, drawn, marks) {
    const color = definitions.templates[startrack.theme()].layout.font.color;
    const [first, last] = extent(drawn.flatMap((trace) => trace.x));
    const inside = marks.map(([day, text], i) => ({ at: parseInstant(day), text, number: i + 1 }))
      .filter(({ at }) => first - DAY < at && at <= last); // an event is placed at the midnight before it
    layout.shapes = inside.map(({ at }) => ({
      type: "line", x0: at, x1: at, yref: "paper", y0: 0, y1: 1, line: { color, width: 1, dash: "dot" },
    }));
    layout.annotations = stacked(inside).map(({ at, number, level }) => ({
      x: at, yref: "paper", y: 1, yshift: -12 * level, text: String(number), showarrow: false, yanchor: "top",
      xanchor: at > last - (last - first) / 30 ? "right" : "left", font: { color, size: 11 },
    }));
  }

  // Stacks the numbers of events that are close together.
  function stacked(marks) {
    const nearby = marks.length ? (marks.at(-1).at - marks[0].at) / 25 : 0;
    let level = 0;
    return marks.map((mark, i) => {
      level = i > 0 && mark.at - marks[i - 1].at <= nearby ? level + 1 : 0;
      return { ...mark, level };
    });
  }

  // The axis runs downwards: rank 1 is at the top, with nothing above it.
  function rankAxis(places) {
    const [best, worst] = extent(places.filter((place) => place !== null));
    const edge = Math.max((worst - best) / 20, 0.5);
    return { range: [worst + edge, Math.max(best - edge, 0.5)], tickformat: ",d" };
  }

  async function show(element, slug) {
    const [definitions, history] = await Promise.all([startrack.loadPlotly(), startrack.loadHistory(slug)]);
    const name = element.dataset.chart;
    const drawn = traces(definitions, history, element);
    await draw(element, definitions, drawn, (layout) => {
      if (name === "rank") Object.assign(layout.yaxis, rankAxis(drawn[0].y));
      if (name === "stars" || name === "weeks") mark(layout, definitions, drawn, history.marks);
    });
  }

  function drawProject(section) {
    for (const element of section.querySelectorAll("[data-chart]")) {
      lazily(element, () => show(element, section.dataset.project));
    }
  }

  async function copyText(snippet) {
    const text = snippet.querySelector("code");
    const status = snippet.querySelector("output");
    try {
      await navigator.clipboard.writeText(text.textContent);
      status.textContent = "Copied.";
    } catch {
      // Not every page may write to the clipboard.
      getSelection().selectAllChildren(text);
      status.textContent = "Selected. Copy it with your keyboard.";
    }
  }

  async function saveCounts(button) {
    const slug = button.dataset.counts;
    try {
      startrack.exports.saveCsv(startrack.exports.countsCsv(await startrack.loadHistory(slug)), slug.replaceAll("/", "-"));
    } catch (error) {
      button.textContent = `Counts as CSV: ${error.message}`;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-counts]")) {
      button.addEventListener("click", () => saveCounts(button));
    }
    for (const section of document.querySelectorAll("[data-project]")) drawProject(section);
    for (const snippet of document.querySelectorAll(".snippet")) {
      snippet.querySelector(".copy").addEventListener("click", () => copyText(snippet));
    }
  });
})();
