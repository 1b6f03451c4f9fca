r"""Transforms of sounds of one length, in real float32 tensors and built-in operations.

What a transform computes in float64 where windows are ill-conditioned is float32 here too: a
sample is then right to about :math:`8\epsilon / \sqrt{r}` of the peak, r being ``conditioning``.
"""

import numpy as np
import tensorflow as tf

from .._validate import check
from ..ops.framing import completed, fit_length, frame, overlap_add, pad
from ..ops.phase_units import (
    half_turns_to_int,
    int_to_half_turns,
    int_to_phase,
    phase_to_int,
    units_advance,
    units_sum,
)
from ..ops.windows import canonical_dual, overlap_sums
from ..transforms.log_mel import LogMel, log_of_bands
from ..transforms.magnitude_if import MagnitudeIF
from ..transforms.stft import STFT
from .fourier import frames_of, has_fast_transform, spectra_of
from .ways import Exportable, Ways

__all__ = ["lite_ways"]

_LARGEST_MATRIX = 2**12  # samples of a frame: 32 MiB of cosines and sines each way


def lite_ways(transform: Exportable, length: int) -> Ways:
    """There and back, for sounds of ``length`` samples.

    Raises:
        ValueError: if that cannot be said in built-in operations, or has no frame.
    """
    stft = _stft_of(transform)
    check(
        has_fast_transform(stft.n_fft) or stft.n_fft <= _LARGEST_MATRIX,
        f"n_fft must be a power of two, or at most {_LARGEST_MATRIX}, for format='tflite'",
        stft.n_fft,
    )
    check(stft.num_frames(length) > 0, "length must be that of a frame at least", length)
    if isinstance(transform, LogMel):
        return Ways(lambda audio: {"log_mel": _log_mel(audio, transform)}, None)
    if isinstance(transform, MagnitudeIF):
        return Ways(
            lambda audio: {"magnitude_if": _magnitude_if(audio, transform)},
            lambda given: _sound_of_magnitude_if(given["magnitude_if"], transform, length),
        )
    return Ways(
        lambda audio: dict(zip(("real", "imaginary"), _spectra(audio, stft), strict=True)),
        lambda given: _sound(given["real"], given["imaginary"], stft, length),
    )


def _stft_of(transform: Exportable) -> STFT:
    if isinstance(transform, LogMel):
        return transform.stft
    if not isinstance(transform, MagnitudeIF):
        return transform
    rule = "transform must be a MagnitudeIF of an STFT, for format='tflite'"
    check(isinstance(transform.transform, STFT), rule, transform.transform)
    rule = "convention must be None for format='tflite'"
    check(transform.convention is None, rule, transform.convention)
    stft: STFT = transform.transform
    return stft


def _spectra(audio: tf.Tensor, stft: STFT) -> tuple[tf.Tensor, tf.Tensor]:
    length = audio.shape[1]
    end = (stft.num_frames(length) - 1) * stft.hop_length + stft.n_fft
    padded = pad(audio, stft.delay, max(end - stft.delay - length, 0), stft.pad_mode)
    frames = frame(padded, stft.n_fft, stft.hop_length)
    return spectra_of(frames * tf.constant(stft.window_samples, audio.dtype))


def _sound(real: tf.Tensor, imaginary: tf.Tensor, stft: STFT, length: int) -> tf.Tensor:
    frames = frames_of(real, imaginary, stft.n_fft)
    dual = canonical_dual(stft.window_samples, stft.hop_length)
    audio = fit_length(overlap_add(frames, dual, stft.hop_length), stft.delay + length)
    return audio[:, stft.delay :] * tf.constant(_gains(stft, length))


def _gains(stft: STFT, length: int) -> np.ndarray:
    """What completes the samples near the ends, where frames lack: float32 ``[1, length]``."""
    end = stft.delay + length
    sums = overlap_sums(stft.window_samples, stft.hop_length)
    with tf.init_scope():
        gains = completed(
            tf.ones([1, end]),
            stft.delay,
            end,
            start=0,
            frames=stft.num_frames(length),
            sums=sums,
        )
    return gains.numpy()


def _magnitude(real: tf.Tensor, imaginary: tf.Tensor, offset: float = 0.0) -> tf.Tensor:
    return tf.sqrt(tf.square(real) + tf.square(imaginary) + offset)


def _log_mel(audio: tf.Tensor, transform: LogMel) -> tf.Tensor:
    magnitudes = _magnitude(*_spectra(audio, transform.stft), transform.offset)
    powers = magnitudes if transform.power == 1 else tf.square(magnitudes)
    bands = tf.matmul(powers, tf.constant(transform.filterbank, powers.dtype))
    return log_of_bands(bands, transform)


def _magnitude_if(audio: tf.Tensor, transform: MagnitudeIF) -> tf.Tensor:
    stft = transform.transform
    real, imaginary = _spectra(audio, stft)
    log_magnitude = tf.math.log(_magnitude(real, imaginary) + transform.log_floor)
    units = phase_to_int(tf.atan2(imaginary, real), snapped=True)
    advance = units_advance(units, (stft.hop_length, stft.n_fft))
    return tf.stack([log_magnitude, int_to_half_turns(advance, audio.dtype)], axis=-1)


def _sound_of_magnitude_if(pair: tf.Tensor, transform: MagnitudeIF, length: int) -> tf.Tensor:
    stft = transform.transform
    magnitude = tf.exp(pair[..., 0]) - transform.log_floor
    units = units_sum(half_turns_to_int(pair[..., 1]), (stft.hop_length, stft.n_fft))
    phase = int_to_phase(units, pair.dtype)
    return _sound(magnitude * tf.cos(phase), magnitude * tf.sin(phase), stft, length)
