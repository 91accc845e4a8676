"""An image file from somebody unknown becomes pixels, or is refused with a sentence that names it."""

from collections.abc import Mapping
from typing import Any

from data.images import recipe as recipes
from data.images.recipe import ImageError, Pixels
from words import Refusal


def pixels(raw: bytes, recipe: Mapping[str, Any], where: str) -> Pixels:
    """Return an image file as uint8 (H, W, C), converted and resized as the recipe's mode, resize and method say.

    `where` names the file in the sentence of a Refusal. What is accepted and how it is converted, `recipe.decode` says.
    Memory: at most 16 million pixels at a time.
    """
    try:
        return recipes.prepared(recipe, raw)
    except ImageError as error:
        raise Refusal("{where}: " + error.template, where=where, **error.values) from error
