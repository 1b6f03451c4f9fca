"""Time-varying filters and filtered noise against SciPy, closed forms and DDSP's formulas."""

import functools
import itertools

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close, error_db


def impulse_response(gains: np.ndarray, window_size: int) -> np.ndarray:
    """The filter of its definition, term by term, from its first tap to its last."""
    period, reach = 2 * (len(gains) - 1), (window_size - 1) // 2
    taps = np.arange(-reach, reach + 1)
    bands = np.arange(-(period // 2) + 1, period // 2 + 1)
    waves = np.exp(2j * np.pi * np.outer(taps, bands) / period)
    response = np.real(waves @ gains[np.abs(bands)]) / period
    return response * np.cos(np.pi * taps / window_size) ** 2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("bands", "hop", "window_size"),
    [(65, 64, None), (64, 64, None), (65, 100, 31), (33, 7, 30), (2, 10, None), (600, 50, 333)],
)
def test_a_filter_that_stays_is_ordinary_convolution(bands, hop, window_size, dtype, rng):
    audio = rng.standard_normal((2, 1000)).astype(dtype)
    gains = rng.uniform(0, 1, bands).astype(dtype)
    frames = np.broadcast_to(gains, (2, -(-1000 // hop), bands))
    filtered = st.time_varying_fir(audio, frames, hop_length=hop, window_size=window_size)
    response = impulse_response(gains.astype(float), window_size or 2 * (bands - 1))
    expected = [scipy.signal.convolve(item, response, mode="full") for item in audio]
    reach = len(response) // 2
    assert_close(filtered, np.array(expected)[:, reach : reach + 1000], 16, dtype)


@pytest.mark.parametrize("bands", [1, 2, 5, 6, 65, 600])
def test_gains_of_one_change_nothing_and_delay_nothing(bands, rng):
    audio = rng.standard_normal(500)
    filtered = st.time_varying_fir(audio, np.ones([10, bands]), hop_length=50)
    assert_close(filtered, audio, 16, np.float64)


@pytest.mark.parametrize("bands", [5, 6, 65])
def test_an_impulse_rings_as_much_before_as_after(bands, rng):
    audio = np.zeros(401)
    audio[200] = 1.0
    gains = rng.uniform(0, 1, (1, bands))
    filtered = st.time_varying_fir(audio, gains, hop_length=401).numpy()
    assert_close(filtered, filtered[::-1], 16, np.float64)
    # The gain at the bands is the magnitudes, smoothed by the spectrum of a Hann window.
    mirrored = np.pad(gains[0], 1, mode="reflect")
    smooth = 0.25 * mirrored[:-2] + 0.5 * mirrored[1:-1] + 0.25 * mirrored[2:]
    period = 2 * (bands - 1)
    at_bands = np.exp(-2j * np.pi * np.outer(np.arange(bands), np.arange(401) - 200) / period)
    assert_close(at_bands @ filtered, smooth, 64, np.float64)


def test_between_frames_the_filters_are_crossfaded_by_a_raised_cosine(rng):
    audio, gains = rng.standard_normal(96), rng.uniform(0, 1, (3, 9))
    filtered = st.time_varying_fir(audio, gains, hop_length=32)
    each = [scipy.signal.convolve(audio, impulse_response(g, 16), mode="same") for g in gains]
    place = np.arange(96)
    weights = [
        np.where(abs(place - 32 * m) < 32, np.cos(np.pi * (place - 32 * m) / 64) ** 2, 0)
        for m in range(3)
    ]
    weights[2][64:] = 1.0  # the last frame holds
    assert_close(filtered, np.sum(np.multiply(weights, each), axis=0), 64, np.float64)


def spurs_db(convention: str | None) -> float:
    """Largest line beyond 150 Hz of a 997 Hz tone whose gain swings by 20 dB, 3 times a second."""
    rate, hop, length = 16000, 64, 64000
    tone = np.sin(2 * np.pi * 997 / rate * np.arange(length))
    swing = np.sin(2 * np.pi * 3 * np.arange(length // hop) * hop / rate)
    gains = 10 ** ((10 * swing - 10)[:, None] / 20) * np.ones(65)
    filtered = st.time_varying_fir(tone, gains, hop_length=hop, convention=convention).numpy()
    window = scipy.signal.get_window("blackmanharris", 48000)
    lines = np.abs(np.fft.rfft(filtered[8000:56000] * window))
    far = np.abs(np.fft.rfftfreq(48000, 1 / rate) - 997) > 150
    return float(20 * np.log10(lines[far].max() / lines.max()))


def test_a_gain_that_swings_leaves_no_spurs():
    assert spurs_db(None) < -50
    assert -45 < spurs_db("ddsp") < -40  # what switching filters at once leaves


def ddsp_filter(audio: np.ndarray, gains: np.ndarray, hop: int, window_size: int) -> np.ndarray:
    """``frequency_filter`` of DDSP 3.7: section 3.4 of the paper, with its indices."""
    responses = np.fft.irfft(gains)
    size = responses.shape[-1]
    if window_size <= 0 or window_size > size:
        window_size = size
    window = tf.signal.hann_window(window_size, dtype=tf.float64)
    half, padding = (window_size + 1) // 2, size - window_size
    if padding > 0:
        window = np.concatenate([window[half:], np.zeros(padding), window[:half]])
        responses = responses * window
        responses = np.concatenate(
            [responses[..., size - half + 2 :], responses[..., : half + 1]], axis=-1
        )
    else:
        responses = np.fft.fftshift(responses * np.fft.fftshift(window), axes=-1)
    taps, whole = responses.shape[-1], np.zeros(len(gains) * hop + responses.shape[-1] - 1)
    for frame, response in enumerate(responses):
        part = np.convolve(audio[frame * hop : (frame + 1) * hop], response)
        whole[frame * hop : frame * hop + len(part)] += part
    start = (taps - 1) // 2 - 1
    return whole[start : start + len(audio)]


@pytest.mark.parametrize("window_size", [0, None, 3, 31, 32, 127, 128, 257])
@pytest.mark.parametrize("length", [640, 600])
def test_ddsp_is_followed_in_its_windows_and_its_delay(window_size, length, rng):
    audio, gains = rng.uniform(-1, 1, length), rng.uniform(0, 2, (10, 65))
    settings = {"hop_length": 64, "window_size": window_size, "convention": "ddsp"}
    filtered = st.time_varying_fir(audio, gains, **settings)
    assert_close(filtered, ddsp_filter(audio, gains, 64, window_size or 0), 64, np.float64)


def test_ddsp_is_two_samples_late_at_65_bands():
    click = np.zeros(256)
    click[100] = 1.0
    late = st.time_varying_fir(click, np.ones([4, 65]), hop_length=64, convention="ddsp")
    assert_close(late, np.roll(click, 2), 16, np.float64)


def test_noise_in_the_convention_of_ddsp_is_its_filter_on_uniform_noise(rng):
    gains = rng.uniform(0, 1, (10, 17))
    noise = st.white_noise(640, seed=5, dtype=tf.float64).numpy()
    filtered = st.filtered_noise(gains, hop_length=64, seed=5, window_size=9, convention="ddsp")
    assert_close(filtered, ddsp_filter(noise, gains, 64, 9), 64, np.float64)


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_filtered_noise_is_white_noise_through_the_filter_ends_included(distribution, rng):
    settings = {"seed": 3, "distribution": distribution, "dtype": tf.float64}
    for bands, window_size in ((9, None), (10, 7), (1, None)):
        gains, reach = rng.uniform(0, 1, bands), ((window_size or 2 * (bands - 1)) - 1) // 2
        reach = max(reach, 0)
        noise = st.white_noise([2, 300 + 2 * reach], start=40 - reach, **settings).numpy()
        response = impulse_response(gains, window_size or 2 * (bands - 1)) if reach else gains
        expected = [scipy.signal.convolve(item, response, mode="valid") for item in noise]
        filtered = st.filtered_noise(
            np.broadcast_to(gains, (2, 10, bands)),
            hop_length=32,
            length=300,
            start=40,
            window_size=window_size,
            seed=3,
            distribution=distribution,
        )
        assert_close(filtered, expected, 64, np.float64)


def test_filtered_noise_of_ones_is_white_noise_as_loud_at_its_ends():
    noise = st.filtered_noise(np.ones([2, 10, 65]), hop_length=20, seed=1)
    assert_close(noise, st.white_noise([2, 200], seed=1, dtype=tf.float64), 16, np.float64)


@pytest.mark.parametrize("cuts", [[0, 1, 2, 20], [0, 7, 13, 20], [0, 19, 20]])
def test_filtered_noise_in_blocks_of_frames_is_the_whole(cuts, rng):
    gains, hop, begin = rng.uniform(0, 1, (2, 20, 17)), 12, 2**40
    settings = {"hop_length": hop, "seed": 9}
    whole = st.filtered_noise(gains, start=begin, **settings)
    blocks = []
    for a, b in itertools.pairwise(cuts):
        place = {"start": begin + a * hop, "length": (b - a) * hop}
        blocks.append(st.filtered_noise(gains[:, a : b + 1], **place, **settings))
    assert_close(np.concatenate(blocks, axis=1), whole, 16, np.float64)


@pytest.mark.parametrize("cuts", [[0, 1, 2, 20], [0, 7, 13, 20], [0, 19, 20]])
def test_a_stream_through_changing_filters_is_the_whole(cuts, rng):
    gains, audio, hop, reach = rng.uniform(0, 1, (20, 17)), rng.standard_normal(240), 12, 15
    settings = {"hop_length": hop}
    whole = st.time_varying_fir(audio, gains, **settings)
    padded = np.pad(audio, reach)
    blocks = [
        st.time_varying_fir(
            padded[a * hop : b * hop + 2 * reach], gains[a : b + 1], mode="valid", **settings
        )
        for a, b in itertools.pairwise(cuts)
    ]
    assert_close(np.concatenate(blocks), whole, 16, np.float64)


@pytest.mark.parametrize("bands", [17, 600])
@pytest.mark.parametrize("convention", [None, "ddsp"])
def test_gradient_by_magnitudes_and_audio_is_exact(bands, convention, rng):
    """The output is linear in each of them: its gradient is known from outputs alone."""
    audio, gains = rng.standard_normal(60), rng.uniform(0, 1, (5, bands))
    weights = rng.standard_normal(60)

    def value(audio, gains):
        filtered = st.time_varying_fir(audio, gains, hop_length=12, convention=convention)
        return tf.reduce_sum(filtered * weights)

    point = tf.constant(audio), tf.constant(gains)
    with tf.GradientTape() as tape:
        tape.watch(point)
        result = value(*point)
    by_audio, by_gains = tape.gradient(result, point)
    for place in (0, 17, 59):
        expected = float(value(np.eye(60)[place], gains))
        assert float(by_audio[place]) == pytest.approx(expected, rel=1e-9)
    for place in ((0, 0), (2, 7), (4, bands - 1)):
        unit = np.zeros_like(gains)
        unit[place] = 1.0
        assert float(by_gains[place]) == pytest.approx(float(value(audio, unit)), rel=1e-9)


@pytest.mark.parametrize("convention", [None, "ddsp"])
def test_gradients_by_magnitudes_of_silence_are_those_of_any(convention):
    gradients = []
    for level in (0.0, 1.0):
        gains = tf.fill([4, 17], level)
        with tf.GradientTape() as tape:
            tape.watch(gains)
            sound = st.filtered_noise(gains, hop_length=16, seed=0, convention=convention)
        gradients.append(tape.gradient(sound, gains))
    assert np.all(np.any(gradients[0] != 0, axis=1))
    assert_close(gradients[0], gradients[1], 64, np.float32)


def test_gradient_descent_finds_the_filters_of_a_noise_by_its_spectrum():
    """From gains that are all alike, of noise that is another at every step."""
    bands, frames, settings = np.arange(17), np.arange(20), {"hop_length": 32, "length": 640}
    hill = np.exp(-(((bands - 4 - 0.4 * frames[:, None]) / 3) ** 2)) + 0.02
    target = st.filtered_noise(np.tile(hill, [8, 1, 1]), seed=1, **settings)
    stft = st.STFT(n_fft=128, hop_length=32)

    def spectrum(noise):
        return tf.math.log(tf.reduce_mean(tf.abs(stft(noise)) ** 2, axis=0) + 1e-6)

    wanted, logarithms = spectrum(target), tf.Variable(np.full([20, 17], -1.0))
    adam = tf.keras.optimizers.Adam(0.05)

    @tf.function
    def step(seed):
        with tf.GradientTape() as tape:
            gains = tf.tile(tf.exp(logarithms)[None], [8, 1, 1])
            noise = st.filtered_noise(gains, seed=seed, **settings)
            loss = tf.reduce_mean(tf.abs(spectrum(noise) - wanted))
        adam.apply_gradients([(tape.gradient(loss, logarithms), logarithms)])
        return loss

    losses = [float(step(tf.constant([number, 2]))) for number in range(200)]
    assert np.mean(losses[-10:]) < 0.4 * losses[0]


def test_leading_axes_are_broadcast(rng):
    audio, gains = rng.standard_normal((3, 1, 40)), rng.uniform(0, 1, (2, 4, 9))
    filtered = st.time_varying_fir(audio, gains, hop_length=10)
    assert filtered.shape == (3, 2, 40)
    for i in range(3):
        for j in range(2):
            alone = st.time_varying_fir(audio[i, 0], gains[j], hop_length=10)
            assert_close(filtered[i, j], alone, 16, np.float64)


@pytest.mark.parametrize("half", [tf.float16, tf.bfloat16])
def test_half_precision_is_computed_in_single(half, rng):
    gains = tf.cast(rng.uniform(0, 1, (4, 9)), half)
    noise = st.filtered_noise(gains, hop_length=16, seed=0)
    single = st.filtered_noise(tf.cast(gains, tf.float32), hop_length=16, seed=0)
    assert noise.dtype == half
    np.testing.assert_array_equal(noise, tf.cast(single, half))


def test_single_precision_is_double_rounded(rng):
    gains = rng.uniform(0, 1, (40, 65))
    double = st.filtered_noise(gains, hop_length=16, seed=0)
    single = st.filtered_noise(gains.astype(np.float32), hop_length=16, seed=0)
    assert error_db(single.numpy(), double.numpy()) < -125


def test_not_a_number_stays_near_its_frame(rng):
    gains = rng.uniform(0, 1, (10, 9))
    clean = st.filtered_noise(gains, hop_length=16, seed=0).numpy()
    gains[4, 3] = np.nan
    hurt = st.filtered_noise(gains, hop_length=16, seed=0).numpy()
    assert np.all(np.isnan(hurt[49:79]))
    far = np.delete(np.arange(160), range(32, 96))  # products with 0 reach a hop further
    np.testing.assert_array_equal(hurt[far], clean[far])


@pytest.mark.parametrize("frames", [4, 5])
def test_as_many_frames_as_segments_fit_or_one_more(frames, rng):
    gains, audio = rng.uniform(0, 1, (frames, 9)), rng.standard_normal(55)
    held = np.concatenate([gains, gains[-1:]])[:5]
    expected = st.time_varying_fir(np.pad(audio, (0, 9)), held, hop_length=16)[:55]
    filtered = st.time_varying_fir(audio, gains, hop_length=16)
    assert_close(filtered, expected, 16, np.float64)
    noise = st.filtered_noise(gains, hop_length=16, seed=0, length=tf.constant(55))
    assert_close(noise, st.filtered_noise(held, hop_length=16, seed=0)[:55], 16, np.float64)


def test_frames_that_do_not_fit_are_refused():
    gains, audio = np.ones([4, 9]), np.ones(100)
    rule = r"the length of audio must be in \[33, 64\] for 4 frames of magnitudes at .*; got 100"
    with pytest.raises(ValueError, match=rule):
        st.time_varying_fir(audio, gains, hop_length=16)
    with pytest.raises(ValueError, match=r"length must be in \[33, 64\] for 4 frames .*; got 65"):
        st.filtered_noise(gains, hop_length=16, seed=0, length=65)
    with pytest.raises(ValueError, match=r"audio less 14 must be in \[33, 64\] for 4 .*; got 86"):
        st.time_varying_fir(audio, gains, hop_length=16, mode="valid")
    for call in (st.filtered_noise, functools.partial(st.time_varying_fir, audio)):
        settings = {"seed": 0} if call is st.filtered_noise else {}
        with pytest.raises(ValueError, match="magnitudes must have at least one frame; got 0"):
            call(gains[:0], hop_length=16, **settings)
    with pytest.raises(ValueError, match="audio and magnitudes must broadcast; got"):
        st.time_varying_fir(np.ones([2, 64]), np.ones([3, 4, 9]), hop_length=16)
    run = tf.function(
        lambda gains: st.time_varying_fir(audio, gains, hop_length=16),
        input_signature=[tf.TensorSpec([None, 9], tf.float64)],
    )
    rule = "the length of audio must be as many segments of hop_length as magnitudes has frames"
    with pytest.raises(tf.errors.InvalidArgumentError, match=rule):
        run(gains)


def test_bad_arguments_are_refused_by_name():
    gains, audio = np.ones([4, 9]), np.ones(64)

    def call(audio=audio, gains=gains, **settings):
        return st.time_varying_fir(audio, gains, **{"hop_length": 16, **settings})

    with pytest.raises(ValueError, match="audio and magnitudes must be of the same dtype; got"):
        call(audio.astype(np.float32))
    with pytest.raises(ValueError, match="audio must have a time axis"):
        call(np.float64(1.0))
    with pytest.raises(ValueError, match=r"magnitudes must be \[..., frames, bands\] of a known"):
        call(gains=np.ones(9))
    with pytest.raises(ValueError, match="magnitudes must have at least one band; got 0"):
        call(gains=gains[:, :0])
    with pytest.raises(ValueError, match="hop_length must be an integer of at least 1; got 0"):
        call(hop_length=0)
    for size in (0, 17):
        with pytest.raises(ValueError, match=r"window_size must be an integer in \[1, 16\]; got"):
            call(window_size=size)
    with pytest.raises(ValueError, match="mode must be one of 'same', 'valid'; got 'full'"):
        call(mode="full")
    with pytest.raises(ValueError, match="audio must have 14 samples beside what is wanted"):
        call(np.ones(13), mode="valid")
    with pytest.raises(ValueError, match="convention must be one of 'ddsp'; got 'torch'"):
        call(convention="torch")
    with pytest.raises(ValueError, match="mode must be 'same' in a convention; got 'valid'"):
        call(mode="valid", convention="ddsp")
    with pytest.raises(ValueError, match="at least 3 bands in convention 'ddsp'; got 2"):
        call(gains=np.ones([4, 2]), convention="ddsp")
    with pytest.raises(ValueError, match="window_size must be at least 3, or 0 for all; got 2"):
        call(window_size=2, convention="ddsp")
    with pytest.raises(ValueError, match="distribution must be one of 'uniform', 'normal'; got"):
        st.filtered_noise(gains, hop_length=16, seed=0, distribution="pink")
    with pytest.raises(ValueError, match="seed must be an integer of 64 bits"):
        st.filtered_noise(gains, hop_length=16, seed=None)
