// Pure functions that transform a line, which has instants x and figures y: weekly, gains, rebased, by age.
"use strict";
startrack.lines = (() => {
  const { DAY, WEEK, extent } = startrack.charts;
  const MONDAY = 4 * DAY; // 1970 began on a Thursday
  const ROLLING = 28 * DAY;
  const REACH = 7 * DAY; // as for a window of 28 days
  const isKnown = (value) => value !== null;

  function ends(line) {
    const first = line.y.findIndex(isKnown);
    return first < 0 ? null : { first, last: line.y.findLastIndex(isKnown) };
  }

  // The last count of each week. Weeks end on Sunday at midnight. Gaps stay.
  function weekly(line) {
    const x = [], y = [];
    let week = null;
    line.x.forEach((at, i) => {
      const thisWeek = Math.floor((at - MONDAY) / WEEK);
      if (isKnown(line.y[i]) && thisWeek === week) {
        x.pop();
        y.pop();
      }
      week = isKnown(line.y[i]) ? thisWeek : null;
      x.push(at);
      y.push(line.y[i]);
    });
    return { x, y };
  }

  // The gain over 28 days: each count minus the count nearest to 28 days earlier. Of two equally near counts it is the
  // earlier one, as for every window. The gain is null if there is no count within reach.
  function rolling(line) {
    const knownIndices = [...line.x.keys()].filter((i) => isKnown(line.y[i]));
    let baseline = 0;
    const gain = (value, i) => {
      if (!isKnown(value)) return null;
      const distance = (index) => Math.abs(line.x[knownIndices[index]] - (line.x[i] - ROLLING));
      while (baseline + 1 < knownIndices.length && distance(baseline + 1) < distance(baseline)) baseline += 1;
      return distance(baseline) <= REACH ? value - line.y[knownIndices[baseline]] : null;
    };
    return { x: line.x, y: line.y.map(gain) };
  }

  // The index of the start count of a day: the day's last count, or the previous count if there is no gap between.
  function startIndex(line, day) {
    const last = line.x.findLastIndex((at) => at < day + DAY);
    if (last < 0 || !isKnown(line.y[last])) return null;
    const isBetween = last + 1 < line.x.length && isKnown(line.y[last + 1]);
    return line.x[last] >= day || isBetween ? last : null;
  }

  // The line from the start count of a day on, with `change(value, startValue)` for each value; null without such a
  // count.
  function since(line, day, change) {
    const index = startIndex(line, day);
    if (index === null) return null;
    const relative = (value) => (isKnown(value) ? change(value, line.y[index]) : null);
    return { x: line.x.slice(index), y: line.y.slice(index).map(relative) };
  }

  const gain = (line, day) => since(line, day, (value, startValue) => value - startValue);
  const rebased = (line, day) => since(line, day, (value, startValue) => (100 * value) / startValue);
  const startValue = (line, day) => line.y[startIndex(line, day)] ?? null;

  // The line with days since an origin instead of instants.
  const byAge = (line, origin) => ({ x: line.x.map((at) => (at - origin) / DAY), y: line.y });

  // The first day on which every line has a start count; otherwise the first day of the line that begins last.
  function firstCommonDay(lines) {
    const latestDay = (instants) => Math.floor(extent(instants)[1] / DAY) * DAY;
    const begin = latestDay(lines.map((line) => line.x[ends(line).first]));
    for (let day = begin; ;) {
      const days = lines.map((line) => (startIndex(line, day) === null
        ? line.x.find((at, i) => at >= day + DAY && isKnown(line.y[i])) ?? Infinity : day));
      const next = latestDay(days);
      if (next === day) return day;
      if (!Number.isFinite(next)) return begin;
      day = next;
    }
  }

  return { byAge, ends, firstCommonDay, gain, rebased, rolling, startIndex, startValue, weekly };
})();
