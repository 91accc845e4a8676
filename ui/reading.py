"""Reading a range test differently: which rules, how smooth, what is left out, where it ends. Nothing runs anew."""

from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from finder import suggest, sweep
from jobs.store import Job
from ui.session import recall, remember, seed
from words import say

FACTORS = (1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 0.0)  # 0: the curve is read to its end


@dataclass(frozen=True)
class Reading:
    """How a range test is read; None is what the test itself ran with, and fastai's."""

    beta: float = sweep.BETA
    skip_start: int | None = None
    skip_end: int = sweep.ENDS_LEFT_OUT
    factor: float | None = None

    def arguments(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return what `finder.curve.read` takes of it."""
        factor = factor_of(request) if self.factor is None else self.factor or None
        return {"beta": self.beta, "skip_start": self.skip_start, "skip_end": self.skip_end, "stop_factor": factor}


AS_RUN = Reading()


def factor_of(request: dict[str, Any]) -> float | None:
    """Return the stop factor that the test ran with, None where it ran to its end."""
    return sweep.STOP_FACTOR if request["stop"] else None


def controls(job: Job) -> tuple[tuple[str, ...], Reading]:
    """Draw the choice of rules and return it with the reading in force (its sliders are `read_differently`'s).

    The rules are remembered for all range tests, in the order of `suggest.RULES`; the reading belongs to this one.
    """
    key = seed("find", "rules", list(suggest.DEFAULT_RULES))
    st.session_state[key] = [rule for rule in st.session_state[key] if rule in suggest.RULES]
    chosen = st.multiselect(
        say("Rules"),
        list(suggest.RULES),
        key=key,
        format_func=lambda rule: rule if rule in suggest.DEFAULT_RULES else say(suggest.TITLES[rule]),
        help=say("fastai's four are minimum, steep, valley and slide; the others are what other libraries suggest."),
    )
    remember("find", rules=chosen)
    return tuple(rule for rule in suggest.RULES if rule in chosen), kept(job)


def kept(job: Job) -> Reading:
    """Return how the visitor reads this test: as they left it, also before a reload."""
    known = recall("find").get("reading") or {}
    return Reading(**known["values"]) if known.get("job") == job.id else AS_RUN


def read_differently(job: Job, reading: Reading) -> None:
    """Draw the sliders of the reading; what they say is in force from the next run of the fragment on, at once."""
    num_it = job.request["num_it"]
    usual = fastai(job)
    names = {field: f"{_key(job)}.{field}" for field in usual}
    for field, value in {**usual, **{k: v for k, v in asdict(reading).items() if v is not None}}.items():
        st.session_state.setdefault(names[field], value)

    def moved() -> None:
        values = {field: st.session_state[name] for field, name in names.items()}
        remember("find", reading={"job": job.id, "values": values})

    def reset() -> None:
        for field, value in fastai(job, stops=True).items():
            st.session_state[names[field]] = value
        moved()

    with st.expander(say("Read it differently"), icon=":material/tune:"):
        left, right = st.columns(2, gap="medium")
        left.slider(
            say("Smoothing (beta)"),
            0.0,
            0.995,
            step=0.005,
            format="%.3f",
            key=names["beta"],
            on_change=moved,
            help=say("How much of the average each update keeps; 0 shows the losses as they were measured."),
        )
        right.select_slider(
            say("Stop factor"),
            FACTORS,
            format_func=lambda factor: f"{factor:g}" if factor else say("never"),
            key=names["factor"],
            on_change=moved,
            help=say("The curve ends where the smoothed loss exceeds this many times its best."),
        )
        for column, field, title in (
            (left, "skip_start", say("Points skipped at the start")),
            (right, "skip_end", say("Points skipped at the end")),
        ):
            column.slider(
                title,
                0,
                max(num_it // 2, 10),
                key=names[field],
                on_change=moved,
                help=say("fastai's four rules do not see them; those of other libraries skip what theirs skips."),
            )
        ran, chosen = factor_of(job.request), st.session_state[names["factor"]]
        if ran is not None and (chosen == 0 or chosen > ran):
            st.caption(
                say(
                    "The test itself stopped at {ran:g} times the best loss. What would have come after was not "
                    "trained, so the curve ends there.",
                    ran=ran,
                )
            )
        st.button(
            say("Back to fastai's values"),
            key=f"{_key(job)}.reset",
            icon=":material/undo:",
            on_click=reset,
            disabled={field: st.session_state[name] for field, name in names.items()} == fastai(job, stops=True),
        )


def fastai(job: Job, *, stops: bool | None = None) -> dict[str, Any]:
    """Return fastai's values for a test of so many updates; without `stops` a test that ran to its end is read so."""
    stops = job.request["stop"] if stops is None else stops
    return {
        "beta": sweep.BETA,
        "skip_start": job.request["num_it"] // 10,
        "skip_end": sweep.ENDS_LEFT_OUT,
        "factor": sweep.STOP_FACTOR if stops else 0.0,
    }


def _key(job: Job) -> str:
    return f"reading.{job.id}"
