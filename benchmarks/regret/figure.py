"""The figure beside the table: for each rule the share of suggestions within a given regret."""

from pathlib import Path

import numpy as np

from benchmarks.regret import pair, table


def draw(records: table.Records, path: Path) -> None:
    """Write the figure as SVG."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "regret"
    from matplotlib import pyplot as plt

    first = min(split for split, _, _ in records)
    telling = {key: record for key, record in records.items() if key[0] == first and pair.ends(record)[2]}
    figure, axes = plt.subplots(figsize=(8, 4.5))
    axes.axvspan(1e-3, table.LITTLE, color="#e6f2ea", lw=0)
    for rule, title in table.TITLES.items():
        values = np.sort(np.concatenate([np.asarray(one) for one in table.gather(telling, rule).values()]))
        shares = np.arange(1, values.size + 1) / values.size
        ours = rule == "ours"
        axes.step(np.maximum(values, 1e-3), shares, where="post", label=title, lw=2.4 if ours else 1.2, zorder=3 - ours)
    axes.set(
        xscale="log", xlim=(1e-3, 5), ylim=(0, 1.01),
        xlabel="regret (0.05: the shaded part ends)", ylabel="share of suggestions with at most this regret",
    )  # fmt: skip
    axes.legend(fontsize=8, frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
