"""A user's own formula as a schedule of the catalogue."""

from typing import Any

import numpy as np

from schedulers import formula as formulas
from schedulers.decay import peak
from schedulers.declare import Param, declare


@declare(
    title=formulas.TITLE,
    family="your own",
    source="your own formula",
    formula=r"\eta_t = f(t, T, p, \mathrm{peak}),\ p = t/T",
    params=(
        peak(0.1, "What the name peak means in the formula."),
        Param(
            "formula",
            "Formula",
            "peak * (1 - p)",
            0,
            0,
            "text",
            "t is the update, T the length of the run, p = t / T; also pi, peak, + - * / // % **, comparisons, and "
            + ", ".join(sorted(formulas.FUNCTIONS))
            + ". where(p < 0.5, a, b) chooses.",
            read=lambda title, value: formulas.check(value, "peak"),
        ),
    ),
    closed_form=False,
)
def own_formula(xp: Any, t: Any, T: Any, *, peak: Any, formula: Any) -> Any:
    """The learning rate that your formula of t, T and p gives."""
    return formulas.at(formula, np.asarray(t, dtype=np.float64), T, peak=peak)
