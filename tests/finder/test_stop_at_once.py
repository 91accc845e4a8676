import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from finder import sweep

LOSSES = st.lists(st.one_of(st.floats(0, 100, width=32), st.sampled_from([float("nan"), float("inf")])), max_size=40)


@given(losses=LOSSES, factor=st.floats(1, 10))
def test_the_rule_over_a_whole_curve_is_the_rule_update_by_update(losses, factor):
    rule = sweep.StopRule(factor)
    expected = next((t for t, value in enumerate(losses) if rule.step(value)), None)
    assert sweep.stop(np.array(losses, dtype=np.float32), factor) == expected
