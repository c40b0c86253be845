// A project's line as a view wants it: pure functions from instants and figures to instants and figures.
"use strict";
startrack.lines = (() => {
  const { DAY, span } = startrack.charts;
  const WEEK = 7 * DAY;
  const MONDAY = 4 * DAY; // 1970 began on a Thursday
  const ROLLING = 28 * DAY;
  const REACH = 7 * DAY; // that of a window of 28 days
  const isKnown = (value) => value !== null;

  function ends(line) {
    const first = line.y.findIndex(isKnown);
    return first < 0 ? null : { first, last: line.y.findLastIndex(isKnown) };
  }

  // The last count of each week, which ends on Sunday at midnight; gaps stay.
  function weekly(line) {
    const x = [], y = [];
    let week = null;
    line.x.forEach((at, i) => {
      const now = Math.floor((at - MONDAY) / WEEK);
      if (isKnown(line.y[i]) && now === week) {
        x.pop();
        y.pop();
      }
      week = isKnown(line.y[i]) ? now : null;
      x.push(at);
      y.push(line.y[i]);
    });
    return { x, y };
  }

  // What 28 days brought: the count less the one nearest to 28 days before it, as for every window, of two equally near
  // the earlier; not known where there is none within reach of that.
  function rolling(line) {
    const known = [...line.x.keys()].filter((i) => isKnown(line.y[i]));
    let base = 0;
    const gain = (value, i) => {
      if (!isKnown(value)) return null;
      const off = (place) => Math.abs(line.x[known[place]] - (line.x[i] - ROLLING));
      while (base + 1 < known.length && off(base + 1) < off(base)) base += 1;
      return off(base) <= REACH ? value - line.y[known[base]] : null;
    };
    return { x: line.x, y: line.y.map(gain) };
  }

  // The place of the count that a day starts from: its last one, or the one before it where no gap lies between.
  function base(line, day) {
    const last = line.x.findLastIndex((at) => at < day + DAY);
    if (last < 0 || !isKnown(line.y[last])) return null;
    const isBetween = last + 1 < line.x.length && isKnown(line.y[last + 1]);
    return line.x[last] >= day || isBetween ? last : null;
  }

  function from(line, place) {
    return { x: line.x.slice(place), y: line.y.slice(place) };
  }

  // From the count of a day on, `of(value, that count)`; null where there is no such count.
  function since(line, day, of) {
    const place = base(line, day);
    if (place === null) return null;
    const shown = from(line, place);
    return { x: shown.x, y: shown.y.map((value) => (isKnown(value) ? of(value, line.y[place]) : null)) };
  }

  const gain = (line, day) => since(line, day, (value, start) => value - start);
  const rebased = (line, day) => since(line, day, (value, start) => (100 * value) / start);
  const start = (line, day) => line.y[base(line, day)] ?? null;

  // Days since an origin.
  const aged = (line, origin) => ({ x: line.x.map((at) => (at - origin) / DAY), y: line.y });

  // The first day on which every line has a count to start from; otherwise the first of the line that began last.
  function firstCommon(all) {
    const dayOfLast = (instants) => Math.floor(span(instants)[1] / DAY) * DAY;
    const latest = dayOfLast(all.map((line) => line.x[ends(line).first]));
    for (let day = latest; ;) {
      const later = all.map((line) => (base(line, day) === null
        ? line.x.find((at, i) => at >= day + DAY && isKnown(line.y[i])) ?? Infinity : day));
      const next = dayOfLast(later);
      if (next === day) return day;
      if (!Number.isFinite(next)) return latest;
      day = next;
    }
  }

  return { aged, base, ends, firstCommon, gain, rebased, rolling, start, weekly };
})();
