// The visible range of a chart: its last days, or from one point to another.
"use strict";
startrack.ranges = (() => {
  const { DAY, extent } = startrack.charts;
  const LAST = { "30d": 30, "90d": 90, "1y": 365 };
  const DATES = /^(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)$/;
  const AGES = /^(-?\d{1,5})_(-?\d{1,5})$/;
  const isKnown = (value) => value !== null;

  function parts(line) {
    return line.before ? [line, line.before] : [line];
  }

  // Parses a range of two days or two ages, such as 2026-01-01_2026-06-30; null if the text is not a range.
  function parse(text) {
    const dates = DATES.exec(text);
    const ages = AGES.exec(text);
    if (!dates && !ages) return null;
    const [, first, last] = dates ?? ages;
    const [from, to] = dates ? [Date.parse(first), Date.parse(last) + DAY - 1] : [Number(first), Number(last)];
    return from < to ? { isAge: !dates, ends: [from, to] } : null; // null for invalid days too, which are NaN
  }

  // The range [from, to] of a text; null for all, or if the range is for another axis.
  function read(text, lines, isAge) {
    const xs = lines.flatMap(parts).flatMap((line) => line.x);
    if (xs.length === 0) return null;
    const [, last] = extent(xs);
    if (Object.hasOwn(LAST, text)) return [last - LAST[text] * (isAge ? 1 : DAY), last];
    const range = parse(text);
    return range?.isAge === isAge ? range.ends : null;
  }

  function write([from, to], isAge) {
    if (isAge) return `${Math.floor(from)}_${Math.ceil(to)}`;
    return `${startrack.views.iso(from)}_${startrack.views.iso(to)}`;
  }

  function inside(line, range) {
    if (!range) return line;
    const isIn = line.x.map((at) => at >= range[0] && at <= range[1]);
    return { ...line, x: line.x.filter((_, i) => isIn[i]), y: line.y.filter((_, i) => isIn[i]) };
  }

  // The range of the value axis for the visible points.
  function fit(lines, range, isLog) {
    const visible = lines.flatMap(parts).flatMap((line) => inside(line, range).y);
    const ys = visible.filter((y) => isKnown(y) && (!isLog || y > 0));
    if (ys.length === 0) return null;
    const [low, high] = isLog ? extent(ys).map(Math.log10) : extent(ys);
    const edge = 0.06 * (high - low) || (isLog ? 0.1 : 1);
    return [low - edge, high + edge];
  }

  return { fit, inside, parse, read, write };
})();
