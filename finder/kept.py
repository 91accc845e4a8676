"""What a trial must give back: a model, its optimizer, random numbers and a loader, kept and put back exactly."""

import copy
import hashlib
import random
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

NUMBERS_AND_WORDS = (int, float, complex, str, bytes, type(None), np.generic)
STORES = {dict, OrderedDict, set}  # most of what a module holds; told first, which is quick


class Kept:
    """The state of modules, an optimizer, loaders and all random generators at the time of making.

    Kept are parameters, buffers (those that are not persistent too), gradients, each module's training flag and extra
    state, the optimizer's state, groups and own attributes, the generators of Python, NumPy and torch (CPU, CUDA, MPS),
    those of the loaders and their samplers, and whether a loader holds workers; and of modules and samplers the plain
    attributes: numbers, strings, None and tensors that are not registered; attributes made since are taken away.
    `restore` puts values back into the same tensors, so that whoever refers to one still does.

    Not seen are other attributes (a list, dict or object of one's own, but for a module's extra state), what a tensor
    held as an attribute says where it is sparse or computed from others, and what changes in a dataset, in a loader of
    one's own or in a function. Memory grows with the weights, the other tensors and the optimizer's state, one copy of
    each.
    """

    def __init__(
        self, modules: "Iterable[torch.nn.Module]", optimizer: "torch.optim.Optimizer", loaders: Iterable[object]
    ) -> None:
        import torch

        self.optimizer, self.loaders = optimizer, list(loaders)
        self.modules = [part for module in modules for part in module.modules()]
        self.places = [store for part in self.modules for store in (part._parameters, part._buffers)]
        self.held = [dict(store) for store in self.places]
        self.grouped: list[torch.Tensor] = [one for group in optimizer.param_groups for one in group["params"]]
        # Extra state is asked for first: it may be made by changing the attributes.
        self.extra = [(part, copy.deepcopy(part.get_extra_state())) for part in self.modules if _has_extra(part)]
        self.owners: list[object] = [
            *self.modules,
            *(one for one in _samplers(self.loaders) if hasattr(one, "__dict__")),
        ]
        self.names = [set(vars(owner)) for owner in self.owners]
        self.plain = [_plain(owner) for owner in self.owners]
        tensors = [one for store in self.held for one in store.values() if one is not None] + self.grouped
        tensors += [one for plain in self.plain for one in _own_tensors(plain)]
        self.tensors = list({id(one): one for one in tensors}.values())
        self.values = [one.detach().clone() for one in self.tensors]
        self.gradients = [one.grad for one in self.tensors]
        self.gradient_values = [None if one is None else one.detach().clone() for one in self.gradients]
        self.training = [part.training for part in self.modules]
        self.groups = [_copied(group, but="params") for group in optimizer.param_groups]
        self.state = {key: (value, _copied(value)) for key, value in optimizer.state.items()}
        self.attributes = dict(vars(optimizer))
        self.iterators = [getattr(loader, "_iterator", None) for loader in self.loaders]
        self.generators = [(one, one.get_state()) for one in _generators(self.loaders)]
        self.random = _random_states(any(one.is_cuda for one in self.tensors))

    def restore(self) -> None:
        """Put everything back."""
        import torch

        for loader, iterator in zip(self.loaders, self.iterators, strict=True):
            now = getattr(loader, "_iterator", None)
            if iterator is None and now is not None:
                now._shutdown_workers()
                loader._iterator = None  # type: ignore[attr-defined]
        for store, held in zip(self.places, self.held, strict=True):
            store.clear()
            store.update(held)  # type: ignore[arg-type]
        with torch.no_grad():
            for one, value, gradient, kept in zip(
                self.tensors, self.values, self.gradients, self.gradient_values, strict=True
            ):
                one.copy_(value)
                one.grad = gradient
                if gradient is not None and kept is not None:
                    gradient.copy_(kept)
            for part, flag in zip(self.modules, self.training, strict=True):
                part.training = flag
            for part, extra in self.extra:
                part.set_extra_state(copy.deepcopy(extra))
            for owner, names, plain in zip(self.owners, self.names, self.plain, strict=True):
                for name in vars(owner).keys() - names:
                    del vars(owner)[name]
                vars(owner).update(plain)
            self._restore_optimizer()
        for generator, state in self.generators:
            generator.set_state(state)
        _set_random_states(self.random)

    def _restore_optimizer(self) -> None:
        for group, parts in zip(self.optimizer.param_groups, self.groups, strict=True):
            for name in [name for name in group if name != "params" and name not in parts]:
                del group[name]
            group.update(_given_back(parts))
        self.optimizer.state.clear()
        for key, (value, parts) in self.state.items():
            if isinstance(value, dict):
                value.clear()
                value.update(_given_back(parts))
                self.optimizer.state[key] = value
            else:
                self.optimizer.state[key] = parts[""][1]
        vars(self.optimizer).clear()
        vars(self.optimizer).update(self.attributes)

    def digest(self) -> str:
        """Return a SHA-256 over all of it as it is now. Time grows with the bytes, about a second for each gigabyte."""
        digest = hashlib.sha256()
        for store in self.places:
            _add(digest, {name: value for name, value in store.items() if value is not None})
        _add(digest, [part.training for part in self.modules])
        plain = [dict(sorted(_plain(owner).items())) for owner in self.owners]
        said = [(name, value) for one in plain for name, value in one.items() if isinstance(value, NUMBERS_AND_WORDS)]
        digest.update(repr(said).encode())
        _add(digest, [tensor for one in plain for tensor in _own_tensors(one)])
        _add(digest, [part.get_extra_state() for part, _ in self.extra])
        _add(digest, [one.grad for one in self.tensors])
        _add(digest, self.grouped)
        for group in self.optimizer.param_groups:
            _add(digest, {name: value for name, value in group.items() if name != "params"})
        for one in self.grouped:
            _add(digest, self.optimizer.state.get(one, {}))
        _add(digest, [generator.get_state() for generator, _ in self.generators])
        _add(digest, list(_random_states("cuda" in self.random).values()))
        return digest.hexdigest()


def _has_extra(part: "torch.nn.Module") -> bool:
    import torch

    return type(part).get_extra_state is not torch.nn.Module.get_extra_state


def _plain(owner: object) -> dict[str, Any]:
    """Return those of its own attributes that are numbers, strings, None or tensors."""
    import torch

    kinds = (*NUMBERS_AND_WORDS, torch.Tensor)
    return {name: one for name, one in vars(owner).items() if type(one) not in STORES and isinstance(one, kinds)}


def _own_tensors(plain: dict[str, Any]) -> "list[torch.Tensor]":
    """Return the tensors that can be written and whose values are no result of others."""
    import torch

    return [
        one
        for one in plain.values()
        if isinstance(one, torch.Tensor)
        and one.is_leaf
        and one.layout == torch.strided
        and not (one.is_meta or one.is_nested or one.is_inference())
        and 0 not in one.stride()  # else it shows one number in several places, and none can be written
    ]


def _copied(value: Any, but: str = "") -> dict[str, tuple[Any, Any]]:
    """Return each entry as it is and as it was: (the object, a copy of its value)."""
    import torch

    entries = value if isinstance(value, dict) else {"": value}
    return {
        name: (one, one.detach().clone() if isinstance(one, torch.Tensor) else copy.deepcopy(one))
        for name, one in entries.items()
        if name != but
    }


def _given_back(parts: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Return the entries with their old values: tensors in place, all else anew."""
    import torch

    entries = {}
    for name, (one, value) in parts.items():
        if isinstance(one, torch.Tensor):
            one.detach().copy_(value)
        entries[name] = one if isinstance(one, torch.Tensor) else copy.deepcopy(value)
    return entries


def _generators(loaders: list[object]) -> "list[torch.Generator]":
    """Return the generators that the loaders and their samplers draw from, each once."""
    import torch

    drawn = [getattr(holder, "generator", None) for holder in (*loaders, *_samplers(loaders))]
    return list({id(one): one for one in drawn if isinstance(one, torch.Generator)}.values())


def _samplers(loaders: list[object]) -> Iterator[object]:
    """Return what may be a loader's samplers."""
    for loader in loaders:
        batches = getattr(loader, "batch_sampler", None)
        yield from (getattr(loader, "sampler", None), batches, getattr(batches, "sampler", None))


def _random_states(cuda: bool) -> dict[str, Any]:
    import torch

    states: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": np.random.get_state(legacy=True),
        "torch": torch.get_rng_state(),
    }
    if cuda or torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        states["cuda"] = torch.cuda.get_rng_state_all()
    if torch.backends.mps.is_available():
        states["mps"] = torch.mps.get_rng_state()
    return states


def _set_random_states(states: dict[str, Any]) -> None:
    import torch

    random.setstate(states["python"])
    np.random.set_state(states["numpy"])
    torch.set_rng_state(states["torch"])
    if "cuda" in states:
        torch.cuda.set_rng_state_all(states["cuda"])
    if "mps" in states:
        torch.mps.set_rng_state(states["mps"])


def _add(digest: Any, value: Any) -> None:
    """Take a value into the digest: tensors and arrays by type, shape and bytes, all else as it is written."""
    import torch

    if isinstance(value, dict):
        for name in value:
            digest.update(repr(name).encode())
            _add(digest, value[name])
    elif isinstance(value, torch.Tensor):
        digest.update(repr((value.dtype, value.shape)).encode())
        plain = value.detach().cpu().contiguous().reshape(-1)
        digest.update(plain.view(torch.uint8).numpy().data if plain.numel() else b"")
    elif isinstance(value, np.ndarray):
        digest.update(np.ascontiguousarray(value).data)
    elif isinstance(value, (list, tuple)) and any(isinstance(one, (dict, torch.Tensor, np.ndarray)) for one in value):
        for one in value:
            _add(digest, one)
    else:
        digest.update(repr(value).encode())
