// Which part of a chart is looked at: the last days of it, or from one place to another.
"use strict";
startrack.ranges = (() => {
  const { DAY, span } = startrack.charts;
  const LAST = { "30d": 30, "90d": 90, "1y": 365 };
  const DATES = /^(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)$/;
  const AGES = /^(-?\d{1,5})_(-?\d{1,5})$/;
  const known = (value) => value !== null;

  function parts(line) {
    return line.before ? [line, line.before] : [line];
  }

  // Two places as an address has them; null where a text is no such thing.
  function parse(text) {
    const dates = DATES.exec(text);
    const ages = AGES.exec(text);
    if (!dates && !ages) return null;
    const [, first, last] = dates ?? ages;
    const [from, to] = dates ? [Date.parse(first), Date.parse(last) + DAY - 1] : [Number(first), Number(last)];
    return from < to ? { isAge: !dates, ends: [from, to] } : null; // also where one of them is no day at all
  }

  // From a word, or two places: [from, to], null where all is meant or the range is one of another axis.
  function read(text, lines, isAge) {
    const xs = lines.flatMap(parts).flatMap((line) => line.x);
    if (xs.length === 0) return null;
    const [, last] = span(xs);
    if (Object.hasOwn(LAST, text)) return [last - LAST[text] * (isAge ? 1 : DAY), last];
    const found = parse(text);
    return found?.isAge === isAge ? found.ends : null;
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

  // What the other axis spans for what is in sight.
  function fit(lines, range, isLog) {
    const seen = lines.flatMap(parts).flatMap((line) => inside(line, range).y);
    const ys = seen.filter((y) => known(y) && (!isLog || y > 0));
    if (ys.length === 0) return null;
    const [low, high] = isLog ? span(ys).map(Math.log10) : span(ys);
    const edge = 0.06 * (high - low) || (isLog ? 0.1 : 1);
    return [low - edge, high + edge];
  }

  return { fit, inside, parse, read, write };
})();
