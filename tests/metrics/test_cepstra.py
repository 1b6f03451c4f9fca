"""Mel-cepstral distortion against mel-cepstral-distance, and what it leaves out of account."""

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.metrics.cepstra import _mel_bands
from tests.metrics.sounds import NAMES, recording, spoiled, stretched

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden" / "metrics.json").read_text(encoding="utf-8")
)
RATE = 16000


@pytest.mark.parametrize("name", NAMES)
def test_distortion_is_that_of_mel_cepstral_distance_on_recordings(name):
    audio, sample_rate = recording(name)
    found = st.metrics.mel_cepstral_distortion(audio, stretched(audio), sample_rate=sample_rate)
    assert found == pytest.approx(GOLDEN["mel_cepstral_distortion"][name], rel=1e-9)


def test_neither_gain_nor_pace_counts():
    audio, sample_rate = recording("speech")
    gain = st.metrics.mel_cepstral_distortion(audio, 1e-4 * audio, sample_rate=sample_rate)
    assert gain == pytest.approx(0.0, abs=1e-9)
    hop = int(8 / 1000 * sample_rate)
    late = np.r_[np.full(40 * hop, 1e-12), audio]
    paused = st.metrics.mel_cepstral_distortion(late, audio, sample_rate=sample_rate)
    assert 0 < paused < 1.0
    unaligned = st.metrics.mel_cepstral_distortion(
        late[: len(audio)], audio, sample_rate=sample_rate, alignment="none"
    )
    assert unaligned > 5.0


def test_it_is_the_root_mean_square_of_smooth_log_spectra(rng):
    """Of all coefficients and steady sound: the level differences of the bands, without mean."""
    audio = np.tile(rng.standard_normal(128), 100)  # each frame is like the next
    estimate = np.convolve(np.r_[audio[-9:], audio], rng.standard_normal(10), mode="valid")
    found = st.metrics.mel_cepstral_distortion(
        audio, estimate, sample_rate=RATE, n_coefficients=19, alignment="none"
    )
    levels = [
        10 * np.log10(np.abs(np.fft.rfft(x[:512] * np.hanning(512))) ** 2 @ _mel_bands(512, RATE))
        for x in (audio, estimate)
    ]
    apart = levels[0] - levels[1]
    assert found == pytest.approx(np.std(apart), rel=1e-6)


def test_each_signal_of_a_batch_is_measured_by_itself(rng):
    reference, estimate = rng.standard_normal((2, 2, 2, 3000))
    found = st.metrics.mel_cepstral_distortion(reference, estimate[..., :2500], sample_rate=RATE)
    assert found.dtype == np.float64
    for item in np.ndindex(2, 2):
        alone = st.metrics.mel_cepstral_distortion(
            reference[item], estimate[item][:2500], sample_rate=RATE
        )
        assert found[item] == alone


@pytest.mark.parametrize("length", [2, 511, 512, 513, 640, 641])
def test_short_sound_has_a_frame(length, rng):
    sound, silence = rng.standard_normal(length), np.zeros(length)
    for reference, estimate in ((sound, silence), (silence, sound)):
        found = st.metrics.mel_cepstral_distortion(reference, estimate, sample_rate=RATE)
        assert 0 < found < 1000
    assert st.metrics.mel_cepstral_distortion(silence, silence, sample_rate=RATE) == 0.0


def test_one_sample_is_where_the_window_is_zero():
    assert st.metrics.mel_cepstral_distortion([1.0], [0.0], sample_rate=RATE) == 0.0


@pytest.mark.parametrize(
    ("reference", "estimate", "wrong", "message"),
    [
        (
            np.ones(9),
            np.ones(9),
            {"sample_rate": 0},
            "sample_rate must be finite and of at least 1000 Hz; got",
        ),
        (np.ones(9), np.ones(9), {"sample_rate": "cd"}, "sample_rate must be .*; got 'cd'"),
        (
            np.ones(9),
            np.ones(9),
            {"n_coefficients": 20},
            r"n_coefficients must be an integer in \[",
        ),
        (np.ones(9), np.ones(9), {"alignment": "soft"}, "alignment must be one of 'dtw', 'none'"),
        (np.ones(9), np.ones((2, 9)), {}, r"estimate must have the batch shape of reference, \("),
        (np.ones(9), np.ones(8), {"alignment": "none"}, "estimate must have the shape of refer"),
        (np.ones((2, 0)), np.ones((2, 9)), {}, r"reference must be \[..., time\]; got \(2, 0\)"),
        (np.ones(9), np.float64(1.0), {}, r"estimate must be \[..., time\]; got \(\)"),
        (np.r_[np.ones(9), np.nan], np.ones(9), {}, "reference must be finite; got nan"),
        (np.ones(9), np.array(["a"]), {}, "estimate must be of real numbers; got"),
    ],
)
def test_sound_that_is_none_is_refused(reference, estimate, wrong, message):
    with pytest.raises(ValueError, match=message):
        st.metrics.mel_cepstral_distortion(reference, estimate, **{"sample_rate": RATE, **wrong})


def test_a_tensor_of_a_graph_is_refused():
    @tf.function
    def run(audio):
        return st.metrics.mel_cepstral_distortion(audio, audio, sample_rate=RATE)

    with pytest.raises(ValueError, match="reference must be an array or an eager tensor, for"):
        run(tf.ones([9]))


def test_spoiled_sound_is_further_off_than_a_copy():
    audio, sample_rate = recording("brass")
    distances = [
        st.metrics.mel_cepstral_distortion(audio, sound, sample_rate=sample_rate)
        for sound in (audio, 0.9 * audio + 0.1 * spoiled(audio), spoiled(audio))
    ]
    assert distances == sorted(distances)
    assert distances[0] == 0.0
