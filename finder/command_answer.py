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

    def regrets(self, found: Found) -> dict[str, float]:
        """The regret of each rule's rate; one without an answer counts as a rate of 1e-5."""
        answers = found.suggestions
        return self.verdict.regrets(
            {rule: answers[rule]["lr"] if rule in answers else None for rule in suggest.DEFAULT_RULES}
        )


def as_json(task: Task, found: Found, proof: Proof | None = None) -> dict[str, Any]:
    """What --json prints, in plain numbers.

    `rows` are those with a target. Each of `losses` ends where that seed stopped, or before its first value that is not
    finite; a rule without an answer is left out of `suggestions`. In `verdict` the losses are means over the seeds,
    each counted as at most three times the loss at a rate of 1e-5; `best` is null and `regret` empty where no rate
    learns anything.
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
    regrets = {rule: value for rule, value in proof.regrets(found).items() if np.isfinite(value)}
    one = proof.recommended
    return printed | {
        "verdict": verdict.as_json(proof.verdict) | {"regret": regrets},
        "recommended": {"lr": one.lr, "low": one.low, "high": one.high},
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
    if found.best is None:
        return say(
            "Measured: none of {count} learning rates learned anything in {updates} updates.",
            count=found.rates.size,
            updates=found.updates,
        )
    best = found.best
    sentence = say(
        "Measured: of {count} learning rates with {seeds}, {updates} each, {lr} is best",
        count=found.rates.size,
        seeds=seeds(len(found.seeds)),
        updates=say("1 update") if found.updates == 1 else say("{count:,} updates", count=found.updates),
        lr=rate(best.lr),
    )
    if best.low < best.high:
        sentence += say(", and from {low} to {high} they are as good", low=rate(best.low), high=rate(best.high))
    sentence += ". " + say("Regret 0 is that best rate, 1 no better than a rate of 1e-5.")
    if not found.clear:
        sentence += " " + say("It learned less than three standard errors of the seeds, so this tells little.")
    return sentence


def _regret(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "–"
