"""Charts: pictures and Plotly for pages, and SVG files for READMEs. Their colours are in palette.py."""
