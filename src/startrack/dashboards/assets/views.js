// What a comparison shows of some histories: pure, from histories and the reader's choices to lines and words.
"use strict";
startrack.views = (() => {
  const { points } = startrack.charts;
  const { aged, base, ends, firstCommon, gain, rebased, rolling, start, weekly } = startrack.lines;
  const STEPS = { counted: (line) => line, weekly, rolling };
  const iso = (day) => new Date(day).toISOString().slice(0, 10);
  const upper = (text) => text[0].toUpperCase() + text.slice(1);

  // Whether a view starts from the counts of a day.
  const isBased = (view) => view.values === "gain" || view.values === "rebased";

  function counted(history, view) {
    const line = points(history, view.of);
    if (!ends(line)) return { history, why: `${view.of} not counted` };
    // A start is taken from a count of its own day, which need not be the one that a week keeps.
    const stepped = isBased(view) ? line : STEPS[view.every](line);
    return ends(stepped) ? { history, ...stepped } : { history, why: "no two counts lie about 28 days apart" };
  }

  // Retained stars stand apart from counts, and have no gain to be set beside one of counts.
  function before(history, view) {
    const isShown = view.of === "stars" && view.every !== "rolling" && !isBased(view);
    const line = isShown ? points(history, "retained") : { x: [] };
    return line.x.length > 0 ? line : null;
  }

  function sinceDay(line, day, { every, values }) {
    const { history } = line;
    const place = base(line, day);
    if (place === null) {
      const first = iso(line.x[ends(line).first]);
      return { history, why: first > iso(day) ? `first counted on ${first}` : `no count near ${iso(day)}` };
    }
    if (values === "rebased" && start(line, day) === 0) {
      return { history, why: `0 on ${iso(day)}, which cannot be 100` };
    }
    return { history, ...STEPS[every]((values === "gain" ? gain : rebased)(line, day)) };
  }

  function based(lines, view) {
    const known = lines.filter((line) => !line.why);
    const day = view.since ?? (known.length > 0 ? firstCommon(known) : 0);
    return { day, lines: lines.map((line) => (line.why ? line : sinceDay(line, day, view))) };
  }

  // One origin for all, as no two of them compare: the first star where it is known of each.
  function byAge(lines) {
    const hasAge = ({ history }) => "created" in history; // unlike a sum
    const origin = lines.filter(hasAge).every(({ history }) => history.starred) ? "starred" : "created";
    const place = (line) => {
      const at = line.history[origin];
      if (line.why) return line;
      if (!at) return { history: line.history, why: hasAge(line) ? "its creation is not known" : "a section has no age" };
      const moved = (one) => one && aged(one, Date.parse(at));
      return { ...line, ...moved(line), before: moved(line.before) };
    };
    return { origin, lines: lines.map(place) };
  }

  function placed(lines, view) {
    if (isBased(view)) return based(lines, view);
    return view.values === "age" ? byAge(lines) : { lines };
  }

  const ORIGINS = { created: "days since creation", starred: "days since the first retained star ≈" };

  function heading(view, day) {
    const name = upper(view.of);
    if (view.values === "gain") return `${name} gained since ${iso(day)}`;
    if (view.values === "rebased") return `${name}, ${iso(day)} = 100`;
    return view.every === "rolling" ? `${name} gained in 28 days` : name;
  }

  // A logarithmic scale has no 0: a line of nothing else is left out, and of one that has some this is said.
  function onScale(line, scale) {
    if (line.why || scale !== "log") return line;
    const isPlaced = (value) => value > 0;
    const isLow = (value) => value !== null && value <= 0;
    const parts = [line, line.before].filter(Boolean);
    if (!parts.some(({ y }) => y.some(isLow))) return line;
    const note = "not drawn where it is 0, as a logarithmic scale has no 0";
    if (parts.some(({ y }) => y.some(isPlaced))) return { ...line, note };
    return { history: line.history, why: "0 in every count, and a logarithmic scale has no 0" };
  }

  // The lines in the order of the histories, each with `before` where retained stars stand before it, and a `note`
  // where not all of it can be drawn; `left` are the histories without such a line, and why.
  function show(histories, view) {
    const slugs = [...histories.keys()];
    const found = [...histories.values()].map((history) => ({ ...counted(history, view), before: before(history, view) }));
    const { day, origin, lines } = placed(found, view);
    const all = lines.map((line, i) => ({ ...onScale(line, view.scale), slug: slugs[i] }));
    return {
      lines: all.filter((line) => !line.why),
      left: all.filter((line) => line.why),
      day: day ?? null,
      title: heading(view, day),
      across: origin ? ORIGINS[origin] : "",
      isSigned: view.values === "gain" || view.every === "rolling",
      decimals: view.values === "rebased" ? 1 : 0,
    };
  }

  return { isBased, iso, show };
})();
