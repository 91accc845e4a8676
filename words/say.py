"""The one function through which every sentence passes, so that a second language has one place to go."""


def say(template: str, /, **values: object) -> str:
    """Return the template with its values filled in.

    `template` is an English sentence with `{name}` fields; it is also the key under which a translation would be found.
    Raises KeyError when a field has no value: that is a mistake in the program, not in what the user typed.
    """
    return template.format(**values) if values else template


def seeds(count: int) -> str:
    """Write how many seeds: "1 seed", "3 seeds"."""
    return say("1 seed") if count == 1 else say("{count} seeds", count=count)
