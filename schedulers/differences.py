"""How the "same" schedule of two libraries differs: sentences with numbers, all computed from the curves."""

from collections.abc import Mapping

import numpy as np

from schedulers import libraries
from schedulers.declare import Curve
from schedulers.library_pairs import PAIRS, TITLES, Pair, Side
from words import Refusal, rate, say

__all__ = ["PAIRS", "Pair", "Side", "compare"]

SAME = 1e-9  # relative to the higher of the two peaks


def compare(first: Side, second: Side, steps: int) -> list[str]:
    """Return sentences that name how two libraries' schedulers differ over updates 0 ... steps-1 and just after.

    Each side is (library, name, arguments) for `schedulers.libraries.curve`. Whatever is equal is left out; where
    nothing differs, one sentence says so. In O(steps). Refusal for what either library refuses.
    """
    one, other = (libraries.curve(*side, steps) for side in (first, second))
    names = _names(first, second)
    rates = _rates(one["lr"], other["lr"], names)
    if not rates:
        rates = [say("{one} and {other} give the same learning rate at every update.", **names)]
    return [
        *_ends(first, second, names),
        *rates,
        *_momenta(one.get("momentum"), other.get("momentum"), names),
        *_after(first, second, steps, names),
    ]


def _names(first: Side, second: Side) -> dict[str, str]:
    if first[0] != second[0]:
        return {"one": TITLES[first[0]], "other": TITLES[second[0]]}
    return {"one": f"{TITLES[first[0]]} {first[1]}", "other": f"{TITLES[second[0]]} {second[1]}"}


def _final(side: Side) -> str | None:
    """Write the rate at which a one-cycle ends as the peak divided by the library's own arguments."""
    _, name, kwargs = side
    if name == "fit_one_cycle":
        return f"lr/{_short(kwargs.get('div_final', 1e5))}"
    if name in ("OneCycleLR", "cosine_onecycle_schedule", "linear_onecycle_schedule"):
        return f"lr/({_short(kwargs.get('div_factor', 25.0))}*{_short(kwargs.get('final_div_factor', 1e4))})"
    return None


def _short(number: float) -> str:
    return f"{number:g}" if abs(number) < 1000 else rate(number)


def _ends(first: Side, second: Side, names: Mapping[str, str]) -> list[str]:
    end, other_end = _final(first), _final(second)
    if end is None or other_end is None or end == other_end:
        return []
    return [
        say("{one} heads for {end}, {other} for {other_end}.", end=end, other_end=other_end, **names)
    ]  # fmt: skip


def _two(one: float, other: float) -> dict[str, str]:
    """Write two rates with as many digits as it takes to tell them apart."""
    for digits in range(3, 10):
        texts = {"first": rate(float(one), digits), "second": rate(float(other), digits)}
        if texts["first"] != texts["second"]:
            break
    return texts


def _rates(one: Curve, other: Curve, names: Mapping[str, str]) -> list[str]:
    top = max(one.max(), other.max())
    apart = np.abs(one - other)
    if (apart <= SAME * top).all():
        return []
    sentences = []
    if apart[0] > SAME * top:
        first = say(
            "The first learning rate is {first} in {one}, {second} in {other}.", **_two(one[0], other[0]), **names
        )
        sentences.append(first)
    if abs(one.max() - other.max()) > SAME * top:
        shown = _two(one.max(), other.max())
        sentences.append(say("The highest learning rate is {first} in {one}, {second} in {other}.", **shown, **names))
    elif one.argmax() != other.argmax():
        shown = {"first": f"{one.argmax():,}", "second": f"{other.argmax():,}"}
        sentences.append(say("{one} is at its peak at update {first}, {other} at update {second}.", **shown, **names))
    # The last rates are compared with each other: beside the peak the difference would vanish.
    if apart[-1] > max(1e-6 * max(one[-1], other[-1]), 1e-12 * top):
        last = say(
            "The last learning rate is {first} in {one}, {second} in {other}.", **_two(one[-1], other[-1]), **names
        )
        sentences.append(last)
    return [*sentences, *_shifted(one, other, top, names), *_largest(one, other, names)]


def _shifted(one: Curve, other: Curve, top: float, names: Mapping[str, str]) -> list[str]:
    """Say that one curve is the other, some updates later, where that is all."""
    for late in (1, 2):
        if len(one) <= 2 * late:
            continue
        for behind, ahead, first, second in ((one, other, "one", "other"), (other, one, "other", "one")):
            if (np.abs(behind[late:] - ahead[:-late]) <= SAME * top).all():
                template = "{behind} gives what {ahead} gives, {late} updates later."
                if late == 1:
                    template = "{behind} gives what {ahead} gives, one update later."
                return [say(template, behind=names[first], ahead=names[second], late=late)]
    return []


def _largest(one: Curve, other: Curve, names: Mapping[str, str]) -> list[str]:
    apart = np.abs(one - other)
    update = int(apart.argmax())
    high, low = max(one[update], other[update]), min(one[update], other[update])
    template = "They are furthest apart at update {update}: {first} in {one}, {second} in {other}."
    if low > 0:
        template = "They are furthest apart at update {update}: {first} in {one}, {second} in {other}, {ratio}."
    ratio = ""
    if low > 0 and high / low >= 1.2:
        ratio = say("{times} times as much", times=f"{high / low:,.3g}")
    elif low > 0:
        ratio = say("{percent} % apart", percent=f"{(high / low - 1) * 100:.2g}")
    differing = int((apart > SAME * max(one.max(), other.max())).sum())
    return [
        say(template, update=f"{update:,}", ratio=ratio, **_two(one[update], other[update]), **names),
        say("They differ at {differing} of {all} updates; the mean rate is {first} in {one}, {second} in {other}.",
            differing=f"{differing:,}", all=f"{len(one):,}", **_two(one.mean(), other.mean()), **names),
    ]  # fmt: skip


def _momenta(one: Curve | None, other: Curve | None, names: Mapping[str, str]) -> list[str]:
    if one is None and other is None:
        return []
    if one is None or other is None:
        known = one if one is not None else other
        assert known is not None
        which = ("one", "other") if one is not None else ("other", "one")
        return [
            say("{cycles} also takes the momentum from {high} to {low} and back; {leaves} leaves it alone.",
                cycles=names[which[0]], leaves=names[which[1]], high=f"{known[0]:.4g}", low=f"{known.min():.4g}")
        ]  # fmt: skip
    apart = np.abs(one - other)
    if (apart <= SAME).all():
        return []
    update = int(apart.argmax())
    return [
        say("The momentum is furthest apart at update {update}: {first} in {one}, {second} in {other}; it is lowest at"
            " update {lowest} and {other_lowest}.",
            update=f"{update:,}", first=f"{one[update]:.4g}", second=f"{other[update]:.4g}",
            lowest=f"{one.argmin():,}", other_lowest=f"{other.argmin():,}", **names)
    ]  # fmt: skip


def _after(first: Side, second: Side, steps: int, names: Mapping[str, str]) -> list[str]:
    """Say how the two go on for a quarter of the run more, where that differs; fastai's runs are over at their end."""
    if "fastai" in (first[0], second[0]):
        return []
    one, other = (_tail(side, steps) for side in (first, second))
    if one is None and other is None:
        return []
    if one is not None and other is not None:
        top = max(one.max(), other.max())
        if (np.abs(one - other) <= max(SAME * top, 1e-15)).all():
            return []
    return [
        say("Stepped on after update {last}, {one} {first}, and {other} {second}.",
            last=f"{steps - 1:,}", first=_goes_on(one), second=_goes_on(other), **names)
    ]  # fmt: skip


def _tail(side: Side, steps: int) -> Curve | None:
    """Return what comes after the run, or None where the library refuses to go on."""
    try:
        return libraries.curve(*side, steps + max(steps // 4, 3))["lr"][steps:]
    except Refusal:
        return None


def _goes_on(tail: Curve | None) -> str:
    if tail is None:
        return say("refuses to go on")
    if tail.max() - tail.min() <= 1e-9 * max(tail.max(), 1e-12):
        return say("stays at {rate}", rate=rate(tail[-1]))
    if tail[-1] > tail[0]:
        return say("rises to {rate}", rate=rate(tail.max()))
    return say("goes on to {rate}", rate=rate(tail[-1]))
