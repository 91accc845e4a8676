import numpy as np
import pytest

from schedulers import CATALOGUE
from schedulers.export import source


@pytest.mark.parametrize("name", CATALOGUE)
@pytest.mark.parametrize("updates", [1, 7, 100])
def test_exported_source_stands_alone_and_gives_the_same_numbers(name, updates):
    schedule = CATALOGUE[name]
    text = source(schedule, {})
    assert "schedulers" not in text
    space: dict[str, object] = {"np": np}
    with np.errstate(all="ignore"):
        exec(compile(text, name, "exec"), space)
        np.testing.assert_allclose(space["learning_rate"](updates), schedule.rates(updates), rtol=1e-12)
        momentum = schedule.momentum(updates)
        if momentum is None:
            assert "momentum" not in space
        else:
            np.testing.assert_allclose(space["momentum"](updates), momentum, rtol=1e-12)


def test_parameters_are_written_into_the_source():
    space: dict[str, object] = {"np": np}
    exec(source(CATALOGUE["constant"], {"peak": 0.25}), space)
    assert space["learning_rate"](3).tolist() == [0.25, 0.25, 0.25]
