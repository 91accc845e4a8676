"""The tools under the chart of the Explore page: one file a tool, each a function of the picture and its curves."""

from collections.abc import Callable

import streamlit as st

from ui import explore_code
from ui.explore_curve import Seen
from ui.explore_tools import checks, combine, draw, facts, layers, resume, steps, theory
from ui.picture import Picture
from words import say

TOOLS: dict[str, Callable[[Picture, list[Seen]], None]] = {
    "Facts": facts.show,
    "Checks": checks.show,
    "Steps": steps.show,
    "Resume": resume.show,
    "Draw": draw.show,
    "Combine": combine.show,
    "Layer rates": layers.show,
    "Theory": theory.show,
    "Code": explore_code.code_panel,
    "Paste code": explore_code.paste_panel,
    "Libraries": explore_code.difference_panel,
}
CHANGING = ("Steps", "Draw", "Combine")  # tools that change the picture, and so need the page to run


def tools(picture: Picture, shown: list[Seen]) -> None:
    """Draw the row of tools and the one that is chosen; it alone runs, so that the page stays quick.

    One that leaves the picture as it is runs by itself when something in it changes.

    These are no tabs: Streamlit's cost the browser a third of each redraw of the page.
    """
    chosen = st.pills(
        say("Tool"), list(TOOLS), default="Facts", key="explore.tool", required=True, label_visibility="collapsed",
        format_func=say, wrap=True,
    )  # fmt: skip
    name = chosen or "Facts"
    tool = TOOLS[name] if name in CHANGING else st.fragment(TOOLS[name])
    tool(picture, shown)
