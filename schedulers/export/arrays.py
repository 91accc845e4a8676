"""Snippets for libraries that ask a function for the rate: fastai, optax and Keras."""

from typing import Any

from schedulers.export.parts import Parts, call, keywords
from schedulers.export.places import Call

_FASTAI = """{numpy}import torch
{imports}from fastai.data.core import DataLoaders
from fastai.learner import Learner

{functions}
rows = [(torch.randn(10), torch.randn(1)) for _ in range(T)]  # your data
dls = DataLoaders.from_dsets(rows, rows[:1], bs=1, device="cpu")
learn = Learner(dls, torch.nn.Linear(10, 1), loss_func=torch.nn.functional.mse_loss)  # your model and loss

{fit}
"""

_AT = """

def at(values):
    return lambda position: values[min(round(position * T), T - 1)]


"""

_OPTAX = """import jax
import jax.numpy as jnp
{numpy}import optax

{functions}{schedule}
optimizer = {optimizer}
parameters = jnp.zeros(10)  # your parameters
state = optimizer.init(parameters)


@jax.jit
def update(parameters, state):
    gradients = jax.grad(lambda parameters: jnp.mean((parameters - 1) ** 2))(parameters)  # your loss
    changes, state = optimizer.update(gradients, state)
    return optax.apply_updates(parameters, changes), state


for t in range(T):
    parameters, state = update(parameters, state)
"""

_TABLE = """{name} = jnp.asarray({name})


def {function}(count):
    return {name}[jnp.minimum(count, T - 1)]


"""

_KERAS = """import keras
import numpy as np

{functions}{classes}
schedule = {schedule}
optimizer = {optimizer}
model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(1)])  # your model
model.compile(optimizer=optimizer, loss="mse")
model.fit(np.zeros((T, 10)), np.zeros((T, 1)), batch_size=1, epochs=1, verbose=0)  # your data
"""

_KERAS_SCHEDULE = """

class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rates):
        self.rates = rates

    def __call__(self, step):
        update = keras.ops.minimum(keras.ops.cast(step, "int32"), len(self.rates) - 1)
        return keras.ops.take(keras.ops.convert_to_tensor(self.rates, "float32"), update)

    def get_config(self):
        return {"rates": self.rates}

"""

_KERAS_MOMENTUM = """

class CyclingSGD(keras.optimizers.SGD):
    # Keras fixes an optimizer's momentum when it compiles the model, so this one looks it up at every update.
    def momentum_at(self, step):
        update = keras.ops.minimum(keras.ops.cast(step, "int32"), T - 1)
        return keras.ops.take(keras.ops.convert_to_tensor(momenta, "float32"), update)

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.momentums[self._get_variable_index(variable)]
        self.assign(velocity, velocity * self.momentum_at(self.iterations) - gradient * learning_rate)
        self.assign_add(variable, velocity)

"""


def fastai(parts: Parts) -> str:
    """Return the schedule as a fit method of fastai, or as a ParamScheduler of its annealers or of a function."""
    name, kwargs = parts.call or ("", {})
    scheduled: dict[str, str] = {}
    names = {"ParamScheduler"}
    if name == "combine_scheds":
        scheduled["lr"] = _combined(kwargs, names)
    elif not name:
        scheduled["lr"] = "at(rates)"
    if parts.momentum:
        scheduled["mom"] = "at(momenta)"
    table = ", ".join(f'"{key}": {text}' for key, text in scheduled.items())
    if scheduled:
        imports = f"from fastai.callback.schedule import {', '.join(sorted(names, key=str.lower))}\n"
        fit = f"learn.fit(1, cbs=ParamScheduler({{{table}}}))"
    else:
        imports = "import fastai.callback.schedule  # gives Learner this way to fit\n"
        fit = call(f"learn.{name}", ["1", *keywords(kwargs, -1)])
    functions = parts.functions + (_AT if "at(" in table else "")
    return _FASTAI.format(numpy=parts.numpy, imports=imports, functions=functions, fit=fit)


def _combined(kwargs: dict[str, Any], names: set[str]) -> str:
    annealers = []
    for name, *values in kwargs["scheds"]:
        names.add(name)
        annealers.append(f"{name}({', '.join(map(repr, values))})")
    if len(annealers) == 1:
        return annealers[0]
    names.add("combine_scheds")
    return f"combine_scheds({kwargs['pcts']!r}, [{', '.join(annealers)}])"


def optax(parts: Parts) -> str:
    """Return the schedule as optax's own, or as a function of the count that looks the rate up."""
    functions, schedule = parts.functions, "\n"
    if parts.call is None:
        functions += _TABLE.format(name="rates", function="schedule")
        schedule = ""
    else:
        schedule = f"schedule = {_optax_call(parts.call, parts.T)}\n"
    optimizer = f"optax.sgd(schedule, momentum={parts.first_momentum!r})"
    if parts.momentum:
        functions += _TABLE.format(name="momenta", function="momentum_schedule")
        optimizer = "optax.inject_hyperparams(optax.sgd)(learning_rate=schedule, momentum=momentum_schedule)"
    return _OPTAX.format(numpy=parts.numpy, functions=functions, schedule=schedule, optimizer=optimizer)


def _optax_call(made: Call, T: int, indent: int = 0) -> str:
    name, kwargs = made
    kwargs = dict(kwargs)
    if name == "join_schedules":
        deep = " " * (indent + 8)
        inner = "".join(
            f"{deep}{_optax_call((child, given), T, indent + 8)},\n" for child, given in kwargs["schedules"]
        )
        schedules = f"schedules=[\n{inner}{' ' * (indent + 4)}]"
        return call(f"optax.{name}", [schedules, f"boundaries={kwargs['boundaries']!r}"], indent)
    if "boundaries_and_scales" in kwargs:
        table = kwargs["boundaries_and_scales"]
        kwargs["boundaries_and_scales"] = {int(bound): scale for bound, scale in table.items()}
    return call(f"optax.{name}", keywords(kwargs, T), indent)


def keras(parts: Parts) -> str:
    """Return the schedule as Keras's own, or as a LearningRateSchedule that looks the rate up."""
    classes = _KERAS_SCHEDULE if parts.call is None else ""
    if parts.call is None:
        schedule = "Schedule(rates)"
    else:
        name, kwargs = parts.call
        schedule = call(f"keras.optimizers.schedules.{name}", keywords(kwargs, parts.T))
    optimizer = f"keras.optimizers.SGD(learning_rate=schedule, momentum={parts.first_momentum!r})"
    if parts.momentum:
        classes += _KERAS_MOMENTUM
        optimizer = f"CyclingSGD(learning_rate=schedule, momentum={parts.first_momentum!r})"
    return _KERAS.format(functions=parts.functions, classes=classes, schedule=schedule, optimizer=optimizer)
