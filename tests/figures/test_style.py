import itertools

import numpy as np
import pytest

from figures import style
from words import Refusal

# Red-blind and green-blind sight on linear RGB: Machado, Oliveira & Fernandes 2009, severity 1.
PROTANOPIA = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(hexadecimal):
    channels = np.array([int(hexadecimal[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    low, high = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    ratio = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.089])
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("page", ["#ffffff", "#0e1117"])
def test_every_colour_is_readable_on_the_light_and_the_dark_page(page):
    assert min(contrast(colour, page) for colour in style.PALETTE) >= 3  # WCAG 2.2, 1.4.11: graphical objects


@pytest.mark.parametrize("sight", [np.eye(3), PROTANOPIA, DEUTERANOPIA])
def test_colours_stay_apart_for_every_sight(sight):
    seen = [lab(np.asarray(sight) @ linear(colour)) for colour in style.PALETTE]
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) > 15


def test_no_two_of_the_eight_share_a_dash():
    assert len(style.PALETTE) == 8
    assert len({style.dash(index) for index in range(8)}) == 8
    assert style.colour(8) == style.colour(0)


def test_panels_fill_the_height_from_the_top_and_leave_gaps():
    assert style.panels([1.0]) == [[0.0, 1.0]]
    assert style.panels([3, 1], gap=0.2) == [[0.4, 1.0], [0.0, 0.2]]


def test_a_diverging_end_does_not_flatten_the_loss():
    low, high = style.loss_range([2.0, 1.5, 1.0, 50.0, np.inf], first=2.0)
    assert (low, high) == pytest.approx((0.92, 2.43))
    assert style.loss_range([2.0, 1.0], first=2.0) == pytest.approx([0.92, 2.08])
    assert style.loss_range([np.nan], first=2.0) is None


def test_epochs_need_their_length():
    assert style.updates_per_unit("updates", None) == 1
    assert style.updates_per_unit("epochs", 50) == 50
    with pytest.raises(Refusal) as refused:
        style.updates_per_unit("epochs", 0)
    assert str(refused.value) == "Epochs as the unit: updates per epoch must be over 0, got 0."


def test_page_colours_are_replaced_wherever_they_stand():
    value = {"line": {"color": style.TEXT}, "list": [style.GRID, 3]}
    assert style.resolve(value, style.LIGHT) == {"line": {"color": "#1f2430"}, "list": ["#d8dade", 3]}
