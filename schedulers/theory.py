"""What theory says about a schedule before anything is trained.

The bound holds for convex losses and a single pass over the data; on a small data set that is seen many times it is
something to put beside a measurement, never the truth.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from schedulers.declare import Curve, written
from words import Refusal

# Up to this many updates the sums are formed by subtraction, as in the paper's published implementation: its values for
# a rate that falls to 0 carry the rounding of that, about 1e-6 at 2,000 updates. Beyond, more digits would be lost.
AS_PUBLISHED = 5_000


@dataclass(frozen=True)
class Bound:
    """The bound on the last iterate's suboptimality: at these rates, and at the best multiple of them."""

    at_these_rates: float
    best_multiple: float
    best: float


def bound(rates: ArrayLike, *, distance: float = 1.0, gradient: float = 1.0) -> Bound:
    """Return the convex bound of a schedule (arXiv 2501.18965; Theorem 10 of arXiv 2310.07831), in O(T).

    `rates` are float, shape (T,), `distance` is D, how far the start is from the optimum, and `gradient` G, the bound
    on the gradient's norm. With alpha_k = sum of the rates after k, beta_k = from k on, and gamma_k = sum of
    (rate G)^2 from k on, the bound is D^2 / (2 sum rate) + sum (rate G)^2 / (2 sum rate) + the sum over k < T - 1 of
    rate_k gamma_k / (2 alpha_k beta_k). Rates of 0 at the end change nothing and are left out. Refusal when a rate is
    negative or not finite, or when all are 0.
    """
    eta = _checked(rates)
    eta = eta[: np.flatnonzero(eta)[-1] + 1]
    beta, gamma = _from_each_on(eta), _from_each_on(eta**2) * gradient**2
    alpha = beta - eta if len(eta) <= AS_PUBLISHED else np.append(beta[1:], 0.0)
    near = distance**2 / (2 * beta[0])
    far = gamma[0] / (2 * beta[0]) + 0.5 * float(np.sum(eta[:-1] / alpha[:-1] * gamma[:-1] / beta[:-1]))
    return Bound(float(near + far), float(np.sqrt(near / far)), float(2 * np.sqrt(near * far)))


def _from_each_on(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each k the sum of the values from k on."""
    if len(values) <= AS_PUBLISHED:
        return np.asarray(values.sum() - np.cumsum(values) + values)
    return np.cumsum(values[::-1])[::-1]


def adamw_weights(rates: ArrayLike, weight_decay: float) -> Curve:
    """Return the weight of each update in AdamW's final model, shape (T,), in O(T) (arXiv 2502.15938).

    c_i = rate_i * lambda * product over j > i of (1 - rate_j * lambda). What is missing to 1 is the weight of the
    initial model. Refusal when a rate is negative or all are 0, or when rate * lambda is not 0 to 1.
    """
    shrink = _checked(rates) * weight_decay
    if not ((shrink >= 0) & (shrink <= 1)).all():
        raise Refusal(
            "AdamW's weights: learning rate times weight decay must be 0 to 1, got {value}.",
            value=written(float(shrink[np.argmax((shrink < 0) | (shrink > 1) | np.isnan(shrink))])),
        )
    after = np.append(np.cumprod((1 - shrink)[:0:-1])[::-1], 1.0)
    return np.asarray(shrink * after)


def _checked(rates: ArrayLike) -> NDArray[np.float64]:
    eta = np.asarray(rates, dtype=np.float64)
    bad = ~(np.isfinite(eta) & (eta >= 0))
    if bad.any():
        raise Refusal(
            "Theory: each rate must be at least 0, got {value} at update {update}.",
            value=written(float(eta[bad][0])),
            update=int(np.argmax(bad)),
        )
    if not eta.any():
        raise Refusal("Theory: a rate must be above 0 at one update at least, got none.")
    return eta


def bound_along(rates: ArrayLike, points: int = 80) -> tuple[NDArray[np.int64], Curve]:
    """Return up to `points` updates, rising to the last, and the bound of a run that is cut after each of them.

    `rates` have the shape (T,). A cut run has no bound before its first rate above 0, so none is there. In
    O(points x T).
    """
    eta = _checked(rates)
    first = int(np.flatnonzero(eta)[0])
    ends = np.unique(np.linspace(first, len(eta) - 1, points).astype(np.int64))
    return ends, np.array([bound(eta[: end + 1]).at_these_rates for end in ends])
