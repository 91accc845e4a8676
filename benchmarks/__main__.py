"""`python -m benchmarks` lists the benchmarks, `python -m benchmarks NAME ...` runs those, `all` runs every one."""

import importlib
import pkgutil
import sys

import benchmarks


def names() -> list[str]:
    """The benchmarks: every module of this folder with a `main`, by name."""
    return sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__")


def main(arguments: list[str]) -> int:
    """List or run; 2 where a name is unknown."""
    known = names()
    if not arguments:
        for name in known:
            about = (importlib.import_module(f"benchmarks.{name}").__doc__ or "").splitlines()[0]
            print(f"{name}: {about}")
        return 0
    for name in arguments:
        if name not in (*known, "all"):
            print(f"Benchmark must be one of {', '.join(known)} or all, got {name}.", file=sys.stderr)
            return 2
    for name in known if "all" in arguments else arguments:
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
