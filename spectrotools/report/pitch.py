"""The fundamental of a recording: guessed, refined by phase, or read from a file."""

from pathlib import Path

import librosa
import numpy as np

from .._validate import check
from ..ops.harmonic_analysis import harmonic_amplitudes
from ..ops.pyin import pyin

__all__ = ["guess_f0", "read_f0", "refined_f0", "voiced_f0"]

_RATE = 10000  # Hz: enough for a fundamental, and four times as fast as 44.1 kHz
_TRACKING_RATE = 12000  # Hz: a little more, of which 100 frames a second are 120 samples each
_RESOLUTION = 0.2  # semitones; finer is found from phase
_ERROR = 0.6 * _RESOLUTION  # the most to look for by phase, semitones
_TRIED = 65  # fundamentals within that error either way
_PASSES = (8, 8, 32)  # harmonics to look at: high ones once the fundamental is nearly right
_FASTEST = 35.92  # octaves a second, librosa's default
_PERIODS = 2.5  # of the lowest fundamental in a frame


def guess_f0(
    audio: np.ndarray, *, sample_rate: int, hop_length: int, fmin: float, fmax: float
) -> np.ndarray:
    """Guess the fundamental frequency of one channel, by probabilistic YIN.

    Args:
        audio: ``[time]``.
        sample_rate: Hz.
        hop_length: samples from one frame to the next.
        fmin: the lowest fundamental, Hz.
        fmax: the highest fundamental, Hz.

    Returns:
        Hz, float64 ``[1 + ceil(time / hop_length)]``, at samples 0, ``hop_length``, ..., in
        every frame: whether it has a pitch at all, its harmonics tell better.

    References:
        Mauch, Dixon, "pYIN: a fundamental frequency estimator using probabilistic threshold
        distributions", ICASSP 2014.
    """
    audio = np.pad(audio, (0, -len(audio) % hop_length))
    step = 1
    while sample_rate / (2 * step) >= _RATE and hop_length % (2 * step) == 0:
        step *= 2
    rate = sample_rate / step
    if step > 1:
        audio = librosa.resample(audio, orig_sr=sample_rate, target_sr=rate, res_type="soxr_mq")
    return _pyin(audio, rate, hop_length // step, fmin, fmax)[0]


def voiced_f0(
    audio: np.ndarray, *, sample_rate: int, frame_rate: float, fmin: float, fmax: float
) -> np.ndarray:
    """Track the fundamental frequency of one channel, and whether there is one, by pYIN.

    Args:
        audio: ``[time]``.
        sample_rate: Hz.
        frame_rate: frames a second, rounded to whole samples at 12 kHz.
        fmin: the lowest fundamental, Hz.
        fmax: the highest fundamental, Hz.

    Returns:
        Hz, float64 ``[frames]``, negative where pYIN says that the frame is not voiced: it is
        the pitch that the frame would have.

    References:
        That of :func:`guess_f0`.
    """
    audio = librosa.resample(
        audio, orig_sr=sample_rate, target_sr=_TRACKING_RATE, res_type="soxr_mq"
    )
    f0_hz, voiced = _pyin(audio, _TRACKING_RATE, round(_TRACKING_RATE / frame_rate), fmin, fmax)
    return np.where(voiced, f0_hz, -f0_hz)


def _pyin(
    audio: np.ndarray, rate: float, hop_length: int, fmin: float, fmax: float
) -> tuple[np.ndarray, np.ndarray]:
    """The fundamental in every frame, Hz, and whether the frame is voiced."""
    fmax = min(fmax, rate / 4)
    # No more than half the range from frame to frame, where frames are far apart.
    fastest = min(_FASTEST, 0.5 * np.log2(fmax / fmin) * rate / hop_length)
    track = pyin(
        np.ascontiguousarray(audio),
        sample_rate=rate,
        fmin=fmin,
        fmax=fmax,
        hop_length=hop_length,
        frame_length=2 * int(np.ceil(0.5 * _PERIODS * rate / fmin)),
        resolution=_RESOLUTION,
        max_transition_rate=fastest,
        convention="librosa",
    )
    return track.f0_hz.numpy().astype(np.float64), track.voiced.numpy()


def refined_f0(
    audio: np.ndarray, f0_hz: np.ndarray, *, sample_rate: int, hop_length: int, fmin: float
) -> np.ndarray:
    """Refine a fundamental that is nearly right by how the phase of its harmonics drifts.

    Of a fundamental that is too low by d Hz, harmonic k gains k d turns a second on the one that
    was assumed. The d is taken that explains best what all harmonics gain from frame to frame.

    Args:
        audio: ``[channels, time]``.
        f0_hz: ``[channels, frames]``, within 12 cents.
        sample_rate: Hz.
        hop_length: samples from one frame to the next.
        fmin: the lowest fundamental, Hz.

    Returns:
        Hz, ``[channels, frames]``.
    """
    for number, n_harmonics in enumerate(_PASSES, 1):
        heard = harmonic_amplitudes(
            audio,
            f0_hz,
            sample_rate=sample_rate,
            hop_length=hop_length,
            n_harmonics=n_harmonics,
            fmin=fmin,
        ).numpy()
        gain = heard[:, 1:] * np.conj(heard[:, :-1])
        between = _between(f0_hz) + _drift(gain, f0_hz, sample_rate / hop_length)
        # A guess jumps from step to step, and correcting a frame leaves half of its jump: so the
        # means between frames count alone, until the last time finds what they lose of a vibrato.
        kept = f0_hz if number == len(_PASSES) else _frames_of(_between(f0_hz))
        f0_hz = kept + _frames_of(between - _between(kept))
    return f0_hz


def _between(frames: np.ndarray) -> np.ndarray:
    """Means of adjacent frames."""
    return 0.5 * (frames[:, 1:] + frames[:, :-1])


def _frames_of(between: np.ndarray) -> np.ndarray:
    """Means of what is on either side of a frame."""
    return _between(np.pad(between, [(0, 0), (1, 1)], mode="edge"))


def _drift(gain: np.ndarray, f0_hz: np.ndarray, frame_rate: float) -> np.ndarray:
    """Hz by which the fundamental is too low in every segment, from what harmonics gain.

    As high harmonics may gain more than half a turn, d is first chosen of a grid, and then
    corrected by what it leaves, which weighs most where it turns fastest.
    """
    k = np.arange(1, gain.shape[-1] + 1)
    # Beyond half a turn from frame to frame the fundamental itself does not tell.
    furthest = np.minimum(f0_hz[:, :-1] * (2 ** (_ERROR / 12) - 1), 0.5 * frame_rate)
    tried = furthest[..., None] * np.linspace(-1, 1, _TRIED)
    fits = np.zeros(tried.shape)
    for number in k:
        turned = np.exp(-2j * np.pi * number * tried / frame_rate)
        fits += np.real(gain[..., number - 1, None] * turned)
    best = np.argmax(fits, axis=-1)[..., None]
    chosen = np.take_along_axis(tried, best, axis=-1)
    left = gain * np.exp(-2j * np.pi * k * chosen / frame_rate)
    weight = np.abs(gain) * k**2
    radians = np.sum(weight * np.angle(left) / k, axis=-1)
    radians /= np.maximum(np.sum(weight, axis=-1), np.finfo(np.float32).tiny)
    return chosen[..., 0] + radians * frame_rate / (2 * np.pi)


def read_f0(path: str | Path, seconds: np.ndarray) -> np.ndarray:
    """Read a fundamental from a text file of lines ``seconds, Hz``, and give it at some times.

    More columns and a line of headings are passed over; 0 and NaN say that there is no pitch.
    Between two pitches it is linear, beside none that of the nearer line; there is none before
    the first line and after the last.
    """
    lines = [line.replace(",", " ").split() for line in Path(path).read_text().splitlines()]
    rows = [line for line in lines if line]
    if rows and not _is_number(rows[0][0]):
        rows = rows[1:]
    valid = rows and all(len(row) >= 2 and all(map(_is_number, row[:2])) for row in rows)
    check(bool(valid), "f0_hz must be a file of lines 'seconds, Hz'", str(path))
    times, pitch = np.array([[float(cell) for cell in row[:2]] for row in rows]).T
    check(bool(np.all(np.diff(times) > 0)), "f0_hz must be a file of growing times", str(path))
    pitch = np.where(pitch > 0, pitch, np.nan)
    between = np.interp(seconds, times, pitch, left=np.nan, right=np.nan)
    nearest = pitch[np.argmin(np.abs(seconds[:, None] - times), axis=1)]
    inside = (seconds >= times[0]) & (seconds <= times[-1])
    return np.where(np.isnan(between) & inside, nearest, between)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
