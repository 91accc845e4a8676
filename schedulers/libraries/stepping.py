"""How PyTorch steps its schedulers: alone, one after another and chained, all on one parameter group."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from words import Refusal


@dataclass
class Group:
    """The optimizer's parameter group: the only thing that schedulers share.

    OneCycleLR and CyclicLR keep some of their own arguments here, where one of them overwrites the other's.
    """

    rate: float
    initial: float | None = None
    momentum: float | None = None
    peak: float = 0.0
    last: float = 0.0
    low_momentum: float = 0.0
    high_momentum: float = 0.0


class Stepping(Protocol):
    """A scheduler: `begin` is its constructor's step, `jump` SequentialLR's start of it at a milestone."""

    def begin(self) -> None:
        """Do what the constructor's step does: set the rate of update 0."""

    def step(self) -> None:
        """Set the rate of the next update."""

    def jump(self) -> None:
        """Begin at a milestone of SequentialLR."""

    def undo(self) -> None:
        """Take back the count, not the rate, of the constructor's step."""


Rate = Callable[["Leaf", int, bool], float]


@dataclass
class Leaf:
    """One scheduler: `rate(leaf, n, initial)` gives the rate after step n, from the group's rate or from `base`.

    `closed` gives it without the steps before, for schedulers that have such a form.
    """

    group: Group
    rate: Rate
    closed: Callable[[float, int], float] | None = None
    n: int = -1
    base: float = 0.0

    def __post_init__(self) -> None:
        if self.group.initial is None:
            self.group.initial = self.group.rate
        self.base = self.group.initial
        self.begin()

    def begin(self) -> None:
        """Do what the constructor's step does: set the rate of update 0."""
        self._set(self.n + 1, initial=True)

    def step(self) -> None:
        """Set the rate of the next update."""
        self._set(self.n + 1, initial=False)

    def jump(self) -> None:
        """Begin at a milestone of SequentialLR."""
        if self.closed is None:
            self._set(0, initial=False)
        else:
            self.n = 0
            self.group.rate = self.closed(self.base, 0)

    def undo(self) -> None:
        """Take back the count, not the rate, of the constructor's step."""
        self.n -= 1

    def _set(self, n: int, initial: bool) -> None:
        self.n = n
        self.group.rate = self.rate(self, n, initial)


@dataclass
class Sequence:
    """SequentialLR: one scheduler after another; children have been made, and so have stepped once."""

    group: Group
    children: list[Stepping]
    milestones: list[int]
    n: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.group.rate = self.group.initial if self.group.initial is not None else self.group.rate
        self.undo()
        self.children[bisect_right(self.milestones, 0)].begin()

    def begin(self) -> None:
        """Do what the constructor's step does: set the rate of update 0."""
        self.step()

    def step(self) -> None:
        """Set the rate of the next update."""
        self.n += 1
        index = bisect_right(self.milestones, self.n)
        if index > 0 and self.milestones[index - 1] == self.n:
            self.children[index].jump()
        else:
            self.children[index].step()

    def jump(self) -> None:
        """Begin at a milestone of SequentialLR."""
        raise Refusal("PyTorch SequentialLR: it cannot begin a SequentialLR or ChainedScheduler at a milestone.")

    def undo(self) -> None:
        """Take back the count, not the rate, of the constructor's step."""
        # PyTorch takes back the step of every scheduler inside, but not the count of the SequentialLR itself.
        for child in self.children:
            child.undo()


@dataclass
class Chain:
    """ChainedScheduler: all of them at every step, each on what the one before left."""

    children: list[Stepping]

    def begin(self) -> None:
        """Do what the constructor's step does: set the rate of update 0."""
        self.step()

    def step(self) -> None:
        """Set the rate of the next update."""
        for child in self.children:
            child.step()

    def jump(self) -> None:
        """Begin at a milestone of SequentialLR."""
        raise Refusal("PyTorch SequentialLR: it cannot begin a SequentialLR or ChainedScheduler at a milestone.")

    def undo(self) -> None:
        """Take back the count, not the rate, of the constructor's step."""
        for child in self.children:
            child.undo()
