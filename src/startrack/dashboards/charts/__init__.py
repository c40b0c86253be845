"""Charts: with Plotly for pages and as SVG for READMEs. Their colours are in palette.py."""
