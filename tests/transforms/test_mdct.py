"""MDCT against its defining sum, SciPy's DCT and windows, and tf.signal; every refusal."""

import numpy as np
import pytest
import scipy.fft
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close, error_db

WINDOWS = ["sine", "vorbis", ("kaiser_bessel_derived", 4 * np.pi)]


def scipys(window, size: int) -> np.ndarray:
    """The window, by SciPy where it has it; the power-sine is given by the Vorbis I standard."""
    if window == "vorbis":
        return np.sin(np.pi / 2 * scipy.signal.windows.cosine(size) ** 2)
    if window == "sine":
        return scipy.signal.windows.cosine(size)
    return scipy.signal.windows.kaiser_bessel_derived(size, window[1])


def frames_of(audio: np.ndarray, size: int) -> np.ndarray:
    """Frames of ``size`` samples, half of it apart, of which every sample is in two."""
    half = size // 2
    padded = np.pad(audio, (half, half + -len(audio) % half))
    return np.lib.stride_tricks.sliding_window_view(padded, size)[::half]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("size", [4, 8, 12, 20, 256])
@pytest.mark.parametrize("length", [1, 100, 513])
def test_it_is_the_defining_sum(window, size, length, rng):
    audio, half = rng.standard_normal(length), size // 2
    n, k = np.arange(size), np.arange(half)[:, None]
    quarters = (2 * n + 1 + half) * (2 * k + 1) % (8 * half)  # exact, where an angle is rounded
    kernel = np.cos(np.pi / (4 * half) * quarters)
    expected = np.sqrt(2 / half) * (frames_of(audio, size) * scipys(window, size)) @ kernel.T
    assert_close(st.MDCT(win_length=size, window=window)(audio), expected, 256, np.float64)


@pytest.mark.parametrize("size", [64, 500, 2048])
def test_it_is_scipys_dct_iv_of_the_folded_frames(size, rng):
    audio, half = rng.standard_normal(5000), size // 2
    a, b, c, d = np.split(frames_of(audio, size) * scipys("sine", size), 4, axis=-1)
    folded = np.concatenate([-c[:, ::-1] - d, a - b[:, ::-1]], axis=-1)
    expected = scipy.fft.dct(folded, type=4, norm="ortho")
    assert expected.shape == (1 + -(-5000 // half), half)
    assert_close(st.MDCT(win_length=size)(audio), expected, 64, np.float64)


@pytest.mark.parametrize("window", WINDOWS)
def test_it_is_tf_signals_of_the_padded_signal(window, rng):
    size = 512
    audio = rng.standard_normal(256 * 10)
    samples = tf.constant(scipys(window, size))
    peer = lambda length, dtype: tf.cast(samples, dtype)  # noqa: E731
    padded = np.pad(audio, 256)
    expected = tf.signal.mdct(padded, size, window_fn=peer, norm="ortho")
    assert_close(st.MDCT(win_length=size, window=window)(audio), expected, 64, np.float64)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("size", [4, 36, 256, 2048, 8192])
def test_float32_comes_back_within_its_figure_where_errors_have_nowhere_to_hide(window, size, rng):
    audio = rng.choice([-1.0, 1.0], 100_001).astype(np.float32)
    mdct = st.MDCT(win_length=size, window=window)
    assert error_db(mdct.inverse(mdct(audio), length=len(audio)).numpy(), audio) <= -125


def test_a_tone_between_frames_is_where_its_frequency_is():
    mdct = st.MDCT(win_length=1024, window="vorbis")
    tone = np.sin(2 * np.pi * 1234.5 * np.arange(16000) / 16000)
    energy = np.sum(np.square(mdct(tone)), axis=0)
    assert abs(mdct.frequencies(16000)[np.argmax(energy)] - 1234.5) <= 16000 / 1024


def test_times_are_those_of_the_middle_of_a_click():
    mdct = st.MDCT(win_length=64)
    click = np.zeros(640)
    click[300] = 1.0
    energy = np.sum(np.square(mdct(click)), axis=-1)
    times = mdct.times(len(energy), 1000.0)
    assert np.sum(energy * times) == pytest.approx(0.300, abs=0.016)
    np.testing.assert_allclose(np.diff(times), 0.032)
    np.testing.assert_allclose(times[0], -0.0005)


def test_frames_and_lengths_belong_together(rng):
    mdct = st.MDCT(win_length=32)
    for length in (0, 1, 15, 16, 17, 160):
        coefficients = mdct(np.ones(length))
        frames = coefficients.shape[0]
        assert frames == mdct.num_frames(length) == 1 + -(-length // 16)
        assert mdct.min_length(frames) <= length <= mdct.default_length(frames)
        assert mdct.inverse(coefficients).shape == (mdct.default_length(frames),)
        assert_close(mdct.inverse(coefficients)[:length], np.ones(length), 64, np.float64)


def test_coefficients_of_no_signal_have_the_signal_nearest_to_them(rng):
    """The transpose is the projection: what is left of coefficients is at a right angle."""
    mdct = st.MDCT(win_length=16)
    coefficients = rng.standard_normal((5, 8))
    audio = mdct.inverse(coefficients, length=27)
    dense = np.stack([np.ravel(mdct(row)) for row in np.eye(27)], axis=1)
    expected = np.linalg.lstsq(dense, coefficients.ravel(), rcond=None)[0]
    assert_close(audio, expected, 64, np.float64)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_half_precision_comes_back_as_it_is_rounded(dtype, rng):
    mdct = st.MDCT(win_length=64)
    audio = tf.cast(rng.uniform(-1, 1, 200), dtype)
    coefficients = mdct(audio)
    restored = mdct.inverse(coefficients, length=200)
    assert coefficients.dtype == restored.dtype == dtype
    bound = float(8 * np.finfo(dtype.as_numpy_dtype).eps) if dtype == tf.float16 else 0.06
    assert np.max(np.abs(tf.cast(restored - audio, tf.float32))) < bound


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"win_length": 2}, r"win_length must be an integer in \[4, 16777216\]; got 2"),
        ({"win_length": 64.0}, r"win_length must be an integer in \[4, 16777216\]; got 64.0"),
        ({"win_length": 66}, "win_length must be a multiple of 4; got 66"),
        ({"win_length": 64, "window": "hann"}, "window must be 'sine', 'vorbis' or"),
        ({"win_length": 64, "window": ("kaiser", 8.0)}, "window must be 'sine', 'vorbis' or"),
        (
            {"win_length": 64, "window": ("kaiser_bessel_derived", -1.0)},
            r"beta of kaiser_bessel_derived must be a number in \[0, 700\]; got -1.0",
        ),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        st.MDCT(**settings)


def test_wrong_calls_are_refused():
    mdct = st.MDCT(win_length=64)
    with pytest.raises(ValueError, match="audio must have a time axis"):
        mdct(np.float32(1.0))
    with pytest.raises(ValueError, match=r"coefficients must be \[..., frames, hop_length = 32\]"):
        mdct.inverse(np.zeros([3, 33]))
    with pytest.raises(ValueError, match=r"length must be in \[33, 64\] for 3 frames"):
        mdct.inverse(np.zeros([3, 32]), length=65)
    for call in (mdct.frequencies, lambda rate: mdct.times(3, rate)):
        with pytest.raises(ValueError, match="sample_rate must be above 0 Hz; got 0"):
            call(0)
    with pytest.raises(ValueError, match="block must have the batch shape"):
        mdct.step(np.zeros([2, 10], np.float32), mdct.initial_state())
    with pytest.raises(ValueError, match="coefficients must have the batch shape"):
        mdct.inverse_step(np.zeros([3, 32]), mdct.initial_inverse_state())
