"""A curve's colour is the visitor's to choose; its dash tells it from another of that colour."""

import json

from figures import style
from ui import link
from ui.picture import as_json


def looks(app):
    """Return (name, colour, dash) of the rates that are drawn."""
    traces = [trace for trace in app.figures()[0]["data"] if trace.get("meta", {}).get("draws") == "rate"]
    return [(trace["name"], trace["line"]["color"], trace["line"]["dash"]) for trace in traces]


def test_a_colour_is_chosen_carried_in_the_link_and_used_everywhere(app):
    app.at.session_state["explore.tool"] = "Theory"
    app.open("explore", c=["cosine", "constant,colour=teal"])
    assert looks(app) == [
        ("Cosine decay", style.colour(0), style.dash(0)),
        ("Constant", style.colour(2), style.dash(1)),
    ]
    number = app.at.session_state["explore"].ids[0]
    app.at.session_state[f"explore.{number}.more"] = True
    app.run()
    app.at.button_group(key=f"explore.{number}.colour").set_value(2)
    app.run()
    assert app.at.query_params["c"] == ["cosine,colour=teal", "constant,colour=teal"]
    assert [colour for _, colour, _ in looks(app)] == [style.colour(2)] * 2
    assert len({dash for _, _, dash in looks(app)}) == 2
    for figure in app.figures()[1:]:
        assert {trace["line"]["color"] for trace in figure["data"]} == {style.colour(2)}
    picture, refusals = link.decode({"c": app.at.query_params["c"]})
    assert not refusals
    assert [one["colour"] for one in json.loads(as_json(picture, ""))["curves"]] == [style.colour(2)] * 2


def test_the_live_chart_knows_curves_of_one_colour_apart(app):
    app.open("explore", c=["cosine,colour=red", "constant,colour=red"])
    traces = app.figures()[0]["data"]
    assert [trace["meta"]["curve"] for trace in traces if "meta" in trace] == ["0", "1"]


def test_an_unknown_colour_is_refused_with_the_ones_that_there_are():
    _, (refusal,) = link.from_text("c=cosine,colour=pink")
    assert str(refusal) == (
        "Link: there is no colour 'pink'; there are blue, red, teal, violet, green, crimson, indigo, grey."
    )
