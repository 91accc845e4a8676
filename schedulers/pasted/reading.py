"""Pasted code, statement by statement: what names stand for, and which schedulers are made."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schedulers.pasted import calls
from schedulers.pasted.factors import factor
from schedulers.pasted.learner import combined, fine_tune, param_scheduler
from schedulers.pasted.optimizers import Optimizer, optimizer
from schedulers.pasted.recognise import Made, dotted, given, harmless, scheduler
from schedulers.pasted.values import Unknown, refuse, value
from words import Refusal, say

Found = tuple[str, str, dict[str, Any], int, tuple[str, ...], float | None]


@dataclass
class Reading:
    """What has been read so far; grows with the text."""

    names: dict[str, Any] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    found: list[Made] = field(default_factory=list)

    def listed(self) -> list[Found]:
        """Return the schedulers of which no other is made."""
        return [
            (made.library, made.name, made.kwargs, made.line, made.notes, made.momentum)
            for made in self.found
            if not made.used
        ]

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
                self.names[statement.name] = Unknown(statement)
            elif isinstance(statement, ast.Expr | ast.Return) and statement.value is not None:
                self._inside(statement)
            else:
                self._pass_over(statement)

    def _assign(self, targets: Sequence[ast.expr], given: ast.expr) -> None:
        pairs = [(target, given) for target in targets]
        if len(targets) == 1 and isinstance(targets[0], ast.Tuple) and isinstance(given, ast.Tuple):
            pairs = list(zip(targets[0].elts, given.elts, strict=False))
        for target, each in pairs:
            meaning = self._meaning(each)
            for name in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
                self.names[ast.unparse(name)] = Unknown(each) if name is not target else meaning

    def _meaning(self, node: ast.expr) -> Any:
        """Return a value, a scheduler, a list of them, an optimizer, or Unknown, which is refused only when used."""
        if isinstance(node, ast.Call):
            made = self._call(node)
            if not isinstance(made, Made | list):
                self._inside(node)
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

    def _inside(self, node: ast.AST) -> None:
        """Find the schedulers that are made inside an expression, not those that they are made of."""
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.Call) or not isinstance(self._call(child), Made | list):
                self._inside(child)

    def _pass_over(self, statement: ast.stmt) -> None:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and scheduler(node, self.imports) is not None:
                raise refuse(node, "{part} stands in a loop or a condition, which is not run; paste its line alone.")
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
                self.names[ast.unparse(node)] = Unknown(statement)

    def _call(self, call: ast.Call) -> Made | list[Made] | Optimizer | None:
        which = scheduler(call, self.imports)
        if which is None:
            return optimizer(dotted(call.func, self.imports).rpartition(".")[2], call, self.names)
        library, name = which
        notes: list[str] = []
        if name == "fine_tune":
            pairs = fine_tune(call, lambda node: self._value(node, notes))
            return [self._keep(library, part, kwargs, call.lineno, notes) for part, kwargs in pairs]
        if name == "ParamScheduler":
            part, kwargs = param_scheduler(call, lambda node: self._value(node, notes), self.names, self.imports)
            return self._keep(library, part, kwargs, call.lineno, notes)
        if name == "combine_scheds":
            part, kwargs = combined(call, lambda node: self._value(node, notes), self.names, self.imports)
            return self._keep(library, part, kwargs, call.lineno, notes)
        order = calls.positional(library, name)
        kwargs, notes = self._arguments(call, library, name, order)
        made = self._keep(library, name, kwargs, call.lineno, notes)
        if library in calls.WITH_OPTIMIZER:
            known = self._optimizer(given(call, name, order).get("optimizer"), kwargs)
            made.momentum = known.momentum if isinstance(known, Optimizer) else None
        return made

    def _keep(self, library: str, name: str, kwargs: dict[str, Any], line: int, notes: Sequence[str]) -> Made:
        made = Made(library, name, kwargs, line, tuple(notes))
        self.found.append(made)
        return made

    def _arguments(
        self, call: ast.Call, library: str, name: str, order: Sequence[str | None]
    ) -> tuple[dict[str, Any], list[str]]:
        """Return what `libraries.curve` takes, with the optimizer's rate as base_lr, and what was assumed."""
        known = given(call, name, order)
        kwargs: dict[str, Any] = {}
        notes: list[str] = []
        for argument, each in known.items():
            if argument in calls.LEARNER.get(name, ()):
                continue
            if argument in calls.HARMLESS and argument not in order[1:]:
                harmless(argument, each, self.names)
            elif argument in ("schedulers", "schedules"):
                kwargs[argument] = self._children(each, library)
            elif argument == "optimizer":
                continue
            elif argument == "lr_lambda":
                kwargs[argument] = factor(each, self.names)
            else:
                kwargs[argument] = self._value(each, notes)
        if library in calls.WITH_OPTIMIZER and name not in ("OneCycleLR", "CyclicLR"):
            rate = self._base_rate(known.get("optimizer"), notes, kwargs)
            if rate is not None:
                kwargs["base_lr"] = rate
        if library == "fastai" and "lr_max" not in kwargs and "lr" not in kwargs and name != "lr_find":
            learner = self.names.get(ast.unparse(call.func.value)) if isinstance(call.func, ast.Attribute) else None
            if isinstance(learner, Optimizer) and isinstance(learner.lr, float):
                kwargs["lr" if name == "fit_flat_cos" else "lr_max"] = learner.lr
        return kwargs, notes

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
        if not known or not all(isinstance(entry, Made) and entry.library == library for entry in known):
            raise refuse(node, "{part} is not a list of {library}'s schedulers.", library=library)
        children = []
        for entry in known:
            entry.used = True
            children.append([entry.name, {key: each for key, each in entry.kwargs.items() if key != "base_lr"}
                             if entry.name != "CyclicLR" else entry.kwargs])  # fmt: skip
        return children

    def _optimizer(self, node: ast.expr | None, kwargs: Mapping[str, Any]) -> Any:
        """Return what the text says of a scheduler's optimizer: an Optimizer, Unknown, or None."""
        if isinstance(node, ast.Call):
            return self._call(node)
        if node is not None:
            return self.names.get(ast.unparse(node))
        if "schedulers" in kwargs:
            return next((each for each in reversed(self.names.values()) if isinstance(each, Optimizer)), None)
        return None

    def _base_rate(self, node: ast.expr | None, notes: list[str], kwargs: dict[str, Any]) -> float | None:
        """Return the optimizer's learning rate; None, with a note, where the text has no optimizer."""
        made = self._optimizer(node, kwargs)
        if isinstance(made, Unknown):
            raise refuse(
                made.node, "the optimizer {part} is not understood; write a line such as"
                " optimizer = torch.optim.SGD(model.parameters(), lr=0.1)."
            )  # fmt: skip
        if not isinstance(made, Optimizer):
            notes.append(say("There is no optimizer's line: its learning rate is taken as 1e-3, PyTorch's default."))
            return None
        if isinstance(made.lr, Unknown):
            raise refuse(made.lr.node, "the learning rate {part} is not understood; write a number in its place.")
        if made.note is not None:
            notes.append(made.note)
        return made.lr
