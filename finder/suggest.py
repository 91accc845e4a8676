"""Every rule that reads a rate off a range test, by its library's name, and what the rules say over several seeds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from finder import rules_lightning, rules_torch_lr_finder, sweep
from finder.doubts import doubts, median_curve, reasonable
from finder.rules_fastai import falling_lengths, minimum, slide, steep, valley
from finder.rules_ignite import ignite
from finder.rules_lightning import lightning, lightning_before_2_5_3
from finder.rules_torch_lr_finder import pytorch_lr_finder
from finder.suggestion import Rule, Suggestion

__all__ = [
    "DEFAULT_RULES",
    "HOW",
    "RULES",
    "TAKES_WHOLE",
    "TITLES",
    "Rule",
    "Suggestion",
    "as_originals",
    "doubts",
    "falling_lengths",
    "median_curve",
    "minimum",
    "over_seeds",
    "reasonable",
    "slide",
    "steep",
    "suggest",
    "valley",
]

RULES: dict[str, Rule] = {
    "minimum": minimum,
    "steep": steep,
    "valley": valley,
    "slide": slide,
    "lightning": lightning,
    "lightning_before_2.5.3": lightning_before_2_5_3,
    "pytorch_lr_finder": pytorch_lr_finder,
    "ignite": ignite,
}

# What is asked where nobody asks for more: fastai's four.
DEFAULT_RULES = ("minimum", "steep", "valley", "slide")

# These take a whole curve, and leave out of it what their library does; the others take what `sweep.cut` leaves.
TAKES_WHOLE = frozenset(RULES) - frozenset(DEFAULT_RULES)

TITLES = {
    "minimum": "Minimum / 10",
    "steep": "Steepest",
    "valley": "Valley",
    "slide": "Slide",
    "lightning": "Lightning",
    "lightning_before_2.5.3": "Lightning before 2.5.3",
    "pytorch_lr_finder": "pytorch-lr-finder",
    "ignite": "Ignite",
}

HOW = {
    "minimum": "A tenth of the learning rate at which the loss is lowest.",
    "steep": "The learning rate at which the loss falls fastest, on a logarithmic axis of rates.",
    "valley": "A point halfway down the longest run over which the loss keeps falling.",
    "slide": "A window slides left from the end of the curve until the loss slopes alike at both its ends.",
    "lightning": "The learning rate at which the loss falls fastest, on a linear axis of rates: an early one.",
    "lightning_before_2.5.3": "The update at which the loss falls fastest, but for the first ten and the last.",
    "pytorch_lr_finder": "The update at which the loss falls fastest, but for the first ten and the last five.",
    "ignite": "The update at which the loss falls fastest, anywhere before the loss is lowest.",
}

# The smoothing that each library's own range test does; the others smooth as `sweep.smooth`.
_SMOOTHING = {
    "lightning": rules_lightning.smooth,
    "lightning_before_2.5.3": rules_lightning.smooth,
    "pytorch_lr_finder": rules_torch_lr_finder.smooth,
    "ignite": rules_torch_lr_finder.smooth,
}


def suggest(
    lrs: ArrayLike,
    smoothed: ArrayLike,
    num_it: int,
    *,
    rules: Sequence[str] = DEFAULT_RULES,
    skip_start: int | None = None,
    skip_end: int = sweep.ENDS_LEFT_OUT,
) -> dict[str, Suggestion | None]:
    """The rules' answers to one uncut curve of a test that was asked to run `num_it` updates.

    All read the same smoothed losses; `skip_start` and `skip_end` are `sweep.cut`'s and move fastai's rules alone.
    """
    seen = sweep.cut(lrs, smoothed, num_it, skip_start=skip_start, skip_end=skip_end)
    return {name: RULES[name](lrs, smoothed) if name in TAKES_WHOLE else RULES[name](*seen) for name in rules}


def as_originals(lrs: ArrayLike, raw: ArrayLike, num_it: int) -> dict[str, float | None]:
    """What every library would suggest after a run with these raw losses (T,): each rule on its own smoothing of them.

    The libraries smooth differently: fastai by an average of 0.98 without bias, Lightning by the same with its bias
    corrected one update too far, torch-lr-finder and Ignite by a share of 0.05 that starts at the first loss.
    """
    answers = {}
    for name in RULES:
        smoothed = _SMOOTHING.get(name, sweep.smooth)(raw)
        answer = suggest(lrs, smoothed, num_it, rules=(name,))[name]
        answers[name] = None if answer is None else answer.lr
    return answers


def over_seeds(answers: Sequence[dict[str, Suggestion | None]]) -> dict[str, dict[str, Any]]:
    """What the rules say over several seeds: `{rule: {"lr", "low", "high", "each"}}`, from one `suggest` a seed.

    `each` is one rate a seed, None where the rule has no answer; `lr` is the geometric mean of the answers, `low` and
    `high` the least and the greatest. A rule without any answer is left out. Time grows with rules x seeds.
    """
    summary: dict[str, dict[str, Any]] = {}
    for name in answers[0] if answers else ():
        each = [None if answer[name] is None else answer[name].lr for answer in answers]  # type: ignore[union-attr]
        given = [lr for lr in each if lr is not None]
        if given:
            middle = float(np.exp(np.mean(np.log(given))))
            low, high = min(given), max(given)
            summary[name] = {"lr": min(max(middle, low), high), "low": low, "high": high, "each": each}
    return summary
