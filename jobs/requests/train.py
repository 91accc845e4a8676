"""What a training may be asked for."""

from collections.abc import Mapping
from typing import Any

from jobs.requests.parts import number, pace, schedule
from jobs.requests.toolbox import augmented, flag, origin
from training import options
from words import Refusal

MOST_SCHEDULES = 8
HIGHEST_ALPHA = 10.0
WIDEST_SPREAD = 1e6
TOOLBOX: dict[str, Any] = {"mixup": 0.0, "tta": None, "ensemble": False, "start": None, "layer_spread": 1.0}
OWN: dict[str, Any] = {"updates": 600, "schedules": None, "pace": None, **TOOLBOX}


def check(title: str, given: Mapping[str, Any], seeds: int) -> dict[str, Any]:
    """Return a training's own part, complete; what it leaves out of the toolbox is not in it."""
    updates = int(options.check_number("updates", given["updates"], title))
    schedules = given["schedules"]
    count = len(schedules) if isinstance(schedules, list | tuple) else 0
    if not 1 <= count <= MOST_SCHEDULES:
        raise Refusal(
            "{title}: choose 1 to {high} schedules, got {value}.", title=title, high=MOST_SCHEDULES, value=count
        )
    options.check_number("models", count * seeds, title)
    own: dict[str, Any] = {"updates": updates, "schedules": [schedule(title, entry, updates) for entry in schedules]}
    own["pace"] = pace(title, given["pace"])
    spread = number(title, "layer_spread", given["layer_spread"], 1.0, WIDEST_SPREAD)
    asked = {
        "mixup": number(title, "MixUp's alpha", given["mixup"], 0.0, HIGHEST_ALPHA),
        "tta": augmented(title, given["tta"]),
        "ensemble": flag(title, "ensemble", given["ensemble"]),
        "start": origin(title, given["start"]),
        "layer_spread": None if spread == 1.0 else spread,
    }
    return own | {name: value for name, value in asked.items() if value}
