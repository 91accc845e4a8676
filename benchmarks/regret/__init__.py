"""How far from the best rate every rule's suggestion lands, and the recommendation's: `python -m benchmarks regret`."""

from collections.abc import Sequence


def main(arguments: Sequence[str] = ()) -> int:
    """Run what is missing, print the table and keep it with its figure in docs/; see `benchmarks.regret.run`."""
    from benchmarks.regret.run import main as run

    return run(arguments)
