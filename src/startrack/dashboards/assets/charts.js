// Draws Plotly's charts in place of their pictures, from the layouts in figures.js and the data file of each project.
"use strict";
(() => {
  const SECOND = 1_000;
  const DAY = 86_400 * SECOND;
  const WEEK = 7 * DAY;
  // On a touch screen, dragging scrolls the page.
  const touch = matchMedia("(pointer: coarse)");
  const print = matchMedia("print");
  // For printing, charts get a fixed width. After printing, the resize event makes Plotly measure the width again.
  print.addEventListener("change", () => print.matches || dispatchEvent(new Event("resize")));
  const TOUCHES = ["pointerenter", "pointerdown", "focusin"];
  const IDLE_DELAY = 500; // milliseconds, in browsers that do not say when they are idle
  const copy = (value) => JSON.parse(JSON.stringify(value));

  // The minimum and maximum. Math.min cannot take long arrays, as the number of arguments of a call is limited.
  function extent(values) {
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  }

  // Milliseconds since 1970 of a day or an instant in UTC without a time zone, as Python and Plotly write them.
  function parseInstant(text) {
    const [day, clock = "00:00"] = text.split(/[ T]/);
    return Date.parse(`${day}T${clock}Z`);
  }

  // On an axis of dates, Plotly shows numbers in the reader's time zone, but texts unchanged. So dates are UTC texts.
  function utc(instant) {
    return typeof instant === "number" ? new Date(instant).toISOString().slice(0, -1) : instant;
  }

  function inUtc(traces, layout) {
    const { xaxis, shapes = [], annotations = [] } = layout;
    if (xaxis.range) xaxis.range = xaxis.range.map(utc);
    if (xaxis.tick0 !== undefined) xaxis.tick0 = utc(xaxis.tick0);
    for (const shape of shapes) Object.assign(shape, { x0: utc(shape.x0), x1: utc(shape.x1) });
    for (const annotation of annotations) annotation.x = utc(annotation.x);
    return traces.map((trace) => ({ ...trace, x: trace.x.map(utc) }));
  }

  function times(track) {
    let instant = parseInstant(track.start);
    return [instant, ...track.steps.map((step) => (instant += step * SECOND))];
  }

  function points(history, name) {
    const track = history.tracks.find((candidate) => name in candidate.columns);
    return track ? { x: times(track), y: track.columns[name] } : { x: [], y: [] };
  }

  function displayName(history) {
    return history.label ? `${history.name} (${history.label})` : history.name;
  }

  // Plotly interprets some HTML in names.
  function escapeMarkup(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  // The ticks of a short time axis: one per day, or one per weekly bar at the bar. Plotly itself would choose hours, or
  // even less than seconds for a single count, and would set ticks between bars.
  function ticks(traces, maxTicks) {
    const isBars = traces.some((trace) => trace.type === "bar");
    const [unit, maxUnits] = isBars ? [WEEK, 26] : [DAY, 8];
    const edge = 0.9 * unit; // less than the distance to the next bar
    const [first, last] = extent(traces.flatMap((trace) => trace.x));
    const units = (last - first) / unit + 2;
    if (units > maxUnits) return {};
    return {
      range: [first - edge, last + edge],
      dtick: unit * Math.ceil(units / maxTicks),
      tickformat: "%b %-d\n%Y",
      ...(isBars && { tick0: first }),
    };
  }

  // Figures are integers, so ticks between integers make no sense.
  function integerTicks(traces) {
    const values = traces.flatMap((trace) => trace.y).filter((value) => value !== null);
    if (traces.some((trace) => trace.type === "bar")) values.push(0);
    const [low, high] = extent(values);
    return high - low < 5 ? { dtick: 1 } : {};
  }

  // A single count between two gaps has no line, so it gets a marker.
  function singlePointMarkers(y) {
    const isSingle = y.map((value, i) => value !== null && (y[i - 1] ?? null) === null && (y[i + 1] ?? null) === null);
    if (!isSingle.includes(true)) return {};
    return { mode: "lines+markers", marker: { size: isSingle.map((is) => (is ? 6 : 0)) } };
  }

  // The plot area has the place that it has in the picture, or more room if Plotly needs it.
  function margins(element) {
    const [outer, plot] = [element, element.querySelector(".picture")].map((box) => box.getBoundingClientRect());
    return {
      l: plot.left - outer.left,
      t: plot.top - outer.top,
      r: outer.right - plot.right,
      b: outer.bottom - plot.bottom,
    };
  }

  function baseLayout(element, definitions) {
    const layout = copy(definitions.shells[element.dataset.shell].layout);
    layout.template = definitions.templates[startrack.theme()];
    layout.height = element.clientHeight;
    layout.margin = margins(element);
    if (print.matches) layout.width = element.clientWidth;
    return layout;
  }

  function draw(element, definitions, traces, change = () => {}) {
    const layout = baseLayout(element, definitions);
    if (touch.matches) layout.dragmode = false;
    if (element.clientWidth < 500) layout.xaxis.nticks = 4;
    Object.assign(layout.xaxis, ticks(traces, layout.xaxis.nticks));
    Object.assign(layout.yaxis, integerTicks(traces));
    change(layout);
    const shownTraces = layout.xaxis.type === "date" ? inUtc(traces, layout) : traces;
    return Plotly.react(element, shownTraces, layout, definitions.config);
  }

  function inView(element) {
    return new Promise((resolve) => {
      const observer = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        resolve();
      });
      observer.observe(element);
    });
  }

  function loaded() {
    if (document.readyState === "complete") return Promise.resolve();
    return new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  }

  function idle() {
    return new Promise((resolve) => {
      if ("requestIdleCallback" in window) requestIdleCallback(resolve);
      else setTimeout(resolve, IDLE_DELAY);
    });
  }

  function touched(area) {
    return new Promise((resolve) => {
      const listening = new AbortController();
      const stop = () => {
        listening.abort();
        resolve();
      };
      for (const type of TOUCHES) area.addEventListener(type, stop, { signal: listening.signal, passive: true });
    });
  }

  // Fulfilled when the reader points at the area, touches it or moves the focus into it, or when the chart has been in
  // view and the browser has nothing else to do.
  function touchedOrIdle(element, area = element) {
    return Promise.race([touched(area), inView(element).then(loaded).then(idle)]);
  }

  // The line below a chart that says why it could not be drawn.
  function errorLine(element) {
    const next = element.nextElementSibling;
    return next?.matches(".failed") ? next : null;
  }

  function showError(element, error) {
    const line = errorLine(element) ?? Object.assign(document.createElement("p"), { className: "failed" });
    line.setAttribute("role", "status");
    line.textContent = `The interactive chart could not be drawn: ${error.message}.`;
    element.after(line);
  }

  // Draws a chart over its picture. If that fails, the picture stays, with the reason below.
  async function attempt(element, show) {
    try {
      await show();
      element.classList.add("drawn");
      // The picture stays as the text alternative.
      element.querySelector(".plot-container")?.setAttribute("aria-hidden", "true");
      errorLine(element)?.remove();
      return true;
    } catch (error) {
      showError(element, error);
      return false;
    }
  }

  // Draws a chart when it is touchedOrIdle, and again when the theme changes. After a failure, a touch tries again.
  async function lazily(element, show) {
    await touchedOrIdle(element);
    while (!await attempt(element, show)) await touched(element);
    document.addEventListener("startrack:theme", () => attempt(element, show));
  }

  // Retained stars before the first count: a dashed line that is never joined to the line of the counts.
  function retainedTraces(counted, history, color, extra = "") {
    const { x, y } = points(history, "retained");
    if (x.length === 0) return [];
    const line = { ...counted.line, color, dash: "dash" };
    const name = `${escapeMarkup(displayName(history))}, retained stars ≈`;
    return [{ ...counted, x, y, line, name, mode: "lines", marker: {}, hovertemplate: `≈ %{y:,d}${extra}` }];
  }

  startrack.charts = {
    DAY, WEEK, attempt, baseLayout, copy, displayName, draw, escapeMarkup, extent, lazily, parseInstant, points,
    retainedTraces, inView, showError, singlePointMarkers, touched, touchedOrIdle,
  };
})();
