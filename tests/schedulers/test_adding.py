"""Adding a schedule is one declaration: its controls, help, code, command and properties follow from it."""

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from schedulers import CATALOGUE, Param, as_torch, declare, export
from schedulers.command_line import main
from words import Refusal

T = 20


@pytest.fixture
def half_life():
    """Declare a schedule as anybody would, and take it back after the test."""

    @declare(
        title="Half-life",
        family="decay",
        source="this test",
        formula=r"\mathrm{peak} \cdot 2^{-p / \mathrm{half}},\ p = t/T",
        params=(
            Param("peak", "Peak", 0.1, 0, 10, "rate", "The highest learning rate of the run."),
            Param("half", "Half-life", 0.25, 0.01, 1, "share", "The share of the run that halves the rate."),
        ),
    )
    def half_life(xp, t, T, *, peak, half):
        """The learning rate halves again and again."""
        return peak * 2 ** (-(t / T) / half)

    yield half_life
    del CATALOGUE["half_life"]


def page():
    import streamlit as st

    from schedulers import CATALOGUE
    from ui.controls import controls

    st.session_state["got"] = controls(CATALOGUE["half_life"], key="k", values={"peak": 0.2}, updates=20)


def test_it_has_its_curve_and_refuses_in_its_own_words(half_life):
    rates = half_life.rates(T)
    assert rates.shape == (T,)
    np.testing.assert_allclose(rates[[0, 5, 10, 15]], [0.1, 0.05, 0.025, 0.0125], rtol=1e-12)
    with pytest.raises(Refusal, match=r"^Half-life: half \(share of run\) must be 1e-2 to 1, got 2\.$"):
        half_life.rates(T, half=2)


def test_it_has_controls_with_their_help(half_life):
    at = AppTest.from_function(page, default_timeout=30).run()
    assert not at.exception
    assert at.session_state["got"] == {"peak": 0.2, "half": 0.25}
    drawn = str([element.proto for element in at.get("bidi_component")]) + str(
        [slider.proto for slider in at.select_slider]
    )
    for param in half_life.params:
        assert param.title in drawn
        assert param.help in drawn


def test_its_code_draws_the_same_curve(half_life):
    space = {"np": np}
    exec(export.source(half_life, {"peak": 0.3}), space)
    np.testing.assert_allclose(space["learning_rate"](T), half_life.rates(T, peak=0.3), rtol=1e-12)


def test_the_command_line_knows_it(half_life, capsys):
    assert main(["half_life", "--steps", str(T), "--half", "0.5"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [float(line.split(",")[1]) for line in lines] == half_life.rates(T, half=0.5).tolist()
    with pytest.raises(SystemExit, match="0"):
        main(["half_life", "--help"])
    assert "The share of the run that halves the rate." in " ".join(capsys.readouterr().out.split())


def test_torch_steps_through_it(half_life):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = as_torch(half_life, optimizer, T)
    for rate in half_life.rates(T):
        assert optimizer.param_groups[0]["lr"] == rate
        optimizer.step()
        scheduler.step()


def test_the_properties_of_the_catalogue_hold_for_it(half_life):
    for half in (0.01, 0.3, 1):
        for updates in (1, 2, 1000):
            rates = half_life.rates(updates, half=half)
            assert np.isfinite(rates).all()
            assert ((rates >= 0) & (rates <= 0.1)).all()


def test_a_notebook_draws_it(half_life):
    figure = half_life.plot(T, peak=0.2)
    assert type(figure).__name__ == "Figure"
    np.testing.assert_array_equal(figure.data[0].y, half_life.rates(T, peak=0.2))
    assert figure.data[0].name == "Half-life"
    figure.to_json()
