"""What lets the first points of a run come soon: data prepared by the page, a library loaded early, a quick clock."""

import numpy as np
import streamlit as st

from data import choice
from jobs import requests
from jobs import tasks as prepared
from jobs.queue import Queue
from ui import current, watch


def test_a_page_leaves_what_it_prepared_for_the_runs(app, home, monkeypatch):
    assert "1,797 rows" in app.words()
    monkeypatch.setattr(choice, "load", lambda *_: None)  # what would prepare it anew
    assert len(prepared.load(choice.check(current.DIGITS), bytes, home).targets) == 1797


def test_pages_without_a_chart_let_the_browser_load_the_drawing_library(app):
    for page in ("find", "train"):
        app.open(page)
        names = [element.proto.component_name for element in app.at.get("bidi_component")]
        assert names.count("ratescope_plotly") == 1, page


def test_a_quick_run_is_looked_at_often_until_its_curves_begin(app, home, monkeypatch):
    """A page of this run alone: the clock that `watch` gives its fragment, before, while and after it runs."""
    store = watch.store()
    identifier = store.submit(requests.check(requests.defaults("find") | {"data": current.DIGITS}), owner="local")
    clocks = []

    def fragment(view, run_every=None):
        clocks.append(run_every)
        return lambda *_, **__: watch.arrays(identifier)

    monkeypatch.setattr(st, "fragment", fragment)
    look = lambda every: watch.watch(identifier, lambda *_: None, every)  # noqa: E731
    look(watch.LIVE_SECONDS)
    queue = Queue.open(home)
    claim = queue.claim()
    look(watch.LIVE_SECONDS)
    curves = {"loss": np.zeros((3, 2), dtype=np.float32)}
    assert queue.write(claim, start=0, arrays=curves, progress=0.1, message="")
    look(watch.LIVE_SECONDS)  # which sees the first of them
    look(watch.LIVE_SECONDS)
    look(watch.POLL_SECONDS)
    queue.finish(claim, {})
    look(watch.LIVE_SECONDS)
    assert clocks == [*[watch.LIVE_SECONDS] * 3, watch.POLL_SECONDS, watch.POLL_SECONDS, None]
    queue.close()
