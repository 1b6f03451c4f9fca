"""The fundamental of a recording, simply guessed: the one place that knows by what."""

import librosa
import numpy as np

__all__ = ["guess_f0"]

_RATE = 10000  # Hz: enough for a fundamental, and four times as fast as 44.1 kHz
_RESOLUTION = 0.2  # semitones; finer is found from phase, later
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
    fmax = min(fmax, rate / 4)
    # No more than half the range from frame to frame, where frames are far apart.
    fastest = min(_FASTEST, 0.5 * np.log2(fmax / fmin) * sample_rate / hop_length)
    f0_hz, _, _ = librosa.pyin(
        np.ascontiguousarray(audio),
        fmin=fmin,
        fmax=fmax,
        sr=rate,
        frame_length=2 * int(np.ceil(0.5 * _PERIODS * rate / fmin)),
        hop_length=hop_length // step,
        resolution=_RESOLUTION,
        max_transition_rate=fastest,
        fill_na=None,
    )
    return f0_hz
