"""Which learning rate: the range test, the rules that read it, and the command line."""

# The function hides its module of the same name; torch is imported when it runs.
from finder.lr_find import RangeTestResult, RuleFailed, lr_find
from finder.own_critical import OwnCritical, critical_rate
from finder.suggest import minimum, slide, steep, valley

__all__ = [
    "OwnCritical", "RangeTestResult", "RuleFailed", "critical_rate", "lr_find", "minimum", "slide", "steep", "valley",
]  # fmt: skip
