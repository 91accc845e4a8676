"""A schedule as a torch scheduler: its rates, its groups, its state."""

import io
import pickle

import numpy as np
import pytest
import torch

from schedulers import CATALOGUE, as_torch, cosine, cyclic, one_cycle, rex, then
from words import Refusal


def weights():
    return [torch.nn.Parameter(torch.zeros(2))]


def sgd(**more):
    return torch.optim.SGD(weights(), lr=0.3, momentum=0.5, **more)


def adamw():
    return torch.optim.AdamW(weights(), lr=1e-3, betas=(0.8, 0.95))


def run(scheduler, updates):
    """The rate and the momentum or beta1 of each update, of each group: (updates, groups, 2)."""
    seen = []
    for _ in range(updates):
        groups = scheduler.optimizer.param_groups
        seen.append([[group["lr"], group["betas"][0] if "betas" in group else group["momentum"]] for group in groups])
        scheduler.optimizer.step()
        scheduler.step()
    return np.array(seen)


@pytest.mark.parametrize("schedule", CATALOGUE.values(), ids=CATALOGUE)
@pytest.mark.parametrize("optimizer", [sgd, adamw])
def test_each_update_gets_the_schedules_rate_and_momentum(schedule, optimizer):
    made = optimizer()
    own = made.param_groups[0].get("momentum", 0.8)
    scheduler = as_torch(schedule, made, 37)
    assert isinstance(scheduler, torch.optim.lr_scheduler.LRScheduler)
    seen = run(scheduler, 37)[:, 0]
    np.testing.assert_array_equal(seen[:, 0], schedule.rates(37))
    momentum = schedule.momentum(37)
    np.testing.assert_array_equal(seen[:, 1], np.full(37, own) if momentum is None else momentum)
    if "betas" in made.param_groups[0]:
        assert made.param_groups[0]["betas"][1] == 0.95


def test_parameters_and_joined_schedules_are_taken():
    assert run(as_torch(cosine, sgd(), 10, peak=2.0), 10)[0, 0, 0] == 2.0
    joined = then((0.5, cosine, {"peak": 1.0}), (0.5, rex, {"peak": 0.5}))
    np.testing.assert_array_equal(run(as_torch(joined, sgd(), 12), 12)[:, 0, 0], joined.rates(12))
    with pytest.raises(Refusal, match=r"^Cosine decay: there is no parameter top"):
        as_torch(cosine, sgd(), 10, top=1)


def test_past_the_end_the_rate_stays_at_the_last_one():
    scheduler = as_torch(one_cycle, sgd(), 8)
    seen = run(scheduler, 12)[:, 0]
    assert set(seen[8:, 0]) == {one_cycle.rates(8)[-1]}
    assert set(seen[8:, 1]) == {one_cycle.momentum(8)[-1]}


def test_groups_keep_the_proportion_of_their_own_rates():
    first, second, third = weights(), weights(), weights()
    optimizer = torch.optim.SGD([
        {"params": first, "lr": 1e-3}, {"params": second, "lr": 4e-3}, {"params": third, "lr": 0.0}
    ], lr=1.0)  # fmt: skip
    seen = run(as_torch(cosine, optimizer, 9, peak=0.2), 9)[:, :, 0]
    np.testing.assert_allclose(seen, np.outer(cosine.rates(9, peak=0.2), [0.25, 1, 0]), rtol=1e-15)
    again = as_torch(rex, optimizer, 9)
    np.testing.assert_allclose(run(again, 9)[:, :, 0], np.outer(rex.rates(9), [0.25, 1, 0]), rtol=1e-15)


@pytest.mark.parametrize("optimizer", [sgd, adamw])
@pytest.mark.parametrize("schedule", [one_cycle, cyclic, cosine], ids=lambda one: one.name)
@pytest.mark.parametrize("stop", [0, 1, 17, 39, 40, 45])
def test_a_state_saved_on_the_way_resumes_exactly(schedule, optimizer, stop):
    whole = run(as_torch(schedule, optimizer(), 40), 50)
    before = as_torch(schedule, optimizer(), 40)
    run(before, stop)
    kept = io.BytesIO()
    torch.save({"scheduler": before.state_dict(), "optimizer": before.optimizer.state_dict()}, kept)
    kept.seek(0)
    state = torch.load(kept, weights_only=True)
    after = as_torch(schedule, optimizer(), 40)
    after.optimizer.load_state_dict(state["optimizer"])
    after.load_state_dict(state["scheduler"])
    assert after.state_dict() == before.state_dict()
    assert after.get_last_lr() == [whole[stop, 0, 0]]
    np.testing.assert_array_equal(run(after, 50 - stop), whole[stop:])


def test_it_pickles_with_its_optimizer():
    scheduler = as_torch(one_cycle, sgd(), 20)
    run(scheduler, 7)
    copy = pickle.loads(pickle.dumps(scheduler))
    assert type(copy) is type(scheduler)
    assert copy.optimizer is not scheduler.optimizer
    np.testing.assert_array_equal(run(copy, 13), run(scheduler, 13))


def test_a_rate_that_is_a_tensor_stays_one():
    optimizer = torch.optim.Adam(weights(), lr=torch.tensor(1e-3), capturable=False, foreach=False)
    scheduler = as_torch(cosine, optimizer, 5)
    assert isinstance(optimizer.param_groups[0]["lr"], torch.Tensor)
    assert optimizer.param_groups[0]["lr"].item() == pytest.approx(0.1)
    assert type(scheduler.state_dict()["_last_lr"][0]) is float


@pytest.mark.parametrize(
    ("T", "parameters", "schedule"), [(41, {}, cosine), (40, {"peak": 0.2}, cosine), (40, {}, rex)]
)
def test_another_schedules_state_is_refused(T, parameters, schedule):
    state = as_torch(schedule, sgd(), T, **parameters).state_dict()
    with pytest.raises(Refusal, match=r"^Cosine decay: this state belongs to another schedule; its \w+ must be .*\.$"):
        as_torch(cosine, sgd(), 40).load_state_dict(state)


def test_what_an_optimizer_cannot_do_is_refused():
    sentence = r"^as_torch: 1cycle \(fastai\) cycles the momentum; .* momentum or betas, got Adagrad\.$"
    with pytest.raises(Refusal, match=sentence):
        as_torch(one_cycle, torch.optim.Adagrad(weights()), 10)
    assert len(run(as_torch(cosine, torch.optim.SGD(weights(), lr=1.0), 10), 10)) == 10
    with pytest.raises(
        Refusal, match=r"^as_torch: a parameter group must have a learning rate above 0, got \[0\.0\]\.$"
    ):
        as_torch(cosine, torch.optim.SGD(weights(), lr=0.0), 10)
