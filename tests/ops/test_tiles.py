"""How many rows are taken at a time."""

import pytest
import tensorflow as tf

from spectrotools.ops.tiles import tile_rows


@pytest.mark.parametrize(
    ("row_size", "budget", "rows", "taken"),
    [
        (64, 2**17, None, 2**11),
        (100, 1000, None, 8),  # a power of two, of the ten that fit
        (1000, 100, None, 1),
        (0, 64, None, 64),
        (64, 2**17, 64, 64),
        (64, 2**17, 65, 256),
        (64, 2**17, 10**6, 2**11),
    ],
)
def test_rows_are_a_power_of_two_within_the_budget(row_size, budget, rows, taken):
    assert tile_rows(row_size, budget, rows) == taken


def test_a_gpu_takes_more(monkeypatch):
    few = tile_rows(64, 2**17)
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    assert tile_rows(64, 2**17) > few
    assert tile_rows(64, 2**17, 10) == 64  # where there are no more
