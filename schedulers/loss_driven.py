"""Loss-driven rules, declared: they change the rate by what training measures, so they have no curve before it.

What they do is in training/loss_driven.py; a request names them beside a schedule.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from schedulers.declare import Param, Value, check_parameters


@dataclass(frozen=True)
class LossDriven:
    """A rule that multiplies a schedule's rates by what the validation loss says; see `Schedule` for the fields.

    `label` is what it is called behind a schedule's title: "Constant, reduced on plateau".
    """

    name: str
    title: str
    label: str
    source: str
    about: str
    params: tuple[Param, ...]

    def check(self, T: int | None = None, /, **parameters: object) -> dict[str, Value]:
        """Return all parameters, the defaults filled in; Refusal for the first not allowed. T changes nothing."""
        return check_parameters(self.title, self.params, parameters)


def _count(name: str, title: str, default: int, help: str, low: int = 0) -> Param:
    return Param(name, title, default, low, 10_000, "count", help, unit="evaluations")


def _threshold(default: float, mode: str) -> tuple[Param, Param]:
    return (
        Param("threshold", "Threshold", default, 0, 1, "number", "How much lower a loss must be to count as better."),
        Param(
            "threshold_mode",
            "Threshold is",
            mode,
            0,
            0,
            "choice",
            "A share of the best loss so far, or an amount.",
            choices=("rel", "abs"),
        ),
    )


RULES: Mapping[str, LossDriven] = {
    rule.name: rule
    for rule in (
        LossDriven(
            "plateau",
            "Reduce on plateau",
            "reduced on plateau",
            "PyTorch 2.13 ReduceLROnPlateau",
            "When the validation loss has not improved for some evaluations, the learning rate is cut.",
            (
                Param("factor", "Factor", 0.1, 0, 0.999, "number", "Each cut multiplies the learning rate by this."),
                _count("patience", "Patience", 10, "How many evaluations without improvement are waited out."),
                *_threshold(1e-4, "rel"),
                _count("cooldown", "Cool-down", 0, "How many evaluations after a cut are not held against it."),
                Param("min_lr", "Lowest", 0.0, 0, 10, "rate", "No cut goes below this learning rate."),
            ),
        ),
        LossDriven(
            "greedy",
            "Greedy",
            "greedy",
            "arXiv 2512.14527; Transformers 5.23 GreedyLR, without its smoothing",
            "The learning rate rises while the validation loss keeps improving, and falls when it no longer does.",
            (
                Param(
                    "factor", "Factor", 0.95, 0.01, 0.999, "number", "A fall multiplies by this, a rise divides by it."
                ),
                _count("patience", "Patience", 10, "How many evaluations in a row are waited out, better or worse."),
                *_threshold(1e-6, "abs"),
                _count("cooldown", "Cool-down", 0, "How many evaluations after a fall are left out."),
                _count("warmup", "Warm-up", 0, "How many evaluations after a rise are left out."),
                Param("min_lr", "Lowest", 1e-3, 0, 10, "rate", "No fall goes below this learning rate."),
                Param("max_lr", "Highest", 1.0, 0, 10, "rate", "No rise goes above this learning rate."),
                _count("reset_start", "Reset after", 500, "After so many falls at the lowest rate, it begins anew.", 1),
            ),
        ),
    )
}
