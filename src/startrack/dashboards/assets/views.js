// Pure functions from histories and the reader's choices to the lines and titles of a comparison.
"use strict";
startrack.views = (() => {
  const { points } = startrack.charts;
  const { ends, firstCommonDay, gain, rebased, rolling, startIndex, startValue, weekly } = startrack.lines;
  const STEPS = { counted: (line) => line, weekly, rolling };
  const iso = (day) => new Date(day).toISOString().slice(0, 10);
  const capitalize = (text) => text[0].toUpperCase() + text.slice(1);

  // Whether all values are relative to the counts of a start day.
  const isRelative = (view) => view.values === "gain" || view.values === "rebased";

  function countedLine(history, view) {
    const line = points(history, view.of);
    if (!ends(line)) return { history, why: `${view.of} not counted` };
    // Relative values need the count of the start day, which may not be the last count of its week.
    const reduced = isRelative(view) ? line : STEPS[view.every](line);
    return ends(reduced) ? { history, ...reduced } : { history, why: "no two counts are about 28 days apart" };
  }

  // Retained stars are a line of their own. They are not used for gains, as they cannot be compared with counts.
  function retainedLine(history, view) {
    const isShown = view.of === "stars" && view.every !== "rolling" && !isRelative(view);
    const line = isShown ? points(history, "retained") : { x: [] };
    return line.x.length > 0 ? line : null;
  }

  function sinceDay(line, day, { every, values }) {
    const { history } = line;
    if (startIndex(line, day) === null) {
      const first = iso(line.x[ends(line).first]);
      return { history, why: first > iso(day) ? `first counted on ${first}` : `no count near ${iso(day)}` };
    }
    if (values === "rebased" && startValue(line, day) === 0) {
      return { history, why: `0 on ${iso(day)}, so it cannot be rebased to 100` };
    }
    return { history, ...STEPS[every]((values === "gain" ? gain : rebased)(line, day)) };
  }

  function relative(lines, view) {
    const shown = lines.filter((line) => !line.why);
    const day = view.since ?? (shown.length > 0 ? firstCommonDay(shown) : 0);
    return { day, lines: lines.map((line) => (line.why ? line : sinceDay(line, day, view))) };
  }

  // All lines have the same origin: the first star if it is known for every line, otherwise the creation.
  function byAge(lines) {
    const hasAge = ({ history }) => "created" in history; // a section has none
    const origin = lines.filter(hasAge).every(({ history }) => history.starred) ? "starred" : "created";
    const shift = (line) => {
      const at = line.history[origin];
      if (line.why) return line;
      if (!at) return { history: line.history, why: hasAge(line) ? "creation date unknown" : "a section has no age" };
      const moved = (part) => part && startrack.lines.byAge(part, Date.parse(at));
      return { ...line, ...moved(line), before: moved(line.before) };
    };
    return { origin, lines: lines.map(shift) };
  }

  function transform(lines, view) {
    if (isRelative(view)) return relative(lines, view);
    return view.values === "age" ? byAge(lines) : { lines };
  }

  const ORIGINS = { created: "days since creation", starred: "days since the first retained star ≈" };

  function heading(view, day) {
    const name = capitalize(view.of);
    if (view.values === "gain") return `${name} gained since ${iso(day)}`;
    if (view.values === "rebased") return `${name}, ${iso(day)} = 100`;
    return view.every === "rolling" ? `${name} gained in 28 days` : name;
  }

  // A log scale has no 0. A line with nothing else is omitted, and a line with some zeros gets a note.
  function onScale(line, scale) {
    if (line.why || scale !== "log") return line;
    const isPositive = (value) => value > 0;
    const isZero = (value) => value !== null && value <= 0;
    const parts = [line, line.before].filter(Boolean);
    if (!parts.some(({ y }) => y.some(isZero))) return line;
    const note = "counts of 0 are not drawn, because a log scale has no 0";
    if (parts.some(({ y }) => y.some(isPositive))) return { ...line, note };
    return { history: line.history, why: "all counts are 0, and a log scale has no 0" };
  }

  // The lines in the order of the histories. `before` is a line of retained stars before the counts, and `note` says
  // what cannot be drawn. `omitted` are the histories without a line, with the reason in `why`.
  function show(histories, view) {
    const slugs = [...histories.keys()];
    const counted = [...histories.values()].map((history) => (
      { ...countedLine(history, view), before: retainedLine(history, view) }
    ));
    const { day, origin, lines } = transform(counted, view);
    const all = lines.map((line, i) => ({ ...onScale(line, view.scale), slug: slugs[i] }));
    return {
      lines: all.filter((line) => !line.why),
      omitted: all.filter((line) => line.why),
      day: day ?? null,
      title: heading(view, day),
      ageAxis: origin ? ORIGINS[origin] : "",
      isSigned: view.values === "gain" || view.every === "rolling",
      decimals: view.values === "rebased" ? 1 : 0,
    };
  }

  return { isRelative, iso, show };
})();
