"""Ridges against all paths, and against partials that are known."""

import itertools

import numpy as np
import pytest

import spectrotools as st


@pytest.mark.parametrize(
    ("penalty", "max_step"), [(0.0, 3), (0.1, 1), (0.4, 3), (2.0, 9), (1.0, 0)]
)
def test_no_path_is_better(penalty, max_step, rng):
    levels = rng.normal(size=(6, 4))

    def score(path: tuple[int, ...]) -> float:
        steps = np.diff(path)
        if np.any(np.abs(steps) > max_step):
            return -np.inf
        return levels[np.arange(6), list(path)].sum() - penalty * np.sum(steps**2)

    best = max(itertools.product(range(4), repeat=6), key=score)
    found = st.ridges(levels, penalty=penalty, max_step=max_step).numpy()
    assert found.tolist() == [list(best)]


def test_the_next_ridge_is_the_best_of_what_is_left(rng):
    levels = rng.normal(size=(2, 30, 12))
    first, second = st.ridges(levels, n_ridges=2, half_width=1).numpy().transpose(1, 0, 2)
    near = np.abs(np.arange(12) - first[:, :, None]) <= 1
    left = np.where(near, levels.min(axis=(1, 2), keepdims=True), levels)
    np.testing.assert_array_equal(st.ridges(left)[:, 0], second)


def test_a_ridge_goes_through_a_crossing_and_a_gap():
    """A rising partial, crossed by a falling one, in noise, silent for some frames."""
    stft, rate = st.STFT(n_fft=512, hop_length=128), 16000
    seconds = np.arange(2 * rate) / rate
    rising = np.sin(2 * np.pi * (1000 * seconds + 500 * seconds**2))
    falling = 0.5 * np.sin(2 * np.pi * (4000 * seconds - 1000 * seconds**2))
    rising[20000:21000] = 0.0
    audio = rising + falling + 0.02 * np.random.default_rng(0).normal(size=2 * rate)
    levels = st.amplitude_to_db(np.abs(stft(audio)))
    path = st.ridges(levels, penalty=20.0)[0].numpy()[4:-4]
    hz = (1000 + 1000 * np.arange(len(path) + 8) * 128 / rate)[4:-4]
    assert np.max(np.abs(path * rate / 512 - hz)) < 3 * rate / 512


@pytest.mark.parametrize(
    ("levels", "settings", "match"),
    [
        (np.zeros(5), {}, r"levels must be \[..., frames, bins\]"),
        (np.zeros([0, 5]), {}, "levels must have at least one frame"),
        (np.zeros([5, 0]), {}, "levels must have bins of a known number, at least 1"),
        (np.zeros([5, 4]), {"n_ridges": 0}, "n_ridges must be an integer of at least 1; got 0"),
        (np.zeros([5, 4]), {"penalty": -1.0}, "penalty must be a number of at least 0"),
        (np.zeros([5, 4]), {"max_step": -1}, "max_step must be an integer of at least 0"),
        (np.zeros([5, 4]), {"half_width": -1}, "half_width must be an integer of at least 0"),
    ],
)
def test_wrong_arguments_are_named(levels, settings, match):
    with pytest.raises(ValueError, match=match):
        st.ridges(levels, **settings)
