"""The arguments of fastai's ImageDataLoaders.from_df, under fastai's names, as plain JSON."""

from collections.abc import Mapping
from typing import Any

from data.images.archive import unsafe
from data.images.recipe import METHODS
from data.split import Split
from words import Refusal, say

TITLE = "Images"
LARGEST_SIDE = 512
Y_BLOCKS = ("category", "categories", "number")
# fastai's names of the classes that open an image, and Pillow's mode that each converts to.
IMAGE_CLASSES = {"PILImage": "RGB", "PILImageBW": "L"}

DEFAULTS: dict[str, Any] = {
    "fn_col": 0, "label_col": 1, "label_delim": None, "y_block": None, "valid_pct": 0.2, "valid_col": None,
    "test_pct": 0.2, "seed": 0, "folder": None, "suff": "", "img_cls": "PILImage", "item_tfms": [], "batch_tfms": [],
}  # fmt: skip

# How from_df's loaders go through the rows. A choice holds these only where they differ, so that it stays what it was.
LOADING: dict[str, Any] = {"bs": 64, "val_bs": None, "shuffle": True, "device": None}
LARGEST_BATCH = 8192
DEVICES = ("auto", "cpu", "cuda", "mps")


def check(given: object) -> dict[str, Any]:
    """Return the arguments complete and normalised, or a Refusal for the first that is not allowed.

    As in fastai 2.8: `fn_col` and `label_col` are names or numbers of columns (several label columns: a list), `folder`
    and `suff` go before and after each file name, `label_delim` parts several labels in a cell, `valid_pct` is the
    share of validation rows unless `valid_col` names a column that marks them, `y_block` is "category", "categories",
    "number" or None for what the labels suggest, `img_cls` "PILImage" (colour) or "PILImageBW" (grey). Transforms are
    objects: item_tfms {"name": "Resize", "size": side or [h, w], "method": "crop" | "squish" | "pad"} and {"name":
    "RandomCrop", "size"}; batch_tfms {"name": "Flip"} and {"name": "Shift", "share": 0 to 0.5 of a side}.

    `bs` and `device` are what a training on these images begins with, unless it says otherwise; `shuffle` False keeps
    the training rows in their order in every epoch; `val_bs` is taken, and changes no result.

    Not fastai's: `test_pct`, the share of rows that nothing sees before the end, and `seed` 0 for None, since the same
    choice must give the same rows.
    """
    if not isinstance(given, Mapping):
        raise Refusal("{title}: the arguments must be an object, got {value}.", title=TITLE, value=given)
    for name in given:
        if name not in DEFAULTS and name not in LOADING:
            raise Refusal("{title}: allowed are {allowed}, got {name}.",
                          title=TITLE, allowed=", ".join([*DEFAULTS, *LOADING]), name=name)  # fmt: skip
    asked = {**DEFAULTS, **given}
    columns = asked["label_col"] if isinstance(asked["label_col"], list | tuple) else [asked["label_col"]]
    labels = [_column("label_col", column) for column in columns]
    if not labels:
        raise Refusal("{title}: label_col must name one column at least, got none.", title=TITLE)
    several = len(labels) > 1 or asked["label_delim"] is not None
    y_block = _one_of("y_block", asked["y_block"] or ("categories" if several else "category"), Y_BLOCKS)
    if several and y_block != "categories":
        raise Refusal(
            "{title}: y_block {value} has one label a row, but label_delim or several label_col give several.",
            title=TITLE, value=y_block,
        )  # fmt: skip
    split = _split(asked)
    return {
        "fn_col": _column("fn_col", asked["fn_col"]),
        "label_col": labels if len(labels) > 1 else labels[0],
        "label_delim": _text("label_delim", asked["label_delim"], 1) if asked["label_delim"] is not None else None,
        "y_block": y_block,
        "valid_pct": split.validation,
        "valid_col": None if asked["valid_col"] is None else _column("valid_col", asked["valid_col"]),
        "test_pct": split.test,
        "seed": split.seed,
        "folder": _folder(asked["folder"]),
        "suff": _text("suff", asked["suff"], 0),
        "img_cls": _one_of("img_cls", asked["img_cls"], tuple(IMAGE_CLASSES)),
        "item_tfms": _transforms("item_tfms", asked["item_tfms"], {"Resize": _resize, "RandomCrop": _random_crop}),
        "batch_tfms": _transforms("batch_tfms", asked["batch_tfms"], {"Flip": _flip, "Shift": _shift}),
        **_loading(given),
    }


def _loading(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of LOADING that are given and not what they are by themselves."""
    asked = {name: given[name] for name in LOADING if name in given and given[name] != LOADING[name]}
    for name in ("bs", "val_bs"):
        value = asked.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_BATCH:
            raise Refusal("{title}: {name} must be a whole number, 1 to {most:,}, got {value}.",
                          title=TITLE, name=name, most=LARGEST_BATCH, value=value)  # fmt: skip
    if not isinstance(asked.get("shuffle", True), bool):
        raise Refusal("{title}: shuffle must be true or false, got {value}.", title=TITLE, value=asked["shuffle"])
    if "device" in asked:
        _one_of("device", asked["device"], DEVICES)
    return asked


def item(checked: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Return the transform of this name in checked arguments, or None."""
    return next((one for one in [*checked["item_tfms"], *checked["batch_tfms"]] if one["name"] == name), None)


def _split(asked: Mapping[str, Any]) -> Split:
    """Check the shares by the rules that hold for tables. With valid_col its own share says nothing."""
    validation = DEFAULTS["valid_pct"] if asked["valid_col"] is not None else asked["valid_pct"]
    return Split(validation, asked["test_pct"], asked["seed"])


def _column(name: str, value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise Refusal("{title}: {name} must be the name or the number of a column, got {value}.",
                      title=TITLE, name=name, value=value)  # fmt: skip
    return value


def _text(name: str, value: object, least: int) -> str:
    if not isinstance(value, str) or not least <= len(value) <= 20:
        raise Refusal("{title}: {name} must be text of {least} to 20 characters, got {value}.",
                      title=TITLE, name=name, least=least, value=value)  # fmt: skip
    return value


def _folder(value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or unsafe(value):
        problem = unsafe(value) if isinstance(value, str) else say("must be text")
        raise Refusal("{title}: the folder {value} {problem}.", title=TITLE, value=value, problem=problem)
    return value


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise Refusal("{title}: {name} must be one of {allowed}, got {value}.",
                      title=TITLE, name=name, allowed=", ".join(allowed), value=value)  # fmt: skip
    return value


def _transforms(name: str, value: object, known: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not isinstance(value, list | tuple):
        raise Refusal("{title}: {name} must be a list, got {value}.", title=TITLE, name=name, value=value)
    found: dict[str, dict[str, Any]] = {}
    for one in value:
        kind = one.get("name") if isinstance(one, Mapping) else one
        if not isinstance(one, Mapping) or not isinstance(kind, str) or kind not in known:
            raise Refusal("{title}: {name} may hold {allowed}, got {value}.",
                          title=TITLE, name=name, allowed=", ".join(known), value=kind)  # fmt: skip
        if kind in found:
            raise Refusal("{title}: {name} has {value} twice.", title=TITLE, name=name, value=kind)
        checked = known[kind](one)
        for field in one:
            if field not in checked:
                raise Refusal("{title}: {name} may have {allowed}, got {value}.",
                              title=TITLE, name=kind, allowed=", ".join(checked), value=field)  # fmt: skip
        found[kind] = checked
    return [found[kind] for kind in known if kind in found]


def _resize(one: Mapping[str, Any]) -> dict[str, Any]:
    method = _one_of(say("Resize's method"), one.get("method", "crop"), METHODS)
    return {"name": "Resize", "size": _size("Resize", one.get("size")), "method": method}


def _random_crop(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": "RandomCrop", "size": _size("RandomCrop", one.get("size"))}


def _size(name: str, value: object) -> list[int]:
    sides = list(value) if isinstance(value, list | tuple) else [value, value]
    whole = [side for side in sides if isinstance(side, int) and not isinstance(side, bool)]
    if len(sides) != 2 or len(whole) != 2 or not all(1 <= side <= LARGEST_SIDE for side in whole):
        raise Refusal("{title}: {name}'s size must be [height, width] of 1 to {most} pixels each, got {value}.",
                      title=TITLE, name=name, most=LARGEST_SIDE, value=value)  # fmt: skip
    return whole


def _flip(_: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": "Flip"}


def _shift(one: Mapping[str, Any]) -> dict[str, Any]:
    share = one.get("share", 0.1)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 0.5:
        raise Refusal("{title}: Shift's share of the side must be 0 to 0.5, got {value}.", title=TITLE, value=share)
    return {"name": "Shift", "share": float(share)}
