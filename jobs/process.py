"""What runs inside a job's own process, from its first line to its last."""

import ctypes
import functools
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jobs import home as folders
from jobs.context import Context, SupersededError
from jobs.queue import Claim, Queue
from jobs.store import Store
from words import Refusal, say

LOG_BYTES = 1_000_000
_PR_SET_PDEATHSIG = 1

Kind = Callable[[Context, dict[str, Any]], dict[str, Any]]


def run(home: Path, claim: Claim) -> None:
    """Do the work of a claimed run and end it as done or failed.

    A mistake in the work ends the run at once: it would come again. Only a process that dies leaves it running, for
    the supervisor to find.
    """
    _never_alone()
    _write_output_to(folders.inside(home, "logs") / f"{claim.id}.log")
    if claim.threads > 1:
        import torch

        torch.set_num_threads(claim.threads)
    queue = Queue.open(home)
    work = queue.work(claim)
    if work is None:
        return
    store = Store.open(home)
    context = Context(queue, claim, work, home=home, **readers(store, work.owner))
    try:
        result = kinds()[work.kind](context, work.request)
        context.flush()
        queue.finish(claim, result, context.kept)
    except SupersededError:
        return
    except Refusal as refusal:
        queue.fail(claim, str(refusal))
    except MemoryError:
        traceback.print_exc()
        queue.fail(claim, say("The run needed more memory than there is."))
    except Exception as error:
        traceback.print_exc()
        what = " ".join(str(error).split())[:300]
        queue.fail(claim, say("The run stopped with {kind}: {what}.", kind=type(error).__name__, what=what.rstrip(".")))


def readers(store: Store, owner: str) -> dict[str, Callable[..., bytes]]:
    """Return what a context reads of this owner's, by its arguments' names."""
    return {
        "read_upload": functools.partial(store.read_upload, owner=owner),
        "read_artifact": functools.partial(store.artifact, owner=owner),
    }


def kinds() -> Mapping[str, Kind]:
    """Return the kinds of work by name.

    For tests, the environment variable RATESCOPE_EXTRA_KINDS names a module whose KINDS are added. Only this function
    reads it, and `jobs.requests.check`, through which every user's request goes, knows none of them.
    """
    from jobs.work import KINDS

    extra = os.environ.get("RATESCOPE_EXTRA_KINDS")
    return {**KINDS, **importlib.import_module(extra).KINDS} if extra else KINDS


def die_with_the_parent() -> None:
    """Let the kernel kill this process when its parent dies, whatever it is doing then (Linux)."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _never_alone() -> None:
    """End with the supervisor, and be the first to go when memory runs out."""
    die_with_the_parent()  # the server that forked us, which in turn dies with the supervisor
    if sys.platform == "linux":
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("800")
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _write_output_to(log: Path) -> None:
    """Send what the process prints to its own log file, which begins anew once it is too long."""
    too_long = log.exists() and log.stat().st_size > LOG_BYTES
    with log.open("wb" if too_long else "ab") as file:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
