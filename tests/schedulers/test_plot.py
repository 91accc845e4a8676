"""Schedules as Plotly figures."""

import numpy as np
import pytest

from schedulers import cosine, one_cycle, plot, rex
from words import Refusal


def test_one_curve_and_its_momentum():
    figure = one_cycle.plot(100, peak=0.2)
    assert [trace.yaxis for trace in figure.data] == [None, "y2"]
    np.testing.assert_array_equal(figure.data[0].y, one_cycle.rates(100, peak=0.2))
    np.testing.assert_array_equal(figure.data[1].y, one_cycle.momentum(100, peak=0.2))
    assert "var(--" not in figure.to_json()


def test_several_curves_share_parameters_and_differ_in_colour():
    figure = plot(50, cosine, rex, peak=0.3)
    assert [trace.name for trace in figure.data] == ["Cosine decay", "REX"]
    assert len({trace.line.color for trace in figure.data}) == 2
    np.testing.assert_array_equal(figure.data[1].y, rex.rates(50, peak=0.3))
    with pytest.raises(Refusal, match=r"^REX: there is no parameter final; allowed: peak\.$"):
        plot(50, cosine, rex, final=0.0)


def test_a_long_run_is_thinned():
    assert len(cosine.plot(100_000).data[0].y) <= 2000
