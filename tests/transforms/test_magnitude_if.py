"""MagnitudeIF: what its numbers mean, how exactly they come back, silence, and refusals."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st
from tests.tolerances import assert_close, error_db


def snr_db(result, expected):
    error = np.linalg.norm(result - expected) / np.linalg.norm(expected)
    return -20 * np.log10(error)


def test_a_minute_of_noise_comes_back_to_100_db(rng):
    rep = st.MagnitudeIF(st.STFT(n_fft=1024, hop_length=256))
    audio = rng.uniform(-1, 1, 60 * 16000).astype(np.float32)
    restored = rep.inverse(rep(audio), length=len(audio)).numpy()
    assert snr_db(restored, audio) >= 100
    first, last = slice(0, 16000), slice(-16000, None)
    assert snr_db(restored[last], audio[last]) > snr_db(restored[first], audio[first]) - 1


def test_integer_phase_is_the_same_to_the_last_bit(rng):
    rep = st.MagnitudeIF(st.STFT(n_fft=256, hop_length=64), phase="integer")
    audio = rng.uniform(-1, 1, 20000).astype(np.float32)
    log_magnitude, frequency = rep(audio)
    assert frequency.dtype == tf.int32
    spectrum = rep.spectrum((log_magnitude, frequency))
    expected = np.angle(rep.transform(audio).numpy().astype(np.complex128))
    error = np.abs(
        np.angle(np.exp(1j * (np.angle(spectrum.numpy().astype(np.complex128)) - expected)))
    )
    assert np.max(error) < 1e-6
    # Summed in Python's integers, which have no end, and wrapped at the end.
    advance = np.array([k * 64 % 256 * 2**32 // 256 for k in range(129)], dtype=object)
    steps = frequency.numpy().astype(object)
    steps[1:] += advance
    turns = np.cumsum(steps, axis=0)
    phase = (np.vectorize(int)(turns) + 2**31) % 2**32 - 2**31
    expected = (phase * (2 * np.pi * 2.0**-32)).astype(np.float32)
    found = st.angle(rep.spectrum((tf.zeros_like(log_magnitude), frequency))).numpy()
    assert np.max(np.abs(np.angle(np.exp(1j * (found - expected).astype(np.float64))))) < 1e-6


def test_what_the_numbers_are():
    rep = st.MagnitudeIF(st.STFT(n_fft=512, hop_length=128))
    tone = np.cos(2 * np.pi * 1010.0 * np.arange(16000) / 16000)
    coefficients = rep(tone)
    assert coefficients._fields == ("log_magnitude", "instantaneous_frequency")
    magnitude = np.abs(rep.transform(tone))
    np.testing.assert_allclose(np.exp(coefficients.log_magnitude), magnitude + 1e-6, rtol=1e-9)
    steady = coefficients.instantaneous_frequency[20:-20, 32]
    np.testing.assert_allclose(steady, 2 * 128 * (1010 / 16000 - 32 / 512), atol=1e-6)


def test_silence_is_silence_and_has_a_gradient():
    rep = st.MagnitudeIF(st.STFT(n_fft=64, hop_length=16))
    silence = tf.zeros([2, 300])
    with tf.GradientTape() as tape:
        tape.watch(silence)
        log_magnitude, frequency = rep(silence)
        value = tf.reduce_sum(log_magnitude) + tf.reduce_sum(frequency)
    assert np.all(np.isfinite(tape.gradient(value, silence)))
    np.testing.assert_allclose(log_magnitude, np.log(1e-6), rtol=1e-6)
    assert np.max(np.abs(rep.inverse((log_magnitude, frequency), length=300))) < 1e-12


@pytest.mark.parametrize("phase", ["float", "integer"])
@pytest.mark.parametrize("length", [1, 15, 16, 17, 1000])
def test_float64_comes_back_to_rounding(length, phase, rng):
    rep = st.MagnitudeIF(st.STFT(n_fft=63, hop_length=13), phase=phase)
    audio = rng.uniform(-1, 1, (2, length))
    assert error_db(rep.inverse(rep(audio), length=length).numpy(), audio) < -230


def cut(signal, cuts, axis):
    return np.split(signal, np.minimum(np.cumsum(cuts), signal.shape[axis]), axis=axis)


@pytest.mark.parametrize("phase", ["float", "integer"])
@settings(max_examples=10, deadline=None)
@given(
    length=some.integers(0, 400),
    cuts=some.lists(some.integers(0, 120), max_size=6),
    frame_cuts=some.lists(some.integers(0, 9), max_size=6),
)
def test_a_stream_is_the_whole_both_ways(phase, length, cuts, frame_cuts):
    rep = st.MagnitudeIF(st.STFT(n_fft=62, hop_length=13), phase=phase)
    audio = np.random.default_rng(length).standard_normal((2, length))
    state, parts = rep.initial_state((2,), tf.float64), []
    for block in cut(audio, cuts, axis=-1):
        part, state = rep.step(block, state)
        parts.append(part)
    parts.append(rep.flush(state))
    seen = tuple(np.concatenate(part, axis=-2) for part in zip(*parts, strict=True))
    np.testing.assert_allclose(seen[0], rep(audio).log_magnitude, atol=1e-7)
    np.testing.assert_allclose(rep.spectrum(seen), rep.transform(audio), atol=1e-9)
    state, heard = rep.initial_inverse_state((2,), tf.float64), []
    blocks = zip(*(cut(part, frame_cuts, axis=-2) for part in seen), strict=True)
    for block in blocks:
        sound, state = rep.inverse_step(block, state)
        heard.append(sound)
    heard.append(rep.inverse_flush(state, length=length))
    np.testing.assert_allclose(np.concatenate(heard, axis=-1), audio, atol=1e-9)


@pytest.mark.parametrize("phase", ["signal", "band"])
def test_of_a_constant_q_it_comes_back_too(phase, rng):
    cqt = st.CQT(sample_rate=8000, fmin=55.0, phase=phase)
    rep = st.MagnitudeIF(cqt)
    audio = rng.uniform(-1, 1, (2, 20000)).astype(np.float32)
    restored = rep.inverse(rep(audio), length=20000).numpy()
    assert snr_db(restored, audio) >= 100
    tone = np.cos(2 * np.pi * 445.0 * np.arange(20000) / 8000)
    frequency = rep(tone).instantaneous_frequency[400:-400, np.argmin(abs(cqt.frequencies - 440))]
    middle = 440.0 if phase == "band" else 0.0
    nearest = cqt.frequencies[np.argmin(abs(cqt.frequencies - middle))]
    expected = 2 * cqt.hop_length * (445.0 - nearest) / 8000
    np.testing.assert_allclose(frequency, (expected + 1) % 2 - 1, atol=1e-4)
    assert st.MagnitudeIF.from_config(rep.get_config()) == rep
    with pytest.raises(ValueError, match=r"transform must be an STFT or a CQT of layout 'matrix'"):
        st.MagnitudeIF(st.CQT(sample_rate=8000, layout="octaves"))


def test_a_stream_of_a_constant_q_is_the_whole(rng):
    rep = st.MagnitudeIF(st.CQT(sample_rate=8000, fmin=700.0))
    audio = rng.uniform(-1, 1, 20000)
    state, parts = rep.initial_state((), tf.float64), []
    for block in np.split(audio, [3000, 3001, 15000]):
        part, state = rep.step(block, state)
        parts.append(part)
    parts.append(rep.flush(state))
    seen = tuple(np.concatenate(part, axis=0) for part in zip(*parts, strict=True))
    assert np.max(np.abs(rep.inverse(seen, length=20000) - audio)) < 1e-6
    state, sound = rep.initial_inverse_state((), tf.float64), []
    for half in (slice(None, 900), slice(900, None)):
        block, state = rep.inverse_step(tuple(part[half] for part in seen), state)
        sound.append(block)
    sound.append(rep.inverse_flush(state, length=20000))
    assert np.max(np.abs(np.concatenate(sound) - audio)) < 1e-6


def gansynth(**settings):
    stft = st.STFT(n_fft=256, hop_length=64, convention="tf")
    return st.MagnitudeIF(stft, convention="gansynth", **settings)


def note(rng, length=8000):
    """Partials that are struck and have decayed, over a little noise."""
    time = np.arange(length) / 16000
    partials = sum(np.sin(2 * np.pi * 311 * k * time + k) / k for k in range(1, 12))
    decayed = np.exp(-6 * time) * np.clip((time[-1] - time) / 0.1, 0, 1) ** 2
    return (partials + 0.01 * rng.standard_normal(length)) * decayed


def published(audio, frames, bank=None):
    """The published arithmetic in plain steps: unwrapped phase, summed up, and its differences."""
    silence = 64 * (frames - 1) + 256 - len(audio)
    spectrum = tf.signal.stft(np.pad(audio, (silence, 0)), 256, 64).numpy()[:, 1:]
    log_magnitude = np.log(np.abs(spectrum) + 1e-6)
    phase = np.unwrap(np.angle(spectrum), axis=0)
    if bank is not None:
        log_magnitude = np.log(np.exp(2 * log_magnitude) @ bank + 1e-6)
        phase = np.unwrap(phase @ bank, axis=0)
    return log_magnitude, np.diff(phase, axis=0, prepend=0) / np.pi


def published_back(log_magnitude, frequency, length, bank=None):
    phase = np.cumsum(frequency * np.pi, axis=0)
    magnitude = np.exp(log_magnitude)
    if bank is not None:
        shared = (bank @ bank.T).sum(axis=0)
        back = bank.T * np.where(shared > 1e-8, 1 / np.maximum(shared, 1e-8), shared)
        magnitude, phase = np.sqrt(magnitude @ back + 1e-6), phase @ back
    spectrum = np.pad(magnitude * np.exp(1j * phase), [(0, 0), (1, 0)])
    window = tf.signal.inverse_stft_window_fn(64)
    return tf.signal.inverse_stft(spectrum, 256, 64, window_fn=window).numpy()[-length:]


def gansynth_bank(n_mels):
    settings = {"sample_rate": 16000, "n_fft": 256, "n_mels": n_mels}
    return st.mel_filterbank(**settings, convention="gansynth")[1:]


@pytest.mark.parametrize("n_mels", [None, 128, 40])
def test_gansynths_pictures_and_sound_are_the_published_ones(n_mels, rng):
    audio = note(rng)
    rep = gansynth(frames=128, n_mels=n_mels, sample_rate=n_mels and 16000)
    bank = None if n_mels is None else gansynth_bank(n_mels)
    log_magnitude, frequency = rep(audio)
    assert log_magnitude.shape == (128, n_mels or 128)
    expected = published(audio, 128, bank)
    assert_close(log_magnitude, expected[0], 1e8, np.float64)
    apart = np.exp(1j * np.pi * frequency.numpy()) - np.exp(1j * np.pi * expected[1])
    assert np.max(np.abs(apart)) < 1e-5
    sound = published_back(*expected, len(audio), bank)
    assert_close(rep.inverse(expected, length=len(audio)), sound, 1e6, np.float64)


@pytest.mark.parametrize("n_mels", [None, 128])
def test_gansynths_way_back_is_as_good_as_the_published_one(n_mels, rng):
    audio = note(rng).astype(np.float32)
    rep = gansynth(frames=128, n_mels=n_mels, sample_rate=n_mels and 16000)
    restored = rep.inverse(rep(audio), length=len(audio)).numpy()
    bank = None if n_mels is None else gansynth_bank(n_mels)
    precise = audio.astype(np.float64)
    expected = published_back(*published(precise, 128, bank), len(audio), bank)
    assert abs(snr_db(restored, audio) - snr_db(expected, precise)) < 0.1


def test_gansynths_range_is_that_of_the_published_models(rng):
    plain, scaled = gansynth(), gansynth(normalised=True)
    audio = note(rng)
    expected = [0.0661371661726, 0.113718730221], [0.8, 0.0]
    for part, picture, (slope, offset) in zip(plain(audio), scaled(audio), expected, strict=True):
        assert_close(picture, np.clip(slope * part + offset, -1, 1), 8, np.float64)
    restored = scaled.inverse(scaled(audio), length=len(audio))
    assert_close(restored, plain.inverse(plain(audio), length=len(audio)), 1e5, np.float64)
    assert np.max(scaled(1e9 * audio).log_magnitude) == 1.0


@pytest.mark.parametrize("length", [1, 63, 64, 65, 1000])
def test_gansynths_frames_end_with_the_sound(length, rng):
    rep = gansynth()
    audio = np.concatenate([rng.uniform(-1, 1, length), np.zeros(256)])
    coefficients = rep(audio)
    frames = -(-len(audio) // 64)
    assert coefficients.log_magnitude.shape == (frames, 128)
    spectrum = np.fft.rfft(audio[-256:] * scipy.signal.get_window("hann", 256))[1:]
    last = np.exp(coefficients.log_magnitude[-1]) - 1e-6
    np.testing.assert_allclose(last, np.abs(spectrum), atol=1e-9)
    restored = rep.inverse(coefficients, length=len(audio)).numpy()
    assert snr_db(restored, audio) > 10  # DC of every frame is lost
    np.testing.assert_array_equal(rep.inverse(coefficients)[-len(audio) :], restored)


def test_gansynth_of_a_length_that_only_a_graph_knows(rng):
    rep = gansynth(n_mels=20, sample_rate=16000)
    audio = note(rng, 3000)

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.float64)])
    def there_and_back(audio):
        return rep.inverse(rep(audio), length=tf.shape(audio)[1])

    expected = rep.inverse(rep(audio), length=3000)
    assert_close(there_and_back(audio[None])[0], expected, 1e5, np.float64)


def test_gansynth_of_silence_is_quiet_and_has_a_gradient():
    rep = gansynth(n_mels=20, sample_rate=16000, normalised=True)
    silence = tf.zeros([1000])
    with tf.GradientTape() as tape:
        tape.watch(silence)
        log_magnitude, frequency = rep(silence)
        sound = rep.inverse((log_magnitude, frequency), length=1000)
        value = tf.reduce_sum(log_magnitude) + tf.reduce_sum(frequency) + tf.reduce_sum(sound)
    assert np.all(np.isfinite(tape.gradient(value, silence)))
    assert np.max(np.abs(sound)) < 1e-2


def test_arguments_that_do_not_fit_gansynth_are_refused():
    stft, tfs = st.STFT(n_fft=64), st.STFT(n_fft=64, convention="tf")
    rule = r"n_mels must come with convention='gansynth'; got 20"
    with pytest.raises(ValueError, match=rule):
        st.MagnitudeIF(stft, n_mels=20)
    with pytest.raises(
        ValueError, match=r"transform must be an STFT of convention='tf' in GANSynth's.*None"
    ):
        st.MagnitudeIF(stft, convention="gansynth")
    with pytest.raises(ValueError, match=r"transform must have an even n_fft in .*; got 63"):
        st.MagnitudeIF(st.STFT(n_fft=63, convention="tf"), convention="gansynth")
    with pytest.raises(ValueError, match="convention must be one of 'gansynth'; got 'nsynth'"):
        st.MagnitudeIF(tfs, convention="nsynth")
    with pytest.raises(ValueError, match="phase must be 'float' in GANSynth's convention"):
        st.MagnitudeIF(tfs, convention="gansynth", phase="integer")
    with pytest.raises(ValueError, match="n_mels and sample_rate must be given together"):
        st.MagnitudeIF(tfs, convention="gansynth", n_mels=20)
    with pytest.raises(ValueError, match="n_mels must be an integer of at least 1; got 0"):
        st.MagnitudeIF(tfs, convention="gansynth", n_mels=0, sample_rate=16000)
    with pytest.raises(ValueError, match="frames must be an integer of at least 1; got 0"):
        st.MagnitudeIF(tfs, convention="gansynth", frames=0)
    rep = st.MagnitudeIF(tfs, convention="gansynth", frames=3)
    with pytest.raises(ValueError, match=r"frames must be at least ceil\(.*\) = 4; got 3"):
        rep(tf.zeros([49]))
    with pytest.raises(ValueError, match="audio must have a time axis"):
        rep(tf.zeros([]))
    with pytest.raises(ValueError, match=r"length must be an integer in \[0, 48\]; got 49"):
        rep.inverse(rep(tf.zeros([48])), length=49)
    with pytest.raises(ValueError, match=r"convention must be None to stream.*; got 'gansynth'"):
        rep.initial_state()


def test_arguments_that_do_not_fit_are_refused():
    stft = st.STFT(n_fft=64)
    with pytest.raises(
        ValueError, match="transform must be an STFT or a CQT of layout 'matrix'; got 64"
    ):
        st.MagnitudeIF(64)
    with pytest.raises(ValueError, match=r"log_floor must be above 0; got 0\.0"):
        st.MagnitudeIF(stft, log_floor=0.0)
    with pytest.raises(ValueError, match="phase must be one of 'float', 'integer'; got 'int'"):
        st.MagnitudeIF(stft, phase="int")


def test_coefficients_that_do_not_fit_are_refused():
    rep = st.MagnitudeIF(st.STFT(n_fft=64))
    log_magnitude, frequency = rep(tf.zeros([2, 100]))
    with pytest.raises(ValueError, match="coefficients must be the two tensors"):
        rep.inverse(log_magnitude)
    with pytest.raises(ValueError, match=r"must be \[\.\.\., frames, 33\]; got .* 8, 33.* 7, 33"):
        rep.inverse((log_magnitude, frequency[:, :-1]))
    with pytest.raises(ValueError, match=r"must be \[\.\.\., frames, 33\]"):
        rep.inverse((log_magnitude[..., 1:], frequency[..., 1:]))
    with pytest.raises(ValueError, match="instantaneous_frequency must be float32 for phase='fl"):
        rep.inverse((log_magnitude, tf.cast(frequency, tf.int32)))
    whole = st.MagnitudeIF(st.STFT(n_fft=64), phase="integer")
    with pytest.raises(ValueError, match="instantaneous_frequency must be int32 for phase='int"):
        whole.inverse((log_magnitude, frequency))
    rep = gansynth()
    too_long = tf.function(lambda c, length: rep.inverse(c, length=length))
    with pytest.raises(tf.errors.InvalidArgumentError, match="length must be at most frames"):
        too_long(rep(tf.zeros([640])), tf.constant(641))
