"""Pasted code, statement by statement: what names stand for, and which schedulers are made."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from schedulers import libraries
from schedulers.pasted import calls
from schedulers.pasted.values import Unknown, refuse, value
from words import Refusal, say

# The learning rate of PyTorch's optimizers where none is given; 1e-3 for all others.
RATES = {
    "Adadelta": 1.0,
    "Adagrad": 1e-2,
    "ASGD": 1e-2,
    "LBFGS": 1.0,
    "RMSprop": 1e-2,
    "Rprop": 1e-2,
    "Adafactor": 1e-2,
}
OPTIMIZERS = (*RATES, "SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "SparseAdam", "Muon", "Lion", "LAMB")
SUSPECTS = ("LR", "Scheduler", "_schedule", "LRSchedule")
NO_CURVE = (
    "ReduceLROnPlateau",
    "GreedyLR",
    "PlateauLRScheduler",
    "get_reduce_on_plateau_schedule",
    "reduce_on_plateau",
)
Found = tuple[str, str, dict[str, Any], int, tuple[str, ...]]


@dataclass(frozen=True)
class Optimizer:
    """An optimizer's line: its learning rate, or None where the text does not say it as a number."""

    lr: float | Unknown
    note: str | None = None


@dataclass
class Made:
    """A scheduler that the text makes, and whether another one is made of it."""

    library: str
    name: str
    kwargs: dict[str, Any]
    line: int
    notes: tuple[str, ...] = ()
    used: bool = False


@dataclass
class Reading:
    """What has been read so far; grows with the text."""

    names: dict[str, Any] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    found: list[Made] = field(default_factory=list)

    def listed(self) -> list[Found]:
        """Return the schedulers of which no other is made."""
        return [(made.library, made.name, made.kwargs, made.line, made.notes) for made in self.found if not made.used]

    def statements(self, body: Sequence[ast.stmt]) -> None:
        """Read statements in order; functions and classes as if their bodies stood there."""
        for statement in body:
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    self.imports[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    self.imports[alias.asname or alias.name] = f"{statement.module or ''}.{alias.name}"
            elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                self._assign(targets, statement.value)
            elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
                self.statements(statement.body)
            elif isinstance(statement, ast.Expr | ast.Return) and statement.value is not None:
                self._expression(statement.value)
            else:
                self._pass_over(statement)

    def _assign(self, targets: Sequence[ast.expr], given: ast.expr) -> None:
        pairs = [(target, given) for target in targets]
        if len(targets) == 1 and isinstance(targets[0], ast.Tuple) and isinstance(given, ast.Tuple):
            pairs = list(zip(targets[0].elts, given.elts, strict=False))
        for target, each in pairs:
            meaning = self._meaning(each)
            for name in ast.walk(target):
                if isinstance(name, ast.Name | ast.Attribute):
                    self.names[ast.unparse(name)] = meaning

    def _meaning(self, node: ast.expr) -> Any:
        """Return a value, a scheduler, a list of them, an optimizer, or Unknown, which is refused only when used."""
        if isinstance(node, ast.Call):
            made = self._call(node)
            if made is not None:
                return made
        elif isinstance(node, ast.List | ast.Tuple):
            entries = [self._meaning(each) for each in node.elts]
            if any(isinstance(entry, Made) for entry in entries):
                return entries
        try:
            return value(node, self.names)
        except Refusal:
            return Unknown(node)

    def _expression(self, node: ast.expr) -> None:
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and self._call(call) is not None:
                return

    def _pass_over(self, statement: ast.stmt) -> None:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and self._scheduler(node) is not None:
                raise refuse(node, "{part} stands in a loop or a condition, which is not run; paste its line alone.")
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
                self.names[ast.unparse(node)] = Unknown(statement)

    def _dotted(self, node: ast.expr) -> str:
        """Return the name under which a function is called, with what it was imported from; "" for anything else."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return "." + ".".join(reversed(parts)) if parts else ""
        return ".".join([self.imports.get(node.id, node.id), *reversed(parts)])

    def _scheduler(self, call: ast.Call) -> tuple[str, str] | None:
        """Return library and name of the scheduler that the call makes, or None. Refusal for one with no curve."""
        dotted = self._dotted(call.func)
        name = dotted.rpartition(".")[2]
        root = dotted.split(".")[0]
        imported = isinstance(call.func, ast.Name) and call.func.id in self.imports
        if name in calls.LEARNER or name == "fine_tune":
            return ("fastai", name) if isinstance(call.func, ast.Attribute) else None
        if name == "ParamScheduler":
            return "fastai", name
        library = calls.library_of(name)
        known = {package for packages in calls.PACKAGES.values() for package in packages}
        if library is not None:
            if (imported or root in known) and root not in calls.PACKAGES[library]:
                raise refuse(call.func, "{part} is not the {name} of {library}.", name=name, library=library)
            return library, name
        if name in NO_CURVE:
            raise refuse(call.func, "{part} waits for a metric, so that it has no curve before training.")
        package = ("torch.optim.lr_scheduler", "timm.scheduler", "keras.optimizers.schedules", "optax")
        if name.endswith(SUSPECTS) or (dotted.startswith(package) and name[:1].isupper() and "optax" not in dotted):
            raise refuse(
                call.func, "the scheduler {part} is not understood; understood are {known}.", known=understood()
            )
        return None

    def _call(self, call: ast.Call) -> Made | list[Made] | Optimizer | None:
        which = self._scheduler(call)
        if which is None:
            return self._other(call)
        library, name = which
        if name == "fine_tune":
            return self._fine_tune(call)
        if name == "ParamScheduler":
            return self._param_scheduler(call)
        if name == "combine_scheds":
            return None  # a part of ParamScheduler, which reads it
        order = calls.positional(library, name)
        kwargs, notes = self._arguments(call, library, name, order)
        return self._keep(library, name, kwargs, call.lineno, notes)

    def _keep(self, library: str, name: str, kwargs: dict[str, Any], line: int, notes: Sequence[str]) -> Made:
        made = Made(library, name, kwargs, line, tuple(notes))
        self.found.append(made)
        return made

    def _given(self, call: ast.Call, name: str, order: Sequence[str | None]) -> dict[str, ast.expr]:
        """Return the call's arguments by their names, not yet read."""
        given: dict[str, ast.expr] = {}
        if len(call.args) > len(order):
            raise refuse(call.args[len(order)], "{name} does not take so many arguments.", name=name)
        for argument, each in zip(order, call.args, strict=False):
            if isinstance(each, ast.Starred):
                raise refuse(each, "{part} is not understood; write the arguments out.")
            if argument is not None:
                given[argument] = each
            elif not (isinstance(each, ast.Constant) and each.value in (None, -1)):
                value_of = ast.unparse(each)
                raise refuse(each, "{name} with {value} there is not understood.", name=name, value=value_of[:40])
        for keyword in call.keywords:
            if keyword.arg is None:
                raise refuse(keyword.value, "**{part} is not understood; write the arguments out.")
            if keyword.arg in given:
                raise refuse(call, "{name} is given {argument} twice.", name=name, argument=keyword.arg)
            given[keyword.arg] = keyword.value
        return given

    def _arguments(
        self, call: ast.Call, library: str, name: str, order: Sequence[str | None]
    ) -> tuple[dict[str, Any], list[str]]:
        """Return what `libraries.curve` takes, with the optimizer's rate as base_lr, and what was assumed."""
        given = self._given(call, name, order)
        kwargs: dict[str, Any] = {}
        notes: list[str] = []
        for argument, each in given.items():
            if argument in calls.LEARNER.get(name, ()):
                continue
            if argument in calls.HARMLESS and argument not in order[1:]:
                self._harmless(argument, each)
            elif argument in ("schedulers", "schedules"):
                kwargs[argument] = self._children(each, library)
            elif argument == "optimizer":
                continue
            else:
                kwargs[argument] = self._value(each, notes)
        if library in calls.WITH_OPTIMIZER and name not in ("OneCycleLR", "CyclicLR"):
            rate = self._base_rate(given.get("optimizer"), notes, kwargs)
            if rate is not None:
                kwargs["base_lr"] = rate
        if library == "fastai" and "lr_max" not in kwargs and "lr" not in kwargs and name != "lr_find":
            learner = self.names.get(ast.unparse(call.func.value)) if isinstance(call.func, ast.Attribute) else None
            if isinstance(learner, Optimizer) and isinstance(learner.lr, float):
                kwargs["lr" if name == "fit_flat_cos" else "lr_max"] = learner.lr
        return kwargs, notes

    def _harmless(self, argument: str, each: ast.expr) -> None:
        allowed = calls.HARMLESS[argument]
        if allowed and not (isinstance(each, ast.Constant) and each.value in allowed):
            try:
                plain = value(each, self.names)
            except Refusal:
                plain = each
            if plain not in allowed:
                raise refuse(each, "{argument} = {part} is not understood; leave {argument} out.", argument=argument)

    def _value(self, node: ast.expr, notes: list[str]) -> Any:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "slice" and node.args:
            notes.append(say("Line {line}: of slice(...) the last group's learning rate is drawn.", line=node.lineno))
            return value(node.args[-1], self.names)
        read = value(node, self.names)
        if isinstance(read, Made | Optimizer) or (isinstance(read, list) and any(isinstance(e, Made) for e in read)):
            raise refuse(node, "{part} is not a number.")
        return read

    def _children(self, node: ast.expr, library: str) -> list[list[Any]]:
        entries = self._meaning(node)
        known = entries if isinstance(entries, list) else []
        if not known and isinstance(node, ast.Name) and isinstance(self.names.get(node.id), list):
            known = self.names[node.id]
        if not known or not all(isinstance(entry, Made) and entry.library == library for entry in known):
            raise refuse(node, "{part} is not a list of {library}'s schedulers.", library=library)
        children = []
        for entry in known:
            entry.used = True
            children.append([entry.name, {key: each for key, each in entry.kwargs.items() if key != "base_lr"}
                             if entry.name != "CyclicLR" else entry.kwargs])  # fmt: skip
        return children

    def _base_rate(self, node: ast.expr | None, notes: list[str], kwargs: dict[str, Any]) -> float | None:
        """Return the optimizer's learning rate; None, with a note, where the text has no optimizer."""
        optimizer: Any = None
        if isinstance(node, ast.Call):
            optimizer = self._other(node)
        elif node is not None:
            optimizer = self.names.get(ast.unparse(node))
        elif "schedulers" in kwargs:
            optimizer = next((each for each in reversed(self.names.values()) if isinstance(each, Optimizer)), None)
        if isinstance(optimizer, Unknown):
            raise refuse(
                optimizer.node, "the optimizer {part} is not understood; write a line such as"
                " optimizer = torch.optim.SGD(model.parameters(), lr=0.1)."
            )  # fmt: skip
        if not isinstance(optimizer, Optimizer):
            notes.append(say("There is no optimizer's line: its learning rate is taken as 1e-3, PyTorch's default."))
            return None
        if isinstance(optimizer.lr, Unknown):
            raise refuse(optimizer.lr.node, "the learning rate {part} is not understood; write a number in its place.")
        if optimizer.note is not None:
            notes.append(optimizer.note)
        return optimizer.lr

    def _other(self, call: ast.Call) -> Optimizer | None:
        """Return the optimizer, or fastai's Learner, that the call makes; None for anything else."""
        name = self._dotted(call.func).rpartition(".")[2]
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if name in OPTIMIZERS:
            rate = given.get("lr", call.args[1] if len(call.args) > 1 else None)
            note = None
            if rate is None:
                note = say("{name} is given no learning rate: its default is taken.", name=name)
            grouped = bool(call.args) and isinstance(call.args[0], ast.List)
            if grouped:
                note = say("{name} has parameter groups: the rate that they share is drawn.", name=name)
            return Optimizer(RATES.get(name, 1e-3) if rate is None else self._rate(rate), note)
        if name == "Learner" or name.endswith("_learner"):
            return Optimizer(self._rate(given["lr"])) if "lr" in given else None
        return None

    def _rate(self, node: ast.expr) -> float | Unknown:
        try:
            read = value(node, self.names)
        except Refusal:
            return Unknown(node)
        return float(read) if isinstance(read, int | float) else Unknown(node)

    def _fine_tune(self, call: ast.Call) -> list[Made]:
        """fastai's fine_tune: one cycle with the body frozen, then one at half the rate with everything."""
        given = self._given(call, "fine_tune", calls.FINE_TUNE)
        notes: list[str] = []
        own = {key: self._value(each, notes) for key, each in given.items() if key in ("base_lr", "pct_start", "div")}
        base = own.get("base_lr", 2e-3)
        if not isinstance(base, int | float):
            raise refuse(call, "base_lr must be a number.")
        rest = {key: each for key, each in own.items() if key != "base_lr"}
        frozen = self._keep("fastai", "fine_tune.frozen", {"base_lr": float(base)}, call.lineno, notes)
        both = {"base_lr": base / 2, **rest}
        return [frozen, self._keep("fastai", "fine_tune.unfrozen", both, call.lineno, notes)]

    def _param_scheduler(self, call: ast.Call) -> Made:
        """fastai's ParamScheduler({"lr": one of its annealers, or combine_scheds([shares], [annealers])})."""
        table = call.args[0] if len(call.args) == 1 else None
        if isinstance(table, ast.Name):
            table = getattr(self.names.get(table.id), "node", None)
        keys = [key.value if isinstance(key, ast.Constant) else None for key in getattr(table, "keys", [])]
        if not isinstance(table, ast.Dict) or "lr" not in keys:
            raise refuse(call, '{part} is not understood; write ParamScheduler({{"lr": ...}}).')
        sched = self._followed(table.values[keys.index("lr")])
        shares: list[Any] = [1.0]
        parts: list[ast.expr] = [sched]
        if isinstance(sched, ast.Call) and self._dotted(sched.func).endswith("combine_scheds") and len(sched.args) == 2:
            shares, inner = self._value(sched.args[0], []), self._followed(sched.args[1])
            parts = inner.elts if isinstance(inner, ast.List | ast.Tuple) else [inner]
        scheds = []
        for part in map(self._followed, parts):
            name = self._dotted(part.func).rpartition(".")[2] if isinstance(part, ast.Call) else ""
            if name not in calls.ANNEALERS or not isinstance(part, ast.Call) or part.keywords:
                raise refuse(part, "{part} is none of fastai's {known}.", known=", ".join(calls.ANNEALERS))
            scheds.append([name, *(self._value(argument, []) for argument in part.args)])
        return self._keep("fastai", "combine_scheds", {"pcts": shares, "scheds": scheds}, call.lineno, ())

    def _followed(self, node: ast.expr) -> ast.expr:
        """Return the expression that a name stands for."""
        known = self.names.get(node.id) if isinstance(node, ast.Name) else None
        return known.node if isinstance(known, Unknown) and isinstance(known.node, ast.expr) else node


def understood() -> str:
    """Return the names of all schedulers that are understood, for a sentence."""
    listed = [f"{library}: {', '.join(names)}" for library, names in libraries.NAMES.items()]
    return "; ".join(listed)
