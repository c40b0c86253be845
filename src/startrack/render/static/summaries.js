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
    return first < 0 ? null : { x: [line.x[first], line.x[last]], y: [line.y[first], line.y[last]] };
  }

  function name(history) {
    const shown = document.createElement("bdi");
    shown.textContent = history.label ? `${history.name} (${history.label})` : history.name;
    return shown;
  }

  function item(line, range, shown) {
    const row = document.createElement("li");
    const found = ends(startrack.ranges.inside(line, range));
    row.append(name(line.history));
    if (!found) {
      row.append(": nothing known in this range");
      return row;
    }
    const [from, to] = found.y.map((value) => number(value, shown, shown.isSigned));
    const change = number(found.y[1] - found.y[0], shown, true);
    row.append(`: ${from} on `, place(found.x[0], shown), `, ${to} on `, place(found.x[1], shown));
    if (!shown.isSigned) row.append(`: ${change}`);
    if (line.before) row.append("; before that retained stars ≈, dashed");
    return row;
  }

  function sentence(shown) {
    const lines = `${shown.lines.length} ${shown.lines.length === 1 ? "line" : "lines"}`;
    return shown.lines.length === 0 ? "Nothing to show." : `${shown.title}${shown.across ? ` by ${shown.across}` : ""}, ${lines}:`;
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
