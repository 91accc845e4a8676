"""Pages without a browser: a data folder of their own, and a worker that works off the queue at once."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from jobs import supervisor
from jobs.context import Context
from jobs.process import kinds, readers
from jobs.queue import Queue
from jobs.store import Store
from words import Refusal

ROOT = Path(__file__).parents[2]


def work_off(home):
    """Do all queued runs here and now, as a job process would."""
    queue, store = Queue.open(home), Store.open(home)
    while (claim := queue.claim()) is not None:
        work = queue.work(claim)
        context = Context(queue, claim, work, home=home, **readers(store, work.owner))
        try:
            result = kinds()[work.kind](context, work.request)
            context.flush()
            queue.finish(claim, result, context.kept)
        except Refusal as refusal:
            queue.fail(claim, str(refusal))
    queue.close()
    store.close()


class App:
    """The whole app under AppTest, as one visitor sees it."""

    def __init__(self, home):
        self.home = home
        self.at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        self.at.run()

    def open(self, page, **query):
        """Open a page by its name, as a click in the navigation does."""
        for key, value in query.items():
            self.at.query_params[key] = value
        self.at.switch_page(f"ui/pages/{page}.py")
        return self.run()

    def run(self):
        self.at.run()
        assert not self.at.exception, [entry.value for entry in self.at.exception]
        return self

    def words(self):
        """Return all text on the page, in one string."""
        kinds_of_text = ("markdown", "caption", "error", "warning", "info", "success", "title", "subheader")
        return "\n".join(str(element.value) for kind in kinds_of_text for element in self.at.get(kind))

    def figures(self):
        """Return the figures of the live charts on the page."""
        parts = [json.loads(element.proto.json) for element in self.at.get("bidi_component")]
        return [part["figure"] for part in parts if "figure" in part]


def numbers(packed):
    """Return an encoded array of a figure as NumPy."""
    return np.frombuffer(base64.b64decode(packed["bdata"]), dtype={"f4": "<f4", "f8": "<f8"}[packed["dtype"]])


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RATESCOPE_HOME", str(tmp_path / "home"))
    st.cache_resource.clear()
    yield tmp_path / "home"
    st.cache_resource.clear()


@pytest.fixture
def app(home, monkeypatch):
    monkeypatch.setattr(supervisor, "ensure", lambda: work_off(home))
    return App(home)


def _sets(at):
    """Return the components of the page that hold a schedule's numbers, each with its data."""
    components = [(element, json.loads(element.proto.json or "{}")) for element in at.get("bidi_component")]
    return [(element, data) for element, data in components if "dials" in data]


@pytest.fixture
def dials():
    """`dials(at, which=0)`: the numbers of the page's `which`th set of controls, by name, as the browser gets them."""
    return lambda at, which=0: {dial["name"]: dial for dial in _sets(at)[which][1]["dials"]}


@pytest.fixture
def enter():
    """`enter(at, which=0, peak="0.5")`: what the browser reports when somebody types, or moves a slider there."""

    def report(at, which=0, **texts):
        element, data = _sets(at)[which]
        entered = {"revision": data["revision"], "texts": {**data["texts"], **texts}}
        at.session_state[element.key] = {"entered": entered}
        return at

    return report
