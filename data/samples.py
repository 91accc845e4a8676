"""A sample file to try the product with: invented house sales, with what real files have, such as gaps and dates."""

import csv
import io
from datetime import date, timedelta

import numpy as np

ROWS = 400
# District, its share of the sales, and what it multiplies the price by.
DISTRICTS = (("Old Town", 0.2, 1.35), ("Harbour", 0.15, 1.2), ("Hillside", 0.25, 1.0), ("Riverbank", 0.25, 0.9),
             ("Station", 0.15, 0.75))  # fmt: skip
CONDITIONS = (("new", 0.15, 1.12), ("good", 0.55, 1.0), ("worn", 0.3, 0.85))


def sample_csv() -> bytes:
    """Return 400 house sales as UTF-8 CSV with commas, the same bytes each time.

    Columns: sale (an identifier), area (square metres), rooms, district, condition, built (a date), distance
    (kilometres to the centre), price (the target, thousands). The price follows from the rest up to 8 % of noise;
    about 6 % of area and condition and 3 % of built are missing.
    """
    random = np.random.default_rng(2024)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["sale", "area", "rooms", "district", "condition", "built", "distance", "price"])
    for sale in range(1, ROWS + 1):
        area = float(np.clip(random.lognormal(4.5, 0.35), 25, 320))
        rooms = max(1, round(area / 26 + random.normal(0, 0.6)))
        district, _, factor = DISTRICTS[random.choice(len(DISTRICTS), p=[share for _, share, _ in DISTRICTS])]
        condition, _, better = CONDITIONS[random.choice(len(CONDITIONS), p=[share for _, share, _ in CONDITIONS])]
        built = date(1930, 1, 1) + timedelta(days=int(random.integers(0, 92 * 365)))
        distance = float(random.gamma(3.0, 1.6))
        price = (60 + 3.1 * area + 9 * rooms) * factor * better * (1 - 0.025 * min(distance, 14))
        price *= 1 + 0.003 * (built.year - 1975)
        price *= float(np.exp(random.normal(0, 0.08)))
        gaps = random.random(3)
        writer.writerow([
            1000 + sale, "" if gaps[0] < 0.06 else f"{area:.0f}", rooms, district, "" if gaps[1] < 0.06 else condition,
            "" if gaps[2] < 0.03 else built.isoformat(), f"{distance:.1f}", f"{price:.1f}",
        ])  # fmt: skip
    return text.getvalue().encode()
