// The text summary of a comparison, for readers who cannot see the chart or want the figures.
"use strict";
startrack.summaries = (() => {
  const isKnown = (value) => value !== null;

  function number(value, shown, isChange = false) {
    const text = Math.abs(value).toLocaleString("en", {
      minimumFractionDigits: shown.decimals,
      maximumFractionDigits: shown.decimals,
    });
    const isZero = Number(text.replaceAll(",", "")) === 0;
    if (isZero) return text;
    return value < 0 ? `−${text}` : isChange ? `+${text}` : text;
  }

  function position(at, shown) {
    return shown.ageAxis ? `day ${Math.round(at).toLocaleString("en")}` : startrack.dayElement(at);
  }

  function ends(line) {
    const first = line.y.findIndex(isKnown);
    const last = line.y.findLastIndex(isKnown);
    const both = (column) => [column[first], column[last]];
    return first < 0 ? null : { x: both(line.x), y: both(line.y), isSingle: first === last };
  }

  function name(history) {
    const element = document.createElement("bdi");
    element.textContent = startrack.charts.displayName(history);
    return element;
  }

  function item(line, range, shown) {
    const row = document.createElement("li");
    const points = ends(startrack.ranges.inside(line, range));
    row.append(name(line.history), ": ", ...(points ? describe(points, shown) : ["no counts in this range"]));
    if (line.before) row.append("; before that, dashed: retained stars ≈");
    return row;
  }

  // A single point has no change, not a change of 0.
  function describe({ x, y, isSingle }, shown) {
    const [from, to] = y.map((value) => number(value, shown, shown.isSigned));
    if (isSingle) return [`${to} on `, position(x[1], shown), ", a single point"];
    const change = shown.isSigned ? [] : [`: ${number(y[1] - y[0], shown, true)}`];
    return [`${from} on `, position(x[0], shown), `, ${to} on `, position(x[1], shown), ...change];
  }

  function sentence(shown) {
    const { length } = shown.lines;
    if (length === 0) return "Nothing to show.";
    const by = shown.ageAxis ? ` by ${shown.ageAxis}` : "";
    return `${shown.title}${by}, ${length} ${length === 1 ? "line" : "lines"}:`;
  }

  function fill(element, shown, range) {
    const heading = document.createElement("p");
    const list = document.createElement("ul");
    heading.textContent = sentence(shown);
    list.append(...shown.lines.map((line) => item(line, range, shown)));
    element.replaceChildren(heading, list);
  }

  return { fill };
})();
