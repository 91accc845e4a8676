"""The rules' suggestions on a verdict's curve: each stands on the picture, at its edge where it lies beyond."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from figures import style
from figures.lanes import NARROW
from figures.range_test import SYMBOLS
from words import rate, say

OUTSIDE = 0.02  # how far the axis of rates goes on beyond the first and the last, as a share of what is between
_SIDES = (("top", "bottom"), ("left", "right"))
_BESIDE = (("top", "right"), ("bottom", "left"), ("top", "left"), ("bottom", "right"))
_SIZE, _LETTER, _GAP = 15, 8.5, 6.0  # pixels: a mark, a letter of its label, and the space between
_USUAL = 600  # pixels of the axis for which labels are kept apart; they stay in the picture down to NARROW
_ROOM = 0.035  # share of the height from a mark at the edge to the edge
_LABEL = 0.08  # share of the height that a label takes up above or below its mark
_OVER = 0.01  # share of the height by which a label may be taken to reach over an edge
# By where a mark points: left or right, and down or up.
_OUT = {
    (0, 1): "triangle-up", (0, -1): "triangle-down", (-1, 0): "triangle-left", (1, 0): "triangle-right",
    (-1, 1): "triangle-nw", (1, 1): "triangle-ne", (-1, -1): "triangle-sw", (1, -1): "triangle-se",
}  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """Where a rule stands: its rate, the least and greatest over the seeds, and the curve's loss at its rate.

    `regret` is None where it is not known, as it is while nothing has been learned yet. `shown` False leaves the mark
    to the legend.
    """

    lr: float
    low: float
    high: float
    loss: float
    regret: float | None
    shown: bool = True


def suggestions(marks: Mapping[str, Mark], rates: tuple[float, float], losses: list[float]) -> list[style.Trace]:
    """Draw each rule's mark with its name beside it, all of it inside the picture.

    `rates` are the first and the last, `losses` the ends of the axis. A mark beyond them stands at that edge and points
    out. A label that would meet another stands on the other side of its mark, or on a line further from it. Time grows
    with the cube of the rules.
    """
    taken: list[_Box] = []
    looks = {rule: index for index, rule in enumerate(marks)}
    drawn = {}
    # The shown ones first: the others, which wait in the legend, must not push their labels away.
    for place, (rule, mark) in enumerate(sorted(marks.items(), key=lambda one: (not one[1].shown, one[1].lr))):
        lr = min(max(mark.lr, rates[0]), rates[1])
        out = int(np.sign(mark.lr - lr)), int(mark.loss > losses[1]) - int(mark.loss < losses[0])
        share = (mark.loss - losses[0]) / (losses[1] - losses[0])
        if out[1]:
            share = 1 - _ROOM if out[1] > 0 else _ROOM
        high, aside, line = _place(rule, lr, share, rates, beside=_BESIDE[place % 4], taken=taken)
        far = "\u200b<br>" * line + rule if high == "bottom" else rule + "<br>\u200b" * line  # with empty lines
        loss = losses[0] + share * (losses[1] - losses[0]) if out[1] else mark.loss
        drawn[rule] = _mark(rule, mark, looks[rule], (lr, loss), out) | {
            "text": [far],
            "textposition": f"{high} {aside}",
        }
    return [drawn[rule] for rule in marks]


_Box = tuple[float, float, float, float]  # left, right, lower and upper end, as shares of the picture


def _place(
    rule: str, lr: float, share: float, rates: tuple[float, float], *, beside: tuple[str, str], taken: list[_Box]
) -> tuple[str, str, int]:
    """Return on which sides of its mark a label stands and on which line from it, and take that place."""
    crowded: tuple[str, str, int] | None = None  # a place in the picture that another label has already
    highs, asides = ((one, *({first, second} - {one})) for one, (first, second) in zip(beside, _SIDES, strict=True))
    for line, high, aside in product(range(len(taken) + 1), highs, asides):
        left, right = _extent(rule, lr, aside, rates, NARROW)
        inside = left >= 0 and right <= 1
        left, right = _extent(rule, lr, aside, rates, _USUAL)
        lower = share + line * _LABEL if high == "top" else share - (line + 1) * _LABEL
        upper = lower + _LABEL
        free = all(left >= b or right <= a or lower >= d or upper <= c for a, b, c, d in taken)
        if not (inside and lower >= -_OVER and upper <= 1 + _OVER):
            continue
        if free:
            taken.append((left, right, lower, upper))
            return high, aside, line
        crowded = crowded or (high, aside, line)
    return crowded or (*beside, 0)


def _extent(rule: str, lr: float, aside: str, rates: tuple[float, float], width: int) -> tuple[float, float]:
    """Return where a label beside its mark begins and ends, as shares of an axis of that many pixels."""
    middle = (np.log(lr / rates[0]) / np.log(rates[1] / rates[0]) + OUTSIDE) / (1 + 2 * OUTSIDE)
    half, label = _SIZE / 2 / width, (_SIZE / 2 + _GAP + _LETTER * len(rule)) / width
    begin, end = (-label, -half) if aside == "left" else (half, label)
    return float(middle + begin), float(middle + end)


def _mark(rule: str, mark: Mark, index: int, at: tuple[float, float], out: tuple[int, int]) -> style.Trace:
    colour, outline = style.colour(index), {"color": style.BACKGROUND, "width": 2}
    told = [say("{rule} suggests {rate}", rule=rule, rate=rate(mark.lr))]
    if not np.isnan(mark.loss):
        told.append(say("loss {value}", value=f"{mark.loss:.4g}"))
    if mark.regret is not None and np.isfinite(mark.regret):
        told.append(f"{say('regret')} {mark.regret:.3f}")
    spread: dict[str, Any] = {
        "type": "data",
        "symmetric": False,
        "array": np.array([max(mark.high - at[0], 0.0)]),
        "arrayminus": np.array([max(at[0] - mark.low, 0.0)]),
        "color": colour,
        "thickness": 2,
        "width": 7,
        "visible": bool(not out[0] and mark.low < mark.high),
    }
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": rule,
        "visible": True if mark.shown else "legendonly",
        "x": np.array([at[0]]),
        "y": np.array([at[1]], dtype=np.float64),
        "error_x": spread,
        "textfont": {"color": style.TEXT, "size": 15},
        "marker": {
            "color": colour,
            "size": _SIZE,
            "symbol": _OUT.get(out, SYMBOLS[index % len(SYMBOLS)]),
            "line": outline,
        },
        "hovertemplate": "<br>".join(told) + "<extra></extra>",
    }
