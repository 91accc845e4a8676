"""What a range test may be asked for."""

from collections.abc import Mapping
from typing import Any

from finder import range_family
from jobs.requests.parts import HIGHEST_RATE, LOWEST_RATE, number, pace
from training import options
from words import Refusal, rate

OWN: dict[str, Any] = {
    "start": 1e-7, "end": 10.0, "num_it": 100, "stop": True, "pace": None, "vary": None,
}  # fmt: skip


def check(title: str, given: Mapping[str, Any], seeds: int) -> dict[str, Any]:
    """Return a range test's own part, complete."""
    start = number(title, "start (learning rate)", given["start"], LOWEST_RATE, HIGHEST_RATE)
    end = number(title, "end (learning rate)", given["end"], LOWEST_RATE, HIGHEST_RATE)
    if not start < end:
        raise Refusal(
            "{title}: end (learning rate) must be above start, {low}, got {value}.",
            title=title, low=rate(start), value=rate(end),
        )  # fmt: skip
    if not isinstance(given["stop"], bool):
        raise Refusal("{title}: stop must be true or false, got {value}.", title=title, value=given["stop"])
    num_it = options.check_number("updates", given["num_it"], title)
    own = {"start": start, "end": end, "num_it": num_it, "stop": given["stop"], "pace": pace(title, given["pace"])}
    return {**own, **_vary(title, given["vary"], seeds)}


def _vary(title: str, vary: object, seeds: int) -> dict[str, Any]:
    if vary is None:
        return {}
    name, values = (vary.get("name"), vary.get("values")) if isinstance(vary, Mapping) else (vary, None)
    checked = range_family.check_values(name, values, title)
    options.check_number("models", len(checked["values"]) * seeds, title)
    return {"vary": checked}
