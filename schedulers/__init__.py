"""The learning rate over time: every schedule is declared once and found in CATALOGUE by its name."""

from schedulers.as_torch import as_torch
from schedulers.combined import combined
from schedulers.cyclic import cyclic
from schedulers.decay import (
    budgeted_linear,
    constant,
    cosine,
    exponential,
    flat_cosine,
    inverse_time,
    multistep,
    polynomial,
    rex,
    step,
    tanh,
)
from schedulers.declare import CATALOGUE, Param, Schedule, declare
from schedulers.drawn import drawn
from schedulers.join import Joined, then
from schedulers.one_cycle import one_cycle, torch_one_cycle
from schedulers.own_formula import own_formula
from schedulers.plateau import infinite, knee, power, wsd
from schedulers.plot import plot
from schedulers.restarts import cosine_restarts, decaying_restarts
from schedulers.warmup import cosine_warmup, inverse_sqrt, linear_warmup, noam

__all__ = [
    "CATALOGUE",
    "Joined",
    "Param",
    "Schedule",
    "as_torch",
    "budgeted_linear",
    "combined",
    "constant",
    "cosine",
    "cosine_restarts",
    "cosine_warmup",
    "cyclic",
    "decaying_restarts",
    "declare",
    "drawn",
    "exponential",
    "flat_cosine",
    "infinite",
    "inverse_sqrt",
    "inverse_time",
    "knee",
    "linear_warmup",
    "multistep",
    "noam",
    "one_cycle",
    "own_formula",
    "plot",
    "polynomial",
    "power",
    "rex",
    "step",
    "tanh",
    "then",
    "torch_one_cycle",
    "wsd",
]
