"""Harmonic and percussive parts beside librosa's."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close


def librosas(spectrogram, width=31, **settings):
    turned = np.swapaxes(spectrogram, -1, -2)
    parts = librosa.decompose.hpss(turned, kernel_size=width, **settings)
    return [np.swapaxes(part, -1, -2) for part in parts]


@pytest.mark.parametrize("mask", [False, True])
@pytest.mark.parametrize(
    ("width", "power", "margin"),
    [(31, 2.0, 1.0), ((17, 9), 1.0, 3.0), ((5, 1), 1.5, (1.0, 2.5)), (3, 4.0, (2.0, 1.0))],
)
def test_parts_are_librosas(width, power, margin, mask, rng):
    spectrogram = rng.exponential(size=(40, 33))
    spectrogram[10:13, 5:9] = 0.0
    settings = {"power": power, "margin": margin, "mask": mask}
    expected = librosas(spectrogram, width, **settings)
    found = st.hpss(spectrogram, width=width, **settings)
    for part, wanted in zip(found, expected, strict=True):
        assert_close(part, wanted, 64, np.float64)


def test_complex_parts_are_librosas(rng):
    spectrum = rng.standard_normal((30, 33)) + 1j * rng.standard_normal((30, 33))
    for part, wanted in zip(st.hpss(spectrum), librosas(spectrum), strict=True):
        assert_close(part, wanted, 64, np.float64)


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (7, 40)])
def test_fewer_frames_than_half_a_window_are_mirrored_again_and_again(shape, rng):
    spectrogram = rng.exponential(size=shape)
    for part, wanted in zip(st.hpss(spectrogram), librosas(spectrogram), strict=True):
        assert_close(part, wanted, 64, np.float64)


@pytest.mark.parametrize(("margin", "share"), [(1.0, 0.5), (2.0, 0.0)])
def test_masks_of_silence_are_librosas_and_the_gradient_finite(margin, share):
    silence = tf.zeros([40, 20])
    masks = st.hpss(silence, margin=margin, mask=True)
    for mask, wanted in zip(masks, librosas(silence, margin=margin, mask=True), strict=True):
        np.testing.assert_array_equal(mask, np.full([40, 20], share))
        np.testing.assert_array_equal(wanted, share)
    with tf.GradientTape() as tape:
        tape.watch(silence)
        parts = st.hpss(silence, margin=margin)
    assert np.all(np.isfinite(tape.gradient(parts, silence)))


def test_a_tone_and_a_click_are_parted():
    stft = st.STFT(n_fft=1024, hop_length=256)
    click = st.clicks([0.5], sample_rate=16000, length=16000)
    tone = st.tone(1000.0, sample_rate=16000, length=16000)
    harmonic, percussive = (
        stft.inverse(part, length=16000).numpy() for part in st.hpss(stft(click + 0.1 * tone))
    )
    assert np.sum((harmonic - 0.1 * tone) ** 2) < 0.01 * np.sum(harmonic**2)
    assert np.sum((percussive - click) ** 2) < 0.5 * np.sum(click**2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 4}, "width must be odd; got 4"),
        ({"width": (3, 0)}, "width must be an integer of at least 1; got 0"),
        ({"power": 0.5}, r"power must be a number of at least 1; got 0\.5"),
        ({"margin": (1.0, 0.9)}, r"margin must be a number of at least 1; got 0\.9"),
    ],
)
def test_arguments_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        st.hpss(np.ones([5, 5]), **settings)


def test_a_spectrogram_without_frames_is_refused():
    with pytest.raises(ValueError, match=r"spectrogram must be \[\.\.\., frames, bins\]"):
        st.hpss(np.ones(5))
