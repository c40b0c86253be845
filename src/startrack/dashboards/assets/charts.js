// Charts: drawn when they come into view, from figures made by Python and points kept in a file per project.
"use strict";
(() => {
  const SECOND = 1_000;
  const DAY = 86_400 * SECOND;
  const WEEK = 7 * DAY;
  // Dragging on a touch screen is scrolling.
  const touch = matchMedia("(pointer: coarse)");
  const print = matchMedia("print");
  // Drawn anew, a chart keeps its width: on paper it is told another, and back from there it has to look for its own.
  print.addEventListener("change", () => print.matches || dispatchEvent(new Event("resize")));
  const copy = (value) => JSON.parse(JSON.stringify(value));

  // The lowest and the highest of some numbers, however many: a call takes only so many arguments.
  function span(values) {
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  }

  // ── Instants ─────────────────────────────────────────────────────────────────────────────────────────

  // Milliseconds since 1970 of a day or an instant that is written without a zone, which is UTC: as Python and Plotly
  // write them.
  function instant(text) {
    const [day, clock = "00:00"] = text.split(/[ T]/);
    return Date.parse(`${day}T${clock}Z`);
  }

  // Plotly shows a number on an axis of dates in the reader's own time zone, and a text as it is written: so it is
  // given texts, in UTC.
  function utc(at) {
    return typeof at === "number" ? new Date(at).toISOString().slice(0, -1) : at;
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
    let now = instant(track.start);
    return [now, ...track.steps.map((step) => (now += step * SECOND))];
  }

  // ── Figures ──────────────────────────────────────────────────────────────────────────────────────────

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

  // A few days are ticked one by one, and bars of weeks where they stand: Plotly would go down to the hour of the first
  // bar, or below the second for a single count, and set the ticks of more bars between them.
  function ticks(traces, most) {
    const isBars = traces.some((trace) => trace.type === "bar");
    const [unit, few] = isBars ? [WEEK, 26] : [DAY, 8];
    const edge = 0.9 * unit; // less than to the next bar that there could be
    const [first, last] = span(traces.flatMap((trace) => trace.x));
    const shown = (last - first) / unit + 2;
    if (shown > few) return {};
    return {
      range: [first - edge, last + edge],
      dtick: unit * Math.ceil(shown / most),
      tickformat: "%b %-d\n%Y",
      ...(isBars && { tick0: first }),
    };
  }

  // Nothing here comes in halves.
  function wholes(traces) {
    const all = traces.flatMap((trace) => trace.y).filter((value) => value !== null);
    if (traces.some((trace) => trace.type === "bar")) all.push(0);
    const [low, high] = span(all);
    return high - low < 5 ? { dtick: 1 } : {};
  }

  // A count between two gaps has no line to be seen by, so it gets a dot.
  function dots(y) {
    const isAlone = y.map((value, i) => value !== null && (y[i - 1] ?? null) === null && (y[i + 1] ?? null) === null);
    if (!isAlone.includes(true)) return {};
    return { mode: "lines+markers", marker: { size: isAlone.map((is) => (is ? 6 : 0)) } };
  }

  function layoutOf(element, definitions) {
    const layout = copy(definitions.shells[element.dataset.shell].layout);
    layout.template = definitions.templates[startrack.theme()];
    if (print.matches) layout.width = element.clientWidth;
    return layout;
  }

  function draw(element, definitions, traces, change = () => {}) {
    const layout = layoutOf(element, definitions);
    if (touch.matches) layout.dragmode = false;
    if (element.clientWidth < 500) layout.xaxis.nticks = 4;
    Object.assign(layout.xaxis, ticks(traces, layout.xaxis.nticks));
    Object.assign(layout.yaxis, wholes(traces));
    change(layout);
    const shown = layout.xaxis.type === "date" ? inUtc(traces, layout) : traces;
    return Plotly.react(element, shown, layout, definitions.config);
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

  startrack.charts = {
    DAY, WEEK, copy, dots, draw, failed, instant, layoutOf, named, plain, points, retained, seen, span,
  };
})();
