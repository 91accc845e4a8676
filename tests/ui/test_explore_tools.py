"""The tools under the chart of the Explore page, without a browser."""

import base64
import csv
import io
import json
import re

import numpy as np
import pytest

import schedulers
from jobs.store import Store
from schedulers.theory import adamw_weights, bound
from ui import link
from ui.explore_curve import seen
from ui.picture import Drawn, Picture, as_json, comma_separated, whole


def opened(app, tool, *curves, **query):
    """Open Explore with these curves and that tool."""
    app.at.session_state["explore.tool"] = tool
    return app.open("explore", c=list(curves), **query)


def chart(app, axis):
    """Return the figure of the live chart whose vertical axis has that title, the last one on the page."""
    return [figure for figure in app.figures() if figure["layout"]["yaxis"]["title"]["text"] == axis][-1]


def trace(figure, name):
    (found,) = [one for one in figure["data"] if one["name"] == name]
    return found


def numbers(packed):
    return np.frombuffer(base64.b64decode(packed["bdata"]), dtype={"f4": "<f4", "f8": "<f8"}[packed["dtype"]])


def address(app):
    values = app.at.query_params["c"]
    return [values] if isinstance(values, str) else values


def sentences(app):
    return app.words().replace("\\", "")


def button(app, label):
    next(one for one in app.at.button if one.label == label).click()
    return app.run()


def last(widgets, ending):
    """Return the widget whose key ends so, whatever editions stand in it."""
    return [one for one in widgets if one.key and re.sub(r"\.(edition)?\d+$", "", one.key).endswith(ending)][-1]


def test_only_the_open_tool_runs(app):
    opened(app, "Steps", "cosine")
    assert app.at.number_input(key="explore.steps.rows").value == 50_000
    assert not app.at.table
    assert len(app.figures()) == 2


def test_a_well_formed_schedule_gets_no_check_and_a_poor_one_a_sentence_and_a_mark(app):
    opened(app, "Checks", "cosine", "constant")
    assert "**Constant**  \nThe learning rate is never annealed: it ends at its peak of 1e-2." in sentences(app)
    assert "Nothing to say against **Cosine decay**" in sentences(app)
    mark = trace(chart(app, "learning rate"), "check")
    assert mark["text"] == ["The learning rate is never annealed: it ends at its peak of 1e-2."]
    assert numbers(mark["x"]).tolist() == [999]
    assert mark["marker"]["color"] == trace(chart(app, "learning rate"), "Constant")["line"]["color"]


def test_steps_say_that_a_schedule_is_run_only_in_part_and_set_the_picture(app):
    opened(app, "Steps", "cosine,peak=0.1")
    app.at.number_input(key="explore.steps.rows").set_value(6400)
    app.at.number_input(key="explore.steps.epochs").set_value(4)
    app.at.number_input(key="explore.steps.declared").set_value(400)
    app.at.segmented_control(key="explore.steps.stepped").set_value("epoch")
    app.run()
    assert "**100 updates** an epoch of 64 rows each, **400 updates** in all." in sentences(app)
    assert "You will run 1 % of this schedule" in sentences(app)
    assert "step it after every update" in sentences(app)
    actual = numbers(trace(app.figures()[-1], "actual")["y"])
    assert len(np.unique(actual)) == 4
    app.at.number_input(key="explore.steps.accumulation").set_value(2)
    app.run()
    button(app, "Use for the picture")
    assert app.at.number_input(key="explore.updates").value == 200
    assert (app.at.query_params["updates"], app.at.query_params["batch"]) == ("200", "128")


def test_samples_on_the_axis_follow_the_batch(app):
    opened(app, "Facts", "cosine", x="samples", batch="32", updates="100")
    figure = chart(app, "learning rate")
    assert figure["layout"]["xaxis"]["title"]["text"] == "samples seen"
    assert figure["layout"]["xaxis"]["range"] == [0, 99 * 32]


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("continued", "The learning rate goes on where it stopped, at 5e-2."),
        ("restarted", "begins at update 0 again, at 0.1 instead of 5e-2"),
        ("rebased", "With last_epoch=-1 the scheduler takes the rate it finds"),
        ("extended", "Continued past its end, the old one rises again"),
    ],
)
def test_each_way_to_resume_has_its_sentence_and_its_picture(app, case, sentence):
    opened(app, "Resume", "cosine")
    app.at.pills(key="explore.resume.case").set_value(case)
    app.run()
    assert sentence in sentences(app)
    assert len(numbers(app.figures()[-1]["data"][0]["y"])) == (2000 if case == "extended" else 1000)


def test_a_shorter_run_pulls_the_stop_along(app):
    opened(app, "Resume", "cosine")
    app.at.number_input(key="explore.resume.stop").set_value(900)
    app.run()
    app.at.number_input(key="explore.updates").set_value(100)
    app.run()
    assert app.at.number_input(key="explore.resume.stop").value == 50


def test_theory_ranks_the_curves_by_their_best_bound(app):
    opened(app, "Theory", "constant,peak=0.1", "budgeted_linear")
    table = app.at.table[0].value
    linear, constant = (bound(schedulers.CATALOGUE[name].rates(1000)).best for name in ("budgeted_linear", "constant"))
    assert linear < constant
    assert table.iloc[:, 1].tolist() == ["Linear decay (budgeted)", "Constant"] or table.iloc[1, 1] == "Constant"
    assert float(table.iloc[0, 2]) == pytest.approx(linear, rel=1e-3)
    assert "never the truth" in app.words()
    weights = adamw_weights(schedulers.CATALOGUE["constant"].rates(1000, peak=0.1), 0.1)
    drawn = numbers(trace(chart(app, "weight in the final model"), "Constant")["y"])
    np.testing.assert_allclose(drawn, weights, rtol=1e-5)


def test_a_drawn_curve_is_started_moved_and_refused(app):
    opened(app, "Draw", "cosine")
    button(app, "Start a drawn curve")
    assert address(app) == ["cosine", "drawn"]
    number = app.at.session_state["explore"].ids[1]
    told = [json.loads(element.proto.json) for element in app.at.get("bidi_component")]
    (board,) = [each for each in told if "points" in each]
    assert board["points"][0] == [0, 0.04]
    app.at.text_input(key=f"explore.{number}.drawn.points").set_value("0:1 0.5:0.5 1:0")
    app.run()
    assert address(app) == ["cosine", "drawn,points=0:1 0.5:0.5 1:0"]
    app.at.text_input(key=f"explore.{number}.drawn.points").set_value("0:1")
    app.run()
    assert "points must be 2 to 32 points" in sentences(app)
    assert address(app) == ["cosine", "drawn,points=0:1 0.5:0.5 1:0"]


def test_a_drawn_curve_starts_from_the_shape_of_another(app):
    opened(app, "Draw", "one_cycle,peak=0.2", updates="200")
    button(app, "Start from 1cycle (fastai)")
    (_, copied), _ = link.decode({"c": address(app)})[0].curves, None
    rates = schedulers.CATALOGUE["drawn"].rates(200, **copied.parameters)
    original = schedulers.CATALOGUE["one_cycle"].rates(200, peak=0.2)
    assert rates.max() == pytest.approx(0.2)
    assert np.abs(rates - original).max() < 0.01


def test_parts_are_added_shared_moved_and_multiplied(app):
    opened(app, "Combine", "cosine")
    button(app, "Start a combination")
    key = f"explore.combine.{app.at.session_state['explore'].ids[1]}"
    last(app.at.number_input, ".0.share").set_value(60.0)
    app.run()
    assert address(app)[1] == "combined,segments=0.6 linear_warmup warmup:1 then 0.4 cosine"
    app.at.button(key=f"{key}.add").click()
    app.run()
    assert address(app)[1].endswith("0.4 linear_warmup warmup:1 then 0.2667 cosine then 0.3333 constant")
    last(app.at.selectbox, ".2.schedule").set_value("step")
    app.run()
    assert address(app)[1].endswith("then 0.3333 step")
    last(app.at.button, ".1.up").click()
    app.run()
    assert "segments=0.2667 cosine then 0.4 linear_warmup" in address(app)[1]
    last(app.at.button, ".1.remove").click()
    app.run()
    app.at.segmented_control(key=f"{key}.how").set_value("times")
    app.run()
    assert address(app)[1] == "combined,segments=cosine times step"
    rates = numbers(trace(chart(app, "learning rate"), "Combination")["y"])
    expected = schedulers.CATALOGUE["combined"].rates(1000, segments="cosine times step")
    np.testing.assert_allclose(rates, expected, rtol=1e-5, atol=1e-12)


def test_a_part_may_be_a_combination_itself_but_not_without_end(app):
    opened(app, "Combine", "combined,segments=0.5 cosine then 0.5 constant")
    last(app.at.selectbox, ".1.schedule").set_value("combined")
    app.run()
    assert address(app) == ["combined,segments=0.5 cosine then 0.5 combined"]
    last(app.at.text_input, ".1.combined.segments").set_value("own_formula formula:(1 - p) times cosine")
    app.run()
    good = "combined,segments=0.5 cosine then 0.5 combined segments:(own_formula formula:(1 - p) times cosine)"
    assert address(app) == [good]
    last(app.at.text_input, ".1.combined.segments").set_value("1 combined segments:(1 combined)")
    app.run()
    assert "Combination: combinations may be nested 3 deep, got 4." in sentences(app)
    assert address(app) == [good]


def test_a_formula_is_a_curve_with_a_link_and_a_sentence_for_what_it_refuses(app):
    opened(app, "Facts", "own_formula,formula=peak * (1 - p)")
    number = app.at.session_state["explore"].ids[0]
    app.at.text_input(key=f"explore.{number}.own_formula.formula").set_value("min(peak, 0.01) * (1 - p)")
    app.run()
    assert address(app) == ["own_formula,formula=min(peak%2C 0.01) * (1 - p)"]
    app.at.text_input(key=f"explore.{number}.own_formula.formula").set_value("open('x')")
    app.run()
    assert "there is no function open" in sentences(app)


def test_a_curve_has_a_name_of_its_own(app):
    opened(app, "Facts", "cosine", "constant")
    number = app.at.session_state["explore"].ids[0]
    app.at.session_state[f"explore.{number}.more"] = True
    app.run()
    app.at.text_input(key=f"explore.{number}.label").set_value("A, or B")
    app.run()
    assert address(app)[0] == "cosine,name=A%2C or B"
    assert trace(chart(app, "learning rate"), "A, or B")


def test_the_shown_curves_go_to_train(app, home):
    opened(app, "Facts", "drawn,points=0:1 1:0", "cosine,hidden", "combined,peak=0.2")
    button(app, "Train with these")
    taken = app.at.session_state["kept.train"]["schedules"]
    assert [entry["schedule"] for entry in taken] == ["drawn", "combined"]
    assert taken[0]["parameters"]["points"] == "0:1 1:0"
    app.open("train")
    assert {"Drawn by hand", "Combination"} <= {one.label for one in app.at.expander}
    button(app, "Train")
    assert not app.at.error
    (job,) = Store.open(home).jobs(owner="local")
    assert (job.state, [one["label"] for one in job.request["schedules"]]) == ("done", ["Drawn by hand", "Combination"])


def test_rules_that_follow_the_loss_are_explained_with_the_way_to_train(app):
    app.at.session_state["explore.loss_driven"] = True
    opened(app, "Facts", "cosine")
    assert "rules of training, not functions of the update" in app.words()


def test_files_hold_every_update_of_what_is_shown():
    picture = Picture((Drawn("one_cycle"), Drawn("cosine", {}, True), Drawn("constant", {}, label="Flat")), 50, 5)
    kept = json.loads(as_json(picture, "the link"))
    assert [one["label"] for one in kept["curves"]] == ["1cycle (fastai)", "Flat"]
    assert kept["link"] == "the link"
    np.testing.assert_array_equal(kept["curves"][0]["learning_rate"], schedulers.CATALOGUE["one_cycle"].rates(50))
    columns = {label: rates for _, label, rates, _ in whole(picture)}
    rows = list(csv.reader(io.StringIO(comma_separated(columns, 50, 5).decode())))
    assert rows[0] == ["update", "epoch", "1cycle (fastai)", "Flat"]
    assert [float(row[2]) for row in rows[1:]] == schedulers.CATALOGUE["one_cycle"].rates(50).tolist()


def test_a_million_updates_send_two_thousand_points_a_curve_with_the_true_extremes():
    picture = Picture(
        (
            Drawn("one_cycle", {"peak": 0.3}),
            Drawn("cosine_restarts"),
            Drawn("own_formula", {"formula": "where(t == 654321, peak, 0)"}),
        ),
        1_000_000,
    )
    shown = seen(picture)
    for one in shown:
        rates = schedulers.CATALOGUE[one.drawn.name].rates(1_000_000, **one.drawn.parameters)
        assert len(one.curve.rates) <= 2000
        assert (one.curve.rates.min(), one.curve.rates.max()) == (rates.min(), rates.max())
        np.testing.assert_array_equal(one.curve.rates, rates[one.curve.updates])
    assert shown[2].curve.updates[np.argmax(shown[2].curve.rates)] == 654_321


def test_what_was_computed_once_is_kept():
    picture = Picture((Drawn("cosine", {"peak": 0.123}),), 300_000)
    first, second = seen(picture), seen(picture)
    assert first[0].curve.rates is second[0].curve.rates
