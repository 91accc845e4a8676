"""Data: choose a built-in set, or upload a CSV, or images with a CSV."""

import streamlit as st

from data.builtin import BUILTIN
from data.builtin import table as builtin_table
from ui.data_images import images
from ui.data_show import ROWS_SHOWN, option_control, show, split_controls
from ui.data_table import uploaded
from ui.session import remember, seed
from words import say


def render() -> None:
    """Draw the page."""
    st.title(say("Data"))
    st.caption(say("What Find and Train work on. It is kept when you change pages or restart the app."))
    sources = {"builtin": say("Built-in"), "upload": say("My CSV"), "images": say("Images")}
    key = seed("data", "source", "builtin", sources)
    source = st.segmented_control(
        say("Where from"),
        list(sources),
        format_func=sources.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    remember("data", source=source)
    if source == "upload":
        uploaded()
    elif source == "images":
        images()
    else:
        built_in()


def built_in() -> None:
    """Choose one of the sets that come with the app."""
    left, right = st.columns([1, 2.4], gap="large")
    with left:
        name = st.selectbox(
            say("Data set"),
            list(BUILTIN),
            format_func=lambda option: BUILTIN[option].title,
            key=seed("data", "builtin", "digits", BUILTIN),
        )
        st.caption(say(BUILTIN[name].help))
        options = {option.name: option_control(f"options.{name}", option) for option in BUILTIN[name].options}
        split = split_controls()
    remember("data", **{"builtin": name, **{f"options.{name}.{key}": value for key, value in options.items()}})
    with right:
        show(
            {"builtin": name, "options": options, "split": split},
            lambda: builtin_table(name, options).head(ROWS_SHOWN),
        )


if __name__ in {"__main__", "__page__"}:
    render()
