import itertools

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

from .small import FEATURES


class Numbers(st.data.Examples):
    """Examples that tell their numbers."""

    features, n_samples = FEATURES, 160

    def __init__(self, count):
        self._count = count

    def __len__(self):
        return self._count

    def read(self, indices):
        return indices.map(
            lambda index: {
                name: tf.fill([size], tf.cast(index, tf.float32))
                for name, size in self.sizes.items()
            }
        )


def numbers(count, batch_size, take, **settings):
    batches = Numbers(count).dataset(batch_size, **settings).take(take)
    return [batch["audio"][:, 0].numpy().astype(int).tolist() for batch in batches]


def test_in_order():
    assert numbers(5, 2, 5) == [[0, 1], [2, 3], [4, 0], [1, 2], [3, 4]]
    assert numbers(5, 2, 9, repeat=False) == [[0, 1], [2, 3], [4]]
    assert numbers(2, 5, 2) == [[0, 1, 0, 1, 0], [1, 0, 1, 0, 1]]


def test_every_epoch_has_all_in_another_order():
    found = list(itertools.chain(*numbers(10, 4, 10, seed=3)))
    epochs = [found[start : start + 10] for start in range(0, 40, 10)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len(set(map(tuple, epochs))) == 4


def test_the_order_depends_on_the_seed_alone():
    assert numbers(50, 8, 20, seed=1) == numbers(50, 8, 20, seed=1)
    assert numbers(50, 8, 20, seed=1) != numbers(50, 8, 20, seed=2)


def test_a_shuffle_is_even():
    """Where the first example of an epoch lands, by a chi-square test at 1e-4."""
    order = np.reshape(list(itertools.chain(*numbers(8, 8, 4000, seed=0))), [4000, 8])
    counts = np.bincount(np.argmax(order == 0, axis=1), minlength=8)
    assert np.sum((counts - 500) ** 2 / 500) < 29.9


@pytest.mark.parametrize("start", [0, 1, 2, 3, 7, 1000])
@pytest.mark.parametrize("seed", [None, 5])
def test_going_on_is_never_having_stopped(start, seed):
    whole = numbers(10, 4, start + 6, seed=seed)
    assert numbers(10, 4, 6, seed=seed, start_step=start) == whole[start:]


def test_the_end_of_the_only_epoch():
    assert numbers(10, 4, 9, repeat=False, start_step=2) == [[8, 9]]
    assert numbers(8, 4, 9, repeat=False, start_step=2) == []
    with pytest.raises(ValueError, match="start_step must be within 8 examples; got 3"):
        numbers(8, 4, 9, repeat=False, start_step=3)


def test_shapes_are_known_before_anything_is_read():
    spec = Numbers(5).dataset(3, seed=0).element_spec
    assert {name: tuple(part.shape) for name, part in spec.items()} == {
        "audio": (3, 160),
        "f0_hz": (3, 2),
        "f0_confidence": (3, 2),
        "loudness_db": (3, 2),
    }
    assert {part.dtype for part in spec.values()} == {tf.float32}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(batch_size=0), "batch_size must be an integer of at least 1; got 0"),
        (dict(batch_size=1, seed=-1), r"seed must be an integer in \[0, 2147483647\]; got -1"),
        (dict(batch_size=1, start_step=-1), "start_step must be an integer of at least 0; got -1"),
    ],
)
def test_arguments_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        Numbers(3).dataset(**settings)
