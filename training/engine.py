"""The one call that trains: M models of one shape at once, each exactly as it would alone, each at its own rates."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from data.task import Task
from training import checks, metrics, models
from training.feed import data
from training.options import Model
from training.records import Evaluation, Progress, Trained
from training.run import Run
from training.settings import check
from training.start import Start

__all__ = ["Evaluation", "Progress", "Trained", "train"]

Floats = NDArray[np.float64]

# Seconds between reports where report_every is not given.
REPORT_SECONDS = 0.1


@torch.inference_mode()
def train(
    task: Task,
    model: Model,
    rates: ArrayLike,
    *,
    seeds: ArrayLike,
    momentum: ArrayLike = 0.9,
    weight_decay: ArrayLike = 0.0,
    optimizer: str = "sgd",
    batch_size: int = 64,
    device: str = "auto",
    dtype: str = "float32",
    evaluate_every: int | None = None,
    report_every: int | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    stop: Callable[[int, Floats], ArrayLike] | None = None,
    adjust: Callable[[Evaluation], ArrayLike | None] | None = None,
    resume: bytes | None = None,
    mixup: float = 0.0,
    freeze: int = 0,
    start: Start | None = None,
    keep_at: Sequence[int] = (),
) -> Trained:
    """Train M models; model m takes update t at `rates[m, t]`. Raises words.Refusal for what is not allowed.

    rates: (M, T), at least 0; or (M, T, G), a rate for each of the G layers from input to output. momentum (Adam,
    AdamW: beta1) and weight_decay: a number, (M,) or (M, T). seeds: M whole numbers; a seed decides the first weights
    (as torch.nn.Linear under torch.manual_seed) and each epoch's order of the training rows (`batches.order`), so that
    models of one seed see the same. The last short batch of an epoch is dropped, a batch holds at most all training
    rows. The optimizers are torch.optim's (see `optimizers`).

    A model whose loss is not finite is frozen before that update, with the weights that it had, and has diverged; so
    has one whose weights are not finite at the end. The others go on as if it had never been there.

    evaluate_every: updates between evaluations on the validation rows; None for about 40 in all, 0 for none (and none
    on the test rows: NaN). Others include one before the first update and one after the last.
    on_progress(Progress): every `report_every` updates, or about every 0.1 s, at evaluations and at the end.
    stop(t, losses (M,)) -> (M,) of bool: called after each update, names the models that end with it. Losses are NaN
    for frozen models. Makes a GPU wait at each update.
    adjust(evaluation) -> (M,) or None: from here on the rates are `rates` times this; None leaves things as they are.
    resume: bytes of a `Progress.snapshot()`; goes on from there, to the same bits on the same device with the same
    number of threads. `stop` and `adjust` are shown again what they saw, so that what they remember comes back too.

    Images are augmented as the task's `transforms` say (`augment`), each batch by seed and update; validation and test
    rows are not. mixup: the alpha of MixUp (`mixup`), 0 for none. freeze: so many layers from the input keep their
    weights, and the optimizer remembers nothing of them. start: weights and memory to begin from; with `rates` that go
    on where the others ended, the same bits as one uninterrupted training. keep_at: updates, 1 to T, after which the
    weights of all models are kept; a model that stopped before keeps its last ones.

    Time grows as T x M x batch x weights (each weight of a convolution as often as there are pixels); memory as M x
    (weights x (4 to 8 + K) + batch x widths), plus rows x features and T x M.
    """
    settings = check(
        task,
        model,
        rates,
        momentum=momentum,
        weight_decay=weight_decay,
        optimizer=optimizer,
        batch_size=batch_size,
        seeds=seeds,
        device=device,
        dtype=dtype,
        evaluate_every=evaluate_every,
        report_every=report_every,
        mixup=mixup,
        freeze=freeze,
        start=start,
        keep_at=keep_at,
    )
    run = Run(settings)
    validation = data(settings, task.validation)
    evaluations: list[Evaluation] = []

    def snapshot() -> bytes:
        return run.pack([[seen.update, seen.loss, seen.metric] for seen in evaluations])

    def evaluate() -> Evaluation:
        loss, metric = np.full(settings.models, np.nan), np.full(settings.models, np.nan)
        if len(run.rows):
            parts = run.each(lambda block: metrics.evaluate(task, block.layers, *validation))
            loss[run.rows], metric[run.rows] = (np.concatenate(part) for part in zip(*parts, strict=True))
            loss[run.lost] = metric[run.lost] = np.nan
        evaluations.append(Evaluation(run.done, loss, metric))
        consider(evaluations[-1])
        return evaluations[-1]

    def consider(evaluation: Evaluation) -> None:
        factors = adjust(evaluation) if adjust else None
        if factors is not None:
            run.multiply(checks.factors(factors, settings.models))

    def report(start: int, evaluation: Evaluation | None, factors: Floats) -> None:
        if on_progress:
            losses = run.losses[:, start : run.done].copy()
            on_progress(Progress(start, run.done, losses, evaluation, run.alive, factors, snapshot))

    if resume is not None:
        for update, loss, metric in run.unpack(resume):
            evaluations.append(Evaluation(update, loss.numpy(), metric.numpy()))
            consider(evaluations[-1])
        if stop:
            for update in range(run.done):
                stop(update, run.losses[:, update].copy())
    elif settings.evaluate_every:
        factors = run.factors
        report(0, evaluate(), factors)

    reported, clock = run.done, time.monotonic()
    while run.done < settings.updates and not run.over:
        run.advance(settings.pause(run.done), one=bool(stop))
        last = run.done == settings.updates
        due = bool(settings.evaluate_every) and (last or run.done % settings.evaluate_every == 0)
        asked = last or due or bool(settings.report_every and run.done % settings.report_every == 0)
        if run.done in settings.keep_at:
            run.keep()
        if stop:
            run.freeze(checks.named(stop(run.done - 1, run.losses[:, run.done - 1].copy()), settings.models), "stopped")
        factors = run.factors
        evaluation = evaluate() if due else None
        late = settings.report_every is None and time.monotonic() - clock >= REPORT_SECONDS
        if asked or late or run.over:
            report(reported, evaluation, factors)
            reported, clock = run.done, time.monotonic()
    return _trained(run, evaluations)


def _trained(run: Run, evaluations: list[Evaluation]) -> Trained:
    run.freeze(run.lost | ~run.finite(), "diverged")
    run.freeze(np.ones(run.settings.models, dtype=bool), "finished")
    task = run.settings.task
    stack = models.layers(run.final.to(run.settings.device), run.sizes)
    test_loss = test_metric = np.full(run.settings.models, np.nan)
    if run.settings.evaluate_every:
        test_loss, test_metric = metrics.evaluate(task, stack, *data(run.settings, task.test))
    nothing = np.empty((run.settings.models, 0))
    return Trained(
        losses=run.losses,
        updates=np.array([seen.update for seen in evaluations], dtype=np.int64),
        validation_loss=np.stack([seen.loss for seen in evaluations], 1) if evaluations else nothing,
        validation_metric=np.stack([seen.metric for seen in evaluations], 1) if evaluations else nothing,
        stopped=run.stopped,
        reason=tuple(run.reason),
        test_loss=test_loss,
        test_metric=test_metric,
        parameters=[np.ascontiguousarray(part.cpu().numpy()) for layer in stack for part in layer],
        device=run.settings.device.type,
        memory=run.remembered(),
        kept=_kept(run),
    )


def _kept(run: Run) -> NDArray[np.floating]:
    """Return the kept weights (K, M, P); of updates that no model came to, the last ones."""
    kept = [*run.kept, *[run.final] * (len(run.settings.keep_at) - len(run.kept))]
    return torch.stack(kept).numpy() if kept else run.final.numpy()[None][:0]
