"""What the finder's command line prints: one JSON object, or a table for people."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.task import Task
from finder import suggest, verdict
from finder.bake_off import Recommendation
from finder.curve import Found
from finder.verdict import Verdict
from words import rate, say, seeds


@dataclass(frozen=True)
class Proof:
    """What --verdict adds: what each rate achieves, and the rate recommended."""

    verdict: Verdict
    recommended: Recommendation

    def regrets(self, found: Found) -> dict[str, float | None]:
        """The regret of each rule's rate; one without an answer counts as a rate of 1e-5.

        None where no rate is known to be better than another.
        """
        if self.verdict.proven is None:
            return dict.fromkeys(suggest.DEFAULT_RULES)
        answers = found.suggestions
        told = self.verdict.regrets(
            {rule: answers[rule]["lr"] if rule in answers else None for rule in suggest.DEFAULT_RULES}
        )
        return {rule: _known(value) for rule, value in told.items()}


def as_json(task: Task, found: Found, proof: Proof | None = None) -> dict[str, Any]:
    """What --json prints, in plain numbers.

    `rows` are those with a target. Each of `losses` ends where that seed stopped, or before its first value that is not
    finite; a rule without an answer is left out of `suggestions`. In `verdict` the losses are means over the seeds,
    each counted as at most three times the loss at a rate of 1e-5, null where that is not finite; `clear` says whether
    a rate is known to be better than others: the best learned three standard errors of the seeds or more. Where it is
    false, `best` and each rule's `regret` are null. In `recommended`, `cost` is in updates of a single model.
    """
    printed: dict[str, Any] = {
        "rows": int(task.inputs.shape[0]),
        "target": task.target_name,
        "kind": task.kind,
        "lrs": [float(lr) for lr in found.lrs],
        "losses": [[float(loss) for loss in row if np.isfinite(loss)] for row in found.smoothed],
        "suggestions": {
            name: {part: answer[part] for part in ("lr", "low", "high")} for name, answer in found.suggestions.items()
        },
        "doubts": list(found.doubts),
    }
    if proof is None:
        return printed
    measured, one = verdict.as_json(proof.verdict), proof.recommended
    clear = proof.verdict.proven is not None
    return printed | {
        "verdict": measured
        | {name: [_known(loss) for loss in measured[name]] for name in ("loss", "low", "high")}
        | {
            "best": measured["best"] if clear else None,
            "regret": proof.regrets(found),
            "clear": clear,
            "updates": proof.verdict.updates,
            "schedule": proof.verdict.schedule,
            "seeds": list(proof.verdict.seeds),
        },
        "recommended": {
            "lr": one.lr,
            "low": one.low,
            "high": one.high,
            "sentence": one.sentence,
            "confidence": one.confidence,
            "cost": one.cost,
        },
    }


def table(task: Task, found: Found, proof: Proof | None = None) -> str:
    """The suggestions as a table for people, and under it the doubts and what was measured."""
    regrets = proof.regrets(found) if proof else {}
    rows = [[say("Rule"), say("Learning rate"), say("Lowest"), say("Highest")] + [say("Regret")] * bool(proof)]
    for name in suggest.DEFAULT_RULES:
        answer = found.suggestions.get(name)
        numbers = [rate(answer[part]) for part in ("lr", "low", "high")] if answer else ["–"] * 3
        rows.append([say(suggest.TITLES[name]), *numbers, *([_regret(regrets[name])] if proof else [])])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    head = say(
        "{rows} rows, target {target}, {seeds} on {device}",
        rows=task.inputs.shape[0],
        target=task.target_name,
        seeds=seeds(len(found.smoothed)),
        device=found.device,
    )
    lines = [head, ""]
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if found.doubts:
        lines += ["", *(say("Doubt: {doubt}", doubt=doubt) for doubt in found.doubts)]
    if proof:
        lines += ["", _measured(proof.verdict), proof.recommended.sentence]
    return "\n".join(lines)


def _measured(found: Verdict) -> str:
    best = found.best
    tried = {
        "count": found.rates.size,
        "seeds": seeds(len(found.seeds)),
        "updates": say("1 update") if found.updates == 1 else say("{count:,} updates", count=found.updates),
    }
    if best is None:
        return say("Measured: none of {count} learning rates learned anything in {updates}.", **tried)
    if not found.clear:
        return say(
            "Measured: of {count} learning rates with {seeds}, {updates} each, {lr} learned the most, but less than "
            "three standard errors of the seeds: no rate is known to be better than another.",
            **tried,
            lr=rate(best.lr),
        )
    sentence = say(
        "Measured: of {count} learning rates with {seeds}, {updates} each, {lr} is best", **tried, lr=rate(best.lr)
    )
    if best.low < best.high:
        sentence += say(", and from {low} to {high} they are as good", low=rate(best.low), high=rate(best.high))
    return sentence + ". " + say("Regret 0 is that best rate, 1 no better than a rate of 1e-5.")


def _regret(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _known(value: float) -> float | None:
    """Return the number, None where it is not finite: JSON has no word for that."""
    return value if np.isfinite(value) else None
