"""The range test on your own PyTorch model and loader, which gives everything back as it was.

    from finder import lr_find, minimum, valley
    result = lr_find(model, loader, loss_fn, optimizer, suggest_funcs=(minimum, valley))
    result.suggestions["valley"].lr

Source: Smith, arXiv 1506.01186, section 3.3; rates, smoothing, stop rule and what the rules see are fastai 2.8.12's.
"""

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finder import curve, suggest, sweep
from finder.batches import split_batch
from finder.kept import Kept
from finder.suggestion import Rule, Suggestion
from finder.trial import TITLE, LossFunction, Split, Trial, Validation, check, find_device, find_dtype
from words import Refusal

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class RangeTestResult:
    """What `lr_find` found.

    `lrs` (k,) float64 and `losses` (k,) float32, smoothed: one for each update until the test ended; `raw` (k or
    k + 1,) float64 are the losses before smoothing, with the one that was not finite, if that ended it. `suggestions`
    by rule, without the rules that have no answer; `doubts` are sentences on why the curve supports none; `band` the
    rates where the loss falls at least half as steeply as at its steepest, or None. `stopped` is the index of the
    update whose smoothed loss exceeded `stop_factor` times the best, or None. `restored` says that everything was put
    back that `finder.kept.Kept` names, proven by a digest of it before and after, which `digest` holds. `all_lrs` are
    the rates asked for.
    """

    lrs: NDArray[np.float64]
    losses: NDArray[np.float32]
    raw: NDArray[np.float64]
    suggestions: dict[str, Suggestion]
    doubts: tuple[str, ...]
    band: tuple[float, float] | None
    stopped: int | None
    restored: bool
    digest: str
    all_lrs: NDArray[np.float64]

    def plot(self) -> Any:
        """Return the curve with its suggestions as a plotly.graph_objects.Figure, which a notebook shows.

        Where there are doubts the suggestions' marks are grey.
        """
        import plotly.graph_objects as go

        from figures import range_test, style

        def answer(one: Suggestion) -> curve.Answer:
            inside = self.losses.size and self.lrs[0] <= one.lr <= self.lrs[-1]
            loss = float(np.interp(np.log(one.lr), np.log(self.lrs), self.losses)) if inside else None
            return curve.Answer(one.lr, one.lr, one.lr, (one.lr,), loss, one.working)

        figure = range_test.range_test(
            self.all_lrs,
            [self.losses.astype(np.float64)],
            median=self.losses.astype(np.float64),
            answers={name: answer(one) for name, one in self.suggestions.items()},
            band=self.band,
            raw=[self.raw[: self.losses.size]],
            doubted=bool(self.doubts),
        )
        return go.Figure(style.resolve(figure, style.LIGHT))


class RuleFailed(Refusal):
    """A suggestion rule of the caller's own failed. `result` is what was found, with the answers of all others."""

    result: RangeTestResult


def lr_find(
    model: "torch.nn.Module",
    loader: Iterable[Any],
    loss_fn: LossFunction,
    optimizer: "torch.optim.Optimizer",
    *,
    start: float = 1e-7,
    end: float = 10.0,
    num_it: int = 100,
    suggest_funcs: Sequence[str | Rule] = suggest.DEFAULT_RULES,
    stop_factor: float | None = sweep.STOP_FACTOR,
    beta: float = sweep.BETA,
    accumulate: int = 1,
    autocast: "torch.dtype | str | None" = None,
    validation: Validation | None = None,
    device: "torch.device | str | None" = None,
    split: Split = split_batch,
    restore: bool = True,
) -> RangeTestResult:
    """Train `num_it` updates at rates that rise from `start` towards `end`, and read a rate off the losses.

    Afterwards, and when an exception or Ctrl-C ends it, model, optimizer, loader and random numbers are as they were,
    proven by a digest; a RuntimeError says if not. Lists, dicts and objects of one's own that a model or sampler holds
    are not put back (see `finder.kept.Kept`). With `restore` false all stays trained.

    loader: a DataLoader or anything that can be gone through again; one that ends is started anew. split(batch) ->
    (inputs, targets); by default the last of a tuple or list is the targets, or an entry of a dict named target(s),
    label(s) or y. Inputs that are a tuple or list are handed to the model one by one, a dict by name. The loss is
    `loss_fn(model(inputs), targets)`, one number.
    suggest_funcs: names in `finder.suggest.RULES` or functions (rates, losses) -> Suggestion, a rate or None; NaN too
    says that there is no answer. Of several with one name the later are numbered: `<lambda>`, `<lambda> 2`. They are
    asked after everything was put back; where one raises or answers what is no rate above 0, RuleFailed names it
    and has the result of all others.
    accumulate: batches for each update; their losses are averaged. num_it counts updates.
    autocast: torch.bfloat16 or torch.float16 (or its name), with a gradient scaler for float16 on CUDA.
    validation: a loader, or a function of the model; the loss after each update is measured there, in eval mode (a
    loss_fn that is a module too); of a loader it is the mean over the rows.
    device: where batches go, by default where the model is.

    With several parameter groups a multiplier is swept that keeps the ratios of their rates (those before a scheduler,
    `initial_lr`, where there is one); `lrs` are the rates of the group with the largest. Schedulers are left alone.
    A loss that is not finite ends the test before its update.

    Time grows with num_it x accumulate, memory with the weights and the optimizer's state (one copy of each).
    """
    lrs = sweep.rates(start, end, num_it)
    rules = _rules(suggest_funcs)
    check(model, loss_fn, optimizer, accumulate, split)
    sweep.Smoothing(beta)
    if stop_factor is not None:
        sweep.checked_factor(stop_factor)
    import torch

    modules = [one for one in (model, loss_fn, validation) if isinstance(one, torch.nn.Module)]
    place, dtype = find_device(model, device), find_dtype(autocast)
    scaler = torch.amp.GradScaler("cuda") if dtype == torch.float16 and place.type == "cuda" else None
    trial = Trial(model, loader, loss_fn, optimizer, split, int(accumulate), place, dtype, scaler, validation)
    kept = Kept(modules, optimizer, [loader, validation]) if restore else None
    before = kept.digest() if kept else ""
    try:
        raw = trial.run(lrs, beta, stop_factor)
    finally:
        if kept:
            kept.restore()
            if kept.digest() != before:
                raise RuntimeError("Range test: the model, its optimizer or the random state could not be put back.")
    found = curve.read(
        [raw],
        start=start,
        end=end,
        num_it=num_it,
        beta=beta,
        stop_factor=stop_factor,
        ran_factor=stop_factor,
        ran_beta=beta,
        rules=(),
    )
    answers, failed = _suggestions(found, rules)
    result = RangeTestResult(
        lrs=lrs[: found.smoothed[0].size],
        losses=found.smoothed[0],
        raw=np.array(raw),
        suggestions=answers,
        doubts=found.doubts,
        band=found.band,
        stopped=found.stopped[0],
        restored=kept is not None,
        digest=before,
        all_lrs=lrs,
    )
    if failed is not None:
        failed.result = result
        raise failed
    return result


def _rules(asked: Sequence[str | Rule]) -> dict[str, Rule]:
    """Return the asked rules by name, each once; a function that is no rule of ours goes by its own name."""
    names = {id(rule): name for name, rule in suggest.RULES.items()}
    found: dict[str, Rule] = {}
    alone = isinstance(asked, str) or callable(asked) or not hasattr(asked, "__iter__")
    for one in [asked] if alone else asked:
        if not callable(one) and not (isinstance(one, str) and one in suggest.RULES):
            raise Refusal(
                "{title}: suggest_funcs must be functions or some of {allowed}, got {value}.",
                title=TITLE,
                allowed=", ".join(suggest.RULES),
                value=one,
            )
        rule = one if callable(one) else suggest.RULES[one]
        if any(rule is other for other in found.values()):
            continue
        own = names.get(id(rule), getattr(rule, "__name__", type(rule).__name__))
        name, count = own, 1
        while name in found:
            name, count = f"{own} {count + 1}", count + 1
        found[name] = rule
    return found


def _suggestions(found: curve.Found, rules: Mapping[str, Rule]) -> tuple[dict[str, Suggestion], RuleFailed | None]:
    """Return what the rules answer that have points to read and an answer to them, and the first that failed."""
    losses = found.smoothed[0]
    missing = 0 if found.stopped[0] is not None else found.lrs.size - losses.size
    losses = np.concatenate([losses, np.full(missing, np.nan, np.float32)])  # as in fastai a NaN goes on to the end
    whole = found.lrs[: losses.size], losses
    seen = sweep.cut(found.lrs, losses, found.lrs.size)
    answers = {}
    failed = None
    for name, rule in rules.items():
        points = whole if any(rule is suggest.RULES[other] for other in suggest.TAKES_WHOLE) else seen
        try:
            answer = _ask(name, rule, *points) if points[0].size else None
        except RuleFailed as refusal:
            failed = failed or refusal
            continue
        if answer is not None:
            answers[name] = answer
    return answers, failed


def _ask(name: str, rule: Rule, lrs: NDArray[Any], losses: NDArray[Any]) -> Suggestion | None:
    """Return one rule's answer, or refuse it; one of the user's own may answer a plain rate, or NaN for none."""
    try:
        answer: Any = rule(lrs, losses)
        single = answer.lr if isinstance(answer, Suggestion) else answer
        single = single.item() if hasattr(single, "item") else single
    except Exception as error:
        raise RuleFailed(
            "{title}: the suggestion rule {rule} failed: {kind}: {error}",
            title=TITLE,
            rule=name,
            kind=type(error).__name__,
            error=error,
        ) from error
    if answer is None:
        return None
    number = isinstance(single, numbers.Real) and not isinstance(single, bool)
    lr = float(single) if number else -1.0
    if math.isnan(lr):
        return None
    if not 0 < lr < math.inf:
        raise RuleFailed(
            "{title}: the suggestion rule {rule} must answer a rate above 0, a Suggestion or None, got {value}.",
            title=TITLE,
            rule=name,
            value=single if number else type(answer).__name__,
        )
    return answer if isinstance(answer, Suggestion) else Suggestion(lr, (lr, float(np.interp(lr, lrs, losses))))
