"""The one exception for everything that a user can get wrong."""

from words.say import say


class Refusal(ValueError):  # noqa: N818 - it is the product's word for it
    """Bad input, refused with one sentence that says what, where, what is allowed and what came.

    Keeps the message's template and its values apart, so that the sentence can be shown in another language.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(say(template, **values))

    def __reduce__(self) -> tuple[object, ...]:
        """Keep template and values when the refusal crosses a process boundary."""
        return (_rebuild, (self.template, self.values))


def _rebuild(template: str, values: dict[str, object]) -> Refusal:
    return Refusal(template, **values)
