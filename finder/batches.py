"""What comes out of a user's own loader: gone through, told apart into inputs and targets, moved to a device."""

import numbers
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from words import Refusal

TARGETS = ("target", "targets", "label", "labels", "y")


def split_batch(batch: Any) -> tuple[Any, Any]:
    """Return (inputs, targets) of a tuple, list or dict.

    The last of a tuple or list is the targets; what is before them is the inputs, by itself where it is one thing. Of a
    dict the entry with one of the names in TARGETS is the targets and the rest the inputs. Raises Refusal for others.
    """
    if isinstance(batch, list | tuple) and len(batch) > 1:
        inputs = batch[:-1]
        return (inputs[0] if len(inputs) == 1 else tuple(inputs)), batch[-1]
    if isinstance(batch, dict):
        named = [name for name in TARGETS if name in batch]
        if len(named) == 1:
            return {name: value for name, value in batch.items() if name != named[0]}, batch[named[0]]
    raise Refusal(
        "Range test: a batch must be (inputs, targets) or a dict with one of {names}, got {value}; or give split.",
        names=", ".join(TARGETS),
        value=f"dict of {', '.join(map(str, batch))}" if isinstance(batch, dict) else type(batch).__name__,
    )


def read(loader: Iterable[Any], name: str = "loader") -> Iterable[Any]:
    """Go through a loader once. A plain DataLoader gives the batches that it always gives, faster.

    Where the rows lie in one tensor, as a TensorDataset's do, a batch is taken at once and not row by row; other rows
    are put together without DataLoader's own work around them. The random numbers are drawn as it draws them (torch
    2.13: one for the workers' seeds, then the sampler's own). Raises Refusal, which calls it `name`, for what cannot be
    gone through.
    """
    import torch
    from torch.utils.data import DataLoader, IterableDataset, TensorDataset, default_collate

    if not (hasattr(loader, "__iter__") or hasattr(loader, "__getitem__")):
        raise Refusal(
            "Range test: {name} must be a DataLoader or something else that gives batches, got {value}.",
            name=name,
            value=type(loader).__name__,
        )

    if (
        type(loader) is not DataLoader
        or isinstance(loader.dataset, IterableDataset)
        or (loader.num_workers, loader.pin_memory, loader.collate_fn) != (0, False, default_collate)
        or loader.batch_sampler is None
    ):
        yield from loader
        return
    dataset = loader.dataset
    whole = dataset.tensors if type(dataset) is TensorDataset else None
    several = getattr(dataset, "__getitems__", None)
    torch.empty((), dtype=torch.int64).random_(generator=loader.generator)
    for rows in loader.batch_sampler:
        if whole is not None and type(rows) is list and {*map(type, rows)} == {int}:
            places = torch.tensor(rows)
            places = torch.where(places < 0, places + whole[0].size(0), places)  # -1 is the last row
            yield [tensor.index_select(0, places.to(tensor.device)) for tensor in whole]
        else:
            yield _together(several(rows) if several else [dataset[row] for row in rows])


def _together(rows: list[Any]) -> Any:
    """Return rows as one batch, as torch's default_collate (2.13) does, which looks at each kind of value first."""
    import torch
    from torch.utils.data import default_collate

    if {*map(type, rows)} != {tuple} or len({*map(len, rows)}) != 1:
        return default_collate(rows)
    return [
        torch.stack(column) if {*map(type, column)} == {torch.Tensor} else default_collate(list(column))
        for column in zip(*rows, strict=True)
    ]


def row_count(inputs: Any, targets: Any) -> int:
    """Return how many rows a batch has: the first dimension of the first tensor in targets, else in inputs.

    Tuples, lists and dicts are gone through. Targets that are one number, or tensors without a dimension, are one row,
    as an unbatched item is.
    """
    for part in (targets, inputs):
        known = list(_arrays(part))
        if known:
            return next((len(one) for one in known if one.ndim), 1)
        if isinstance(part, numbers.Number):
            return 1
    return 1


def _arrays(value: Any) -> Iterator[Any]:
    if hasattr(value, "ndim"):
        yield value
    elif isinstance(value, list | tuple | Mapping):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _arrays(one)


def move(value: Any, device: Any) -> Any:
    """Return the value with every tensor in it on the device; tuples, lists and dicts are gone through."""
    if hasattr(value, "to"):
        return value.to(device, non_blocking=True)
    if isinstance(value, list | tuple):
        return tuple(move(one, device) for one in value)
    if isinstance(value, dict):
        return {name: move(one, device) for name, one in value.items()}
    return value
