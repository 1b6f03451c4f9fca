r"""Per-channel energy normalisation: a spectrogram divided by its own recent past.

The past of a band is :math:`M[t] = (1 - s) M[t-1] + s\,E[t]`. Within a row
of frames that is a product with powers of 1 - s; what a row leaves over to the next one is the
same recurrence of the rows.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number
from .arguments import alike, check_values, checked_rate, common_dtype
from .carrying import Filtered, checked_memory, checked_state
from .numerics import compiled, flatten_leading, sizes

__all__ = ["pcen"]

_ROW = 16  # frames


def pcen(
    spectrogram: Any,
    *,
    sample_rate: float,
    hop_length: int,
    gain: Any = 0.98,
    bias: Any = 2.0,
    power: Any = 0.5,
    time_constant: Any = 0.4,
    eps: float = 1e-6,
    state: Any = None,
    return_state: bool = False,
) -> Any:
    r"""Normalise each band of a spectrogram by what was heard in it, and compress it.

    .. math:: P = \left(\frac{E}{(\epsilon + M)^\alpha} + \delta\right)^r - \delta^r, \qquad
        M[t] = (1 - s) M[t-1] + s\,E[t]

    with ``gain`` :math:`\alpha`, ``bias`` :math:`\delta` and ``power`` r: a stationary background
    goes to a constant, what rises above it stays, in every band alike. A ``time_constant`` of
    T frames is :math:`s = 2 / (1 + \sqrt{1 + 4 T^2})`. librosa's settings are meant for magnitudes
    of PCM in 32 bits: multiply those of audio in [-1, 1] by :math:`2^{31}`.

    Args:
        spectrogram: E, magnitudes or energies, ``[..., frames, bands]``, not negative; how many
            bands there are is known.
        sample_rate: Hz.
        hop_length: samples from frame to frame, at least 1.
        gain: a number, or a tensor ``[bands]``, at least 0; 0 is no normalisation.
        bias: the same, above 0.
        power: the same, above 0.
        time_constant: the same, seconds, above 0.
        eps: in the unit of the spectrogram, above 0.
        state: M of the frame before the first, ``[..., bands]``, what ``return_state`` gave; None
            is 1, as in librosa.
        return_state: whether to give ``Filtered(audio, state)``: the result, and what to go on
            from.

    Returns:
        ``[..., frames, bands]``.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        to the spectrogram and to whatever else is a tensor, finite on silence.

    Example:
        >>> import spectrotools as st
        >>> mel = st.LogMel.preset("librosa")
        >>> audio = st.clicks([0.25], sample_rate=22050, length=11025) + 0.01
        >>> energies = 2.0**31 * st.db_to_power(mel(audio))
        >>> tuple(st.pcen(energies, sample_rate=22050, hop_length=512).shape)
        (22, 128)

    References:
        Wang, Getreuer, Hughes, Lyon, Saurous, "Trainable frontend for robust and far-field keyword
        spotting", 2017, equations 1 and 2. Lostanlen et al., "Per-channel energy normalization:
        why and how", 2019. librosa 0.11, ``pcen``.
    """
    rate, hop_length = checked_rate(sample_rate), integer("hop_length", hop_length, 1)
    check(number("eps", eps, 0.0) > 0, "eps must be above 0", eps)
    settings = {"gain": gain, "bias": bias, "power": power, "time_constant": time_constant}
    for name, value in settings.items():
        check_values(name, value, 0.0, within=name != "gain")
    energies, *tensors = alike(spectrogram=spectrogram, **settings)
    rank = energies.shape.rank
    bands = energies.shape[-1] if rank and rank >= 2 else None
    check(bool(bands), "spectrogram must be [..., frames, bands], of known bands", energies.shape)
    for name, tensor in zip(settings, tensors, strict=True):
        fits = tensor.shape.rank == 0 or tensor.shape.is_compatible_with([bands])
        check(fits, f"{name} must be a number or [bands = {bands}]", tensor.shape)
    state = checked_memory(state, energies.shape[:-2], (bands,))
    grid = {"bands": bands, "frames_a_second": rate / hop_length}
    result = _normalised(energies, *tensors, state, eps=float(eps), **grid)
    return Filtered(*result) if return_state else result[0]


@compiled
def _normalised(
    energies: tf.Tensor,
    gain: tf.Tensor,
    bias: tf.Tensor,
    power: tf.Tensor,
    time_constant: tf.Tensor,
    state: tf.Tensor | None,
    *,
    eps: float,
    bands: int,
    frames_a_second: float,
) -> tuple[tf.Tensor, tf.Tensor]:
    kept, dtype = common_dtype(energies, gain, bias, power, time_constant)
    gain, bias, power, time = (tf.cast(x, dtype) for x in (gain, bias, power, time_constant))
    values, unfold = flatten_leading(tf.cast(energies, dtype), keep=2)
    batch = sizes(values)[0]
    before = tf.ones([batch, bands], dtype)
    if state is not None:
        before = checked_state(state, batch, (bands,), dtype)
    share = 2.0 / (1.0 + tf.sqrt(1.0 + 4.0 * tf.square(time * frames_a_second)))
    past = _smoothed(values, tf.reshape(share, [-1]), before)
    level = values * tf.exp(-gain * tf.math.log(past + eps))
    result = bias**power * tf.math.expm1(power * tf.math.log1p(level / bias))
    last = tf.concat([before[:, None], past], axis=1)[:, -1]
    return tf.cast(unfold(result), kept), unfold(last)


def _smoothed(values: tf.Tensor, share: tf.Tensor, before: tf.Tensor) -> tf.Tensor:
    """The mean of the past of ``[batch, frames, bands]``, to which each frame adds its share.

    Args:
        values: E.
        share: s, ``[bands or 1]``.
        before: M of the frame before the first, ``[batch, bands]``.
    """
    drive = values * share
    if share.shape[0] == 1:
        return _carried(drive, 1.0 - share, before)
    by_band = _carried(tf.transpose(drive, [2, 1, 0]), 1.0 - share, tf.transpose(before))
    return tf.transpose(by_band, [2, 1, 0])


def _carried(drive: tf.Tensor, decay: tf.Tensor, before: tf.Tensor, levels: int = 6) -> tf.Tensor:
    """The recurrence y[t] = d y[t-1] + x[t] along the frames.

    By products of matrices, into which XLA does not draw what comes before or after: as a loop of
    sums it would be evaluated anew for each of its results.

    Args:
        drive: x, ``[groups, frames, columns]``.
        decay: d, ``[groups or 1]``.
        before: y of the frame before the first, ``[groups, columns]``.
        levels: rows of rows at most, where it is not known how many frames there are.
    """
    groups, frames, columns = sizes(drive)
    row = min(_ROW, max(frames, 1)) if isinstance(frames, int) else _ROW
    rows = -(-frames // row)
    padded = tf.pad(drive, [[0, 0], [0, rows * row - frames], [0, 0]])
    padded = tf.reshape(padded, [groups, rows, row, columns])
    powers, matrix = _matrix(decay, row)
    if levels == 1 or (isinstance(rows, int) and rows <= 1):
        starts = before[:, None]
    else:
        ends = tf.matmul(matrix[:, :, -1:, 1:], padded)[:, :, 0]
        ends = _carried(ends, powers[:, row], before, levels - 1)
        starts = tf.concat([before[:, None], ends[:, :-1]], axis=1)
    starts = starts[:, :rows, None]  # none where there is no frame
    result = tf.matmul(matrix, tf.concat([starts, padded], axis=2))
    return tf.reshape(result, [groups, rows * row, columns])[:, :frames]


def _matrix(decay: tf.Tensor, row: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Powers 0 to ``row`` of d ``[groups]``, and what frames of a row make of what went before.

    Its row i is what the frame before the row and its own frames count at its frame i:
    ``[groups, 1, row, 1 + row]``.
    """
    powers, square = tf.ones_like(decay)[:, None], decay
    while powers.shape[1] <= row:  # by products, of which the gradient is finite at 0, too
        powers = tf.concat([powers, powers * square[:, None]], axis=1)
        square *= square
    ago = np.arange(1, row + 1)[:, None] - np.arange(row + 1)
    counts = tf.gather(powers, np.maximum(ago, 0), axis=1)
    return powers, (counts * tf.constant(ago >= 0, decay.dtype))[:, None]
