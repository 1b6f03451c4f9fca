"""Spectrograms with bands of frames or of bins taken out at random: SpecAugment."""

from typing import Any

import tensorflow as tf

from .._validate import check, integer
from .noise import seed_key
from .numerics import compiled, flatten_leading, real_tensor, sizes
from .random_items import uniform_items

__all__ = ["mask_bins", "mask_frames"]

_FRAMES, _BINS = 5, 6  # streams of numbers, of which augmentation.py has those before


def mask_frames(
    spectrogram: Any, *, max_width: int, seed: Any, count: int = 1, fill: float = 0.0
) -> tf.Tensor:
    """Take runs of frames out of each spectrogram.

    The width of a run is drawn evenly from 0 to ``max_width``, and its place from all at which it
    fits; runs may overlap. The same seed takes the same of item i of a batch, whatever its size.

    Args:
        spectrogram: ``[..., frames, bins]``.
        max_width: frames, at least 0.
        seed: as in :func:`white_noise`.
        count: runs, at least 0.
        fill: what takes their place: in a log-mel spectrogram its mean, or its floor.

    Returns:
        ``[..., frames, bins]``.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> masked = st.mask_frames(tf.ones([2, 8, 1]), max_width=4, seed=0)
        >>> masked.numpy()[..., 0].astype(int).tolist()
        [[1, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 1, 1]]

    References:
        Park et al., "SpecAugment: a simple data augmentation method for automatic speech
        recognition", 2019, section 2.
    """
    return _checked_mask(spectrogram, max_width, seed, count, fill, stream=_FRAMES)


def mask_bins(
    spectrogram: Any, *, max_width: int, seed: Any, count: int = 1, fill: float = 0.0
) -> tf.Tensor:
    """Take runs of bins, or bands, out of each spectrogram, otherwise as :func:`mask_frames`.

    Args:
        spectrogram: ``[..., frames, bins]``.
        max_width: bins, at least 0.
        seed: as in :func:`white_noise`.
        count: runs, at least 0.
        fill: what takes their place.

    Returns:
        ``[..., frames, bins]``.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> masked = st.mask_bins(tf.ones([2, 1, 8]), max_width=4, seed=0)
        >>> masked.numpy()[..., 0, :].astype(int).tolist()
        [[0, 0, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 0]]

    References:
        Park et al., 2019, section 2 (see :func:`mask_frames`).
    """
    return _checked_mask(spectrogram, max_width, seed, count, fill, stream=_BINS)


def _checked_mask(
    spectrogram: Any, max_width: int, seed: Any, count: int, fill: float, *, stream: int
) -> tf.Tensor:
    values = real_tensor("spectrogram", spectrogram)
    rank = values.shape.rank
    check(rank is None or rank >= 2, "spectrogram must be [..., frames, bins]", values.shape)
    width, count = integer("max_width", max_width, 0, 2**30), integer("count", count, 0)
    settings = {"width": width, "count": count, "fill": float(fill), "stream": stream}
    return _masked(values, seed_key(seed), **settings)


@compiled
def _masked(
    spectrogram: tf.Tensor, key: tf.Tensor, *, width: int, count: int, fill: float, stream: int
) -> tf.Tensor:
    values, unfold = flatten_leading(spectrogram, keep=2)
    items, frames, bins = sizes(values)
    places = tf.convert_to_tensor(frames if stream == _FRAMES else bins)
    drawn = uniform_items(key, items, 2 * count, stream)
    widths = tf.minimum(tf.cast(drawn[:, :count] * (width + 1), tf.int32), places)
    room = tf.cast(places - widths + 1, drawn.dtype)
    starts = tf.cast(drawn[:, count:] * room, tf.int32)
    place = tf.range(places)[:, None]
    inside = (place >= starts[:, None]) & (place < (starts + widths)[:, None])
    masked = tf.reduce_any(inside, axis=-1)
    masked = masked[:, :, None] if stream == _FRAMES else masked[:, None, :]
    masked = tf.broadcast_to(masked, tf.shape(values))
    return unfold(tf.where(masked, tf.cast(fill, values.dtype) * tf.ones_like(values), values))
