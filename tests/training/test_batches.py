"""Which rows each update sees."""

import numpy as np
import torch

from training.batches import Batches, order

CPU = torch.device("cpu")


def test_every_epoch_shows_every_row_once_in_an_order_of_its_own():
    batches = Batches(6, 2, np.array([3]), CPU)
    seen = [batches.at(update).tolist() for update in range(6)]
    for epoch in (0, 1):
        rows = [row for batch in seen[3 * epoch : 3 * epoch + 3] for row in batch]
        assert rows == order(3, epoch, 6).tolist()
        assert sorted(rows) == list(range(6))


def test_without_shuffle_all_seeds_see_the_rows_in_their_order_in_every_epoch():
    batches = Batches(5, 2, np.array([3, 4]), CPU, shuffle=False)
    # two batches an epoch: the fifth row would be a short batch, which is dropped
    assert [batches.at(update).tolist() for update in range(4)] == [[0, 1, 0, 1], [2, 3, 2, 3]] * 2
