"""The plan: what is the target, what is each column, and what the user should know about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd

from data import giveaway
from data.kinds import KINDS, ColumnKind, Finding, find, is_classes, last_word
from data.task import TABLE_KINDS, Kind
from words import Refusal, say

TARGET_NAMES = (
    "target", "label", "class", "y", "outcome", "output", "response", "species", "survived", "diagnosis", "churn",
    "default", "quality", "category", "price", "cost", "salary", "income", "sales", "score", "rating",
)  # fmt: skip


class ReadTable(Protocol):
    """What reading a file gives (`data.reading.Reading`)."""

    @property
    def table(self) -> pd.DataFrame:
        """The rows."""

    @property
    def infinite(self) -> Mapping[str, int]:
        """Columns that hold infinite values, and the first line of each."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns that reading found to be of no use; its notes say why."""


@dataclass(frozen=True)
class ColumnWarning:
    """One sentence that the user should know about a column."""

    column: str
    sentence: str


@dataclass(frozen=True)
class Plan:
    """What to learn: `target`, its `kind` (classes or number), and the kind of every other column.

    Columns that are absent from `columns` are ignored.
    """

    target: str
    kind: Kind
    columns: dict[str, ColumnKind] = field(default_factory=dict)
    warnings: tuple[ColumnWarning, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain JSON."""
        warnings = [{"column": warning.column, "sentence": warning.sentence} for warning in self.warnings]
        return {"target": self.target, "kind": self.kind, "columns": dict(self.columns), "warnings": warnings}

    @staticmethod
    def from_json(stored: object) -> "Plan":
        """Return the plan that `to_json` wrote (`warnings` may be absent); a Refusal where it is none."""
        if not isinstance(stored, dict):
            raise Refusal("Plan: must be an object with target, kind and columns, got {value}.", value=stored)
        target, kind, columns = stored.get("target"), stored.get("kind"), stored.get("columns")
        if not isinstance(target, str) or not target:
            raise Refusal("Plan: target must be the name of a column, got {value}.", value=target)
        if kind not in TABLE_KINDS:
            raise Refusal("Plan: kind must be classes or number, got {value}.", value=kind)
        if not isinstance(columns, dict):
            raise Refusal("Plan: columns must be an object from name to kind, got {value}.", value=columns)
        for name, column_kind in columns.items():
            _check_column(target, name, column_kind)
        try:
            warnings = tuple(
                ColumnWarning(str(warning["column"]), str(warning["sentence"]))
                for warning in stored.get("warnings", ())
            )
        except (TypeError, KeyError) as error:
            raise Refusal("Plan: warnings must be a list of objects with column and sentence.") from error
        return Plan(target, kind, dict(columns), warnings)


def _check_column(target: str, name: object, column_kind: object) -> None:
    if not isinstance(name, str):
        raise Refusal("Plan: a column's name must be text, got {value}.", value=name)
    if column_kind not in KINDS:
        raise Refusal(
            "Plan: column {name} must be one of {kinds}, got {value}.",
            name=name, kinds=", ".join(KINDS), value=column_kind,
        )  # fmt: skip
    if name == target and column_kind != "ignore":
        raise Refusal("Plan: {name} is the target and cannot be a column to learn from too.", name=name)


def propose(reading_or_table: ReadTable | pd.DataFrame, target: str | None = None) -> Plan:
    """Return a plan for the table: a target unless one is given, its kind, each column's kind, and warnings.

    The target proposed is a column with a usual name (target, label, class, price ...), otherwise the last that is
    suitable; never one that identifies rows. Columns that may give the target away are pointed out and kept: whether
    they may be used, only the user knows. A Refusal where the target is not in the table or the table has no column.
    Grows with rows x columns.
    """
    infinite: Mapping[str, int]
    ignored: tuple[str, ...]
    if isinstance(reading_or_table, pd.DataFrame):
        table, infinite, ignored = reading_or_table, _infinite(reading_or_table), ()
    else:
        table, infinite, ignored = reading_or_table.table, reading_or_table.infinite, reading_or_table.ignored
    if table.shape[1] == 0 or len(table) == 0:
        raise Refusal(
            "The table needs rows and columns, got {rows} rows and {columns} columns.",
            rows=len(table), columns=table.shape[1],
        )  # fmt: skip
    finite = table.replace([np.inf, -np.inf], np.nan) if infinite else table
    findings = {
        str(name): Finding("ignore", identifier=True) if name in ignored else find(finite[name])
        for name in table.columns
    }
    if target is None:
        target = _proposed_target(findings)
    elif target not in findings:
        raise Refusal("The target {name} is not in the table; its columns are {names}.",
                      name=target, names=some(list(findings)))  # fmt: skip
    kind: Kind = "classes" if is_classes(finite[target]) else "number"
    columns: dict[str, ColumnKind] = {name: finding.kind for name, finding in findings.items() if name != target}
    warnings = [*_about_target(finite[target], kind, findings[target])]
    for name, column_kind in columns.items():
        told = list(findings[name].why)
        if name in infinite:
            told.append(say("It holds infinite values, the first in line {line}; they count as missing.",
                            line=infinite[name]))  # fmt: skip
        given_away = giveaway.sentence(finite[name], finite[target], column_kind, kind)
        warnings += [ColumnWarning(name, sentence) for sentence in told + ([given_away] if given_away else [])]
    return Plan(target, kind, columns, tuple(warnings))


def some(names: list[str], most: int = 10) -> str:
    """Return the names with commas, the first ten and "..." where there are more."""
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def _infinite(table: pd.DataFrame) -> dict[str, int]:
    """Lines as in a file with one line of names and one line a row."""
    lines = {}
    for name in table.columns:
        if pd.api.types.is_float_dtype(table[name]):
            found = np.flatnonzero(np.isinf(table[name].to_numpy(np.float64)))
            if len(found):
                lines[str(name)] = int(found[0]) + 2
    return lines


def _proposed_target(findings: dict[str, Finding]) -> str:
    suitable = [name for name, finding in findings.items() if finding.kind in ("number", "category")]
    # A column's name, or its last word (house_price, SalePrice), is looked up.
    for usual in TARGET_NAMES:
        named = [name for name in suitable if name.strip().lower() == usual]
        if named:
            return named[-1]
    for usual in TARGET_NAMES:
        named = [name for name in suitable if len(usual) > 1 and last_word(name) == usual]
        if named:
            return named[-1]
    others = [name for name, finding in findings.items() if not finding.identifier]
    return (suitable or others or list(findings))[-1]


def _about_target(target: pd.Series, kind: Kind, finding: Finding) -> list[ColumnWarning]:
    name = str(target.name)
    told = list(finding.why) if finding.kind == "ignore" else []
    missing = int(target.isna().sum())
    if 0 < missing < len(target):
        told.append(say("The target is missing in {count} of {rows} rows; they are left out.",
                        count=missing, rows=len(target)))  # fmt: skip
    if kind == "classes":
        single = int((target.value_counts() == 1).sum())
        if single:
            told.append(say("{count} classes have one row only; they cannot be both learned and tested.", count=single))
    return [ColumnWarning(name, sentence) for sentence in told]
