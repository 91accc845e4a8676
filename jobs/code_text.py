"""The texts that `jobs.code` makes a training script of: templates, filled in there."""

OPTIMIZERS = {
    "sgd": "torch.optim.SGD({parameters}, lr=0.0, momentum={momentum}, weight_decay={weight_decay})",
    "adam": "torch.optim.Adam({parameters}, lr=0.0, betas=({momentum}, 0.999), weight_decay={weight_decay})",
    "adamw": "torch.optim.AdamW({parameters}, lr=0.0, betas=({momentum}, 0.999), weight_decay={weight_decay})",
}

SCRIPT = '''"""{title}"""

{imports}import numpy as np
import torch
from torch import nn

{settings}

{schedule}


with np.load("{file}") as data:
    inputs, targets = torch.from_numpy(data["inputs"]), torch.from_numpy(data["targets"])
    train, validation = data["train"], data["validation"]


def loss_of(outputs, wanted):
    return {loss}
{mix}

def fit(seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        {layers},
    )
{groups}    optimizer = {optimizer}
    rates = {rates}
{momenta}    size = min(BATCH_SIZE, len(train))
    per_epoch = len(train) // size  # the last short batch is dropped
    losses = []
    for t in range(T):
        epoch, place = divmod(t, per_epoch)
        if place == 0:
            order = np.random.default_rng((seed, epoch)).permutation(len(train))
        rows = train[order[place * size : (place + 1) * size]]
        for group in optimizer.param_groups:
            group["lr"] = {rate}
{cycle}        optimizer.zero_grad()
{forward}        losses.append(loss.item())
{stop}        loss.backward()
        optimizer.step()
{follow}    return model, losses


if __name__ == "__main__":
    for seed in SEEDS:
        model, losses = fit(seed)
        with torch.no_grad():
            last = loss_of(model(inputs[validation]), targets[validation]).item()
        print(f"seed {{seed}}: {{len(losses)}} updates, training loss {{losses[-1]:.4g}}, validation loss {{last:.4g}}")
'''

FIND = """

def learning_rate(T):
    # The range test: the rate rises by the same factor at every update.
    return START * (END / START) ** (np.arange(T) / T)
"""

STOP = """        average = BETA * average + (1 - BETA) * losses[-1]
        smoothed = average / (1 - BETA ** (t + 1))
        best = min(best, smoothed)
        if smoothed > 4 * best:
            break
"""

# One group a layer; the last takes the whole rate.
GROUPS = """    layers = [layer for layer in model if isinstance(layer, nn.Conv2d | nn.Linear)]
    groups = [
        {"params": layer.parameters(), "share": LAYER_SPREAD ** -(place / max(len(layers) - 1, 1))}
        for place, layer in enumerate(reversed(layers))
    ]
"""

# What the rule makes of the highest rate multiplies the whole plan, from each evaluation on.
FOLLOW = """        if (t + 1) % EVALUATE_EVERY == 0:
            with torch.no_grad():
                factor = rule.step(loss_of(model(inputs[validation]), targets[validation]).item()) / max(rates)
"""

FORWARD = """        loss = loss_of(model(inputs[rows]), targets[rows])
"""

MIX = """

def mix(values, partners, share):
    # MixUp: each row is blended with a partner from its batch.
    return torch.lerp(partners, values, share.reshape(-1, *[1] * (values.ndim - 1)))
"""

_MIXED = """        random = np.random.default_rng((seed, t, 2))
        share = random.beta(ALPHA, ALPHA, len(rows))
        share = torch.from_numpy(np.maximum(share, 1 - share)).float()  # a row stays the larger part of itself
        partners = rows[random.permutation(len(rows))]
        outputs = model(mix(inputs[rows], inputs[partners], share))
"""

# Of classes the two losses are blended, else the targets.
FORWARD_MIXED = {
    "classes": _MIXED
    + """        own = nn.functional.cross_entropy(outputs, targets[rows], reduction="none")
        other = nn.functional.cross_entropy(outputs, targets[partners], reduction="none")
        loss = mix(own, other, share).mean()
""",
    "other": _MIXED
    + """        loss = loss_of(outputs, mix(targets[rows], targets[partners], share))
""",
}

LOSSES = {
    "classes": "nn.functional.cross_entropy(outputs, wanted)",
    "number": "nn.functional.mse_loss(outputs.squeeze(1), wanted)",
    "multi-label": "nn.BCEWithLogitsLoss()(outputs, wanted)",
}
