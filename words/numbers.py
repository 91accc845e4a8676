"""Numbers as people read them."""

import math


def rate(value: float, digits: int = 3) -> str:
    """Write a learning rate: 3e-3, 1.2e-4, 0.1, 10; never 0.00.

    `digits` significant digits at most, without trailing zeros. From 0.1 to under 10,000 the plain form, otherwise the
    exponent form without padding.
    """
    if not math.isfinite(value):
        return "∞" if value == math.inf else "-∞" if value == -math.inf else "–"
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if -1 <= power < 4:
        plain = f"{float(f'{value:.{digits - 1}e}'):.{max(digits - 1 - power, 0)}f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{power}"


def share(value: float) -> str:
    """Write a share of 0 to 1 as a percentage: 0.25 -> 25 %."""
    return f"{100 * value:.3g} %"
