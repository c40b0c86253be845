// Exports of a comparison: its figures as CSV, its chart as SVG or PNG.
"use strict";
startrack.exports = (() => {
  const { copy, escapeMarkup } = startrack.charts;
  const FILE = "startrack-comparison";
  const SIZE = { width: 1200, height: 640 };

  // The same as in store/csv_codec.py: text never becomes a formula in a spreadsheet.
  function cell(value) {
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r\n']/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
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
    return [columns, ...pointRows].map((row) => row.map(cell).join(",")).join("\n") + "\n";
  }

  function saveCsv(text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = `${FILE}.csv`;
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

  return { csv, saveCsv, saveImage };
})();
