"""A curve of the Explore page as its panels need it: thinned, with its facts and lints, computed once and kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import schedulers
from figures.schedule import Curve, Mark
from figures.thin import thin_together
from schedulers.lint import Facts, Lint, facts, lints
from ui.picture import Drawn, Picture, labels
from words import Refusal

KEPT = 256
Parameters = tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Seen:
    """A curve that is shown: how it is drawn, what it is, its facts and lints."""

    curve: Curve
    drawn: Drawn
    place: int
    facts: Facts
    lints: tuple[Lint, ...]

    marks: tuple[Mark, ...]

    @property
    def label(self) -> str:
        """What the curve is called on this page."""
        return self.curve.label


def seen(picture: Picture) -> list[Seen]:
    """Return the curves that are shown. A curve that does not fit the run is left out: its card says why.

    What was computed before is taken from memory; what is new costs O(T) a curve.
    """
    shown = []
    for place, (drawn, label) in enumerate(zip(picture.curves, labels(picture.curves), strict=True)):
        if drawn.hidden:
            continue
        try:
            curve, known, warnings, marks = _computed(drawn.name, key(drawn.parameters), picture.updates)
        except Refusal:
            continue
        colour = drawn.shade(place)
        own = tuple(replace(mark, colour=colour) for mark in marks)
        looks = replace(curve, label=label, colour=colour, place=place)
        shown.append(Seen(looks, drawn, place, known, warnings, own))
    return shown


def key(parameters: Mapping[str, object]) -> Parameters:
    """Return parameters as something to keep results under."""
    return tuple(sorted(parameters.items()))


@lru_cache(KEPT)
def _computed(name: str, parameters: Parameters, T: int) -> tuple[Curve, Facts, tuple[Lint, ...], tuple[Mark, ...]]:
    """Return a curve thinned to 2,000 points at most, its facts, its lints and where they are.

    Kept for the last KEPT curves of all visitors: 64 kB each at most, 16 MB in all, however long the runs are.
    """
    schedule, given = schedulers.CATALOGUE[name], dict(parameters)
    rates, momentum = schedule.rates(T, **given), schedule.momentum(T, **given)
    meant = schedule.check(None, **given).get("peak")
    kept = thin_together(rates, momentum)
    curve = Curve("", rates[kept], None if momentum is None else momentum[kept], updates=kept, total=T)
    warnings = lints(rates, momentum, peak=meant if isinstance(meant, float) else None)
    marks = tuple(Mark(lint.sentence, lint.update, float(rates[lint.update])) for lint in warnings)
    return curve, facts(rates, momentum), tuple(warnings), marks
