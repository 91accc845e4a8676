"""What a schedule is, and the catalogue that every declared schedule enters."""

import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from schedulers.maths import MATHS
from words import Refusal, rate

Kind = Literal["rate", "number", "share", "count", "choice", "flag", "text"]
Value = float | int | bool | str
Curve = NDArray[np.float64]
Function = Callable[..., Any]
Rule = Callable[[int | None, dict[str, Value]], None]

UNITS: dict[Kind, str] = {"rate": "learning rate", "share": "share of run"}
MOST_UPDATES = 1_000_000
# Updates computed at a time: the arrays in between then stay in the processor's cache, which halves the time.
BLOCK = 8192


@dataclass(frozen=True)
class Param:
    """One parameter of a schedule: what it means, its default, its bounds (both allowed) and its unit.

    `kind` is rate (a learning rate), number, share (0 to 1 of the run), count (whole updates, cycles or epochs),
    choice (one of `choices`), flag (yes or no) or text (a formula, say). `low` and `high` say nothing for the last
    three. `step` is a control's step; None leaves it to the page. `read(schedule_title, value)` returns a text in the
    one way in which it is kept, or raises Refusal.
    """

    name: str
    title: str
    default: Value
    low: float
    high: float
    kind: Kind
    help: str
    unit: str = ""
    step: float | None = None
    choices: tuple[str, ...] = ()
    read: Callable[[str, object], str] | None = None

    def check(self, schedule_title: str, value: object) -> Value:
        """Return the value as float, int, bool or str; Refusal when it is of another type or out of bounds."""
        if self.read is not None:
            return self.read(schedule_title, value)
        if self.kind == "choice":
            if isinstance(value, str) and value in self.choices:
                return value
            allowed = "one of " + ", ".join(self.choices)
        elif self.kind == "flag":
            if isinstance(value, (bool, np.bool_)):
                return bool(value)
            allowed = "true or false"
        elif self.kind == "count":
            if is_whole(value) and self.low <= value <= self.high:  # type: ignore[operator]
                return int(value)  # type: ignore[call-overload, no-any-return]
            allowed = ("" if is_whole(value) else "a whole number, ") + f"{self.low:,.0f} to {self.high:,.0f}"
        else:
            # NaN fails both comparisons, infinity one of them.
            if is_real(value) and self.low <= value <= self.high:  # type: ignore[operator]
                return float(value)  # type: ignore[arg-type]
            allowed = f"{rate(self.low)} to {rate(self.high)}"
        unit = self.unit or UNITS.get(self.kind, "")
        raise Refusal(
            "{title}: {name} must be {allowed}, got {value}.",
            title=schedule_title,
            name=f"{self.name} ({unit})" if unit else self.name,
            allowed=allowed,
            value=written(value),
        )

    @property
    def options(self) -> tuple[Value, ...]:
        """Every value of a choice or a flag; empty for numbers and texts."""
        return (False, True) if self.kind == "flag" else self.choices

    def parse(self, schedule_title: str, text: str) -> Value:
        """Read the value from the text of a link or a command: 3e-3, 12, yes, cosine. Refusal as `check` has it."""
        value: object = text
        try:
            if self.kind == "flag":
                value = {"yes": True, "no": False}.get(text, text)
            elif self.kind == "count":
                value = int(text)
            elif self.kind not in ("choice", "text"):
                value = float(text)
        except ValueError:
            pass  # the text itself is then what the refusal shows
        return self.check(schedule_title, value)


@dataclass(frozen=True)
class Schedule:
    """A learning rate over time, declared once: formula, parameters, source and words.

    `rate_function(xp, t, T, **parameters)` gives the rates at the updates `t` (an array of 0 ... T-1) of a run of `T`;
    `xp` is a maths namespace that is like NumPy: cos, pi, where, minimum, maximum, floor, exp, log, sqrt, tanh.
    Where `closed_form` holds, the function uses nothing but `xp` and operators, so that other namespaces may stand in
    for NumPy. `momentum_function` is alike, for schedules that cycle the momentum; it may return None, for parameters
    that leave it alone. `rule(T, values)` raises a Refusal when parameters that are each allowed do not go together (T
    is None where no run is known yet).
    """

    name: str
    title: str
    family: str
    source: str
    formula: str
    params: tuple[Param, ...]
    rate_function: Function
    momentum_function: Function | None = None
    rule: Rule | None = None
    _: KW_ONLY
    closed_form: bool = True

    @property
    def about(self) -> str:
        """What the curve looks like, in one sentence."""
        return self.rate_function.__doc__ or ""

    def rates(self, T: int, /, **parameters: object) -> Curve:
        """Return the learning rate of each of the T updates, float64 of shape (T,), in O(T); Refusal for bad input."""
        return self._checked(self._called(self.rate_function, T, self.check(T, **parameters)), T)

    def momentum(self, T: int, /, **parameters: object) -> Curve | None:
        """Return the momentum of each of the T updates, shape (T,), or None when this schedule leaves it alone."""
        values = self.check(T, **parameters)
        if self.momentum_function is None:
            return None
        curve = self._called(self.momentum_function, T, values)
        return None if curve is None else self._checked(curve, T)

    def plot(self, T: int, /, **parameters: object) -> Any:
        """Return the curve as a plotly.graph_objects.Figure, which a notebook shows; see schedulers/plot.py."""
        from schedulers.plot import plot

        return plot(T, self, **parameters)

    def check(self, T: int | None = None, /, **parameters: object) -> dict[str, Value]:
        """Return all parameters, the defaults filled in; Refusal with one sentence for the first that is not allowed.

        T, the number of updates of the run, must be 1 to 1,000,000; None leaves it unchecked. Where there is a peak, no
        other learning rate may exceed it, and those left out keep the proportion to it that their defaults have.
        """
        if T is not None and not (is_whole(T) and 1 <= T <= MOST_UPDATES):
            raise Refusal(
                "{title}: T (updates) must be {allowed}1 to {high}, got {value}.",
                title=self.title,
                allowed="" if is_whole(T) else "a whole number, ",
                high=f"{MOST_UPDATES:,}",
                value=written(T),
            )
        values = check_parameters(self.title, self.params, self._in_proportion(parameters))
        highest = values.get("peak")
        for param in self.params:
            if highest is not None and param.kind == "rate" and float(values[param.name]) > float(highest):
                raise Refusal(
                    "{title}: {name} (learning rate) must be at most the peak, {highest}, got {value}.",
                    title=self.title,
                    name=param.name,
                    highest=written(highest),
                    value=written(values[param.name]),
                )
        if self.rule is not None:
            self.rule(T, values)
        return values

    def _in_proportion(self, parameters: Mapping[str, object]) -> dict[str, object]:
        """Return the parameters with the rates that were left out, in the proportion to the peak that they declare."""
        peak = next((param for param in self.params if param.name == "peak"), None)
        if peak is None or "peak" not in parameters:
            return dict(parameters)
        ratio = float(peak.check(self.title, parameters["peak"])) / float(peak.default)
        left_out = [param for param in self.params if param.kind == "rate" and param.name not in parameters]
        scaled = {param.name: min(max(float(param.default) * ratio, param.low), param.high) for param in left_out}
        return {**scaled, **parameters}

    def _called(self, function: Function, T: int, values: Mapping[str, Value]) -> Any:
        # Closed forms take each update by itself, so they are computed block by block.
        given, curve = exact(values), np.empty(T)
        first = np.arange(min(T, BLOCK), dtype=np.float64)
        with np.errstate(all="ignore"):
            if not self.closed_form:
                return function(np, np.arange(T, dtype=np.float64), int(T), **given)
            for start in range(0, T, BLOCK):
                end = min(start + BLOCK, T)
                curve[start:end] = function(MATHS, first[: end - start] + start, int(T), **given)
        return curve

    def _checked(self, curve: Any, T: int) -> Curve:
        checked: Curve = np.asarray(curve, dtype=np.float64)
        if checked.shape != (T,):
            checked = np.full(T, checked)
        if not np.isfinite(checked).all():
            raise Refusal(
                "{title}: these parameters divide by zero at update {update}.",
                title=self.title,
                update=int(np.argmin(np.isfinite(checked))),
            )
        return checked


def check_parameters(title: str, params: tuple[Param, ...], parameters: Mapping[str, object]) -> dict[str, Value]:
    """Return each declared parameter's value, the default where it is left out; Refusal for the first not allowed."""
    unknown = [name for name in parameters if name not in {param.name for param in params}]
    if unknown:
        raise Refusal(
            "{title}: there is no parameter {unknown}; allowed: {allowed}.",
            title=title,
            unknown=unknown[0],
            allowed=", ".join(param.name for param in params) or "none",
        )
    return {param.name: param.check(title, parameters.get(param.name, param.default)) for param in params}


CATALOGUE: dict[str, Schedule] = {}


def declare(
    *,
    title: str,
    family: str,
    source: str,
    formula: str,
    params: tuple[Param, ...],
    momentum: Function | None = None,
    rule: Rule | None = None,
    closed_form: bool = True,
) -> Callable[[Function], Schedule]:
    """Enter the decorated function into the catalogue under its own name; the name then means the Schedule.

    The function's docstring is the one sentence that says what the curve looks like.

    Raises ValueError when the name is taken or a default is not allowed: mistakes in the program.
    """

    def enter(function: Function) -> Schedule:
        name = function.__name__
        if name in CATALOGUE:
            raise ValueError(f"two schedules are called {name}")
        schedule = Schedule(
            name, title, family, source, formula, params, function, momentum, rule, closed_form=closed_form
        )
        schedule.check()
        CATALOGUE[name] = schedule
        return schedule

    return enter


def exact(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the values with NumPy's floats in place of Python's.

    A division by zero is then no exception, and `where`, which computes both of its branches, may leave it in the
    branch that is not taken.
    """
    return {name: np.float64(value) if type(value) is float else value for name, value in values.items()}


def is_real(value: object) -> bool:
    """Say whether the value is a real number; true and false are not."""
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def is_whole(value: object) -> bool:
    """Say whether the value is of a whole-number type; 3.0, true and false are not."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def written(value: object) -> str:
    """Write a value that somebody typed: numbers as short as they are exact, everything else as Python shows it."""
    if is_whole(value):
        return f"{value:,}"
    if is_real(value):
        number = float(value)  # type: ignore[arg-type]
        return f"{number:.12g}" if math.isfinite(number) else str(number)
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
