import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from finder import lr_find
from finder.batches import read, row_count

ROWS = TensorDataset(torch.randn(32, 5, generator=torch.Generator().manual_seed(1)), torch.arange(32.0) / 10)
MSE = torch.nn.MSELoss()


class First(torch.nn.Module):
    """Answers one number a row."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layer = torch.nn.Linear(5, 1)

    def forward(self, inputs):
        return self.layer(inputs).squeeze(-1)


def search(loader, loss_fn, model=None, **options):
    model = model or First()
    return lr_find(model, loader, loss_fn, torch.optim.SGD(model.parameters(), lr=1.0), **{"num_it": 5} | options)


def test_a_loss_that_is_not_finite_from_the_first_update_on_is_doubted():
    class Lost(First):
        def forward(self, inputs):
            return super().forward(inputs) * float("nan")

    result = search(DataLoader(ROWS, 8), MSE, Lost(), num_it=100)
    assert result.suggestions == {}
    assert result.doubts == ("The loss was not finite from the first update on, so that no rate can be read from it.",)


def test_a_short_test_is_doubted_with_the_points_that_it_has():
    (doubt,) = search(DataLoader(ROWS, 8), MSE, num_it=20, stop_factor=None).doubts
    assert doubt == ("The rules see 13 of 20 points (2 at the start and 5 at the end are left out); 16 are needed.")


def test_each_item_of_a_loader_without_batches_is_a_row():
    single, whole = DataLoader(ROWS, batch_size=None), DataLoader(ROWS, batch_size=32)
    by_items, at_once = (search(single, MSE, validation=one) for one in (single, whole))
    np.testing.assert_allclose(by_items.raw, at_once.raw, rtol=1e-5)


@pytest.mark.parametrize("form", [tuple, list, dict])
def test_the_mean_is_over_rows_whatever_form_the_targets_have(form):
    inputs, targets = ROWS.tensors

    def batch(start, end):
        parts = {"one": targets[start:end], "two": targets[start:end]}
        return inputs[start:end], parts if form is dict else form(parts.values())

    def loss_fn(outputs, parts):
        one, two = parts.values() if isinstance(parts, dict) else parts
        return MSE(outputs, one) + MSE(outputs, two)

    train, pieces = [batch(0, 32)], [batch(0, 4), batch(4, 32)]
    found = search(train, loss_fn, validation=pieces)
    np.testing.assert_allclose(found.raw, search(train, loss_fn, validation=train).raw, rtol=1e-5)


def test_rows_are_those_of_the_first_tensor():
    rows, number = torch.zeros(7, 2), torch.tensor(3.0)
    assert row_count(rows, {"weight": number, "label": torch.zeros(4)}) == 4
    assert row_count(rows, [None, [torch.zeros(6)]]) == 6
    assert row_count(rows, np.zeros((8, 1))) == 8
    assert row_count({"inputs": rows}, ["a", "b"]) == row_count((rows, number), None) == 7
    assert row_count(rows, number) == row_count(rows, 3) == row_count(number, None) == row_count(None, None) == 1


@pytest.mark.parametrize("was", [True, False])
def test_a_loss_that_is_a_module_is_in_eval_mode_for_the_measurement_only(was):
    modes = []

    class Loss(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.nn.Dropout(0.5)

        def forward(self, outputs, targets):
            modes.append((torch.is_grad_enabled(), self.training, self.inner.training))
            return MSE(self.inner(outputs), targets)

    loss = Loss().train(was)
    search(DataLoader(ROWS, 32), loss, validation=DataLoader(ROWS, 32), num_it=3, restore=False)
    assert modes == [(True, was, was), (False, False, False)] * 3
    assert (loss.training, loss.inner.training) == (was, was)


class Backwards(torch.utils.data.Sampler):
    """The rows from the last to the first, in one of the forms that a sampler may give them."""

    def __init__(self, form):
        self.form = form

    def __iter__(self):
        return (self.form(-row) for row in range(1, 33))

    def __len__(self):
        return 32


@pytest.mark.parametrize("form", [int, np.int64, torch.tensor])
def test_a_sampler_that_counts_from_the_end_gives_the_batches_that_its_loader_gives(form):
    loader = DataLoader(ROWS, 8, sampler=Backwards(form))
    torch.testing.assert_close(list(read(loader)), list(loader), rtol=0, atol=0)
    assert search(loader, MSE).raw.size == 5


def test_a_row_before_the_first_is_no_row():
    loader = DataLoader(ROWS, batch_sampler=[[0, -33]])
    for one in (loader, read(loader)):
        with pytest.raises(IndexError):
            list(one)
