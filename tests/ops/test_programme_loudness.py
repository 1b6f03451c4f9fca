"""Programme loudness: the synthetic cases of EBU Tech 3341 and 3342, and BS.1770 by its text.

Cases 7 and 8 of Tech 3341, and 5 and 6 of Tech 3342, are authentic programmes, which only EBU's
files hold: they are left out. Cases 15 to 19, and some in the manner of 20 to 23, are in
``test_true_peak.py``.
"""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st

RATE = 48000
RATES = [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000]
# ITU-R BS.1770-5, annex 1, tables 1 and 2.
SHELF = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241]
SHELF += [0.73248077421585]
STANDARD = np.array([SHELF, [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]])


def tone(*parts: tuple[float, float], hertz: float = 1000.0, rate: float = RATE) -> np.ndarray:
    """A sine of parts of a peak level in dBFS and a length in seconds."""
    levels = [np.full(round(seconds * rate), 10 ** (level / 20)) for level, seconds in parts]
    amplitude = np.concatenate(levels)
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(len(amplitude)) / rate)


def stereo(*parts: tuple[float, float], **settings: float) -> np.ndarray:
    return np.stack([tone(*parts, **settings)] * 2)


STEREO = {"sample_rate": RATE, "layout": "stereo"}


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_full_sine_in_one_channel_is_minus_3_01(rate, dtype):
    audio = tone((0.0, 2.0), hertz=997.0, rate=rate).astype(dtype)
    result = st.integrated_loudness(audio, sample_rate=rate)
    assert result.dtype == dtype
    assert float(result) == pytest.approx(-3.0103, abs=2e-4)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-23, 20)], -23.0),
        ([(-33, 20)], -33.0),
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
)
def test_tech_3341_cases_1_to_5(parts, expected):
    audio = stereo(*parts).astype(np.float32)
    assert float(st.integrated_loudness(audio, **STEREO)) == pytest.approx(expected, abs=0.1)
    if len(parts) == 1:
        for measure in (st.momentary_loudness, st.short_term_loudness):
            np.testing.assert_allclose(measure(audio, **STEREO), expected, rtol=0, atol=0.1)


def test_tech_3341_case_6():
    audio = np.stack([tone((level, 20)) for level in (-28, -28, -24, -30, -30)])
    result = st.integrated_loudness(audio, sample_rate=RATE, layout="5.0")
    assert float(result) == pytest.approx(-23.0, abs=0.1)
    low = np.insert(audio, 3, tone((0.0, 20), hertz=50.0), axis=0)  # has no weight
    whole = st.integrated_loudness(low, sample_rate=RATE, layout="5.1")
    assert float(whole) == pytest.approx(float(result), abs=1e-12)


def test_tech_3341_case_9():
    """Every 3 s have the same energy, wherever they begin."""
    audio = stereo(*[(-20, 1.34), (-30, 1.66)] * 5)
    np.testing.assert_allclose(st.short_term_loudness(audio, **STEREO), -23.0, rtol=0, atol=0.1)


SEGMENTS = np.arange(20)


def test_tech_3341_case_10():
    """Tones of 3 s that begin between the tenths: the highest short-term loudness is theirs."""
    for late in 0.15 * SEGMENTS:
        audio = stereo((-200, late), (-23, 3.0), (-200, 1.0))
        highest = np.max(st.short_term_loudness(audio, **STEREO))
        assert highest == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_11():
    """As case 10 in one stream, each tone 1 dB louder than the last, in segments of 6 s."""
    parts = [((-200, 0.15 * i), (i - 38.0, 3.0), (-200, 3.0 - 0.15 * i)) for i in SEGMENTS]
    audio = stereo(*(part for segment in parts for part in segment))
    short_term = st.short_term_loudness(audio, **STEREO).numpy()
    highest = [np.max(short_term[max(60 * i - 29, 0) : 60 * i + 31]) for i in SEGMENTS]
    np.testing.assert_allclose(highest, SEGMENTS - 38.0, rtol=0, atol=0.1)


def every_hundredth(audio: np.ndarray) -> np.ndarray:
    """Momentary loudness every 10 ms of sound of full tenths: that from ten starts.

    Cases 13 and 14 ask for it: a tone of 0.4 s in no step of 0.1 s is up to 0.6 LU softer.
    """
    rows = [audio[:, start : audio.shape[1] - RATE // 10 + start] for start in STARTS]
    rows = st.momentary_loudness(np.stack(rows), **STEREO).numpy()
    return rows.T.ravel()


STARTS = range(0, RATE // 10, RATE // 100)


def test_tech_3341_case_13():
    """Tones of 0.4 s that begin between the tenths."""
    for late in 0.02 * SEGMENTS:
        audio = stereo((-200, late), (-23, 0.4), (-200, 1.0 - late))
        assert np.max(every_hundredth(audio)) == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_14():
    """As case 13 in one stream, each tone 1 dB louder than the last, in segments of 0.8 s."""
    parts = [((-200, 0.02 * i), (i - 38.0, 0.4), (-200, 0.4 - 0.02 * i)) for i in SEGMENTS]
    audio = stereo(*(part for segment in parts for part in segment), (-200, 0.1))
    momentary = every_hundredth(audio)
    highest = [np.max(momentary[max(80 * i - 39, 0) : 80 * i + 41]) for i in SEGMENTS]
    np.testing.assert_allclose(highest, SEGMENTS - 38.0, rtol=0, atol=0.1)


def test_tech_3341_case_12():
    """Every 0.4 s have the same energy, wherever they begin."""
    audio = stereo(*[(-20, 0.18), (-30, 0.22)] * 10)
    momentary = st.momentary_loudness(audio, **STEREO)[6:]
    np.testing.assert_allclose(momentary, -23.0, rtol=0, atol=0.1)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-20, 20), (-30, 20)], 10.0),
        ([(-20, 20), (-15, 20)], 5.0),
        ([(-40, 20), (-20, 20)], 20.0),
        ([(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15.0),
    ],
)
def test_tech_3342_cases_1_to_4(parts, expected):
    audio = stereo(*parts, rate=16000).astype(np.float32)
    result = st.loudness_range(audio, sample_rate=16000, layout="stereo")
    assert float(result) == pytest.approx(expected, abs=0.1)  # the standard allows 1


def blocks(audio: np.ndarray, seconds: float) -> np.ndarray:
    """Powers of all blocks, one by one, by the text of the standard at 48 kHz."""
    heard = scipy.signal.sosfilt(STANDARD, audio) ** 2
    size, step = round(seconds * RATE), RATE // 10
    weights = np.array([1, 1, 1, 1.41, 1.41])[: len(audio), None]
    starts = range(0, audio.shape[1] - size + 1, step)
    return np.array([np.sum(weights * heard[:, s : s + size]) / size for s in starts])


def lkfs(power: np.ndarray) -> np.ndarray:
    return -0.691 + 10 * np.log10(power)


@pytest.fixture(scope="module")
def programme() -> np.ndarray:
    """Noise of five channels whose level wanders over 60 dB, with a pause; it ends in a tenth."""
    rng = np.random.default_rng(5)
    level = np.repeat(rng.uniform(-60, 0, 16), RATE)[: 15 * RATE + 1234]
    level[4 * RATE : 6 * RATE] = -200
    return 10 ** (level / 20) * rng.uniform(-0.5, 0.5, (5, len(level)))


LAYOUT = {"sample_rate": RATE, "layout": "5.0"}


def test_every_block_is_that_of_the_standard(programme):
    for measure, seconds in ((st.momentary_loudness, 0.4), (st.short_term_loudness, 3.0)):
        expected = np.maximum(lkfs(np.maximum(blocks(programme, seconds), 1e-30)), -70)
        np.testing.assert_allclose(measure(programme, **LAYOUT), expected, rtol=0, atol=1e-7)


def test_both_gates_are_those_of_the_standard(programme):
    power = blocks(programme, 0.4)
    loud = power[lkfs(power) > -70]
    chosen = loud[lkfs(loud) > lkfs(np.mean(loud)) - 10]
    assert 10 < len(chosen) < len(loud) < len(power)  # else there is nothing to be tested
    result = float(st.integrated_loudness(programme, **LAYOUT))
    assert result == pytest.approx(lkfs(np.mean(chosen)), abs=1e-7)


def test_the_range_is_that_of_tech_3342(programme):
    power = blocks(programme, 3.0)
    loud = power[lkfs(power) > -70]
    chosen = lkfs(loud[lkfs(loud) > lkfs(np.mean(loud)) - 20])
    assert len(chosen) < len(power)
    low, high = np.sort(chosen)[[int(q * (len(chosen) - 1) + 0.5) for q in (0.1, 0.95)]]
    result = float(st.loudness_range(programme, **LAYOUT))
    assert result == pytest.approx(high - low, abs=1e-7)


@pytest.mark.parametrize(
    ("layout", "weights"),
    [
        ("mono", [1]),
        ("stereo", [1, 1]),
        ("3.0", [1, 1, 1]),
        ("4.0", [1, 1, 1.41, 1.41]),
        ("5.0", [1, 1, 1, 1.41, 1.41]),
        ("5.1", [1, 1, 1, 0, 1.41, 1.41]),
    ],
)
def test_every_channel_has_its_weight(layout, weights):
    sound = tone((-10.0, 1.0), rate=8000)
    single = float(st.integrated_loudness(sound, sample_rate=8000))
    channels = np.eye(len(weights))[:, :, None] * sound
    result = st.integrated_loudness(channels, sample_rate=8000, layout=layout)
    expected = [single + 10 * np.log10(weight) if weight else -70.0 for weight in weights]
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-9)


def test_silence_and_what_is_too_short_are_what_is_said():
    settings = {"sample_rate": 8000}
    for samples in (0, 1, 3199, 23999, 30000):
        silence = np.zeros([2, samples])
        tenths = samples // 800
        momentary = st.momentary_loudness(silence, **settings)
        short_term = st.short_term_loudness(silence, floor_db=-90.0, **settings)
        np.testing.assert_array_equal(momentary, np.full([2, max(tenths - 3, 0)], -70.0))
        np.testing.assert_array_equal(short_term, np.full([2, max(tenths - 29, 0)], -90.0))
        np.testing.assert_array_equal(st.integrated_loudness(silence, **settings), [-70.0] * 2)
        np.testing.assert_array_equal(st.loudness_range(silence, **settings), [0.0] * 2)
    loud = tone((0.0, 0.39), rate=8000)
    assert float(st.integrated_loudness(loud, **settings)) == -70.0


@pytest.mark.parametrize("measure", [st.integrated_loudness, st.loudness_range])
def test_a_gradient_is_that_of_the_blocks_that_count(measure, rng):
    """By one gain for each half second; the last, of a pause, does not count."""
    noise = rng.standard_normal(8 * 8000)
    gains = tf.constant([0.1, 0.2, 0.3, 0.15, 0.2, 0.05, 0.2, 1e-9], tf.float64)

    def measured(gains: tf.Tensor) -> tf.Tensor:
        return measure(tf.repeat(gains, 8000) * noise, sample_rate=8000)

    with tf.GradientTape() as tape:
        tape.watch(gains)
        value = measured(gains)
    slope = tape.gradient(value, gains).numpy()
    steps = 1e-6 * np.eye(8)
    expected = [float(measured(gains + d) - measured(gains - d)) / 2e-6 for d in steps[:-1]]
    np.testing.assert_allclose(slope[:-1], expected, rtol=0, atol=1e-6 * np.max(np.abs(slope)))
    assert np.any(slope)
    if measure is st.integrated_loudness:  # 6 dB louder is 6 LU louder
        assert np.dot(slope, gains) == pytest.approx(20 / np.log(10), rel=1e-9)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: st.integrated_loudness(np.zeros([3, 100]), **STEREO),
            r"audio must be \[..., 2, time\] for layout 'stereo'; got TensorShape\(\[3, 100\]\)",
        ),
        (
            lambda: st.loudness_range(np.zeros(100), **STEREO),
            r"audio must be \[..., 2, time\] for layout 'stereo'",
        ),
        (
            lambda: st.momentary_loudness(np.zeros(100), sample_rate=RATE, layout="2.0"),
            "layout must be one of 'mono', 'stereo', '3.0', '4.0', '5.0', '5.1'; got '2.0'",
        ),
        (
            lambda: st.short_term_loudness(np.zeros(100), sample_rate=RATE, floor_db=3.0),
            r"floor_db must be a number in \[-200, 0\]; got 3.0",
        ),
        (
            lambda: st.momentary_loudness(1.0, sample_rate=RATE),
            "audio must have a time axis",
        ),
    ],
)
def test_what_is_wrong_is_named(call, match):
    with pytest.raises(ValueError, match=match):
        call()
