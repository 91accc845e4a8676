"""The pieces that snippets of all libraries share: calls, the schedule's own function, the loop."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schedulers.declare import Schedule, Value
from schedulers.export.maths import source
from schedulers.export.places import Call

LENGTH = "T = {T}  # updates in all: batches in an epoch x epochs"
WIDEST = 100
# The library's scheduler sets the momentum itself.
MOVES_MOMENTUM = ("OneCycleLR", "CyclicLR", "fit_one_cycle")
# Arguments that are the length of the run, where they equal it.
LENGTHS = (
    "total_steps", "T_max", "total_iters", "num_training_steps", "t_initial", "decay_steps", "transition_steps",
)  # fmt: skip


@dataclass(frozen=True)
class Parts:
    """What a snippet is written from: schedule, checked parameters, T and the library's own scheduler, or None."""

    schedule: Schedule
    values: dict[str, Value]
    T: int
    call: Call | None

    @property
    def length(self) -> str:
        """The line that says how long the run is."""
        return LENGTH.format(T=self.T)

    @property
    def momentum(self) -> bool:
        """Whether the snippet itself must set the momentum."""
        moved = self.call is not None and self.call[0] in MOVES_MOMENTUM
        return not moved and self.schedule.momentum(self.T, **self.values) is not None

    @property
    def first_momentum(self) -> float:
        """The momentum that an optimizer is made with."""
        momentum = self.schedule.momentum(self.T, **self.values)
        return 0.9 if momentum is None else float(momentum[0])

    @property
    def functions(self) -> str:
        """The schedule's own functions and the lists that they give, where the snippet needs them; else nothing."""
        wanted = (["learning_rate"] if self.call is None else []) + (["momentum"] if self.momentum else [])
        if not wanted:
            return self.length + "\n"
        lists = {"learning_rate": "rates = learning_rate(T)", "momentum": "momenta = momentum(T)"}
        lines = "".join(f"    {lists[name]}.tolist()\n" for name in wanted)
        text = source(self.schedule, self.values, tuple(wanted))
        return (
            f"\n{text}\n\n\n{self.length}\n"
            f'with np.errstate(all="ignore"):  # np.where computes both of its branches\n{lines}'
        )

    @property
    def numpy(self) -> str:
        """The import of NumPy, where the schedule's own functions need it."""
        return "import numpy as np\n" if self.call is None or self.momentum else ""


def call(name: str, arguments: list[str], indent: int = 0) -> str:
    """Write a call on one line, or an argument to a line where that is too long; `indent` is its line's."""
    line = f"{name}({', '.join(arguments)})"
    if indent + len(line) <= WIDEST and "\n" not in line:
        return line
    inner = "".join(f"{' ' * (indent + 4)}{argument},\n" for argument in arguments)
    return f"{name}(\n{inner}{' ' * indent})"


def keywords(kwargs: Mapping[str, Any], T: int) -> list[str]:
    """Write keyword arguments; a length that is the run's is written as T."""
    return [f"{name}={'T' if name in LENGTHS and value == T else repr(value)}" for name, value in kwargs.items()]
