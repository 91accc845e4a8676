import dataclasses
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import finder
from data import builtin
from finder import lr_find, minimum, slide, steep, valley
from finder.batches import read
from finder.kept import Kept
from finder.range_test import range_test
from finder.suggestion import Suggestion
from training.batches import order
from words import Refusal


def mlp(task, seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(task.features, 16), torch.nn.ReLU(), torch.nn.Linear(16, task.outputs))


class Net(torch.nn.Module):
    """Everything that is easily forgotten: running statistics, dropout, a buffer that is not saved, a frozen part."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(5, 8),
            torch.nn.BatchNorm1d(8),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.2),
            torch.nn.Linear(8, 3),
        )
        self.register_buffer("calls", torch.zeros(1), persistent=False)
        self.layers[1].eval()

    def forward(self, inputs):
        self.calls = self.calls + 1  # a new tensor takes the old one's place
        return self.layers(inputs)


ROWS = TensorDataset(torch.randn(90, 5, generator=torch.Generator().manual_seed(1)), torch.arange(90) % 3)
LOSS = torch.nn.CrossEntropyLoss()


def setting(optimizer=torch.optim.Adam, **options):
    torch.manual_seed(3)
    model = Net()
    made = optimizer(model.parameters(), lr=1e-3)
    loader = DataLoader(ROWS, batch_size=16, shuffle=True, generator=torch.Generator().manual_seed(5), **options)
    for inputs, targets in loader:  # so that the optimizer has a state and parameters have gradients
        LOSS(model(inputs), targets).backward()
        made.step()
    return model, loader, made


def everything(model, loader, optimizer):
    """All that must be as before, read in another way than the product does."""
    parts = [value.tolist() for value in [*model.parameters(), *model.buffers()]]
    parts += [None if one.grad is None else one.grad.tolist() for one in model.parameters()]
    parts += [part.training for part in model.modules()]
    state = optimizer.state_dict()
    for entry in state["state"].values():
        parts.append({name: value.tolist() for name, value in entry.items()})
    parts.append(state["param_groups"])
    parts += [loader.generator.get_state().tolist(), torch.get_rng_state().tolist(), random.getstate()]
    return [*parts, np.random.get_state()[1].tolist(), np.random.get_state()[2]]


def test_the_same_numbers_as_the_range_test_on_the_same_batches():
    task = builtin.task("iris")
    rows = task.train
    positions = [
        order(3, epoch, len(rows))[place * 32 : place * 32 + 32]
        for epoch in range(30)
        for place in range(len(rows) // 32)
    ]
    batches = [(torch.from_numpy(task.inputs[rows[at]]), torch.from_numpy(task.targets[rows[at]])) for at in positions]
    model = mlp(task, seed=3)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.9)
    ours = lr_find(model, batches, LOSS, optimizer, start=1e-5, end=1e3, num_it=60)
    engine = range_test(task, "mlp_16", start=1e-5, end=1e3, num_it=60, seeds=(3,), batch_size=32, device="cpu")
    assert ours.stopped == engine.stopped[0] is not None
    np.testing.assert_allclose(ours.raw, engine.raw[0][: len(ours.raw)], rtol=1e-4)
    np.testing.assert_allclose(ours.losses, engine.smoothed[0], rtol=1e-4)
    np.testing.assert_array_equal(ours.lrs, engine.lrs[: len(ours.lrs)])
    assert {rule: one.lr for rule, one in ours.suggestions.items()} == pytest.approx(
        {rule: one.lr for rule, one in engine.answers.items()}, rel=1e-4
    )
    assert (ours.band, ours.doubts) == (pytest.approx(engine.band), engine.doubts)


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.SGD, torch.optim.Adagrad, torch.optim.RMSprop])
def test_everything_is_given_back_and_tensors_stay_the_same_ones(optimizer):
    parts = setting(optimizer)
    before, same = everything(*parts), [id(one) for one in [*parts[0].parameters(), *parts[0].buffers()]]
    moments = [value for entry in parts[2].state.values() for value in entry.values() if torch.is_tensor(value)]
    result = lr_find(parts[0], parts[1], LOSS, parts[2], num_it=30)
    assert result.restored
    assert len(result.digest) == 64
    assert everything(*parts) == before
    assert [id(one) for one in [*parts[0].parameters(), *parts[0].buffers()]] == same
    now = [value for entry in parts[2].state.values() for value in entry.values() if torch.is_tensor(value)]
    assert all(one is other for one, other in zip(moments, now, strict=True))


class Counting(torch.nn.Module):
    """Holds numbers and tensors as plain attributes, which no state_dict knows."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(5, 3)
        self.calls, self.name, self.last = 0, "new", None
        self.mean, self.ema = torch.zeros(5), torch.zeros(5)
        self.mask = torch.ones(1).expand(5)
        self.edges = torch.eye(3).to_sparse()
        with torch.inference_mode():
            self.places = torch.arange(5.0)

    def forward(self, inputs):
        self.calls += 1
        self.name, self.last, self.made = f"call {self.calls}", inputs.sum(), [self.calls]
        self.mean += inputs.detach().mean(0)
        self.ema = 0.9 * self.ema + inputs.detach().mean(0)
        return self.layer(inputs * self.mask)


class Turning(torch.utils.data.Sampler):
    """Starts one row later in every epoch."""

    def __init__(self):
        self.epoch = 0

    def __len__(self):
        return len(ROWS)

    def __iter__(self):
        self.epoch += 1
        return iter([(row + self.epoch) % len(ROWS) for row in range(len(ROWS))])


def test_plain_attributes_of_modules_and_samplers_are_given_back():
    model = Counting()
    model(torch.ones(2, 5))
    before, names = (model.calls, model.name, model.last, model.mean, model.ema), list(vars(model))
    loaders = [DataLoader(ROWS, 16, sampler=Turning()), DataLoader(ROWS, batch_sampler=[[0, 1], [2, 3]])]
    loaders += [DataLoader(ROWS, batch_sampler=torch.utils.data.BatchSampler(Turning(), 16, False))]
    for loader in loaders:
        result = lr_find(model, loader, LOSS, torch.optim.SGD(model.parameters(), lr=1.0), num_it=12)
        assert result.restored
        after = model.calls, model.name, model.last, model.mean, model.ema
        assert all(one is other for one, other in zip(after, before, strict=True))
        assert (model.calls, model.name, model.last.item()) == (1, "call 1", 10)
        assert model.mean.tolist() == model.ema.tolist() == [1] * 5
        assert list(vars(model)) == names
    assert loaders[0].sampler.epoch == loaders[2].batch_sampler.sampler.epoch == 0


def test_what_is_made_in_training_is_taken_away():
    model = Counting()
    lr_find(model, DataLoader(ROWS, 16), LOSS, torch.optim.SGD(model.parameters(), lr=1.0), num_it=3)
    assert not hasattr(model, "made")
    assert (model.calls, model.last) == (0, None)


def test_the_digest_sees_plain_attributes():
    model = Counting()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    sampler = Turning()
    kept = Kept([model], optimizer, [DataLoader(ROWS, 16, sampler=sampler)])
    seen = [kept.digest()]
    model.calls = 1
    seen.append(kept.digest())
    model.mean.add_(1)
    seen.append(kept.digest())
    sampler.epoch = 2
    seen.append(kept.digest())
    assert len({*seen}) == 4
    kept.restore()
    assert kept.digest() == seen[0]


def test_training_goes_on_as_if_nothing_had_been():
    def losses(search):
        model, loader, optimizer = setting()
        if search:
            lr_find(model, loader, LOSS, optimizer, num_it=25)
        seen = []
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = LOSS(model(inputs), targets)
            loss.backward()
            optimizer.step()
            seen.append(loss.item())
        return seen

    assert losses(True) == losses(False)


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ZeroDivisionError])
def test_everything_is_given_back_after_an_interruption(failure):
    parts = setting()
    before, calls = everything(*parts), []

    def loss_fn(outputs, targets):
        calls.append(random.random() + np.random.rand())
        if len(calls) == 7:
            raise failure
        return LOSS(outputs, targets)

    with pytest.raises(failure):
        lr_find(parts[0], parts[1], loss_fn, parts[2])
    assert everything(*parts) == before


def test_a_state_that_cannot_be_put_back_is_reported():
    model, loader, _ = setting()

    class Drifting(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.calls = []

        def get_extra_state(self):
            self.calls.append(1)
            return len(self.calls)

        def set_extra_state(self, state):
            pass

    model.drifting = Drifting()
    with pytest.raises(RuntimeError, match="could not be put back"):
        lr_find(model, loader, LOSS, torch.optim.SGD(model.parameters(), lr=1.0), num_it=3)


def test_without_restoring_the_model_stays_trained():
    model, loader, optimizer = setting()
    before = model.layers[0].weight.detach().clone()
    result = lr_find(model, loader, LOSS, optimizer, num_it=10, restore=False)
    assert not result.restored
    assert not torch.equal(model.layers[0].weight, before)


def test_groups_keep_the_ratios_of_their_rates():
    model, loader, _ = setting()
    groups = [{"params": model.layers[0].parameters(), "lr": 0.01}, {"params": model.layers[4].parameters(), "lr": 0.1}]
    optimizer = torch.optim.SGD(groups)
    seen = []
    optimizer.register_step_pre_hook(lambda one, *_: seen.append([group["lr"] for group in one.param_groups]))
    result = lr_find(model, loader, LOSS, optimizer, start=1e-4, end=1, num_it=20)
    np.testing.assert_allclose([high for _, high in seen], result.lrs[: len(seen)], rtol=1e-12)
    np.testing.assert_allclose([low for low, _ in seen], result.lrs[: len(seen)] / 10, rtol=1e-12)
    assert [group["lr"] for group in optimizer.param_groups] == [0.01, 0.1]


def test_a_scheduler_is_left_alone_and_its_warm_up_does_not_count():
    model, loader, _ = setting()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: t / 10)
    before = scheduler.state_dict(), dict(vars(optimizer))
    result = lr_find(model, loader, LOSS, optimizer, num_it=20)
    assert result.raw[-1] != result.raw[0]
    assert (scheduler.state_dict(), dict(vars(optimizer))) == before
    assert optimizer.param_groups[0]["lr"] == 0.0


def test_a_rate_held_as_a_tensor_is_swept_in_place():
    model, loader, _ = setting()
    lr = torch.tensor(0.01)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    result = lr_find(model, loader, LOSS, optimizer, num_it=12)
    assert result.lrs.size == 12
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == pytest.approx(0.01)


def test_accumulation_counts_updates_and_equals_the_whole_batch():
    inputs, targets = ROWS.tensors
    halves = [(inputs[at : at + 10], targets[at : at + 10]) for at in range(0, 80, 10)]
    wholes = [(inputs[at : at + 20], targets[at : at + 20]) for at in range(0, 80, 20)]
    results = []
    for batches, accumulate in ((halves, 2), (wholes, 1)):
        torch.manual_seed(0)
        model = torch.nn.Linear(5, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        steps = []
        optimizer.register_step_pre_hook(lambda *_, steps=steps: steps.append(1))
        results.append(lr_find(model, batches, LOSS, optimizer, num_it=24, end=1, accumulate=accumulate))
        assert len(steps) == len(results[-1].raw) == 24
    np.testing.assert_allclose(results[0].raw, results[1].raw, rtol=1e-5)


def test_validation_is_measured_in_eval_mode_without_gradients():
    model, loader, optimizer = setting()
    inputs, targets = ROWS.tensors
    check = [(inputs[:40], targets[:40]), (inputs[40:], targets[40:])]
    modes = []

    def function(trained):
        modes.append((trained.training, torch.is_grad_enabled()))
        return LOSS(trained(inputs), targets).item()

    by_loader = lr_find(model, loader, LOSS, optimizer, num_it=15, validation=check)
    by_function = lr_find(model, loader, LOSS, optimizer, num_it=15, validation=function)
    np.testing.assert_allclose(by_loader.raw, by_function.raw, rtol=1e-5)
    assert set(modes) == {(False, False)}
    assert model.training
    assert not model.layers[1].training


class Rows(torch.utils.data.Dataset):
    """Rows in one of the forms that datasets have, fetched one by one, or several at once."""

    def __init__(self, form):
        self.form = form
        if form == "several":
            self.__getitems__ = lambda rows: [ROWS[row] for row in rows]

    def __len__(self):
        return len(ROWS)

    def __getitem__(self, row):
        if self.form == "several":
            raise AssertionError("fetched one by one")
        inputs, target = ROWS[row]
        forms = {"tensors": (inputs, target), "a number": (inputs, int(target)), "list": [inputs, target],
                 "dict": {"inputs": inputs, "label": target}, "one": inputs,
                 "nested": ((inputs, inputs), target)}  # fmt: skip
        return forms[self.form]


@pytest.mark.parametrize("form", ["tensors", "a number", "list", "dict", "one", "nested", "several"])
def test_other_datasets_give_the_batches_that_their_loader_gives(form):
    loader = DataLoader(Rows(form), batch_size=16, shuffle=True)
    torch.manual_seed(2)
    expected = list(loader)
    after = torch.get_rng_state()
    torch.manual_seed(2)
    given = list(read(loader))
    assert torch.equal(torch.get_rng_state(), after)
    assert len(given) == len(expected) == 6
    torch.testing.assert_close(given, expected, rtol=0, atol=0)
    assert type(given[0]) is type(expected[0])


def test_rows_of_different_forms_are_refused_as_their_loader_refuses_them():
    loader = DataLoader([(torch.zeros(2), 1), (torch.zeros(2), 1, 1)], batch_size=2)
    with pytest.raises(RuntimeError, match="equal size"):
        list(loader)
    with pytest.raises(RuntimeError, match="equal size"):
        list(read(loader))


@pytest.mark.parametrize("own_generator", [True, False])
@pytest.mark.parametrize("options", [{"shuffle": True}, {"shuffle": False, "drop_last": True}])
def test_a_dataset_of_tensors_gives_the_batches_that_its_loader_gives(own_generator, options):
    def generator():
        return torch.Generator().manual_seed(7) if own_generator else None

    torch.manual_seed(2)
    loader = DataLoader(ROWS, batch_size=16, generator=generator(), **options)
    expected = [batch for _ in range(2) for batch in loader]
    after = torch.get_rng_state()
    torch.manual_seed(2)
    loader = DataLoader(ROWS, batch_size=16, generator=generator(), **options)
    given = [batch for _ in range(2) for batch in read(loader)]
    assert torch.equal(torch.get_rng_state(), after)
    assert len(given) == len(expected)
    for batch, other in zip(given, expected, strict=True):
        assert all(torch.equal(one, two) for one, two in zip(batch, other, strict=True))


@pytest.mark.parametrize("form", [tuple, list, dict, "own", "nested"])
def test_batches_of_every_form(form):
    inputs, targets = ROWS.tensors
    split, model = {}, torch.nn.Linear(5, 3)
    batches = [(inputs, targets)]
    if form is list:
        batches = [[inputs, targets]]
    elif form is dict:
        batches = [{"input": inputs, "labels": targets}]
    elif form == "own":
        batches, split = [{"a": inputs, "b": [targets]}], {"split": lambda batch: (batch["a"], batch["b"][0])}
    elif form == "nested":
        model = torch.nn.Bilinear(5, 5, 3)
        batches = [(inputs, inputs, targets)]
    result = lr_find(model, batches, LOSS, torch.optim.SGD(model.parameters(), lr=1.0), num_it=12, **split)
    assert result.raw.size == 12


def test_a_loss_that_is_not_finite_ends_the_test_before_its_update():
    model = torch.nn.Linear(5, 3)
    count = []

    def loss_fn(outputs, targets):
        count.append(1)
        return 0 * outputs.sum() + (float("nan") if len(count) == 31 else 100 - len(count))

    before = everything_of(model)
    result = lr_find(model, [ROWS.tensors], loss_fn, torch.optim.SGD(model.parameters(), lr=1.0), end=1e-3)
    assert len(count) == result.raw.size == 31
    assert result.losses.size == result.lrs.size == 30
    assert np.isnan(result.raw[-1])
    assert result.stopped is None
    # fastai's rules see the points from the tenth to the NaN, the last five too
    assert result.suggestions["minimum"].mark[0] == pytest.approx(result.lrs[29], rel=1e-4)
    assert everything_of(model) == before
    result.plot()


def everything_of(model):
    return [one.tolist() for one in model.parameters()]


def test_bfloat16_autocast_is_used():
    model = torch.nn.Linear(5, 3)
    seen = set()

    def loss_fn(outputs, targets):
        seen.add(outputs.dtype)
        return LOSS(outputs, targets)

    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    lr_find(model, [ROWS.tensors], loss_fn, optimizer, num_it=5, autocast="bfloat16")
    assert seen == {torch.bfloat16}


def test_rules_are_chosen_by_name_or_function():
    model, loader, optimizer = setting()

    def own(lrs, losses):
        return float(lrs[len(losses) // 2])

    chosen = (minimum, steep, valley, slide, "ignite", own, lambda lrs, losses: None)
    result = lr_find(model, loader, LOSS, optimizer, suggest_funcs=chosen)
    assert list(result.suggestions) == ["minimum", "steep", "valley", "slide", "ignite", "own"]
    assert isinstance(result.suggestions["own"], Suggestion)
    assert result.suggestions["valley"] == valley(*finder.sweep.cut(result.lrs, result.losses, 100))
    assert list(lr_find(model, loader, LOSS, optimizer, suggest_funcs="valley").suggestions) == ["valley"]


def test_the_plot_shows_the_curve_and_the_suggestions():
    model, loader, optimizer = setting()
    result = lr_find(model, loader, LOSS, optimizer)
    figure = result.plot()
    assert type(figure).__name__ == "Figure"
    assert any(len(trace.x) == result.lrs.size for trace in figure.data)
    assert sum("valley" in (trace.name or "") for trace in figure.data) == 1
    assert "var(--" not in figure.to_json()


def test_the_plot_of_a_doubted_curve_greys_the_marks():
    model, loader, optimizer = setting()
    result = lr_find(model, loader, LOSS, optimizer, suggest_funcs="valley")

    def marks(doubts):
        figure = dataclasses.replace(result, doubts=doubts).plot()
        return [trace for trace in figure.data if (trace.hovertemplate or "").startswith("valley suggests")]

    sure, doubted = marks(()), marks(("The loss does not fall.",))
    assert len(sure) == len(doubted) > 0
    assert {trace.opacity for trace in sure} == {1.0}
    assert {trace.opacity for trace in doubted} == {0.4}
    assert {trace.marker.color for trace in doubted}.isdisjoint({trace.marker.color for trace in sure})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"start": 0}, "Range test: start (learning rate) must be above 0, got 0."),
        ({"num_it": 0}, "Range test: iterations must be 1 to 100000, got 0."),
        ({"beta": 1}, "Smoothing: beta must be 0 to under 1, got 1."),
        ({"stop_factor": 0}, "Stop rule: factor must be above 0, got 0."),
        ({"accumulate": 0}, "Range test: accumulate must be 1 or more batches, got 0."),
        ({"model": 3}, "Range test: model must be a torch.nn.Module, got int."),
        ({"optimizer": None}, "Range test: optimizer must be a torch.optim.Optimizer, got NoneType."),
        ({"loss_fn": "mse"}, "Range test: loss_fn must be a function of outputs and targets, got str."),
        ({"autocast": "int8"}, "Range test: autocast must be float16, bfloat16 or None, got int8."),
        ({"device": "meta"}, "Range test: device must be cpu, where the model is, got meta."),
        ({"device": "gpu"}, "Range test: device must be cpu, where the model is, got gpu."),
        (
            {"loader": []},
            "Range test: the loader gives no batches, or none when it is gone through again; give a DataLoader.",
        ),
        (
            {"validation": []},
            "Range test: the validation loader gives no batches, or none when it is gone through again, as it must be "
            "after every update; give a DataLoader.",
        ),
        (
            {"loader": [torch.ones(2)]},
            "Range test: a batch must be (inputs, targets) or a dict with one of target, targets, label, labels, y, "
            "got Tensor; or give split.",
        ),
        (
            {"loader": [{"a": 1, "b": 2}]},
            "Range test: a batch must be (inputs, targets) or a dict with one of target, targets, label, labels, y, "
            "got dict of a, b; or give split.",
        ),
        (
            {"loss_fn": torch.nn.CrossEntropyLoss(reduction="none")},
            "Range test: loss_fn must answer one number, got shape (90,).",
        ),
        (
            {"suggest_funcs": ("valley", "best")},
            "Range test: suggest_funcs must be functions or some of minimum, steep, valley, slide, lightning, "
            "lightning_before_2.5.3, pytorch_lr_finder, ignite, got best.",
        ),
    ],
)  # fmt: skip
def test_bad_arguments_get_one_sentence(change, sentence):
    model = torch.nn.Linear(5, 3)
    given = {
        "model": model,
        "loader": [ROWS.tensors],
        "loss_fn": LOSS,
        "optimizer": torch.optim.SGD(model.parameters(), lr=1.0),
    }
    with pytest.raises(Refusal) as refusal:
        lr_find(**given | change)
    assert str(refusal.value) == sentence


def test_an_iterator_that_ends_and_models_that_cannot_be_swept_are_refused():
    model = torch.nn.Linear(5, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    with pytest.raises(Refusal, match="none when it is gone through again"):
        lr_find(model, iter([ROWS.tensors] * 3), LOSS, optimizer)
    with pytest.raises(Refusal, match="LBFGS"):
        lr_find(model, [ROWS.tensors], LOSS, torch.optim.LBFGS(model.parameters()))
    with pytest.raises(Refusal, match="no parameters"):
        lr_find(torch.nn.ReLU(), [ROWS.tensors], LOSS, optimizer)


def test_importing_finder_imports_no_torch():
    code = "import sys, finder; assert callable(finder.lr_find); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


ON = [("cpu", None), ("cpu", "bfloat16")]
if torch.cuda.is_available():
    ON += [("cuda", None), ("cuda", "bfloat16"), ("cuda", "float16")]


@pytest.mark.parametrize(("device", "autocast"), ON)
def test_on_any_device_everything_is_given_back(device, autocast):
    model = Net().to(device)
    random = torch.cuda.get_rng_state if device == "cuda" else torch.get_rng_state
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    before = [one.tolist() for one in [*model.parameters(), *model.buffers()]], random().tolist()
    loader = DataLoader(ROWS, batch_size=16, shuffle=True, pin_memory=device == "cuda")
    result = lr_find(model, loader, LOSS, optimizer, autocast=autocast, suggest_funcs=(valley,))
    assert result.restored
    assert result.losses.size > 50
    after = [one.tolist() for one in [*model.parameters(), *model.buffers()]], random().tolist()
    assert after == before
