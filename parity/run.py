"""Execute the exported code of every library and keep the result: python -m parity.run [library ...]."""

import json
import os
import sys
import time
import types
from importlib import metadata, util
from typing import Any

import numpy as np

from parity.cases import snippets
from parity.execute import execute
from schedulers import CATALOGUE
from schedulers.export.snippets import LIBRARIES, RECORD, fingerprint, kind

PACKAGES = {"pytorch": "torch"}
SINGLE_PRECISION = ("fastai", "optax", "keras")


def main(libraries: list[str]) -> None:
    """Execute the snippets of these libraries and put the results into the record."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    record = {key: record.get(key, {}) for key in ("versions", "notes", "snippets", "results")}
    for library in libraries:
        begun = time.monotonic()
        record["versions"][library] = metadata.version(PACKAGES.get(library, library))
        record["notes"].pop(library, None)
        if library == "timm" and util.find_spec("torchvision") is None:
            record["notes"]["timm"] = _timm_without_torchvision()
        results: dict[str, str] = {}
        texts: dict[str, list[str]] = {}
        for name, parameters, T, exported in snippets(library):
            key = f"{library} {name} {kind(exported.native)}"
            texts.setdefault(key, []).append(exported.text)
            if results.get(key, "ok") == "ok":
                results[key] = _result(library, name, parameters, T, exported.text)
        digests = {key: fingerprint(given) for key, given in texts.items()}
        for entry, new in (("results", results), ("snippets", digests)):
            kept = {key: value for key, value in record[entry].items() if not key.startswith(f"{library} ")}
            record[entry] = dict(sorted({**kept, **new}.items()))
        RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        bad = {key: value for key, value in results.items() if value != "ok"}
        print(
            f"{library}: {len(results)} kinds of snippets, {len(bad)} not ok, {time.monotonic() - begun:.0f} s",
            flush=True,
        )
        for key, value in bad.items():
            print(f"  {key}: {value}", flush=True)


def _result(library: str, name: str, parameters: dict[str, Any], T: int, text: str) -> str:
    schedule = CATALOGUE[name]
    try:
        rates, momenta = execute(library, text)
    except Exception as error:  # whatever a library may raise is the result
        return f"not executed: {type(error).__name__}: {str(error)[:200]}"
    wanted = [
        ("rate", rates, schedule.rates(T, **parameters)),
        ("momentum", momenta, schedule.momentum(T, **parameters)),
    ]
    for what, got, expected in wanted:
        if expected is None:
            continue
        if len(got) != T:
            return f"differs: {len(got)} values of the {what} instead of {T}"
        tolerance = 2e-6 * expected.max() if library in SINGLE_PRECISION else 1e-9 * expected + 1e-12 * expected.max()
        off = np.abs(np.array(got) - expected) > tolerance
        if off.any():
            t = int(off.argmax())
            return f"differs: {what} of update {t} is {got[t]} instead of {expected[t]}"
    return "ok"


def _timm_without_torchvision() -> str:
    """Make timm.scheduler importable without timm's models, which need torchvision; its schedulers do not."""
    spec = util.find_spec("timm")
    package = types.ModuleType("timm")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["timm"] = package
    return "timm.scheduler alone: the rest of timm needs torchvision, which was not installed"


if __name__ == "__main__":
    main(sys.argv[1:] or list(LIBRARIES))
