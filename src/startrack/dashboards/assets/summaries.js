// A comparison in words, for those who cannot see it and those who want the figures.
"use strict";
startrack.summaries = (() => {
  const known = (value) => value !== null;

  function number(value, shown, isChange = false) {
    const text = Math.abs(value).toLocaleString("en", {
      minimumFractionDigits: shown.decimals,
      maximumFractionDigits: shown.decimals,
    });
    const isNothing = Number(text.replaceAll(",", "")) === 0;
    if (isNothing) return text;
    return value < 0 ? `−${text}` : isChange ? `+${text}` : text;
  }

  function place(at, shown) {
    return shown.across ? `day ${Math.round(at).toLocaleString("en")}` : startrack.day(at);
  }

  function ends(line) {
    const first = line.y.findIndex(known);
    const last = line.y.findLastIndex(known);
    const both = (column) => [column[first], column[last]];
    return first < 0 ? null : { x: both(line.x), y: both(line.y), isOne: first === last };
  }

  function name(history) {
    const shown = document.createElement("bdi");
    shown.textContent = history.label ? `${history.name} (${history.label})` : history.name;
    return shown;
  }

  function item(line, range, shown) {
    const row = document.createElement("li");
    const found = ends(startrack.ranges.inside(line, range));
    row.append(name(line.history), ": ", ...(found ? told(found, shown) : ["nothing known in this range"]));
    if (line.before) row.append("; before that retained stars ≈, dashed");
    return row;
  }

  // One point is no change, and not a change of 0.
  function told({ x, y, isOne }, shown) {
    const [from, to] = y.map((value) => number(value, shown, shown.isSigned));
    if (isOne) return [`${to} on `, place(x[1], shown), ", a single point"];
    const change = shown.isSigned ? [] : [`: ${number(y[1] - y[0], shown, true)}`];
    return [`${from} on `, place(x[0], shown), `, ${to} on `, place(x[1], shown), ...change];
  }

  function sentence(shown) {
    const { length } = shown.lines;
    if (length === 0) return "Nothing to show.";
    const by = shown.across ? ` by ${shown.across}` : "";
    return `${shown.title}${by}, ${length} ${length === 1 ? "line" : "lines"}:`;
  }

  function fill(element, shown, range) {
    const first = document.createElement("p");
    const list = document.createElement("ul");
    first.textContent = sentence(shown);
    list.append(...shown.lines.map((line) => item(line, range, shown)));
    element.replaceChildren(first, list);
  }

  return { fill };
})();
