"""Masks of runs: as wide and as likely as was asked for."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

import spectrotools as st


def masks(shape, **settings):
    return st.mask_frames(np.ones([*shape, 1]), **settings).numpy()[..., 0] == 0


def test_widths_and_places_are_evenly_drawn():
    taken = masks((4000, 20), max_width=5, seed=0)
    widths = taken.sum(axis=1)
    counts = np.bincount(widths, minlength=6)
    assert scipy.stats.chisquare(counts).pvalue > 1e-3
    starts = np.argmax(taken[widths == 3], axis=1)
    assert scipy.stats.chisquare(np.bincount(starts, minlength=18)).pvalue > 1e-3
    edges = np.abs(np.diff(np.pad(taken.astype(int), ((0, 0), (1, 1))), axis=1)).sum(axis=1)
    assert set(edges) == {0, 2}  # one run each


def test_runs_wider_than_the_spectrogram_take_all_of_it():
    taken = masks((300, 4), max_width=1000, seed=0)
    assert np.mean(taken.all(axis=1)) > 0.9


def test_several_runs_are_the_union_of_as_many():
    taken = masks((2000, 50), max_width=3, count=4, seed=0)
    assert taken.sum(axis=1).max() in (11, 12)
    assert taken.sum(axis=1).mean() == pytest.approx(6.0, rel=0.1)  # less what overlaps
    assert not masks((5, 50), max_width=3, count=0, seed=0).any()


@pytest.mark.parametrize("jit", [False, True])
def test_bins_are_masked_as_frames_are_filled_and_the_same_in_a_graph(jit, rng):
    spectrogram = tf.constant(rng.standard_normal((3, 6, 40)), tf.float32)

    def masked(values):
        return st.mask_bins(values, max_width=20, count=2, fill=-9.0, seed=4)

    found = tf.function(masked, jit_compile=jit)(spectrogram).numpy()
    np.testing.assert_array_equal(found, masked(spectrogram))
    taken = found == -9.0
    assert taken.any()
    assert np.all(taken == taken[:, :1])
    np.testing.assert_array_equal(found[~taken], spectrogram.numpy()[~taken])
    assert len({row.tobytes() for row in taken[:, 0]}) == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_width": -1, "seed": 0}, "max_width must be an integer in"),
        ({"max_width": 1, "seed": 0, "count": -1}, "count must be an integer of at least 0"),
        ({"max_width": 1, "seed": None}, "seed must be an integer of 64 bits"),
    ],
)
def test_arguments_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        st.mask_frames(np.ones([3, 4]), **settings)


def test_a_spectrogram_without_frames_is_refused():
    with pytest.raises(ValueError, match=r"spectrogram must be \[\.\.\., frames, bins\]"):
        st.mask_frames(np.ones(4), max_width=1, seed=0)
