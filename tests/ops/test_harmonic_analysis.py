"""Harmonics by least squares: against LAPACK frame by frame, and of tones that are known."""

import numpy as np
import pytest

import spectrotools as st

RATE = 8000
GRID = {"sample_rate": RATE, "hop_length": 100}


def phase_of(f0_hz: np.ndarray, length: int, hop_length: int) -> np.ndarray:
    """The integral of frequency that is linear from frame to frame, radians, in closed form."""
    ends = np.append(f0_hz[1:], f0_hz[-1])
    turns = np.concatenate([[0.0], np.cumsum(0.5 * (f0_hz + ends) * hop_length / RATE)])
    j = np.arange(hop_length)
    bend = (ends - f0_hz)[:, None] * j**2 / (2 * hop_length)
    along = turns[:-1, None] + (f0_hz[:, None] * j + bend) / RATE
    return 2 * np.pi * along.reshape(-1)[:length]


def fitted(audio, f0_hz, frame, n_harmonics, hop_length, stretch, periods=4.0) -> np.ndarray:
    """The complex amplitudes of a frame by ``numpy.linalg.lstsq``."""
    half = max(0.5 * periods * RATE / f0_hz[frame], hop_length)
    time = np.arange(len(audio))
    place = (time - frame * hop_length) / half
    used = (np.abs(place) < 1) & (time >= stretch[0]) & (time < stretch[1])
    phase = phase_of(np.nan_to_num(f0_hz), len(audio), hop_length)[used]
    k = np.arange(1, n_harmonics + 1)
    waves = [np.ones([len(phase), 1]), np.sin(phase[:, None] * k), np.cos(phase[:, None] * k)]
    root = np.cos(0.5 * np.pi * place[used])  # of the weights, Hann's window
    basis = np.concatenate(waves, axis=1) * root[:, None]
    found = np.linalg.lstsq(basis, audio[used] * root, rcond=None)[0][1:]
    return found[:n_harmonics] + 1j * found[n_harmonics:]


@pytest.mark.parametrize(
    ("hop_length", "length", "periods"), [(100, 3000, 4.0), (64, 2999, 2.5), (500, 4100, 4.0)]
)
def test_every_frame_is_what_lapack_finds(rng, hop_length, length, periods):
    frames = -(-length // hop_length) + 1
    f0_hz = np.linspace(120.0, 300.0, frames)
    audio = rng.standard_normal(length)
    result = st.harmonic_amplitudes(
        audio,
        f0_hz,
        sample_rate=RATE,
        hop_length=hop_length,
        n_harmonics=6,
        periods=periods,
        ridge=1e-13,
    )
    for frame in range(frames):
        expected = fitted(audio, f0_hz, frame, 6, hop_length, (0, length), periods)
        np.testing.assert_allclose(result[frame], expected, rtol=0, atol=1e-9)


def test_no_window_leaves_its_stretch_of_pitch(rng):
    f0_hz = np.full(31, 150.0)
    f0_hz[[10, 20, 21]] = [np.nan, 0.0, 20.0]  # the last is below fmin
    audio = rng.standard_normal(3000)
    result = st.harmonic_amplitudes(audio, f0_hz, n_harmonics=5, ridge=1e-13, **GRID).numpy()
    assert not np.any(result[[10, 20, 21]])
    steady = np.where(f0_hz > 100, f0_hz, np.nan)
    for frame, stretch in (
        (9, (0, 900)),
        (11, (1100, 1900)),
        (15, (1100, 1900)),
        (22, (2200, 3000)),
    ):
        expected = fitted(audio, steady, frame, 5, 100, stretch)
        # The phase of the oscillators stands still in a gap, and that of the oracle does not.
        np.testing.assert_allclose(np.abs(result[frame]), np.abs(expected), rtol=0, atol=1e-8)


@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, 3e-5), (np.float64, 2.1e-5)])
@pytest.mark.parametrize("last_hz", [110.0, 180.0])
def test_a_tone_comes_back_real(dtype, bound, last_hz):
    frames, harmonics = 120, 20
    f0_hz = np.linspace(110.0, last_hz, frames).astype(dtype)
    timbre = np.tile(1.0 / np.arange(1, harmonics + 1), [frames, 1]).astype(dtype)
    tone = st.harmonic_synthesis(f0_hz, np.ones(frames, dtype), timbre, **GRID)
    found = st.harmonic_amplitudes(tone, f0_hz, n_harmonics=harmonics, **GRID).numpy()
    error = np.abs(found - timbre)
    assert np.max(error[3:-3]) < bound  # twice the ridge, and rounding
    assert np.max(error) < 5e-4  # with half a window at either end


def test_half_a_ridge_is_half_the_error():
    tone = st.harmonic_synthesis(np.full(60, 100.0), np.ones(60), np.ones([60, 3]), **GRID)

    def lost(ridge: float) -> float:
        found = st.harmonic_amplitudes(tone, [100.0] * 60, n_harmonics=3, ridge=ridge, **GRID)
        return 1.0 - float(abs(found[30, 1]))

    assert lost(1e-3) == pytest.approx(2e-3, rel=1e-2)
    assert lost(5e-4) == pytest.approx(1e-3, rel=1e-2)


def test_an_offset_is_no_harmonic():
    offset = np.full(2000, 0.7)
    found = st.harmonic_amplitudes(offset, np.full(20, 130.0), n_harmonics=10, **GRID)
    assert np.max(np.abs(found)) < 1e-3


def test_harmonics_above_nyquist_are_silent_and_do_not_disturb_the_others():
    turns = 900.0 * np.arange(4000) / RATE
    tone = sum(np.sin(2 * np.pi * k * turns) for k in range(1, 5))
    found = st.harmonic_amplitudes(tone, [900.0] * 40, n_harmonics=9, **GRID).numpy()
    np.testing.assert_allclose(found[4:-4, :4], 1.0, rtol=0, atol=1e-4)
    assert not np.any(found[:, 4:])


@pytest.mark.parametrize(("periods", "hop_length"), [(2.0, 40), (4.0, 40), (8.0, 100), (2.0, 100)])
def test_near_nyquist_no_harmonic_is_louder_in_noise_than_the_others(rng, periods, hop_length):
    noise, n_harmonics, frames = rng.standard_normal(16000), 20, 16000 // hop_length
    band = min(200.0 / (2 * periods), RATE / (4 * hop_length))  # Hz below Nyquist
    for gap, told in ((0.5, False), (0.95 * band, False), (1.05 * band, True), (2 * band, True)):
        f0_hz = np.full(frames, (0.5 * RATE - gap) / n_harmonics)
        settings = {**GRID, "hop_length": hop_length, "n_harmonics": n_harmonics}
        settings["periods"] = periods
        found = st.harmonic_amplitudes(noise, f0_hz, **settings).numpy()[5:-5]
        rms = np.sqrt(np.mean(np.abs(found) ** 2, axis=0))
        assert np.max(rms) < 1.3 * np.median(rms)  # of 0.5 Hz it was 30 times and more
        assert (rms[-1] > 0.7 * np.median(rms)) == told == np.any(found[:, -1] != 0)


def test_a_harmonic_too_near_to_nyquist_does_not_disturb_the_others():
    frames, n_harmonics = 100, 20
    f0_hz = np.full(frames, (0.5 * RATE - 10.0) / n_harmonics)
    tone = st.harmonic_synthesis(f0_hz, np.ones(frames), np.ones([frames, n_harmonics]), **GRID)
    found = st.harmonic_amplitudes(tone, f0_hz, n_harmonics=n_harmonics, **GRID).numpy()
    assert not np.any(found[:, -1])
    # Where no sine was solved for at the top, it would leave 3e-3 in the one below.
    np.testing.assert_allclose(found[5:-5, :-1], 1.0, rtol=0, atol=1e-4)


@pytest.mark.parametrize("spoilt", [np.nan, np.inf])
def test_a_sample_that_is_no_number_spoils_the_windows_that_hold_it(rng, spoilt):
    audio, f0_hz = rng.standard_normal(8000), np.full(80, 130.0)
    clean = st.harmonic_amplitudes(audio, f0_hz, n_harmonics=5, **GRID).numpy()
    audio[4010] = spoilt
    found = st.harmonic_amplitudes(audio, f0_hz, n_harmonics=5, **GRID).numpy()
    half = 2 * RATE / 130.0
    held = np.abs(100 * np.arange(80) - 4010) < half
    assert np.all(np.isnan(found[held]))
    np.testing.assert_array_equal(found[~held], clean[~held])


def test_a_batch_of_pitches_measures_one_sound(rng):
    audio, f0_hz = rng.standard_normal(1500), np.array([[130.0] * 15, [200.0] * 15])
    both = st.harmonic_amplitudes(audio, f0_hz, n_harmonics=4, **GRID)
    alone = st.harmonic_amplitudes(audio, f0_hz[1], n_harmonics=4, **GRID)
    np.testing.assert_allclose(both[1], alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        ({"hop_length": 0}, "hop_length must be"),
        ({"n_harmonics": 0}, "n_harmonics must be"),
        ({"sample_rate": np.inf}, "sample_rate must be finite; got inf"),
        ({"fmin": 0.0}, "fmin must be above 0 Hz and below 4000 Hz; got 0.0"),
        ({"fmin": np.inf}, "fmin must be above 0 Hz and below 4000 Hz; got inf"),
        ({"periods": 1.0}, "periods must be at least 2 and finite; got 1.0"),
        ({"periods": np.inf}, "periods must be at least 2 and finite; got inf"),
        ({"periods": 1e6}, "periods of fmin must be at most 2\\*\\*24 samples; got 160000000.0"),
        ({"ridge": 0.0}, "ridge must be above 0 and finite; got 0.0"),
        ({"ridge": np.inf}, "ridge must be above 0 and finite; got inf"),
        ({"audio": 1.0}, "audio must have a time axis"),
        ({"f0_hz": 200.0}, "f0_hz must have a frames axis"),
        ({"f0_hz": []}, "f0_hz must have at least one frame; got 0"),
        ({"audio": np.ones([2, 1000]), "f0_hz": np.ones([3, 10])}, "audio and f0_hz must broad"),
        (
            {"audio": np.zeros(1200)},
            "the length of audio must be in .* for 10 frames of f0_hz at hop_length=100; got 1200",
        ),
        ({"audio": np.zeros(1000, np.int16)}, "audio must be floating point; got int16.* / 32768"),
        ({"f0_hz": np.ones(10, np.int32)}, r"got int32\. It becomes so by tf.cast\(f0_hz, tf"),
        ({"audio": np.zeros(1000, np.int64)}, r"got int64\. It becomes so by tf.cast\(audio, tf"),
    ],
)
def test_what_is_wrong_is_named(setting, message):
    given = {"audio": np.zeros(1000), "f0_hz": np.full(10, 100.0), "n_harmonics": 2, **GRID}
    given |= setting
    with pytest.raises(ValueError, match=message):
        st.harmonic_amplitudes(given.pop("audio"), given.pop("f0_hz"), **given)
