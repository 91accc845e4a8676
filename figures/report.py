"""A report as one HTML file that needs nothing else: no server, no network, only a browser."""

import json
from collections.abc import Sequence
from html import escape

from figures import style
from figures.encode import encode
from words import say

Table = tuple[Sequence[str], Sequence[Sequence[object]]]
Section = tuple[str, Sequence[str], style.Figure | None, Table | None]

# The policy lets the file's own script and style run and nothing be fetched.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; color: #1f2430; background: #fff; max-width: 60rem; }}
body {{ margin: 2rem auto; padding: 0 1rem }}
h1 {{ font-size: 1.8rem }} h2 {{ font-size: 1.25rem; margin-top: 2rem }}
table {{ border-collapse: collapse; margin: 1rem 0 }}
th, td {{ border: 1px solid #d8dade; padding: .3rem .7rem; text-align: left; font-variant-numeric: tabular-nums }}
.figure {{ break-inside: avoid }}
@media print {{ body {{ margin: 0; max-width: none }} h2 {{ break-after: avoid }} }}
</style>
</head>
<body>
<h1>{title}</h1>
{sections}
{drawing}</body>
</html>
"""
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
_DRAWING = """<script>{library}</script>
<script type="application/json" id="figures">{figures}</script>
<script>
for (const [place, figure] of JSON.parse(document.getElementById("figures").textContent).entries()) {{
  Plotly.newPlot(`figure-${{place}}`, figure.data, figure.layout, {{ responsive: true, displaylogo: false }})
}}
</script>
"""


def html(title: str, sections: Sequence[Section]) -> str:
    """Return a whole HTML page: each section a heading, paragraphs, a figure or None, and a table or None.

    A table is (column titles, rows of cells). All text is escaped. plotly.js is written into the page once, 4.8 MB, if
    any section has a figure; the rest grows with the figures' points.
    """
    figures = [figure for _, _, figure, _ in sections if figure is not None]
    parts = []
    place = 0
    for heading, paragraphs, figure, table in sections:
        parts.append(f"<section>\n<h2>{escape(heading)}</h2>")
        parts += [f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs]
        if figure is not None:
            label = escape(say("Chart: {heading}", heading=heading))
            size = int(figure["layout"].get("height", 420))
            named = f'id="figure-{place}" role="img" aria-label="{label}"'
            parts.append(f'<div class="figure" {named} style="height:{size}px"></div>')
            place += 1
        if table is not None:
            parts.append(_table(table))
        parts.append("</section>")
    return _PAGE.format(
        policy=_POLICY, title=escape(title), sections="\n".join(parts), drawing=_drawing(figures) if figures else ""
    )


def _table(table: Table) -> str:
    titles, rows = table
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in titles)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _drawing(figures: list[style.Figure]) -> str:
    from plotly.offline import get_plotlyjs

    encoded = json.dumps([encode(_light(figure)) for figure in figures])
    # Inside a script element only "<" could end it early; \u003c is the same letter to JSON.
    return _DRAWING.format(library=get_plotlyjs(), figures=encoded.replace("<", "\\u003c"))


def _light(figure: style.Figure) -> style.Figure:
    layout = dict(figure["layout"])
    for name in ["xaxis", "yaxis", *(key for key in layout if key.startswith(("xaxis", "yaxis")))]:
        layout[name] = {
            "gridcolor": style.GRID,
            "zerolinecolor": style.GRID,
            "automargin": True,
            **layout.get(name, {}),
        }
    layout = {
        "font": {"size": 14, "color": style.TEXT},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        **layout,
    }
    light: style.Figure = style.resolve({"data": figure["data"], "layout": layout}, style.LIGHT)
    return light
