"""Law: every item of a batch has noise of its own, which it keeps in a batch of any size."""

import numpy as np
import pytest

from tests.catalog import having
from tests.tolerances import assert_close


@pytest.mark.parametrize("entry", having("seeded"))
def test_noise_of_an_item_does_not_depend_on_how_many_there_are(entry, rng):
    batch = entry.make_input(rng, (2, 3, 300))
    whole = entry.call(batch).numpy()
    flat = batch.reshape(6, 300)
    for count in (1, 4):
        part = entry.call(flat[:count])
        assert_close(part, whole.reshape(6, -1)[:count], entry.k, np.float64)
    assert_close(entry.call(flat[0]), whole[0, 0], entry.k, np.float64)


@pytest.mark.parametrize("entry", having("seeded"))
def test_items_of_a_batch_have_noise_of_their_own(entry):
    first, second = entry.call(np.ones([2, 300])).numpy()
    first, second = first - first.mean(), second - second.mean()
    correlation = np.sum(first * second) / np.sqrt(np.sum(first**2) * np.sum(second**2))
    assert abs(correlation) < 0.3  # five standard deviations of what chance gives
