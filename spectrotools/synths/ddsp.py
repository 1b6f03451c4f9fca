"""DDSP's arithmetic, for sound that is sample by sample that of its checkpoints.

It makes a tensor of samples by partials, as DDSP does. Phases are still integers.
"""

import math
from typing import Any

import tensorflow as tf

from ..ops.controls import Interpolation
from ..ops.oscillators import oscillator_phase
from ..ops.upsampling import upsample

__all__ = ["sinusoids", "wavetables_read"]


def sinusoids(
    frequencies_hz: tf.Tensor,
    amplitudes: tf.Tensor,
    *,
    sample_rate: float,
    hop_length: int,
    length: Any,
    interpolation: Interpolation,
    initial_phase: Any,
) -> tuple[tf.Tensor, tf.Tensor]:
    r"""Sum sinusoids whose phase is :math:`\varphi[n] = \sum_{i \le n} 2 \pi f[i] / f_s`.

    The sum over samples of a frequency in straight lines is its integral and half of either
    end's step, :math:`\pi (f[0] + f[n]) / f_s`. The first half is the phase begun with.

    Returns:
        ``[..., length]``, and the phase to go on from.
    """
    grid = {"sample_rate": sample_rate, "hop_length": hop_length, "length": length}
    if initial_phase is None:
        initial_phase = frequencies_hz[..., 0, :] * (math.pi / sample_rate)
    turned = tf.linalg.matrix_transpose(frequencies_hz)
    phase, final = oscillator_phase(turned, initial_phase=initial_phase, return_phase=True, **grid)
    place = {"hop_length": hop_length, "length": length}
    hz = upsample(turned, **place)
    levels = upsample(tf.linalg.matrix_transpose(amplitudes), method=interpolation, **place)
    heard = tf.where(hz < 0.5 * sample_rate, levels, tf.zeros_like(levels))
    return tf.reduce_sum(heard * tf.sin(phase + hz * (math.pi / sample_rate)), axis=-2), final


def wavetables_read(
    f0_hz: tf.Tensor,
    amplitudes: tf.Tensor,
    wavetables: tf.Tensor,
    *,
    sample_rate: float,
    hop_length: int,
    length: Any,
    initial_phase: Any,
) -> tuple[tf.Tensor, tf.Tensor]:
    r"""Read tables by lines at :math:`\varphi[n] = \sum_{i < n} f[i] / f_s`.

    Tables change from frame to frame along straight lines, and amplitudes by Hann windows.

    Returns:
        ``[..., length]``, and the phase to go on from.
    """
    grid = {"sample_rate": sample_rate, "hop_length": hop_length, "length": length}
    if initial_phase is None:
        initial_phase = f0_hz[..., 0] * (math.pi / sample_rate)
    phase, final = oscillator_phase(f0_hz, initial_phase=initial_phase, return_phase=True, **grid)
    place = {"hop_length": hop_length, "length": length}
    size = wavetables.shape[-1]
    turns = phase / (2.0 * math.pi) - upsample(f0_hz, **place) / (2.0 * sample_rate)
    where = (turns - tf.floor(turns)) * size
    before = tf.floor(where)
    share, index = (where - before)[..., None], tf.cast(before, tf.int32) % size
    both = tf.stack([index, (index + 1) % size], axis=-1)
    tables = upsample(wavetables, channels=True, **place)
    pair = tf.gather(tables, both, axis=-1, batch_dims=len(both.shape) - 1)
    read = pair[..., :1] * (1.0 - share) + pair[..., 1:] * share
    return read[..., 0] * upsample(amplitudes, method="cosine", **place), final
