// Exports: the counts of a project as CSV; the figures of a comparison as CSV, and its chart as SVG or PNG.
"use strict";
startrack.exports = (() => {
  const { copy, escapeMarkup, points } = startrack.charts;
  const FILE = "startrack-comparison";
  const SIZE = { width: 1200, height: 640 };

  // The same as in store/csv_codec.py: text never becomes a formula in a spreadsheet.
  function cell(value) {
    if (typeof value === "number") return String(value);
    const safe = /^[=+\-@\t\r\n']/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  const text = (rows) => rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";

  // A row for each count of a project, with the columns of the counts in the Parquet files. Gaps are no counts.
  function countsCsv(history) {
    const { x, y: stars } = points(history, "stars");
    const forks = points(history, "forks").y;
    const known = points(history, "commits");
    const commits = new Map(known.x.map((at, i) => [at, known.y[i]]));
    const takenAt = (at) => new Date(at).toISOString().replace(".000Z", "Z");
    const rows = x.map((at, i) => [takenAt(at), stars[i], forks[i] ?? "", commits.get(at) ?? ""]);
    return text([["taken_at", "stars", "forks", "commits"], ...rows.filter(([, number]) => number !== null)]);
  }

  function rows(line, { range, isAge, title }) {
    const pointRows = (part, figure) => {
      const { x, y } = startrack.ranges.inside(part, range);
      const position = (at) => (isAge ? Math.round(at * 100) / 100 : new Date(at).toISOString());
      const all = x.map((at, i) => [line.history.name, position(at), y[i], figure, line.history.label ?? ""]);
      return all.filter(([, , value]) => value !== null);
    };
    return [...(line.before ? pointRows(line.before, "retained stars ≈") : []), ...pointRows(line, title)];
  }

  // A row for each visible point.
  function csv(comparison) {
    const { shown } = comparison;
    const isAge = shown.ageAxis !== "";
    const options = { range: comparison.range(), isAge, title: shown.title };
    const columns = ["project", isAge ? shown.ageAxis : "counted at", "value", "figure", "label"];
    const pointRows = shown.lines.flatMap((line) => rows(line, options));
    return text([columns, ...pointRows]);
  }

  function saveCsv(csv, name = FILE) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv], { type: "text/csv;charset=utf-8" }));
    link.download = `${name}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // The page shows the legend beside the chart. The image needs a legend of its own.
  function saveImage(comparison, format) {
    const { data, layout } = comparison.element;
    const background = getComputedStyle(document.body).backgroundColor;
    const style = { autosize: false, paper_bgcolor: background, plot_bgcolor: background, showlegend: true };
    const imageLayout = { ...copy(layout), ...SIZE, ...style };
    imageLayout.xaxis.rangeslider = { visible: false };
    imageLayout.margin = { l: 20, r: 20, t: 50, b: 20 };
    imageLayout.title = { text: escapeMarkup(comparison.shown.title), x: 0.02, font: { size: 16 } };
    imageLayout.legend = { orientation: "h", y: -0.12 };
    const scale = format === "png" ? 2 : 1;
    return Plotly.downloadImage({ data, layout: imageLayout }, { format, filename: FILE, scale, ...SIZE });
  }

  return { countsCsv, csv, saveCsv, saveImage };
})();
