"""The editor of a combination: schedules one after another, each for its share of the run, or multiplied."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import streamlit as st

import schedulers
from schedulers.combined import MOST_PARTS, Combination, Part, combined, read, relative, write
from ui.controls import Target, controls, forget, plain
from words import Refusal, say

Keep = Callable[[str], object]
HOW = {"then": "One after another", "times": "Multiplied"}


def edit(text: str, *, key: str, keep: Keep, target: Target | None = None) -> None:
    """Draw the parts of the combination that `text` writes; `keep(text)` takes a changed one, or raises Refusal.

    `key` is the namespace of the widgets. What is refused is said below the parts, and the text stays as it was.
    `target` is the curve of a live chart that follows the sliders of the parts.
    """
    combination = read(combined.title, text)
    _put(f"{key}.how", "times" if combination.multiplied else "then")
    st.segmented_control(
        say("How they are combined"), list(HOW), key=f"{key}.how", required=True, label_visibility="collapsed",
        format_func=lambda how: say(HOW[how]),
        on_change=lambda: _keep(
            key, keep, replace(combination, multiplied=st.session_state[f"{key}.how"] == "times")
        ),
    )  # fmt: skip
    parts = [_row(index, combination, key, keep, target) for index in range(len(combination.parts))]
    st.button(
        say("Add a part"), key=f"{key}.add", icon=":material/add:", disabled=len(combination.parts) >= MOST_PARTS,
        on_click=_keep, args=(key, keep, _added(combination)),
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
            yield f"{key}.{index}.up", "", _written(_moved(combination, index))
        if len(combination.parts) > 1:
            yield f"{key}.{index}.remove", "", _written(_without(combination, index))
        for name, schedule in schedulers.CATALOGUE.items():
            yield f"{key}.{index}.schedule", say(schedule.title), _written(_swapped(combination, index, name))
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
    return f"{key}.{index}.{part.schedule}"


def shares(text: str, key: str) -> dict[str, int]:
    """Return which part's share each field of `edit` gives, by its key."""
    combination = read(combined.title, text)
    if combination.multiplied or len(combination.parts) == 1:
        return {}
    return {f"{key}.{index}.share": index for index in range(len(combination.parts))}


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


def _row(index: int, combination: Combination, namespace: str, keep: Keep, target: Target | None) -> Part:
    """Draw one part: its schedule, its share, its parameters, and the ways to move or remove it."""
    part, key = combination.parts[index], f"{namespace}.{index}"
    alone = len(combination.parts) == 1
    names = sorted(schedulers.CATALOGUE, key=lambda name: schedulers.CATALOGUE[name].family == "your own")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"{key}.row"):
        _put(f"{key}.schedule", part.schedule)
        st.selectbox(
            say("Part {number}", number=index + 1), names, key=f"{key}.schedule", width=260,
            format_func=lambda name: say(schedulers.CATALOGUE[name].title),
            on_change=lambda: _keep(
                namespace, keep, _swapped(combination, index, st.session_state[f"{key}.schedule"])
            ),
        )  # fmt: skip
        if not combination.multiplied:
            percent = round(100 * part.share, 2)
            _put(f"{key}.share", percent)
            st.number_input(
                say("Share, %"), 0.0, 100.0, key=f"{key}.share", step=5.0, format="%.4g", width=120, disabled=alone,
                on_change=lambda: _keep(
                    namespace, keep, _reshared(combination, index, st.session_state[f"{key}.share"] / 100)
                ),
            )  # fmt: skip
        with st.popover(say("More"), help=say("Parameters of part {number}, move or remove it", number=index + 1)):
            st.caption(say("Rates are multiples of the combination's peak."))
            values = controls(
                schedulers.CATALOGUE[part.schedule], key=_part_key(namespace, index, part), values=part.parameters,
                target=target and Target(target.chart, f"{target.curve}.{index}"),
            )  # fmt: skip
            st.button(
                say("Move earlier"), key=f"{key}.up", disabled=index == 0, width="stretch",
                on_click=_keep, args=(namespace, keep, _moved(combination, index)),
            )  # fmt: skip
            st.button(
                say("Remove this part"), key=f"{key}.remove", disabled=alone, width="stretch",
                on_click=_keep, args=(namespace, keep, _without(combination, index)),
            )  # fmt: skip
    return replace(part, parameters=values)


def _keep(key: str, keep: Keep, combination: Combination) -> None:
    """Keep the combination; the parts' own controls begin anew, as they have moved."""
    if _kept(key, keep, combination):
        for index in range(MOST_PARTS):
            forget(f"{key}.{index}")


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
