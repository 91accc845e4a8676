"""What may be asked for: a request is checked and completed here before it enters the queue. Imports no torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from data import choice
from jobs.requests import find, measure, toolbox, train
from jobs.requests.measure import MOST_RATES, MOST_ROWS
from jobs.requests.parts import schedule, seeds, titled
from training import options
from words import Refusal

__all__ = ["KINDS", "MOST_RATES", "MOST_ROWS", "check", "defaults", "titled"]


@dataclass(frozen=True)
class Kind:
    """One kind of request: its title, what is its own with defaults, and the check of that.

    `common` says whether it holds what decides a training beside the rates; `bare` names what of its own has no
    default or is left out unless it is asked for.
    """

    title: str
    own: Mapping[str, Any]
    check: Callable[[str, Mapping[str, Any], int], dict[str, Any]]
    bare: tuple[str, ...] = ()
    common: bool = True


KINDS: Mapping[str, Kind] = {
    "find": Kind("Range test", find.OWN, find.check, ("vary",)),
    "train": Kind("Train", train.OWN, train.check, ("schedules", *train.TOOLBOX)),
    "verdict": Kind("Verdict", measure.VERDICT, measure.check),
    "map": Kind("Map", measure.MAP, measure.check, ("along", "values")),
    "recommend": Kind("Recommend", measure.COURSE, measure.check),
    "critical": Kind("Critical rate", {}, lambda _title, _given, _seeds: {}),
    "fine_tune": Kind("Fine-tuning", toolbox.FINE_TUNE, toolbox.fine_tune),
    "cross_validate": Kind("Cross-validation", toolbox.CROSS_VALIDATE, toolbox.cross_validate),
    "predict": Kind("Predict", toolbox.PREDICT, toolbox.predict, ("model_of", "files", "tta"), common=False),
    "export": Kind("Export", toolbox.EXPORT, toolbox.export, ("model_of",), common=False),
}
COMMON: Mapping[str, Any] = {
    "model": "mlp_64_64",
    "optimizer": "sgd",
    "batch_size": 64,
    "momentum": 0.9,
    "weight_decay": 0.0,
    "seeds": [0, 1, 2],
    "device": "auto",
}


def defaults(kind: str) -> dict[str, Any]:
    """Return what a request of this kind asks for unless it says otherwise.

    `data`, `schedules`, a map's `along` and `values`, and a prediction's model and files have no default; what is not
    used unless it is asked for is left out.
    """
    own = _kind(kind)
    given = {name: value for name, value in {**_common(own), **own.own}.items() if name not in own.bare}
    if "schedule" in given:
        given["schedule"] = schedule(own.title, given["schedule"], given["updates"])
    return {"kind": kind, **given, **({"seeds": list(given["seeds"])} if own.common else {})}


def check(request: object) -> dict[str, Any]:
    """Return the request complete and normalised (plain JSON), or raise Refusal for the first thing wrong.

    find: {"kind", "data", "model", "optimizer", "batch_size", "momentum", "weight_decay", "start", "end", "num_it",
    "seeds", "device", "stop", "pace"}: a range test from rate `start` to `end` over `num_it` updates; `stop` ends a
    seed whose loss has exploded; with "vary": {"name": "weight_decay", "momentum" or "batch_size", "values": [...]} it
    is one such test a value, of values x seeds models. train: instead of those, "updates" and "schedules", 1 to 8 of
    {"schedule": name in schedulers.CATALOGUE, "parameters": {...}, "label": text}; it trains schedules x seeds models.
    A schedule with "rule": {"name": name in schedulers.loss_driven.RULES, "parameters": {...}} follows the loss too.
    `data` is a choice (`data.choice`), `pace` is updates per second, or None for as fast as it goes. A training may
    also have "mixup" (alpha), "tta" {"n", "beta", "use_max"}, "ensemble" (of the weights at each restart's end) and
    "start": {"run", "schedule"} or {"upload", "filename"} of a saved model to go on from, and "layer_spread", the last
    layer's rate over the first's; those between are spaced evenly by ratio.

    verdict: "updates", "schedule" (as in train, without a rule), "rates" (how many) from "low" to "high", and
    "suggestions" {rule: {"lr", "low", "high"} or None} to judge, None to run a range test first. map: the same without
    suggestions, a row for each of "values" "along" "schedule", "batch_size" or "weight_decay". recommend: "updates" and
    "schedule". None of the three has a pace. critical: what all have in common and nothing else.

    fine_tune: "before", "frozen" and "updates" (of each phase), "base_lr", "lr_mult", "first" (classes or None).
    cross_validate: "updates", "schedule", "folds". predict: "data" and "model_of" {"run", "schedule"}, "files"
    [{"upload", "filename"}] and perhaps "tta". export: "data" and "model_of".
    """
    if not isinstance(request, Mapping):
        raise Refusal("A request must be an object with a kind, got {value}.", value=request)
    kind = _kind(request.get("kind"))
    title = kind.title
    allowed = {"kind", "data", *_common(kind), *kind.own}
    unknown = sorted(str(name) for name in request if name not in allowed)
    if unknown:
        listed = ", ".join(sorted(allowed))
        raise Refusal("{title}: allowed are {allowed}, got {name}.", title=title, allowed=listed, name=unknown[0])
    given = {**_common(kind), **kind.own, **request}
    shared: dict[str, Any] = {"kind": given["kind"], "data": choice.check(given.get("data"))}
    if kind.common:
        shared |= {
            "model": options.check_model(given["model"], title).name,
            "optimizer": options.check_optimizer(given["optimizer"], title).name,
            "batch_size": options.check_number("batch_size", given["batch_size"], title),
            "momentum": options.check_number("momentum", given["momentum"], title),
            "weight_decay": options.check_number("weight_decay", given["weight_decay"], title),
            "seeds": seeds(title, given["seeds"]),
            "device": options.check_device(given["device"], title),
        }
    return {**shared, **kind.check(title, given, len(shared.get("seeds", ())))}


def _common(kind: Kind) -> Mapping[str, Any]:
    return COMMON if kind.common else {}


def _kind(kind: object) -> Kind:
    if not isinstance(kind, str) or kind not in KINDS:
        raise Refusal("A request's kind must be one of {allowed}, got {value}.", allowed=", ".join(KINDS), value=kind)
    return KINDS[kind]
