"""The learning rate over time: every schedule is declared once and found in CATALOGUE by its name."""

from schedulers.decay import constant, cosine, flat_cosine, step
from schedulers.declare import CATALOGUE, Param, Schedule, declare
from schedulers.one_cycle import one_cycle, torch_one_cycle
from schedulers.restarts import cosine_restarts
from schedulers.warmup import linear_warmup

__all__ = [
    "CATALOGUE",
    "Param",
    "Schedule",
    "constant",
    "cosine",
    "cosine_restarts",
    "declare",
    "flat_cosine",
    "linear_warmup",
    "one_cycle",
    "step",
    "torch_one_cycle",
]
