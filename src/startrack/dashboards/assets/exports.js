// What a comparison shows, to take away: its figures as CSV, its picture as SVG or PNG.
"use strict";
startrack.exports = (() => {
  const { copy, plain } = startrack.charts;
  const FILE = "startrack-comparison";
  const SIZE = { width: 1200, height: 640 };

  // As startrack/sheets.py: no text is a formula, and figures stay figures.
  function cell(value) {
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r\n']/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function rows(line, { range, isAge, title }) {
    const of = (one, what) => {
      const { x, y } = startrack.ranges.inside(one, range);
      const place = (at) => (isAge ? Math.round(at * 100) / 100 : new Date(at).toISOString());
      const known = x.map((at, i) => [line.history.name, place(at), y[i], what, line.history.label ?? ""]);
      return known.filter(([, , value]) => value !== null);
    };
    return [...(line.before ? of(line.before, "stars, retained ≈") : []), ...of(line, title)];
  }

  // A line for each point in sight.
  function csv(comparison) {
    const { shown } = comparison;
    const isAge = shown.across !== "";
    const options = { range: comparison.range(), isAge, title: shown.title };
    const columns = ["project", isAge ? shown.across : "counted at", "value", "what", "label"];
    const found = shown.lines.flatMap((line) => rows(line, options));
    return [columns, ...found].map((row) => row.map(cell).join(",")).join("\n") + "\n";
  }

  function save(text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = `${FILE}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // Names stand beside the page's chart, but have to be within a picture.
  function picture(comparison, format) {
    const { data, layout } = comparison.element;
    const paper = getComputedStyle(document.body).backgroundColor;
    const look = { autosize: false, paper_bgcolor: paper, plot_bgcolor: paper, showlegend: true };
    const shown = { ...copy(layout), ...SIZE, ...look };
    shown.xaxis.rangeslider = { visible: false };
    shown.margin = { l: 20, r: 20, t: 50, b: 20 };
    shown.title = { text: plain(comparison.shown.title), x: 0.02, font: { size: 16 } };
    shown.legend = { orientation: "h", y: -0.12 };
    const scale = format === "png" ? 2 : 1;
    return Plotly.downloadImage({ data, layout: shown }, { format, filename: FILE, scale, ...SIZE });
  }

  return { csv, picture, save };
})();
