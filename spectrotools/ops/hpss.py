"""Spectrograms parted into what lasts, in lines along time, and what strikes, along frequency."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number
from .magnitude import magnitude
from .median_filter import median_filter
from .numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype

__all__ = ["Separated", "hpss"]


class Separated(NamedTuple):
    """The two parts of a spectrogram, or the masks that make them."""

    harmonic: tf.Tensor  # [..., frames, bins]
    percussive: tf.Tensor  # [..., frames, bins]


def hpss(
    spectrogram: Any,
    *,
    width: int | tuple[int, int] = 31,
    power: float = 2.0,
    margin: float | tuple[float, float] = 1.0,
    mask: bool = False,
) -> Separated:
    r"""Part a spectrogram into harmonic and percussive sound, by median filters.

    The median H over frames passes by strokes, the median P over bins passes by partials; the
    spectrogram is multiplied by

    .. math:: \frac{H^p}{H^p + (m_H P)^p} \quad\text{and}\quad \frac{P^p}{P^p + (m_P H)^p}

    with the ``power`` p and the ``margin`` :math:`m_H, m_P`. With margins of 1 the parts sum to
    the spectrogram; with larger ones there is a rest, which is neither. Beyond its edges the
    spectrogram is mirrored. Where all is silent, masks are 1/2 with margins of 1, and else 0.

    Args:
        spectrogram: ``[..., frames, bins]``, real and not negative, or complex.
        width: of the medians, frames and bins, odd; one number is both.
        power: p, at least 1.
        margin: of the harmonic and of the percussive part, at least 1; one number is both.
        mask: whether to give the masks.

    Returns:
        ``Separated(harmonic, percussive)``, of the type of the spectrogram; masks are real.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        that of a median goes to what is equal to it; finite on silence.

    Example:
        >>> import spectrotools as st
        >>> stft = st.STFT(n_fft=1024, hop_length=256)
        >>> click = st.clicks([0.5], sample_rate=16000, length=16000)
        >>> tone = st.tone(1000.0, sample_rate=16000, length=16000)
        >>> for part in st.hpss(stft(click + tone)):  # at the tone, at the click
        ...     print(f"{abs(part[20, 64]):.1f} {abs(part[31, 300]):.1f}")
        256.0 0.0
        0.0 1.0

    References:
        FitzGerald, "Harmonic/percussive separation using median filtering", DAFx 2010. Driedger,
        Müller, Disch, "Extending harmonic-percussive separation of audio signals", ISMIR 2014.
        librosa 0.11, ``decompose.hpss``.
    """
    values = tf.convert_to_tensor(spectrogram)
    if not values.dtype.is_complex:
        values = real_tensor("spectrogram", spectrogram)
    rank = values.shape.rank
    check(rank is None or rank >= 2, "spectrogram must be [..., frames, bins]", values.shape)
    widths = [integer("width", each, 1) for each in _pair(width)]
    check(all(each % 2 for each in widths), "width must be odd", width)
    power = number("power", power, 1.0)
    margins = tuple(number("margin", each, 1.0) for each in _pair(margin))
    return Separated(
        *_parted(values, widths=tuple(widths), power=power, margins=margins, mask=bool(mask))
    )


def _pair(value: Any) -> tuple:
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


@compiled
def _parted(
    values: tf.Tensor,
    *,
    widths: tuple[int, int],
    power: float,
    margins: tuple[float, float],
    mask: bool,
) -> tuple[tf.Tensor, tf.Tensor]:
    kept, is_complex = values.dtype, values.dtype.is_complex
    values, unfold = flatten_leading(values, keep=2)
    levels = magnitude(values) if is_complex else tf.cast(values, working_dtype(kept))
    lasting = _median(levels, [1, 0, 2], widths[0])
    striking = _median(levels, [2, 0, 1], widths[1])
    silent = 0.5 if margins == (1.0, 1.0) else 0.0
    masks = (
        _soft_mask(lasting, margins[0] * striking, power, silent),
        _soft_mask(striking, margins[1] * lasting, power, silent),
    )
    if mask:
        kept = levels.dtype if is_complex else kept
        return tuple(tf.cast(unfold(part), kept) for part in masks)
    if is_complex:
        masks = tuple(tf.complex(part, tf.zeros_like(part)) for part in masks)
        return tuple(unfold(values * part) for part in masks)
    return tuple(tf.cast(unfold(levels * part), kept) for part in masks)


def _median(levels: tf.Tensor, order: list[int], width: int) -> tf.Tensor:
    """Medians of ``[batch, frames, bins]`` along the axis that comes first in an order of them."""
    turned = tf.transpose(levels, order)
    count, *columns = sizes(turned)
    half = width // 2
    place = tf.math.floormod(tf.range(-half, count + half), 2 * count)
    mirrored = tf.gather(turned, tf.minimum(place, 2 * count - 1 - place), axis=0)
    flat = tf.reshape(mirrored, [count + 2 * half, columns[0] * columns[1]])
    medians = tf.reshape(median_filter(flat, width), [count, *columns])
    return tf.transpose(medians, np.argsort(order))


def _soft_mask(wanted: tf.Tensor, other: tf.Tensor, power: float, silent: float) -> tf.Tensor:
    """The share of a part in both, and what it is taken for where both are silent."""
    louder = tf.maximum(wanted, other)
    is_silent = louder < np.finfo(louder.dtype.as_numpy_dtype).tiny
    louder = tf.where(is_silent, tf.ones_like(louder), louder)
    raised = [_power(part / louder, power) for part in (wanted, other)]
    total = tf.where(is_silent, tf.ones_like(louder), raised[0] + raised[1])
    return tf.where(is_silent, silent * tf.ones_like(total), raised[0] / total)


def _power(values: tf.Tensor, power: float) -> tf.Tensor:
    return tf.square(values) if power == 2 else values**power
