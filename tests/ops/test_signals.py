"""Tones and chirps against rational and decimal arithmetic, SciPy and librosa; sweeps by use."""

import decimal
from decimal import Decimal
from fractions import Fraction

import librosa
import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close, error_db

TEN_MINUTES = [
    pytest.param(16_000, id="16k"),
    pytest.param(48_000, id="48k", marks=pytest.mark.slow),
]


def places(length: int) -> np.ndarray:
    """Samples from all over a signal, its ends included."""
    middle = np.random.default_rng(0).integers(1, length - 1, 200)
    return np.concatenate([[0], middle, [length - 1]])


def sine(turns) -> float:
    return np.sin(2 * np.pi * float(turns % 1))


def exact_tone(hz: float, sample_rate: int, length: int) -> np.ndarray:
    hz = Fraction(hz)
    return np.array([sine(hz * int(n) / sample_rate) for n in places(length)])


def exact_linear(start: float, end: float, sample_rate: int, length: int) -> np.ndarray:
    start, end = Fraction(start), Fraction(end)
    parts = [Fraction(int(n), length) for n in places(length)]
    seconds = Fraction(length, sample_rate)
    return np.array([sine(seconds * (start + (end - start) * u / 2) * u) for u in parts])


def exact_exponential(start: float, end: float, sample_rate: int, length: int) -> np.ndarray:
    with decimal.localcontext(prec=50):
        nepers = (Decimal(end) / Decimal(start)).ln()
        scale = Decimal(start) * length / sample_rate / nepers
        parts = [Decimal(int(n)) / length for n in places(length)]
        return np.array([sine(scale * ((nepers * u).exp() - 1)) for u in parts])


@pytest.mark.parametrize("sample_rate", TEN_MINUTES)
@pytest.mark.parametrize("hz", [440.1, 7919.7])
def test_a_tone_is_in_tune_after_ten_minutes(hz, sample_rate):
    length = 600 * sample_rate
    expected = exact_tone(hz, sample_rate, length)
    single = st.tone(hz, sample_rate=sample_rate, length=length).numpy()
    assert single.dtype == np.float32
    assert error_db(single[places(length)], expected) <= -145
    double = st.tone(np.float64(hz), sample_rate=sample_rate, length=length).numpy()
    assert error_db(double[places(length)], expected) <= -280


@pytest.mark.parametrize("sample_rate", TEN_MINUTES)
@pytest.mark.parametrize(
    ("method", "exact"), [("linear", exact_linear), ("exponential", exact_exponential)]
)
def test_a_chirp_is_in_tune_after_ten_minutes(method, exact, sample_rate):
    length, band = 600 * sample_rate, (20.0, sample_rate / 2)
    settings = {"sample_rate": sample_rate, "length": length, "method": method}
    expected = exact(*band, sample_rate, length)
    single = st.chirp(*band, **settings).numpy()[places(length)]
    assert error_db(single, expected) <= -145
    double = st.chirp(*np.array(band), **settings).numpy()[places(length)]
    assert error_db(double, expected) <= -155


def test_a_compiled_tone_is_in_tune_after_ten_minutes():
    length = 600 * 16_000
    make = tf.function(lambda hz: st.tone(hz, sample_rate=16_000, length=length), jit_compile=True)
    result = make(tf.constant(440.1, tf.float64)).numpy()[places(length)]
    assert error_db(result, exact_tone(440.1, 16_000, length)) <= -280


@pytest.mark.parametrize(("method", "named"), [("linear", "linear"), ("exponential", "log")])
@pytest.mark.parametrize("band", [(100.0, 7000.0), (7000.0, 100.0), (500.0, 600.0)])
def test_a_chirp_is_scipys(band, method, named):
    time = np.arange(32000) / 16000
    result = st.chirp(
        *np.array(band), sample_rate=16000, length=32000, method=method, initial_phase=0.3
    )
    phi = np.degrees(0.3) - 90
    expected = scipy.signal.chirp(time, band[0], 2.0, band[1], method=named, phi=phi)
    assert error_db(result.numpy(), expected) <= -200


def test_tone_and_chirp_are_librosas():
    settings = {"sample_rate": 22050, "length": 22050}
    tone = librosa.tone(440.0, sr=22050, length=22050)
    assert error_db(st.tone(440.0, **settings).numpy(), tone) <= -140
    for linear, method in ((True, "linear"), (False, "exponential")):
        expected = librosa.chirp(fmin=110, fmax=880, sr=22050, length=22050, linear=linear)
        result = st.chirp(110, 880, method=method, **settings).numpy()
        assert error_db(result, expected) <= -140


def test_a_linear_chirp_may_pass_through_zero_as_scipys_does():
    expected = scipy.signal.chirp(np.arange(8000) / 8000, -300.0, 1.0, 200.0, phi=-90)
    result = st.chirp(np.float64(-300), 200, sample_rate=8000, length=8000)
    assert error_db(result.numpy(), expected) <= -230


def test_frequency_zero_holds_and_a_negative_one_runs_backwards():
    settings = {"sample_rate": 8000, "length": 100}
    held = st.tone(0, initial_phase=0.7, **settings).numpy()
    np.testing.assert_array_equal(held, np.full(100, np.sin(0.7), np.float32))
    forward = st.tone(np.float64(440), **settings)
    assert_close(st.tone(np.float64(-440), **settings), -forward.numpy(), 4, np.float64)


def test_a_tensor_above_nyquist_sounds_where_it_folds_to():
    settings = {"sample_rate": 8000, "length": 300}
    above, folded = (st.tone(np.array([hz]), **settings).numpy() for hz in (5000.0, 3000.0))
    assert_close(above, -folded, 16, np.float64)


@pytest.mark.parametrize("length", [0, 1])
def test_no_sample_and_one(length):
    settings = {"sample_rate": 8000, "length": length, "initial_phase": 0.5}
    first = np.full(length, np.sin(0.5), np.float32)
    np.testing.assert_array_equal(st.tone(440, **settings), first)
    for method in ("linear", "exponential"):
        np.testing.assert_array_equal(st.chirp(440, 880, method=method, **settings), first)


def test_a_glide_between_equal_or_nearly_equal_frequencies_is_a_tone():
    settings = {"sample_rate": 8000, "length": 8000}
    tone = st.tone(np.float64(440), **settings).numpy()
    for end in (440.0, 440.0 * (1 + 1e-15)):
        glide = st.chirp(np.float64(440), end, method="exponential", **settings)
        assert error_db(glide.numpy(), tone) <= -220
    for octaves in (0.0719, 0.0723):  # on both sides of the seam between series and quotient
        end = 440.0 * 2**octaves
        glide = st.chirp(np.float64(440), end, method="exponential", **settings).numpy()
        expected = exact_exponential(440.0, end, 8000, 8000)
        assert error_db(glide[places(8000)], expected) <= -220


def test_frequencies_and_phases_broadcast_and_have_their_gradients(rng):
    hz = tf.constant(rng.uniform(100, 4000, (3, 1)))
    phase = tf.constant(rng.uniform(-3, 3, 4))
    time, weights = np.arange(16000) / 16000, rng.standard_normal((3, 4, 16000))
    angle = 2 * np.pi * hz.numpy()[..., None] * time + phase.numpy()[:, None]
    with tf.GradientTape() as tape:
        tape.watch([hz, phase])
        wave = st.tone(hz, sample_rate=16000, length=16000, initial_phase=phase)
        value = tf.reduce_sum(weights * wave)
    assert error_db(wave.numpy(), np.sin(angle)) <= -220
    by_hz, by_phase = tape.gradient(value, [hz, phase])
    slope = weights * np.cos(angle)
    expected = np.sum(2 * np.pi * time * slope, axis=(1, 2))[:, None]
    assert_close(by_hz, expected, 1e5, np.float64)
    assert_close(by_phase, np.sum(slope, axis=(0, 2)), 1e5, np.float64)


def test_dtypes_are_those_of_the_tensors():
    settings = {"sample_rate": 8000, "length": 10}
    assert st.tone(440, initial_phase=tf.constant(0.0, tf.float64), **settings).dtype == tf.float64
    assert st.chirp(100, tf.constant(200.0, tf.bfloat16), **settings).dtype == tf.bfloat16
    assert st.chirp(100, np.float64(200.0), **settings).dtype == tf.float64


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_a_length_may_be_a_tensor_and_a_known_one_stays_known(dtype):
    def make(length):
        rate = {"sample_rate": 8000, "length": length}
        chirps = [st.chirp(100, 3000, method=m, **rate) for m in ("linear", "exponential")]
        return [st.tone(440, **rate), *chirps, *st.exponential_sweep(100, 3000, **rate)]

    run = tf.function(make, input_signature=[tf.TensorSpec([], dtype)])
    known = tf.function(lambda: make(300)).get_concrete_function().outputs
    for wave, now, fixed in zip(run(tf.constant(300, dtype)), make(300), known, strict=True):
        assert_close(wave, now, 4, np.float32)
        assert fixed.shape == [300]
    assert all(wave.shape == [0] for wave in run(tf.constant(0, dtype)))


def gain(recording: np.ndarray, inverse: np.ndarray, size: int) -> np.ndarray:
    """The spectrum of a recording through an inverse, whose delay is taken off."""
    through = scipy.signal.fftconvolve(recording.astype(np.float64), inverse.astype(np.float64))
    return np.fft.rfft(np.roll(np.pad(through, (0, size - len(through))), 1 - len(inverse)))


def test_a_sweep_through_its_inverse_is_the_impulse_of_its_band():
    length, rate, size = 480_000, 48_000, 2**20
    sweep, inverse = st.exponential_sweep(20, 20_000, sample_rate=rate, length=length)
    assert np.max(np.abs(sweep)) <= 1
    hz = np.fft.rfftfreq(size, 1 / rate)
    spectrum = gain(sweep.numpy(), inverse.numpy(), size)
    flat = (hz >= 40) & (hz <= 20_000 * 2 ** (-1 / 12))
    assert np.max(np.abs(20 * np.log10(np.abs(spectrum[flat])))) <= 0.05
    # Each frequency is faded twice, once in the sweep and once in its inverse.
    octaves = np.log2(np.maximum(hz, 1e-3) / 20), 12 * np.log2(20_000 / np.maximum(hz, 1e-3))
    faded = np.prod([np.sin(np.pi / 2 * np.clip(x, 0, 1)) ** 4 for x in octaves], axis=0)
    assert error_db(np.fft.irfft(spectrum), np.fft.irfft(faded)) <= -99


def test_a_sweep_that_does_not_fade_is_the_chirp_and_ripples():
    settings = {"sample_rate": 16_000, "length": 32_000}
    unfaded = {"fade_in_octaves": 0, "fade_out_octaves": 0}
    sweep, inverse = st.exponential_sweep(np.float64(50), 7000, **settings, **unfaded)
    expected = st.chirp(np.float64(50), 7000, method="exponential", **settings)
    assert error_db(sweep.numpy(), expected.numpy()) <= -200
    hz = np.fft.rfftfreq(2**16, 1 / 16_000)
    flat = (hz > 60) & (hz < 6000)
    ripples = 20 * np.log10(np.abs(gain(sweep.numpy(), inverse.numpy(), 2**16)[flat]))
    assert 1 < np.max(np.abs(ripples)) < 3


def test_a_sweep_measures_a_room_and_shows_its_distortion_apart(rng):
    rate, length, band = 16_000, 80_000, (50.0, 8000.0)
    sweep, inverse = st.exponential_sweep(*np.array(band), sample_rate=rate, length=length)
    sweep, inverse = sweep.numpy(), inverse.numpy()
    room = rng.standard_normal(4000) * np.exp(-np.arange(4000) / 500)
    measured = gain(scipy.signal.fftconvolve(sweep, room), inverse, 2**18)
    hz = np.fft.rfftfreq(2**18, 1 / rate)
    flat = (hz >= 100) & (hz <= 8000 * 2 ** (-1 / 12))
    assert error_db(measured[flat], np.fft.rfft(room, 2**18)[flat]) <= -50
    distorted = scipy.signal.fftconvolve(sweep + 0.1 * sweep**2, inverse)
    ahead = length / rate * np.log(2) / np.log(band[1] / band[0])
    second = np.argmax(np.abs(scipy.signal.hilbert(distorted[: length - 200])))
    assert length - 1 - second == pytest.approx(ahead * rate, abs=3)


def test_arguments_that_do_not_fit_are_refused():
    rate = {"sample_rate": 8000, "length": 10}
    for hz in (4000.1, -4001, float("nan"), float("inf"), np.float32(5000)):
        with pytest.raises(
            ValueError, match=r"frequency_hz must be in \[-4000\.0, 4000\.0\] Hz; got"
        ):
            st.tone(hz, **rate)
    with pytest.raises(ValueError, match=r"end_hz must be in \[-4000\.0, 4000\.0\] Hz; got 5000"):
        st.chirp(100, 5000, **rate)
    with pytest.raises(ValueError, match="sample_rate must be above 0 Hz; got 0"):
        st.tone(440, sample_rate=0, length=10)
    with pytest.raises(ValueError, match="length must be an integer of at least 0; got -1"):
        st.tone(440, sample_rate=8000, length=-1)
    with pytest.raises(ValueError, match="frequency_hz must be floating point; got int32"):
        st.tone([440, 880], **rate)
    with pytest.raises(
        ValueError, match="method must be one of 'linear', 'exponential'; got 'log'"
    ):
        st.chirp(100, 200, method="log", **rate)
    for band in ((0, 100), (-100, 100)):
        with pytest.raises(ValueError, match="must both be above 0 or both below; got"):
            st.chirp(*band, method="exponential", **rate)
    for band in ((0, 100), (200, 100), (-200, -100)):
        with pytest.raises(ValueError, match="must be 0 < start_hz < end_hz; got"):
            st.exponential_sweep(*band, **rate)
    with pytest.raises(ValueError, match="fade_out_octaves must be at least 0; got -1"):
        st.exponential_sweep(100, 4000, fade_out_octaves=-1, **rate)
    with pytest.raises(
        ValueError, match=r"fades must fit in the sweep's 1\.000 octaves; got 1\.5"
    ):
        st.exponential_sweep(100, 200, fade_in_octaves=1.5, fade_out_octaves=0, **rate)
    with pytest.raises(ValueError, match="length must be an integer of at least 1; got 0"):
        st.exponential_sweep(100, 4000, sample_rate=8000, length=0)
    floating = tf.function(lambda length: st.tone(440, sample_rate=8000, length=length))
    with pytest.raises(ValueError, match="length must be one whole number; got"):
        floating(tf.constant(10.5))
