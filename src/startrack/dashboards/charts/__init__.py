"""Charts: Plotly for pages, SVG for READMEs."""
