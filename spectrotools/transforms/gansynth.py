"""GANSynth's picture of a sound: where it departs from :class:`~.magnitude_if.MagnitudeIF`.

The frames of a clip end where the clip ends, and silence leads in to the first ones. DC is left
out. On the mel scale there may be as many bands as bins: power and unwrapped phase are summed with
the same weights, and the way back spreads them again with the transposed ones.

References:
    Engel et al., "GANSynth: adversarial neural audio synthesis", ICLR 2019, and the authors'
    published ``specgrams_helper`` and ``data_normalizer``.
"""

import functools
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from .._validate import check, integer
from ..ops.filterbanks import mel_filterbank
from ..ops.fourier import framed_irfft
from ..ops.framing import fit_length
from ..ops.numerics import compiled, flatten_leading, real_tensor, sizes
from ..ops.windows import canonical_dual
from .framed import Length
from .stft import STFT

__all__ = [
    "Mel",
    "check_framing",
    "from_mel",
    "from_range",
    "led_in",
    "mel",
    "synthesise",
    "to_mel",
    "to_range",
]

# Of the published models: slope and offset of the log-magnitude and of the frequency.
_RANGES = ((0.0661371661726, 0.113718730221), (0.8, 0.0))
_UNUSED = 1e-8  # what returns to a bin less than this is not raised to 1


def check_framing(stft: Any, frames: int | None) -> None:
    """Check that an STFT pads nothing and has as many bins above DC as GANSynth's."""
    rule = "transform must be an STFT of convention='tf' in GANSynth's convention"
    check(isinstance(stft, STFT) and stft.convention == "tf", rule, stft)
    rule = "transform must have an even n_fft in GANSynth's convention"
    check(stft.n_fft % 2 == 0, rule, stft.n_fft)
    if frames is not None:
        integer("frames", frames, 1)


def led_in(audio: Any, stft: STFT, frames: int | None) -> tf.Tensor:
    """Put silence before ``[..., time]``, so that the last of so many frames ends with it."""
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    time = audio.shape[-1] if audio.shape.rank else None
    if frames is not None and time is not None:
        least = _fewest_frames(time, stft)
        check(
            frames >= least, f"frames must be at least ceil(time / hop_length) = {least}", frames
        )
    return _led_in(audio, stft=stft, frames=frames)


@compiled
def _led_in(audio: tf.Tensor, *, stft: STFT, frames: int | None) -> tf.Tensor:
    audio, unfold = flatten_leading(audio, keep=1)
    length = sizes(audio)[1]
    count = _fewest_frames(length, stft) if frames is None else frames
    return unfold(tf.pad(audio, [[0, 0], [_span(count, stft) - length, 0]]))


def _fewest_frames(length: Length, stft: STFT) -> Length:
    """So many that the first sample has all its windows; the later ones lack the last few."""
    return -(-length // stft.hop_length)


def _span(frames: Length, stft: STFT) -> Length:
    return (frames - 1) * stft.hop_length + stft.n_fft


def synthesise(spectrum: tf.Tensor, stft: STFT, length: Length | None) -> tf.Tensor:
    """Overlap-add ``[..., frames, bins]`` and leave the lead-in out; the end fades out."""
    frames = spectrum.shape[-2]
    if isinstance(length, tf.Tensor | tf.Variable) and tf.executing_eagerly():
        length = length.numpy()
    if length is not None and not tf.is_tensor(length):
        most = None if frames is None else frames * stft.hop_length
        length = tf.constant(integer("length", length, 0, most), tf.int32)
    elif length is not None:
        length = tf.cast(length, tf.int32)
        most = tf.shape(spectrum)[-2] * stft.hop_length
        rule = "length must be at most frames * hop_length"
        with tf.control_dependencies([tf.debugging.assert_less_equal(length, most, message=rule)]):
            length = tf.identity(length)
    return _synthesise(spectrum, length, stft=stft)


@compiled
def _synthesise(spectrum: tf.Tensor, length: tf.Tensor | None, *, stft: STFT) -> tf.Tensor:
    spectrum, unfold = flatten_leading(spectrum, keep=2)
    frames = sizes(spectrum)[1]
    length = frames * stft.hop_length if length is None else length
    dual = canonical_dual(stft.window_samples, stft.hop_length)
    audio = fit_length(framed_irfft(spectrum, dual, stft.hop_length), _span(frames, stft))
    return unfold(audio[:, _span(frames, stft) - length :])


class Mel(NamedTuple):
    """The two matrices between bins and bands, float64."""

    bins_to_bands: np.ndarray  # [n_fft // 2, n_mels]
    bands_to_bins: np.ndarray  # [n_mels, n_fft // 2]


@functools.lru_cache(maxsize=16)
def mel(sample_rate: float, n_fft: int, n_mels: int) -> Mel:
    """Make the matrices: the way back is the transpose, raised so that ones come back as ones."""
    bank = mel_filterbank(
        sample_rate=sample_rate, n_fft=n_fft, n_mels=n_mels, convention="gansynth"
    )[1:]
    returned = bank @ np.sum(bank, axis=0)
    gain = np.divide(1.0, returned, out=returned.copy(), where=returned > _UNUSED)
    return Mel(bank, bank.T * gain)


def to_mel(
    log_magnitude: tf.Tensor, frequency: tf.Tensor, mel: Mel, floor: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Sum power, and the advance of unwrapped phase, in bands: log-power and frequency."""
    weights = tf.constant(mel.bins_to_bands, log_magnitude.dtype)
    log_power = tf.math.log(tf.exp(2.0 * log_magnitude) @ weights + floor)
    return log_power, _mixed(frequency, weights)


def from_mel(
    log_power: tf.Tensor, frequency: tf.Tensor, mel: Mel, floor: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Spread bands over the bins again: log-magnitude and frequency."""
    weights = tf.constant(mel.bands_to_bins, log_power.dtype)
    log_magnitude = 0.5 * tf.math.log(tf.exp(log_power) @ weights + floor)
    return log_magnitude, _mixed(frequency, weights)


def _mixed(frequency: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """The frequency, half turns, of weighted sums of unwrapped phases.

    They advance by the sum of the advances. The first frame is the phase itself, not wrapped.
    """
    mixed = tf.tensordot(frequency, weights, 1)
    first, later = mixed[..., :1, :], mixed[..., 1:, :]
    turns = tf.stop_gradient(tf.round(later / 2.0))
    return tf.concat([first, later - 2.0 * turns], axis=-2)


def to_range(log_magnitude: tf.Tensor, frequency: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Scale both pictures as the published models want them, and clip them to [-1, 1]."""
    parts = zip((log_magnitude, frequency), _RANGES, strict=True)
    scaled = (slope * part + offset for part, (slope, offset) in parts)
    return tuple(tf.clip_by_value(part, -1.0, 1.0) for part in scaled)


def from_range(log_magnitude: tf.Tensor, frequency: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Undo the scaling of :func:`to_range`."""
    parts = zip((log_magnitude, frequency), _RANGES, strict=True)
    return tuple((part - offset) / slope for part, (slope, offset) in parts)
