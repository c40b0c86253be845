"""Charts as Plotly draws them: layouts and traces without data, checked by Plotly; the only door of plotly.

Written once for all pages. Scripts in the page fill in the points, which stand in a file for each project.
"""

import json
import re
from typing import Final

from plotly import graph_objects as go
from plotly.offline import get_plotlyjs

from startrack.dashboards import data_files
from startrack.dashboards.charts.palette import DARK, FONT, LIGHT, Palette

__all__ = [
    "figures_script",
    "plotly_script",
]


# Lost much, lost, still, gained, gained much, not known: pale on white and deep on black, so that text stands out.
_TONES_ON_LIGHT: Final = ("#f2a97e", "#f9d8c2", "#eceeec", "#c9e2f3", "#8cc3e8", "#ffffff")
_TONES_ON_DARK: Final = ("#8a3a0e", "#552a14", "#2c3238", "#153a52", "#0f5b8c", "#1a1d21")

# Plotly adds a style element with text for the maps it carries, which the pages' policy forbids, unless one with
# this id is there already.
_OWN_STYLE: Final = re.compile(r'if\(!document\.getElementById\("([0-9a-f]{64})"\)\)')

_CONFIG: Final = {
    "displayModeBar": False,
    "displaylogo": False,
    "responsive": True,
    "showSendToCloud": False,
}


def plotly_script() -> str:
    """Return plotly.js."""
    return str(get_plotlyjs())


def figures_script() -> str:
    """Return the script that gives the pages their templates and figures."""
    return data_files.render_script(
        "figures",
        {
            "config": _CONFIG,
            "shells": {
                "lines": _plain(_lines()),
                "area": _plain(_area()),
                "bars": _plain(_bars()),
                "treemap": _plain(_treemap()),
                "quadrants": _plain(_quadrants()),
            },
            "styles": sorted(set(_OWN_STYLE.findall(get_plotlyjs()))),
            "tones": {"dark": _TONES_ON_DARK, "light": _TONES_ON_LIGHT},
            "templates": {"dark": _template(DARK), "light": _template(LIGHT)},
        },
    )


def _template(colours: Palette) -> object:
    axis = {
        "gridcolor": colours.line,
        "linecolor": colours.strong,
        "zerolinecolor": colours.strong,
        "tickcolor": colours.strong,
        "automargin": True,
    }
    layout = go.Layout(
        font={"family": FONT, "size": 12, "color": colours.text},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        colorway=colours.lines,
        hoverlabel={
            "bgcolor": colours.paper,
            "bordercolor": colours.strong,
            "font": {"color": colours.text, "family": FONT},
        },
        xaxis={**axis, "showgrid": False, "showspikes": False, "ticks": "outside", "ticklen": 4},
        yaxis={**axis, "showline": False, "ticks": ""},
    )
    return {"layout": layout.to_plotly_json()}


def _layout(height: int) -> go.Layout:
    return go.Layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        showlegend=False,
        hovermode="x unified",
        dragmode="zoom",
        xaxis={"type": "date", "hoverformat": "%Y-%m-%d", "nticks": 8},
        yaxis={"tickformat": ",~d", "hoverformat": ",d", "nticks": 6},
    )


def _lines() -> go.Figure:
    """Several projects in one chart; a trace for each is made from this one."""
    line = go.Scatter(mode="lines", line={"width": 2}, connectgaps=False, hovertemplate="%{y:,d}")
    return go.Figure([line], _layout(400))


def _area() -> go.Figure:
    """Return one figure of one project over time; points are shown, as there may be a single one."""
    line = go.Scatter(mode="lines", line={"width": 2}, connectgaps=False, hovertemplate="%{y:,d}<extra></extra>")
    return go.Figure([line], _layout(230))


def _bars() -> go.Figure:
    """Weeks that gained, and weeks that lost."""
    bars = [
        go.Bar(name=name, hovertemplate="%{y:+,d}<extra></extra>", marker={"line": {"width": 0}})
        for name in ("gained", "lost")
    ]
    layout = _layout(230)
    return go.Figure(bars, layout.update(barmode="relative"))


def _treemap() -> go.Figure:
    """Areas in areas; their colours are told one by one."""
    areas = go.Treemap(
        branchvalues="remainder",
        tiling={"pad": 1},
        marker={"line": {"width": 1}, "pad": {"t": 19, "l": 2, "r": 2, "b": 2}},
        texttemplate="%{label}<br>%{text}",
        hovertemplate="%{label}<br>%{value:,d} stars<br>%{text}<extra></extra>",
        pathbar={"thickness": 22},
        sort=False,
    )
    # The path to the area that is shown whole stands in the margin above.
    layout = go.Layout(
        height=560,
        margin={"l": 0, "r": 0, "t": 24, "b": 0},
        uniformtext={"minsize": 10, "mode": "hide"},
    )
    return go.Figure([areas], layout)


def _quadrants() -> go.Figure:
    """Points in four groups told apart by shape as well; both axes are logarithms that go on below nothing."""
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
        height=460,
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        showlegend=False,
        hovermode="closest",
        dragmode="zoom",
        xaxis={**axis, "title": {"text": "commits made"}},
        yaxis={**axis, "title": {"text": "stars gained"}},
    )
    return go.Figure(points, layout)


def _plain(figure: go.Figure) -> object:
    """Return a figure without the template that Plotly adds to each."""
    plain = json.loads(figure.to_json(validate=True))
    plain["layout"].pop("template", None)
    return plain
