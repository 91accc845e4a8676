"""Which snippets are executed: every schedule with its defaults, and parameters that other libraries can express."""

from collections.abc import Iterator
from typing import Any

from schedulers import CATALOGUE
from schedulers.export import LIBRARIES, Exported, code

# (schedule, parameters, updates): lengths at which shares of the run fall on whole updates.
SUITED: list[tuple[str, dict[str, Any], int]] = [
    ("step", {"every": 0.25}, 60),
    ("multistep", {"first": 0.3, "second": 0.6}, 60),
    ("polynomial", {"final": 1e-4, "power": 2.0}, 60),
    ("cosine", {"final": 1e-3}, 60),
    ("linear_warmup", {"first": 1e-5, "final": 1e-5}, 60),
    ("cosine_warmup", {"first": 1e-5, "final": 1e-5}, 60),
    ("cosine_warmup", {"final": 1e-5}, 60),
    ("cosine_restarts", {"cycles": 3, "multiplier": 2.0}, 70),
    ("cosine_restarts", {"cycles": 4, "multiplier": 1.0}, 60),
    ("decaying_restarts", {"cycles": 3, "multiplier": 2.0}, 70),
    ("cyclic", {"mode": "triangular2"}, 64),
    ("cyclic", {"mode": "exp_range", "rising": 0.25}, 64),
    ("torch_one_cycle", {"anneal": "linear", "three_phase": True}, 60),
    ("wsd", {"shape": "linear"}, 60),
    ("wsd", {"shape": "cosine", "warmup": 0.0, "final": 1e-5}, 60),
    ("knee", {"warmup": 0.0}, 60),
    ("one_cycle", {"warmup": 0.4}, 60),
]
CASES: list[tuple[str, dict[str, Any], int]] = [(name, {}, T) for name in CATALOGUE for T in (60, 61)] + SUITED


def snippets(library: str) -> Iterator[tuple[str, dict[str, Any], int, Exported]]:
    """Yield (schedule, parameters, T, snippet) of every case in one library."""
    assert library in LIBRARIES
    for name, parameters, T in CASES:
        yield name, parameters, T, code(library, CATALOGUE[name], parameters, T)
