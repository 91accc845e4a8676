"""Curves of 1,000,000 updates: computed, thinned to at most 2,000 points with their true extremes, and encoded.

Reports for each schedule how long it takes, how many points are sent and how many bytes they are.
"""

import json
import statistics
import time

from figures.encode import encode
from figures.schedule import Curve, schedule
from figures.thin import LIMIT
from schedulers import CATALOGUE

UPDATES, REPEATS = 1_000_000, 3


def main() -> None:
    """Measure every schedule of the catalogue, check that its extremes were kept, and print."""
    print(f"{UPDATES:,} updates, medians of {REPEATS}: compute, draw (thin and encode), points and bytes sent")
    worst = 0.0
    for name, one in CATALOGUE.items():
        computing, drawing = [], []
        for _ in range(REPEATS):
            began = time.perf_counter()
            rates, momentum = one.rates(UPDATES), one.momentum(UPDATES)
            computed = time.perf_counter()
            figure = schedule([Curve(one.title, rates, momentum)])
            sent = json.dumps(encode(figure))
            computing.append(computed - began)
            drawing.append(time.perf_counter() - computed)
        drawn = [trace["y"] for trace in figure["data"]]
        for curve, points in zip([rates] if momentum is None else [rates, momentum], drawn, strict=True):
            assert len(points) <= LIMIT, name
            assert (points.min(), points.max()) == (curve.min(), curve.max()), name
            assert (points[0], points[-1]) == (curve[0], curve[-1]), name
        times = statistics.median(computing), statistics.median(drawing)
        worst = max(worst, sum(times))
        most = max(map(len, drawn))
        print(f"  {name:20} {times[0] * 1e3:7.1f} ms {times[1] * 1e3:7.1f} ms {most:6,} points {len(sent):8,} bytes")
    print(f"  slowest in all {worst * 1e3:.0f} ms; every curve keeps its first, last, least and greatest rate")


if __name__ == "__main__":
    main()
