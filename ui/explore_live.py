"""What the browser needs to redraw the picture's curves by itself while a slider moves."""

from typing import Any

import schedulers
from schedulers.symbols import FIXED, javascript
from ui.picture import Picture


def live(picture: Picture) -> dict[str, Any]:
    """Return the functions and parameters of the picture's curves, by their place in it, as `live_chart.show` has them.

    A curve without a closed form is not among them: it is redrawn when its slider is released. Grows with the curves,
    by about a kilobyte each.
    """
    curves = {}
    for place, drawn in enumerate(picture.curves):
        schedule = schedulers.CATALOGUE[drawn.name]
        values = schedule.check(None, **drawn.parameters)
        functions = None if drawn.hidden else javascript(schedule, values)
        if functions is not None:
            numbers = {param.name: values[param.name] for param in schedule.params if param.kind not in FIXED}
            curves[str(place)] = {**functions, "given": numbers}
    per_unit = {"updates": 1, "epochs": picture.updates / picture.epochs, "samples": 1 / picture.batch}[picture.x]
    return {"updates": picture.updates, "per_unit": per_unit, "curves": curves}
