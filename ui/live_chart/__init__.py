"""The live chart: the only way a figure gets to the page.

`st.plotly_chart` loses the user's zoom whenever its data changes, so this is a component of our own around
`Plotly.react`. Zoom, legend choices and the playback position survive every update; the theme's colours are taken when
drawing and followed at once; nothing comes from another server.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from figures.encode import encode
from ui.live_chart.library import ready
from ui.live_chart.message import Field, Foreseen, Sketch, Views, packed, revision, with_classes
from words import say

BAR_HEIGHT = 44

__all__ = ["Field", "Foreseen", "Sketch", "Views", "foresee", "prepare", "script", "show"]

_FOLDER = Path(__file__).parent
# One after the other they are the script of one component.
PARTS = (
    "chart.js", "figure.js", "playback.js", "follow.js", "functions.js", "preview.js", "choose.js", "formula.js",
    "drawn.js", "parts.js", "plotly.js",
)  # fmt: skip
SKETCHED = (*PARTS, "tools.js", "sketch.js")  # of a tool's chart


def script(name: str) -> str:
    """Return a part of the chart's script without its comments and indents, since Streamlit sends it with each run.

    For the chart, and for other components that compute the same.
    """
    return re.sub(r"^[ \t]*//.*\n|^[ \t]+", "", (_FOLDER / name).read_text(encoding="utf-8"), flags=re.MULTILINE)


def _component(name: str, parts: Sequence[str]) -> Callable[..., Any]:
    css = (_FOLDER / "chart.css").read_text(encoding="utf-8")
    return st.components.v2.component(name, js="".join(map(script, parts)), css=css, isolate_styles=False)


_mount = _component("ratescope_live_chart", PARTS)
_mount_sketch = _component("ratescope_tool_chart", SKETCHED)
# The library takes the browser a second to load, which a first chart would otherwise wait for.
_load = st.components.v2.component(
    "ratescope_plotly",
    js=script("plotly.js")
    + "export default ({ data }) => void setTimeout(() => loadPlotly(data.script).catch(() => {}))",
    html="<span></span>",
)
_ahead = st.components.v2.component(
    "ratescope_foreseen",
    js="// What is known ahead, by chart.\n"
    "export default ({ data }) => void (window.ratescopeAhead ??= new Map()).set(data.chart, data)",
    html="<span></span>",
)


def show(
    figure: dict[str, Any],
    *,
    key: str,
    label: str,
    height: int = 420,
    playback: bool | None = None,
    live: dict[str, Any] | None = None,
    views: Views | None = None,
    foreseen: Sequence[Foreseen] = (),
    sketch: Sketch | None = None,
) -> None:
    """Show a figure (`{"data": [...], "layout": {...}}`, NumPy arrays welcome) and keep it while its data changes.

    `key` names the chart: the same key on the next run updates it in place. `label` is read out by screen readers.
    `height` is in pixels, fixed from the first moment. `playback`: None for no bar; False keeps the bar's place free,
    as long as the run goes on; True shows it: play, pause, scrub, speed, all in the browser.

    Playback reads two marks in a trace's `meta`: `"updates"`, the update of each point, as a NumPy array in any order
    or as the list `[first, step]`, shows the points up to the current update; `"at_end": True` shows the trace at the
    end only, as `"at_end": ["shapes"]` in the layout's `meta` does with shapes. All other traces stay. Colours may be
    written as `var(--st-text-color)` and the like.

    `live` lets a slider redraw a curve in the browser, in place of the traces whose `meta` is `{"curve": name, "draws":
    "rate"}` or `"momentum"`: `{"updates": T, "per_unit": updates that one step of the x-axis counts, "curves": {name:
    {"rate": JavaScript of a function (t, T, given), "momentum": alike or absent, "given": {parameter: number}}}}`.

    `views` lets a choice on the page change the layout before the server answers: the key of a segmented control or the
    like, and the layout that each of its texts stands for; the figure that the server then sends should have the same.

    `foreseen` is what the chart becomes by other widgets, which it then shows before the server answers.

    `sketch` is for a chart that is drawn of the curves of another one with `live`: it is redrawn as they move, and by
    what the fields beside it hold. A chart has it always or never.

    The message grows with the points: four bytes and a third for each number, so thin curves to about 2,000 points.
    """
    encoded = encode({"data": figure["data"], "layout": figure["layout"]})
    mount = _mount_sketch if sketch else _mount
    mount(
        key=key,
        data={
            "key": key,
            "figure": encoded,
            "live": live and with_classes(live),
            "views": views and views.plain(),
            "foreseen": packed(foreseen, encoded) if foreseen else None,
            "sketch": sketch and sketch.plain(),
            "revision": revision(encoded),
            "height": height,
            "label": label,
            "playback": playback,
            "script": ready(),
            "filename": re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-") or "chart",
            "words": _words(),
        },
        height=height + (0 if playback is None else BAR_HEIGHT),
    )


def foresee(chart: str, foreseen: Sequence[Foreseen], catalogue: dict[str, dict[str, Any]], *, key: str) -> None:
    """Send the chart of that key what does not change from run to run; draws nothing.

    `foreseen` is what it becomes by widgets that stand elsewhere on the page. `catalogue` has what `live` may choose
    from, by title: {"name": name, "given": its numbers as it begins, "relative": those with a peak of 1, "rates": which
    of them are in proportion to the peak, "bounds": {number: [least, greatest, whether it is whole]}, "chosen":
    {choice: its text as it begins}, "variants": {those texts together: {"rate" and "momentum" as in `live`}}},
    or "reads" and "text" in place of the variants.
    """
    _ahead(key=key, data={"chart": chart, "foreseen": packed(foreseen), "catalogue": catalogue}, height=1)


def prepare() -> None:
    """Let the browser load the drawing library, on a page that will show its first chart later; draws nothing."""
    _load(key="live_chart.prepare", data={"script": ready()}, height=1)


@cache
def _words() -> dict[str, str]:
    return {
        "tools": say("Chart tools"),
        "png": say("Save as PNG"),
        "svg": say("Save as SVG"),
        "reset": say("Reset zoom"),
        "playback": say("Playback"),
        "play": say("Play"),
        "pause": say("Pause"),
        "position": say("Position in the run"),
        "speed": say("Speed"),
        "shown": say("update {update} of {last}", update="{update}", last="{last}"),
        "missing": say("The chart's drawing library is not there. Whoever runs this page can fix it."),
    }
