"""Loudness beside pyloudnorm, librosa and DDSP's arithmetic, true peaks beside SciPy.

``python -m benchmarks loudness`` prints the tables.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import pyloudnorm
import scipy.signal
import tensorflow as tf

import spectrotools as st

from .harness import Case, compare, error_db, modes
from .plain import BATCH, HOP, RATE, SAMPLES

PROGRAMMES, SECONDS, STUDIO = 8, 10, 48000
# ITU-R BS.1770-5, annex 1, tables 1 and 2.
SHELF = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241]
SHELF += [0.73248077421585]
STANDARD = np.array([SHELF, [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]])
PROTOTYPES = (  # Hz, Q, and gains at the highest, the middle and the lowest frequencies
    (1681.974450955533, 0.7071752369554196, (1.584864701130855, 1.2587209302325582, 1.0)),
    (38.13547087602444, 0.5003270373238773, (1.0049948987, 0.0, 0.0)),
)
CASES = {  # of EBU Tech 3341: levels in dBFS and seconds of a tone of 1 kHz in two channels
    "1": [(-23, 20)],
    "3": [(-36, 10), (-23, 60), (-36, 10)],
    "4": [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
    "5": [(-26, 20), (-20, 20.1), (-26, 20)],
}


def _bilinear(rate: float) -> np.ndarray:
    """Both sections by the bilinear transform, each warped to be right at its own frequency."""
    rows = []
    for hertz, q, (high, middle, low) in PROTOTYPES:
        k = np.tan(np.pi * hertz / rate)
        above = [high + middle * k / q + low * k**2, 2 * (low * k**2 - high)]
        above.append(high - middle * k / q + low * k**2)
        rows.append([*above, 1 + k / q + k**2, 2 * (k**2 - 1), 1 - k / q + k**2])
    sections = np.array(rows)
    return sections / sections[:, 3:4]


def _pyloudnorm(rate: float) -> np.ndarray:
    stages = pyloudnorm.Meter(rate)._filters.values()
    return np.array([[*stage.b, *stage.a] for stage in stages])


def _response(sections: np.ndarray, hertz: np.ndarray, rate: float) -> np.ndarray:
    return 20 * np.log10(np.abs(scipy.signal.sosfreqz(sections, worN=hertz, fs=rate)[1]))


def _heard(hertz: np.ndarray, rate: float) -> np.ndarray:
    """The response of :func:`k_weighting`, by what it makes of a click."""
    click = np.eye(1, int(rate))[0]
    heard = st.k_weighting(click, sample_rate=rate).numpy()
    return 20 * np.log10(np.abs(scipy.signal.freqz(heard, worN=hertz, fs=rate)[1]))


def _weightings() -> Iterator[str]:
    lines = [
        "### K-weighting, largest deviation from that at 48 kHz, 20 Hz to 0.45 of the rate\n",
        "| rate | spectrotools | bilinear transform | pyloudnorm |",
        "|---|---:|---:|---:|",
    ]
    for rate in (8000, 16000, 22050, 44100, 48000, 96000, 192000):
        hertz = np.geomspace(20.0, min(0.45 * rate, 20000.0), 200)
        expected = _response(STANDARD, hertz, 48000)
        responses = [_heard(hertz, rate)]
        responses += [_response(make(rate), hertz, rate) for make in (_bilinear, _pyloudnorm)]
        errors = (np.max(np.abs(response - expected)) for response in responses)
        lines.append(f"| {rate} Hz | " + " | ".join(f"{error:.4f} dB" for error in errors) + " |")
    yield "\n".join(lines) + "\n"


def _tone(parts: list[tuple[float, float]], rate: int) -> np.ndarray:
    levels = [np.full(round(seconds * rate), 10 ** (level / 20)) for level, seconds in parts]
    amplitude = np.concatenate(levels)
    tone = amplitude * np.sin(2 * np.pi * 1000.0 * np.arange(len(amplitude)) / rate)
    return np.stack([tone, tone])


def _standards() -> Iterator[str]:
    lines = [
        "### Integrated loudness of the tones of EBU Tech 3341, which allows 0.1 LU, LUFS\n",
        "| case | wanted | spectrotools, 48 kHz | pyloudnorm, 48 kHz | spectrotools, 16 kHz "
        "| pyloudnorm, 16 kHz |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for case, parts in CASES.items():
        row = [f"| {case} | -23.0"]
        for rate in (48000, 16000):
            audio = _tone(parts, rate)
            ours = float(st.integrated_loudness(audio, sample_rate=rate, layout="stereo"))
            row += [f"{ours:.3f}", f"{pyloudnorm.Meter(rate).integrated_loudness(audio.T):.3f}"]
        lines.append(" | ".join(row) + " |")
    yield "\n".join(lines) + "\n"


def _by_its_text(audio: np.ndarray) -> float:
    """BS.1770 of two channels at 48 kHz, block by block in float64."""
    heard = np.sum(scipy.signal.sosfilt(STANDARD, audio.astype(np.float64)) ** 2, axis=0)
    size, step = 4 * STUDIO // 10, STUDIO // 10
    starts = range(0, len(heard) - size + 1, step)
    power = np.array([np.mean(heard[start : start + size]) for start in starts])
    loudness = -0.691 + 10 * np.log10(power)
    loud = power[loudness > -70]
    kept = power[(loudness > -70) & (loudness > -0.691 + 10 * np.log10(np.mean(loud)) - 10)]
    return float(-0.691 + 10 * np.log10(np.mean(kept)))


def _gradient(function: Callable) -> Callable:
    def both(audio: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(audio)
            value = function(audio)
        return value, tape.gradient(value, audio)

    return both


def _programmes() -> Iterator[str]:
    rng = np.random.default_rng(0)
    level = np.repeat(10 ** (rng.uniform(-40, 0, (PROGRAMMES, 1, SECONDS)) / 20), STUDIO, axis=2)
    audio = level * rng.standard_normal((PROGRAMMES, 2, SECONDS * STUDIO)) / 5
    audio = audio.astype(np.float32)
    given = tf.constant(audio)
    expected = np.array([_by_its_text(item) for item in audio])
    meter = pyloudnorm.Meter(STUDIO)

    def ours(audio: tf.Tensor) -> tf.Tensor:
        return st.integrated_loudness(audio, sample_rate=STUDIO, layout="stereo")

    def normalised(audio: tf.Tensor) -> tf.Tensor:
        return st.loudness_normalize(audio, sample_rate=STUDIO, layout="stereo")

    error = lambda result: error_db(result, expected)  # noqa: E731
    calls: dict[str, Callable] = modes("integrated_loudness", ours, given)
    calls["pyloudnorm, float32, one by one"] = lambda: [
        meter.integrated_loudness(item.T) for item in audio
    ]
    calls["SciPy by the text of the standard, float64"] = lambda: [
        _by_its_text(item) for item in audio
    ]
    cases = [Case(name, call, error) for name, call in calls.items()]
    others = modes("integrated_loudness and gradient", _gradient(ours), given)
    others |= modes("loudness_normalize", normalised, given)
    stream = st.LoudnessMeter(sample_rate=STUDIO, layout="stereo")
    others |= modes("LoudnessMeter, all it says", stream, given)
    cases += [Case(name, call) for name, call in others.items()]
    title = f"Integrated loudness, {PROGRAMMES} x {SECONDS} s of two channels at 48 kHz"
    note = "The error is that of the LUFS, beside the standard's text in float64."
    yield compare(title, cases, PROGRAMMES * SECONDS, 3, note)


def _ddsp(audio: tf.Tensor) -> tf.Tensor:
    """DDSP's compute_loudness: its STFT, weights, mean and decibels."""
    n_fft = 512
    padded = tf.pad(audio, [[0, 0], [n_fft // 2, n_fft // 2]])
    power = tf.abs(tf.signal.stft(padded, n_fft, HOP)) ** 2
    weights = librosa.A_weighting(librosa.fft_frequencies(sr=RATE, n_fft=n_fft))
    mean = tf.reduce_mean(power * tf.constant(10 ** (weights / 10), power.dtype), axis=-1)
    return 10.0 * tf.math.log(tf.maximum(mean, 1e-8)) / tf.math.log(10.0)


def _librosa(audio: np.ndarray) -> np.ndarray:
    spectrum = librosa.stft(audio, n_fft=512, hop_length=HOP, pad_mode="constant")
    with np.errstate(divide="ignore"):
        weights = librosa.A_weighting(librosa.fft_frequencies(sr=RATE, n_fft=512))
    power = np.abs(spectrum) ** 2 * 10 ** (weights[:, None] / 10)
    return 10 * np.log10(np.maximum(np.mean(power, axis=-2), 1e-8))


def _frames() -> Iterator[str]:
    audio = np.random.default_rng(0).standard_normal((BATCH, SAMPLES)).astype(np.float32)
    sound, expected = tf.constant(audio), _librosa(audio.astype(np.float64))

    def ours(audio: tf.Tensor) -> tf.Tensor:
        return st.loudness(audio, sample_rate=RATE, hop_length=HOP, convention="ddsp")

    error = lambda result: error_db(result, expected)  # noqa: E731
    calls: dict[str, Callable] = modes("loudness", ours, sound)
    with np.errstate(divide="ignore"):
        calls |= modes("DDSP's arithmetic", _ddsp, sound)
    calls["librosa, float32"] = lambda: _librosa(audio)
    cases = [Case(name, call, error) for name, call in calls.items()]
    others = modes("loudness and gradient", _gradient(ours), sound)
    others |= modes("DDSP's arithmetic and gradient", _gradient(_ddsp), sound)
    others |= modes("rms", lambda x: st.rms(x, hop_length=HOP, frame_length=512), sound)
    cases += [Case(name, call) for name, call in others.items()]
    title = f"A-weighted loudness of frames of 512, {BATCH} x {SAMPLES}"
    with np.errstate(divide="ignore"):
        yield compare(title, cases, BATCH * SAMPLES / RATE, 5)


def _peaks() -> Iterator[str]:
    """Noise below 18 kHz at 48 kHz, whose peaks are known from 64 times the rate."""
    rng = np.random.default_rng(0)
    spectrum = np.fft.rfft(rng.standard_normal((PROGRAMMES, STUDIO)))
    spectrum[:, 18000:] = 0.0
    audio = np.fft.irfft(spectrum) * np.hanning(STUDIO)
    audio = audio.astype(np.float32)
    fine = np.fft.irfft(np.fft.rfft(audio.astype(np.float64)), 64 * STUDIO) * 64
    expected = np.max(np.abs(fine), axis=-1)
    given = tf.constant(audio)

    def error(result: object) -> float:
        return error_db(10 ** (np.asarray(result, np.float64) / 20), expected)

    def peer() -> np.ndarray:
        between = scipy.signal.resample_poly(audio, 4, 1, axis=-1)
        return 20 * np.log10(np.max(np.abs(between), axis=-1))

    calls = modes("true_peak", lambda x: st.true_peak(x, sample_rate=STUDIO), given)
    calls |= modes(
        "true_peak, 16 times",
        lambda x: st.true_peak(x, sample_rate=STUDIO, oversampling=16),
        given,
    )
    calls["scipy.signal.resample_poly, 4 times, float32"] = peer
    cases = [Case(name, call, error) for name, call in calls.items()]
    title = f"True peak, {PROGRAMMES} x 1 s at 48 kHz"
    note = "The error is that of the amplitude, beside 64 times the rate by one Fourier transform."
    yield compare(title, cases, PROGRAMMES, 5, note)


def tables() -> Iterator[str]:
    """What the standards ask for; programmes, frames, and peaks."""
    yield from _weightings()
    yield from _standards()
    yield from _programmes()
    yield from _frames()
    yield from _peaks()
