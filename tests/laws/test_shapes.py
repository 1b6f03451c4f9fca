"""Law: any leading axes, known or not, and any length give what each signal gives alone."""

import numpy as np
import pytest
import tensorflow as tf

from tests.catalog import ENTRIES
from tests.tolerances import assert_close

ALL = [pytest.param(entry, id=entry.id) for entry in ENTRIES]
ALIKE = [pytest.param(e, id=e.id) for e in ENTRIES if "seeded" not in e.traits]


@pytest.mark.parametrize("entry", ALIKE)
def test_a_batch_is_its_items(entry, rng):
    batch = entry.make_input(rng, (2, 3, 300))
    whole = entry.call(batch).numpy()
    for i in range(2):
        for j in range(3):
            assert_close(entry.call(batch[i, j]), whole[i, j], entry.k, np.float64)


@pytest.mark.parametrize("entry", ALL)
def test_unknown_sizes_and_rank_give_the_same(entry, rng):
    batch = entry.make_input(rng, (2, 3, 300))
    expected = entry.call(batch)
    unknown_sizes = tf.TensorSpec([None] * batch.ndim, batch.dtype)
    specs = [unknown_sizes] + [tf.TensorSpec(None, batch.dtype)] * entry.any_rank
    for spec in specs:
        function = tf.function(entry.call, input_signature=[spec])
        assert_close(function(batch), expected, entry.k_unknown or entry.k, np.float64)


@pytest.mark.parametrize("entry", ALL)
def test_known_sizes_stay_known_in_a_graph(entry, rng):
    batch = entry.make_input(rng, (2, 3, 300))
    function = tf.function(entry.call).get_concrete_function(
        tf.TensorSpec.from_tensor(tf.constant(batch))
    )
    assert function.outputs[0].shape == entry.call(batch).shape


@pytest.mark.parametrize("entry", ALL)
def test_an_empty_batch_gives_an_empty_batch(entry, rng):
    batch = entry.make_input(rng, (2, 1, 300))
    shape = entry.call(batch).shape
    assert entry.call(batch[:0]).shape == (0, *shape[1:])
    assert entry.call(batch[:, :0]).shape == (2, 0, *shape[2:])


@pytest.mark.parametrize("entry", ALL)
def test_one_sample_is_enough(entry, rng):
    audio = entry.make_input(rng, (2, 1))
    result = entry.call(audio).numpy()
    assert np.all(np.isfinite(result))
    assert_close(
        tf.function(entry.call, reduce_retracing=True)(audio), result, entry.k, np.float64
    )
