"""Draws circles, squares, triangles and stars, each told by how far its edge is from its centre in every direction."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

SIDE = 16
FINE = 3  # points a pixel across, so that edges are smooth
NAMES = ("circle", "square", "triangle", "star")
LEAST, MOST = 4.0, 7.5  # radius of the circle around a shape, in pixels
CORNERS = {"square": 4, "triangle": 3, "star": 5}
INNER = 0.45  # a star's inner corners, as a share of its radius

Floats = NDArray[np.float64]

_POINTS = (np.arange(SIDE * FINE) + 0.5) / FINE
_ACROSS, _DOWN = np.meshgrid(_POINTS, _POINTS)


def draw(random: Generator, most: int, noise: float) -> tuple[NDArray[np.uint8], list[str], float]:
    """Return an image uint8 (16, 16), its shapes' names with the largest first, and the share of it they cover.

    One to `most` shapes of random kind, place, size, turn and shade (0.45 to 1 on a ground of 0 to 0.3), the later over
    the earlier; `noise` is the deviation of the normal noise on each pixel, with black 0 and white 1.
    """
    count = int(random.integers(1, most + 1))
    radii = np.sort(random.uniform(LEAST, MOST if count == 1 else (LEAST + MOST) / 2, count))[::-1]
    image = np.full((SIDE, SIDE), random.uniform(0, 0.3))
    covered = np.zeros((SIDE, SIDE))
    names = []
    for radius in radii:
        name = NAMES[int(random.integers(len(NAMES)))]
        centre = random.uniform(radius, SIDE - radius, 2)
        share = cover(name, float(radius), centre, random.uniform(0, 2 * np.pi))
        image = image * (1 - share) + random.uniform(0.45, 1) * share
        covered = np.maximum(covered, share)
        names.append(name)
    image += noise * random.standard_normal(image.shape)
    return np.round(255 * np.clip(image, 0, 1)).astype(np.uint8), names, float(covered.mean())


def cover(name: str, radius: float, centre: Floats, turn: float) -> Floats:
    """Return the share of each pixel that a shape covers, (16, 16): its corners lie on the circle of this radius."""
    across, down = _ACROSS - centre[0], _DOWN - centre[1]
    inside = np.hypot(across, down) <= radius * edge(name, np.arctan2(down, across) - turn)
    share: Floats = inside.reshape(SIDE, FINE, SIDE, FINE).mean(axis=(1, 3))
    return share


def edge(name: str, angle: Floats) -> Floats:
    """Return how far the edge of a shape of radius 1 is from its centre in a direction; corners lie at angle 0."""
    if name == "circle":
        return np.ones_like(angle)
    sector = 2 * np.pi / CORNERS[name]
    away = np.abs((angle + sector / 2) % sector - sector / 2)  # from the nearest corner
    if name != "star":
        return np.asarray(np.cos(sector / 2) / np.cos(sector / 2 - away))
    # The line from the corner (1, 0) to the inner corner at half a sector, in polar coordinates.
    x, y = INNER * np.cos(sector / 2), INNER * np.sin(sector / 2)
    return np.asarray(y / (y * np.cos(away) + (1 - x) * np.sin(away)))
