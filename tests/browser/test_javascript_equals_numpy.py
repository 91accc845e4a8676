"""Every closed-form schedule in JavaScript, run by Chromium, against its NumPy values, from one declaration."""

import itertools

import numpy as np
import pytest

from schedulers import CATALOGUE
from schedulers.symbols import FIXED, javascript
from words import Refusal

pytestmark = pytest.mark.browser

DRAWS = 40
LENGTHS = (1, 2, 3, 10, 97, 100, 600)
EVALUATE = """([source, runs]) => {
    const rule = eval(source)
    return runs.map(([T, given]) => Array.from({ length: T }, (_, t) => rule(t, T, given)))
}"""


def combinations(schedule):
    """All choices and flags of the schedule."""
    fixed = [param for param in schedule.params if param.kind in FIXED]
    allowed = [param.choices if param.kind == "choice" else (False, True) for param in fixed]
    return [dict(zip([param.name for param in fixed], chosen, strict=True)) for chosen in itertools.product(*allowed)]


def drawn(param, chance):
    """The default, a bound, a round share (where a curve turns on an update), or any number, small ones as often."""
    if chance.random() < 0.3:
        return param.default
    if chance.random() < 0.15:
        return int(param.low) if param.kind == "count" else param.low
    if param.kind == "count":
        return int(chance.integers(param.low, min(param.high, 40) + 1))
    if param.kind == "share" and chance.random() < 0.5:
        return float(np.clip(round(chance.random() * 20) / 20, param.low, param.high))
    least = max(param.low, 1e-6 * param.high)
    if param.low >= 0 and param.high / least > 100:
        return float(np.exp(chance.uniform(np.log(least), np.log(param.high))))
    return float(chance.uniform(param.low, param.high))


def runs(schedule, fixed, chance):
    """Parameters and lengths that the schedule accepts, with its rates and momentum."""
    found = []
    for _ in range(4 * DRAWS):
        values = {p.name: drawn(p, chance) for p in schedule.params if p.kind not in FIXED}
        T = int(chance.choice(LENGTHS))
        try:
            rates = schedule.rates(T, **values, **fixed)
            momentum = schedule.momentum(T, **values, **fixed)
        except Refusal:
            continue
        found.append((T, values, {"rate": rates, "momentum": momentum}))
        if len(found) == DRAWS:
            break
    return found


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    "schedule", [each for each in CATALOGUE.values() if each.closed_form], ids=lambda each: each.name
)
def test_javascript_gives_what_numpy_gives(schedule, tab):
    chance = np.random.default_rng(7)
    for fixed in combinations(schedule):
        sources = javascript(schedule, fixed)
        assert sources is not None, "a closed form must be a formula of symbols"
        cases = runs(schedule, fixed, chance)
        assert len(cases) >= DRAWS // 4
        for what, source in sources.items():
            computed = tab.evaluate(EVALUATE, [source, [[T, values] for T, values, _ in cases]])
            for (T, values, expected), values_there in zip(cases, computed, strict=True):
                scale = np.abs(expected[what]).max()
                np.testing.assert_allclose(
                    np.array(values_there, dtype=float), expected[what], rtol=1e-9, atol=1e-12 * scale,
                    err_msg=f"{schedule.name} {what} {fixed} {values} T={T}",
                )  # fmt: skip
        assert ("momentum" in sources) == (cases[0][2]["momentum"] is not None)
