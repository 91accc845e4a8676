"""The editor of a combination: schedules one after another, each for its share of the run, or multiplied."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import streamlit as st

import schedulers
from schedulers.combined import MOST_PARTS, Combination, Part, combined, read, relative, write
from ui.controls import Target, controls, forget, plain
from words import Refusal, say

Kept = Callable[[], str]
Keep = Callable[[str], object]
Change = Callable[[Combination], Combination]
HOW = {"then": "One after another", "times": "Multiplied"}


def edit(kept: Kept, *, key: str, keep: Keep, target: Target | None = None) -> None:
    """Draw the parts of the combination that `kept()` writes; `keep(text)` takes a changed one, or raises Refusal.

    A widget changes what is kept when it is used, which may be newer than what this draws. `key` is the namespace of
    the widgets. What is refused is said below the parts, and the text stays as it was. `target` is the curve of a live
    chart that follows the sliders of the parts.
    """
    combination = read(combined.title, kept())

    def change(made: Change, index: int | None = None, anew: bool = False) -> None:
        before = read(combined.title, kept())
        after = made(before)
        if _kept(key, keep, after):
            _renew(key, before, after, index, anew)

    _put(f"{key}.how", "times" if combination.multiplied else "then")
    st.segmented_control(
        say("How they are combined"), list(HOW), key=f"{key}.how", required=True, label_visibility="collapsed",
        format_func=lambda how: say(HOW[how]), on_change=change,
        args=(lambda now: replace(now, multiplied=st.session_state[f"{key}.how"] == "times"),),
    )  # fmt: skip
    parts = [_row(index, combination, key, change, target) for index in range(len(combination.parts))]
    st.button(
        say("Add a part"), key=f"{key}.add", icon=":material/add:", disabled=len(combination.parts) >= MOST_PARTS,
        on_click=change, args=(_added,),
    )  # fmt: skip
    changed = replace(combination, parts=tuple(parts))
    if write(changed) != write(combination) and _kept(key, keep, changed):
        st.rerun()
    if refusal := st.session_state.get(f"{key}.refusal"):
        st.error(plain(refusal), icon=":material/block:")


def outcomes(text: str, key: str) -> Iterator[tuple[str, str, str]]:
    """Yield what each button and choice of `edit` makes of the text: its key, the choice's text or "", and the new one.

    A dozen buttons and choices a part, and one for each schedule that it may have instead. Those of what a part has
    itself are told whether its popover is open or not, since a text is short.
    """
    combination = read(combined.title, text)
    for how, title in HOW.items():
        yield f"{key}.how", say(title), _written(replace(combination, multiplied=how == "times"))
    if len(combination.parts) < MOST_PARTS:
        yield f"{key}.add", "", _written(_added(combination))
    for index in range(len(combination.parts)):
        if index > 0:
            yield f"{_rows(key)}.{index}.up", "", _written(_moved(combination, index))
        if len(combination.parts) > 1:
            yield f"{_rows(key)}.{index}.remove", "", _written(_without(combination, index))
        for name, schedule in schedulers.CATALOGUE.items():
            yield f"{_rows(key)}.{index}.schedule", say(schedule.title), _written(_swapped(combination, index, name))
        yield from _choices(combination, index, key)


def _choices(combination: Combination, index: int, key: str) -> Iterator[tuple[str, str, str]]:
    """Yield the outcomes of the choices and flags of one part."""
    part = combination.parts[index]
    for param in schedulers.CATALOGUE[part.schedule].params:
        now = part.parameters[param.name]
        for option in param.options:
            if option == now:
                continue
            chosen = replace(part, parameters={**part.parameters, param.name: option})
            parts = (*combination.parts[:index], chosen, *combination.parts[index + 1 :])
            widget = f"{_part_key(key, index, part)}.{param.name}"
            yield widget, say(str(option)) if param.choices else "", _written(replace(combination, parts=parts))


def texts(text: str, key: str) -> Iterator[tuple[str, int, str]]:
    """Yield each field of `edit` that writes a parameter of a part: its key, the part's place, the parameter's name."""
    for index, part in enumerate(read(combined.title, text).parts):
        for param in schedulers.CATALOGUE[part.schedule].params:
            if param.kind == "text":
                yield f"{_part_key(key, index, part)}.{param.name}", index, param.name


def _part_key(key: str, index: int, part: Part) -> str:
    return f"{_rows(key)}.{index}.{part.schedule}"


def shares(text: str, key: str) -> dict[str, int]:
    """Return which part's share each field of `edit` gives, by its key."""
    combination = read(combined.title, text)
    if combination.multiplied or len(combination.parts) == 1:
        return {}
    return {_share_key(key, index): index for index in range(len(combination.parts))}


def shared(parts: tuple[Part, ...], index: int, share: float) -> tuple[Part, ...]:
    """Give the part at `index` this share, 0 to 1, and the others the rest, in the proportion that they have."""
    others = sum(part.share for place, part in enumerate(parts) if place != index)
    rest = 1 - share
    return tuple(
        replace(part, share=share if place == index else _proportion(part.share, others, len(parts) - 1) * rest)
        for place, part in enumerate(parts)
    )


def _reshared(combination: Combination, index: int, share: float) -> Combination:
    return replace(combination, parts=shared(combination.parts, index, share))


def exact_shares(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Round shares to four decimals and let the last part take what is missing to 1."""
    shares = [round(part.share, 4) for part in parts]
    shares[-1] = round(1 - sum(shares[:-1]), 4)
    return tuple(replace(part, share=share) for part, share in zip(parts, shares, strict=True))


def _row(
    index: int, combination: Combination, namespace: str, change: Callable[..., None], target: Target | None
) -> Part:
    """Draw one part: its schedule, its share, its parameters, and the ways to move or remove it."""
    part, key = combination.parts[index], f"{_rows(namespace)}.{index}"
    share = _share_key(namespace, index)
    alone = len(combination.parts) == 1
    names = sorted(schedulers.CATALOGUE, key=lambda name: schedulers.CATALOGUE[name].family == "your own")

    def own(made: Change) -> Change:
        return lambda now: made(now) if key == f"{_rows(namespace)}.{index}" and index < len(now.parts) else now

    def typed(now: Combination) -> Combination:
        # A field that has made way for another still calls, with what it showed unless somebody typed in it.
        stale = share != _share_key(namespace, index) and st.session_state[share] == _percent(part)
        return now if stale else _reshared(now, index, st.session_state[share] / 100)

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"{key}.row"):
        _put(f"{key}.schedule", part.schedule)
        st.selectbox(
            say("Part {number}", number=index + 1), names, key=f"{key}.schedule", width=260,
            format_func=lambda name: say(schedulers.CATALOGUE[name].title), on_change=change,
            args=(own(lambda now: _swapped(now, index, st.session_state[f"{key}.schedule"])), index, True),
        )  # fmt: skip
        if not combination.multiplied:
            _put(share, _percent(part))
            st.number_input(
                say("Share, %"), 0.0, 100.0, key=share, step=5.0, format="%.4g", width=120, disabled=alone,
                on_change=change, args=(own(typed), index),
            )  # fmt: skip
        with st.popover(say("More"), help=say("Parameters of part {number}, move or remove it", number=index + 1)):
            st.caption(say("Rates are multiples of the combination's peak."))
            values = controls(
                schedulers.CATALOGUE[part.schedule], key=_part_key(namespace, index, part), values=part.parameters,
                target=target and Target(target.chart, f"{target.curve}.{index}"),
            )  # fmt: skip
            st.button(
                say("Move earlier"), key=f"{key}.up", disabled=index == 0, width="stretch",
                on_click=change, args=(own(lambda now: _moved(now, index)), index, True),
            )  # fmt: skip
            st.button(
                say("Remove this part"), key=f"{key}.remove", disabled=alone, width="stretch",
                on_click=change, args=(own(lambda now: _without(now, index)), index, True),
            )  # fmt: skip
    return replace(part, parameters=values)


def _renew(key: str, before: Combination, after: Combination, index: int | None, anew: bool) -> None:
    """Give new widgets to what changed besides the part at `index`; `anew`: to all parts, which have moved.

    Until the browser has drawn a change it sends what the others showed before, as if somebody had chosen that.
    """
    if anew:
        for place in range(MOST_PARTS):
            forget(f"{_rows(key)}.{place}")
        st.session_state[f"{key}.edition"] = st.session_state.get(f"{key}.edition", 0) + 1
        return
    for place, (old, new) in enumerate(zip(before.parts, after.parts, strict=False)):
        if place != index and _percent(old) != _percent(new):
            edition = f"{_rows(key)}.{place}.shared"
            st.session_state[edition] = st.session_state.get(edition, 0) + 1


def _rows(key: str) -> str:
    """Return what the keys of the rows begin with."""
    edition = st.session_state.get(f"{key}.edition", 0)
    return f"{key}.edition{edition}" if edition else key


def _share_key(key: str, index: int) -> str:
    edition = st.session_state.get(f"{_rows(key)}.{index}.shared", 0)
    return f"{_rows(key)}.{index}.share" + (f".{edition}" if edition else "")


def _percent(part: Part) -> float:
    return round(100 * part.share, 2)


def _kept(key: str, keep: Keep, combination: Combination) -> bool:
    """Keep the combination, or the sentence that refuses it; say whether it went."""
    st.session_state.pop(f"{key}.refusal", None)
    try:
        keep(_written(combination))
    except Refusal as refusal:
        st.session_state[f"{key}.refusal"] = str(refusal)
        return False
    return True


def _written(combination: Combination) -> str:
    parts = combination.parts if combination.multiplied else exact_shares(combination.parts)
    return write(replace(combination, parts=parts))


def _swapped(combination: Combination, index: int, name: str) -> Combination:
    part = Part(name, combination.parts[index].share, relative(name))
    return replace(combination, parts=(*combination.parts[:index], part, *combination.parts[index + 1 :]))


def _added(combination: Combination) -> Combination:
    """Add a constant part, which takes its equal share from the others."""
    parts = (*combination.parts, Part("constant", 0.0, relative("constant")))
    return replace(combination, parts=shared(parts, len(parts) - 1, 1 / len(parts)))


def _without(combination: Combination, index: int) -> Combination:
    parts = combination.parts[:index] + combination.parts[index + 1 :]
    total = sum(part.share for part in parts)
    return replace(
        combination,
        parts=tuple(replace(part, share=_proportion(part.share, total, len(parts))) for part in parts),
    )


def _moved(combination: Combination, index: int) -> Combination:
    parts = list(combination.parts)
    parts[index - 1 : index + 1] = reversed(parts[index - 1 : index + 1])
    return replace(combination, parts=tuple(parts))


def _proportion(share: float, total: float, count: int) -> float:
    return share / total if total > 0 else 1 / max(count, 1)


def _put(key: str, value: Any) -> None:
    if st.session_state.get(key) != value:
        st.session_state[key] = value
