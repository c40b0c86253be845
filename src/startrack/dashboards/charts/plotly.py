"""The interactive charts of pages: Plotly layouts and traces without data. The only module that imports plotly.

Their height is that of `startrack.css`, and their margins are those of the pictures whose place they take.
All pages share them, in one script. The pages' own scripts add the points from the data file of each project.
"""

import json
import re
from functools import cache
from typing import Final

from plotly import graph_objects as go
from plotly.offline import get_plotlyjs

from startrack.dashboards import data_files
from startrack.dashboards.charts.palette import DARK, FONT, LIGHT, Palette

__all__ = [
    "figures_script",
    "plotly_script",
]


# Plotly adds a style element with text for maps, which the pages' policy forbids. It adds none if an element with this
# id exists.
_MAP_STYLE_ID: Final = re.compile(rb'if\(!document\.getElementById\("([0-9a-f]{64})"\)\)')

_CONFIG: Final = {
    "displayModeBar": False,
    "displaylogo": False,
    "responsive": True,
    "showSendToCloud": False,
}


@cache
def plotly_script() -> bytes:
    """Return the source of plotly.js, as its file has it."""
    return bytes(get_plotlyjs(), encoding="utf-8")


@cache
def figures_script() -> str:
    """Return the script with the configuration, templates and charts of all pages."""
    return data_files.render_script(
        "figures",
        {
            "config": _CONFIG,
            "shells": {
                "lines": _chart_json(_lines()),
                "area": _chart_json(_area()),
                "bars": _chart_json(_bars()),
                "treemap": _chart_json(_treemap()),
                "quadrants": _chart_json(_quadrants()),
            },
            "styles": sorted({style.decode() for style in _MAP_STYLE_ID.findall(plotly_script())}),
            "tones": {"dark": DARK.areas, "light": LIGHT.areas},
            "templates": {"dark": _template(DARK), "light": _template(LIGHT)},
        },
    )


def _template(colours: Palette) -> object:
    axis = {
        "gridcolor": colours.grid,
        "linecolor": colours.axis,
        "zerolinecolor": colours.axis,
        "tickcolor": colours.axis,
    }
    layout = go.Layout(
        font={"family": FONT, "size": 12, "color": colours.text},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        colorway=colours.lines,
        hoverlabel={
            "bgcolor": colours.background,
            "bordercolor": colours.axis,
            "font": {"color": colours.text, "family": FONT},
        },
        # Labels get room where the pictures have it, so that the plot area stays in its place.
        xaxis={
            **axis,
            "automargin": "bottom",
            "showgrid": False,
            "showspikes": False,
            "ticks": "outside",
            "ticklen": 4,
        },
        yaxis={**axis, "automargin": "left", "showline": False, "ticks": ""},
    )
    return {"layout": layout.to_plotly_json()}


def _layout() -> go.Layout:
    return go.Layout(
        showlegend=False,
        hovermode="x unified",
        dragmode="zoom",
        xaxis={"type": "date", "hoverformat": "%Y-%m-%d", "nticks": 8},
        yaxis={"tickformat": ",~d", "hoverformat": ",d", "nticks": 6},
    )


def _lines() -> go.Figure:
    """Return the chart of several lines. The script copies its trace for each line."""
    line = go.Scatter(mode="lines", line={"width": 2}, connectgaps=False, hovertemplate="%{y:,d}")
    return go.Figure([line], _layout())


def _area() -> go.Figure:
    """Return the chart of one figure of one project over time."""
    line = go.Scatter(mode="lines", line={"width": 2}, connectgaps=False, hovertemplate="%{y:,d}<extra></extra>")
    return go.Figure([line], _layout())


def _bars() -> go.Figure:
    """Return the chart of weekly gains and losses."""
    bars = [
        go.Bar(name=name, hovertemplate="%{y:+,d}<extra></extra>", marker={"line": {"width": 0}})
        for name in ("gained", "lost")
    ]
    layout = _layout()
    return go.Figure(bars, layout.update(barmode="relative"))


def _treemap() -> go.Figure:
    """Return the chart of nested areas. The script sets the colour of each area."""
    areas = go.Treemap(
        branchvalues="remainder",
        tiling={"pad": 1},
        marker={"line": {"width": 1}, "pad": {"t": 19, "l": 2, "r": 2, "b": 2}},
        texttemplate="%{label}<br>%{text}",
        hovertemplate="%{label}<br>%{value:,d} stars<br>%{text}<extra></extra>",
        pathbar={"thickness": 22},
        sort=False,
    )
    layout = go.Layout(uniformtext={"minsize": 10, "mode": "hide"})
    return go.Figure([areas], layout)


def _quadrants() -> go.Figure:
    """Return the chart of points in four groups, which also differ in shape. Both axes are symmetric logarithms."""
    points = [
        go.Scatter(
            mode="markers",
            marker={"size": 8, "symbol": symbol, "opacity": 0.8, "line": {"width": 0}},
            hovertemplate="%{text}<br>%{customdata[0]:+,d} stars, %{customdata[1]:+,d} commits<extra></extra>",
        )
        for symbol in ("circle", "diamond", "square", "triangle-up")
    ]
    axis = {"zeroline": False, "showgrid": True, "tickmode": "array"}
    layout = go.Layout(
        showlegend=False,
        hovermode="closest",
        dragmode="zoom",
        xaxis={**axis, "title": {"text": "commits made"}},
        yaxis={**axis, "title": {"text": "stars gained"}},
    )
    return go.Figure(points, layout)


def _chart_json(figure: go.Figure) -> object:
    """Return a validated figure without the template that Plotly adds to each."""
    chart = json.loads(figure.to_json(validate=True))
    chart["layout"].pop("template", None)
    return chart
