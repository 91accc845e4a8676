"""A curve drawn by hand: control points, and what goes on between them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schedulers.decay import peak
from schedulers.declare import Param, declare, is_real, written
from words import Refusal

MOST_POINTS = 32
Points = list[tuple[float, float]]


def read_points(text: str) -> NDArray[np.float64]:
    """Return the points of a text such as 0:0.04 0.3:1 1:0 as an array of shape (points, 2)."""
    return np.array([[float(number) for number in point.split(":")] for point in text.split()])


def write_points(points: Sequence[Sequence[float]] | NDArray[np.float64]) -> str:
    """Write points as `read_points` reads them, to four decimals."""
    return " ".join(f"{round(float(share), 4):g}:{round(float(height), 4):g}" for share, height in points)


def check_points(title: str, value: object) -> str:
    """Return points, a text or a list of [share of run, share of peak], as text; Refusal when they make no curve.

    A curve has 2 to MOST_POINTS points; their shares of the run rise; all numbers are 0 to 1.
    """
    points = _listed(value)
    allowed = f"2 to {MOST_POINTS} points share:height, such as 0:0.04 0.3:1 1:0"
    if points is None or not 2 <= len(points) <= MOST_POINTS:
        raise Refusal(
            "{title}: points must be {allowed}, got {value}.", title=title, allowed=allowed, value=written(value)
        )
    for number, (share, height) in enumerate(points, start=1):
        if not (0 <= share <= 1 and 0 <= height <= 1):
            raise Refusal(
                "{title}: point {number} must be a share of the run and a share of the peak, both 0 to 1, got {point}.",
                title=title, number=number, point=f"{share:g}:{height:g}",
            )  # fmt: skip
    kept = write_points(points)
    shares = read_points(kept)[:, 0]
    if not (np.diff(shares) > 0).all():
        late = int(np.argmax(np.diff(shares) <= 0)) + 1
        raise Refusal(
            "{title}: each point must be later than the one before it, got {share:g} after {before:g}.",
            title=title, share=shares[late], before=shares[late - 1],
        )  # fmt: skip
    return kept


def _listed(value: object) -> Points | None:
    if isinstance(value, str):
        pairs: list[Any] = [point.split(":") for point in value.split()]
    elif isinstance(value, list | tuple):
        pairs = [list(point) if isinstance(point, list | tuple) else [] for point in value]
        if not all(is_real(number) for point in pairs for number in point):
            return None
    else:
        return None
    try:
        return [(float(share), float(height)) for share, height in pairs]
    except ValueError:
        return None


def monotone_slopes(shares: Any, heights: Any) -> Any:
    """Return the slope at each point of the monotone cubic through them (Fritsch and Butland 1984; as SciPy's PCHIP).

    Inside, the weighted harmonic mean of the slopes beside the point, 0 at an extreme; at the ends a parabola through
    three points, held back so that the curve does not overshoot.
    """
    width = np.diff(shares)
    slope = np.diff(heights) / width
    if len(slope) == 1:
        return np.array([slope[0], slope[0]])
    first, second = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    turning = slope[:-1] * slope[1:] <= 0
    with np.errstate(all="ignore"):
        inner = np.where(turning, 0, (first + second) / (first / slope[:-1] + second / slope[1:]))
    ends = []
    for one, two, near, far in (
        (width[0], width[1], slope[0], slope[1]),
        (width[-1], width[-2], slope[-1], slope[-2]),
    ):
        end = ((2 * one + two) * near - one * far) / (one + two)
        if end * near <= 0:
            end = 0.0
        elif near * far <= 0 and abs(end) > 3 * abs(near):
            end = 3 * near
        ends.append(end)
    return np.concatenate([[ends[0]], inner, [ends[1]]])


@declare(
    title="Drawn by hand",
    family="your own",
    source="your own points; monotone: Fritsch and Butland 1984, SIAM J. Sci. Stat. Comput. 5 (2)",
    formula=r"\eta_t = \mathrm{peak} \cdot h(p),\ h(p_i) = h_i,\ p = t/T",
    params=(
        peak(0.1, "The learning rate at height 1 of the drawing."),
        Param(
            "points", "Points", "0:0.04 0.3:1 0.8:0.2 1:0", 0, 0, "text",
            "Each point is share of run : share of peak, both 0 to 1, in the order of the run.", read=check_points,
        ),
        Param(
            "between", "Between points", "monotone", 0, 0, "choice",
            "Straight lines, half cosine waves, or one smooth curve that never overshoots.",
            choices=("linear", "cosine", "monotone"),
        ),
    ),
    closed_form=False,
)  # fmt: skip
def drawn(xp: Any, t: Any, T: Any, *, peak: Any, points: Any, between: Any) -> Any:
    """A curve through points that you place; before the first and after the last it stays level."""
    shares, heights = read_points(points).T
    p = np.clip(np.asarray(t) / T, shares[0], shares[-1])
    left = np.clip(np.searchsorted(shares, p, side="right") - 1, 0, len(shares) - 2)
    width = (shares[1:] - shares[:-1])[left]
    u = (p - shares[left]) / width
    low, high = heights[left], heights[left + 1]
    if between == "linear":
        return peak * (low + (high - low) * u)
    if between == "cosine":
        return peak * (low + (high - low) * (1 - np.cos(np.pi * u)) / 2)
    slopes = monotone_slopes(shares, heights)
    from_left = low * (1 + 2 * u) * (1 - u) ** 2 + width * slopes[left] * u * (1 - u) ** 2
    from_right = high * u**2 * (3 - 2 * u) + width * slopes[left + 1] * u**2 * (u - 1)
    # Rounding alone could leave 0 to 1, which the cubic itself never does.
    return peak * np.clip(from_left + from_right, 0, 1)
