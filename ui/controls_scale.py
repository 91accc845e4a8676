"""How a parameter's value is written, read and laid along a slider."""

import math
from bisect import bisect_left
from functools import lru_cache

from schedulers import Param
from words import rate, share

LOWEST_RATE = 1e-6
MOST_POSITIONS = 200
MANTISSAS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)


def write(param: Param, value: float) -> str:
    """Write a rate as 3e-3, a share as 25 %, a count in full, any other number with up to six digits."""
    if param.kind == "count":
        return f"{value:.0f}"
    return share(value) if param.kind == "share" else rate(value, 6)


def read(param: Param, text: str) -> float | str:
    """Read what somebody typed: 3e-3, 0.003, and for shares 25 % or 0.25; the text itself where it is no number."""
    number = text.strip().replace("−", "-")
    try:
        value = float(number[:-1]) / 100 if param.kind == "share" and number.endswith("%") else float(number)
    except ValueError:
        return text
    if not math.isfinite(value):
        return text
    return int(value) if param.kind == "count" and value.is_integer() else value


def positions(param: Param) -> list[float]:
    """Return the values that a slider stops at, rising, both bounds among them; at most a few hundred.

    Rates, and numbers that span three decades or more, go in even steps of the logarithm, all others linearly.
    """
    low, high = float(param.low), float(param.high)
    least = max(low, LOWEST_RATE) if param.kind == "rate" else low
    if least > 0 and high / least >= 1000:
        powers = range(math.floor(math.log10(least)), math.ceil(math.log10(high)) + 1)
        inner = {float(f"{mantissa}e{power}") for power in powers for mantissa in MANTISSAS}
    else:
        smallest = 1.0 if param.kind == "count" else 0.01 * max(1.0, high - low)
        step = max(param.step or smallest, (high - low) / MOST_POSITIONS)
        inner = {float(f"{low + index * step:.10g}") for index in range(int((high - low) / step + 1e-9) + 1)}
        least = low
    if param.kind == "count":
        inner = {float(round(value)) for value in inner}
    return sorted({low, high} | {value for value in inner if least <= value <= high})


def stops(param: Param, value: float) -> tuple[str, int]:
    """Return what a slider stops at, as it is written and joined by |, with `value` among it, and where that stands."""
    values, texts = _written(param)
    place = bisect_left(values, value)
    if place < len(values) and values[place] == value:
        return "|".join(texts), place
    return "|".join((*texts[:place], write(param, value), *texts[place:])), place


@lru_cache(maxsize=512)
def _written(param: Param) -> tuple[list[float], list[str]]:
    values = positions(param)
    return values, [write(param, value) for value in values]
