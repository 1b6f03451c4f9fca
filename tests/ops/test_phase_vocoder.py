"""The phase vocoder against librosa, against the peaks of Laroche and Dolson, and differences."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.ops.phase_vocoder import nearest_peaks
from tests.tolerances import assert_close, error_db

STFT = st.STFT(n_fft=256, hop_length=64)


@pytest.fixture
def spectrum(rng):
    return STFT(rng.uniform(-1, 1, 4000)).numpy()


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize("rate", [0.37, 1.0, 1.9, 2, 70.0])
def test_librosas_convention_is_librosas(rate, dtype, spectrum):
    spectrum = spectrum.astype(dtype)
    # Its sum is of phase that grows; in double precision that is no matter.
    expected = librosa.phase_vocoder(spectrum.T.astype(np.complex128), rate=rate, hop_length=64).T
    result = st.phase_vocoder(spectrum, rate, convention="librosa")
    assert error_db(result, expected) < (-110.0 if dtype == np.complex64 else -190.0)
    assert result.dtype == dtype


@pytest.mark.parametrize("locking", ["identity", "none"])
@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_at_rate_1_the_sound_comes_back(dtype, locking, rng):
    spectrum = (rng.normal(size=(3, 5000, 17)) + 1j * rng.normal(size=(3, 5000, 17))).astype(dtype)
    assert_close(st.phase_vocoder(spectrum, 1.0, locking=locking), spectrum, 16, dtype)


def peaks_of(magnitudes):
    """The nearest bin greater than the two on either side, one bin after another."""
    far = np.pad(magnitudes, 2)
    bins = range(len(magnitudes))
    peaks = [k for k in bins if all(far[k + 2] > far[k + j] for j in (0, 1, 3, 4))]
    return [min(peaks, key=lambda p: (abs(p - k), p)) if peaks else k for k in bins]


@pytest.mark.parametrize("bins", [1, 2, 33, 100])
def test_bins_keep_to_the_nearest_peak(bins, rng):
    magnitudes = rng.uniform(size=(2, 9, bins))
    magnitudes[0, 0] = 0.0
    magnitudes[0, 1] = 1.0
    found = nearest_peaks(tf.constant(magnitudes)).numpy()
    np.testing.assert_array_equal(found, [[peaks_of(row) for row in item] for item in magnitudes])


def test_bins_about_a_peak_keep_their_phase_to_it(spectrum):
    """Where a frame of the sound is met, and frame by frame of Laroche and Dolson's recursion."""
    result = st.phase_vocoder(spectrum, 2.0).numpy()
    for m in range(1, len(result) - 1):
        peaks = np.array(peaks_of(np.abs(spectrum[2 * m])))
        apart = np.angle(spectrum[2 * m] * np.conj(spectrum[2 * m][peaks]))
        # Half way between the two is what happens from frame 2 m - 1 to 2 m, and half before.
        first, second = (spectrum[j + 1] * np.conj(spectrum[j]) for j in (2 * m - 2, 2 * m - 1))
        turn = np.angle(first) + np.angle(second * np.conj(first)) / 2
        phase = (np.angle(result[m - 1]) + turn)[peaks] + apart
        off = result[m] - np.abs(spectrum[2 * m]) * np.exp(1j * phase)
        assert np.max(np.abs(off)) < 1e-9


@pytest.mark.parametrize("locking", ["identity", "none"])
def test_a_rate_for_each_frame_and_one_for_all_agree(locking, spectrum):
    alike = st.phase_vocoder(spectrum, 0.75, locking=locking)
    each = st.phase_vocoder(spectrum, np.full(len(alike), 0.75), locking=locking)
    one = st.phase_vocoder(spectrum, tf.constant(0.75), frames=len(alike), locking=locking)
    assert_close(each, alike, 1e4, np.float64)
    assert_close(one, alike, 1e4, np.float64)
    batch = np.stack([spectrum, spectrum[::-1]])
    rates = np.stack([np.full(50, 0.75), np.linspace(0.5, 1.5, 50)])
    alone = [st.phase_vocoder(x, r, locking=locking) for x, r in zip(batch, rates, strict=True)]
    assert_close(st.phase_vocoder(batch, rates, locking=locking), np.stack(alone), 64, np.float64)


@pytest.mark.parametrize("locking", ["identity", "none"])
def test_gradient_by_coefficients_and_rate_is_that_of_differences(locking, rng):
    point = rng.normal(size=(12, 9)) + 1j * rng.normal(size=(12, 9))
    direction = rng.normal(size=(12, 9)) + 1j * rng.normal(size=(12, 9))
    weights = rng.normal(size=(15, 9))

    def value(coefficients, rate):
        made = st.phase_vocoder(coefficients, rate, frames=15, locking=locking)
        return tf.reduce_sum(weights * tf.math.real(made) + weights[::-1] * tf.math.imag(made))

    step, rate = 1e-7, 0.71
    inputs = tf.constant(point), tf.constant(rate, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        found = value(*inputs)
    by_point, by_rate = tape.gradient(found, inputs)
    ahead, behind = (value(point + s * direction, inputs[1]) for s in (step, -step))
    along = np.sum(np.real(np.conj(by_point.numpy()) * direction))
    assert along == pytest.approx(float(ahead - behind) / (2 * step), rel=1e-5)
    ahead, behind = (value(inputs[0], tf.constant(rate + s, tf.float64)) for s in (step, -step))
    assert float(by_rate) == pytest.approx(float(ahead - behind) / (2 * step), rel=1e-5)


@pytest.mark.parametrize("locking", ["identity", "none"])
def test_silence_stays_silence_and_has_a_finite_gradient(locking):
    silence, rate = tf.zeros([10, 9], tf.complex64), tf.constant(0.7)
    with tf.GradientTape() as tape:
        tape.watch([silence, rate])
        result = st.phase_vocoder(silence, rate, frames=14, locking=locking)
        value = tf.reduce_sum(tf.abs(result))
    assert not np.any(result)
    assert all(np.all(np.isfinite(part)) for part in tape.gradient(value, [silence, rate]))


def test_beyond_the_last_frame_is_silence(spectrum):
    result = st.phase_vocoder(spectrum, 1.0, frames=len(spectrum) + 9).numpy()
    assert_close(result[: len(spectrum)], spectrum, 16, np.float64)
    assert not np.any(result[len(spectrum) :])


@pytest.mark.parametrize("rate", [0.0, -1.0, np.inf, np.nan, [1.0, 0.0]])
def test_a_rate_is_above_zero(rate):
    with pytest.raises(ValueError, match="rate must be finite and above 0; got"):
        st.phase_vocoder(np.ones([4, 9], complex), rate)


@pytest.mark.parametrize(
    ("coefficients", "settings", "match"),
    [
        (np.ones([4, 9]), {}, r"coefficients must be complex \[..., frames, bins\]; got 'float64"),
        (np.ones(9, complex), {}, r"coefficients must be complex \[..., frames, bins\]"),
        (np.ones([0, 9], complex), {}, "coefficients must have at least one frame"),
        (np.ones([4, 9], complex), {"frames": 0}, "frames must be an integer of at least 1"),
        (np.ones([4, 9], complex), {"locking": "peaks"}, "locking must be one of 'identity'"),
        (np.ones([4, 9], complex), {"convention": "torch"}, "convention must be one of 'librosa'"),
        (
            np.ones([4, 9], complex),
            {"convention": "librosa", "locking": "identity"},
            "locking must be 'none' in librosa's convention; got 'identity'",
        ),
        (np.ones([4, 9], complex), {"rate": tf.constant(1.0)}, "frames must be given with a tens"),
        (np.ones([4, 9], complex), {"rate": np.ones(5), "frames": 4}, "frames must be None or"),
    ],
)
def test_wrong_arguments_are_named(coefficients, settings, match):
    with pytest.raises(ValueError, match=match):
        st.phase_vocoder(coefficients, **{"rate": 1.0} | settings)


def test_the_number_of_axes_of_rates_is_known():
    spec = tf.TensorSpec(None, tf.float64)
    stretch = tf.function(lambda rate: st.phase_vocoder(np.ones([4, 9], complex), rate))
    with pytest.raises(ValueError, match="rate must have a known number of axes"):
        stretch.get_concrete_function(spec)
