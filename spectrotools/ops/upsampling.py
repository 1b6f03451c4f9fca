"""Controls at frames to values at samples, at any hop.

Every method is a frame and a weighted sum of how far a few others are from it, so that what
stays is exactly what it was. The frames of a segment are gathered once a segment, not once a
sample, and what lies between them is their product with weights ``[slots, frames]``: its gradient
is such a product again, without a scatter.
"""

import math
from typing import Any, Literal

import tensorflow as tf

from .._validate import check, one_of
from .controls import (
    Hop,
    checked_hop,
    control_length,
    segment_count,
    segment_start,
)
from .numerics import (
    compiled,
    custom_gradient,
    flatten_leading,
    has_gpu,
    real_tensor,
    sizes,
    working_dtype,
)

__all__ = ["upsample"]

Method = Literal["nearest", "linear", "cosine", "cubic"]


def upsample(
    controls: Any,
    *,
    hop_length: float,
    length: Any = None,
    method: Method = "linear",
    channels: bool = False,
) -> tf.Tensor:
    r"""Bring controls from frames to samples.

    Frame :math:`n` stands at sample :math:`nH`. Sample :math:`t` lies in segment
    :math:`n = \lfloor t / H \rfloor`, at :math:`u = t / H - n` of the way from :math:`c_n` to
    :math:`c_{n+1}`, and is

    =============  ====================================================================
    ``"nearest"``  :math:`c_n`, the nearest that has come
    ``"linear"``   :math:`(1 - u)\,c_n + u\,c_{n+1}`
    ``"cosine"``   :math:`(1 - w)\,c_n + w\,c_{n+1}` with :math:`w = \sin^2(\pi u / 2)`
    ``"cubic"``    the cubic through :math:`c_n` and :math:`c_{n+1}` whose slopes there are
                   :math:`(c_{n+1} - c_{n-1}) / 2` and :math:`(c_{n+2} - c_n) / 2`
    =============  ====================================================================

    where the first frame comes before itself, and the last one goes on. The cosine is an
    overlap-add of Hann windows of :math:`2H`. The cubic is Catmull and Rom's, Keys's with
    :math:`a = -1/2`; it may overshoot, also past the last frame, and the others may not.

    Which frames a sample lies between is found in integers, at any hop: one that is not a whole
    number is taken as the nearest fraction with a denominator of at most 2**26, so that
    44100 / 250 is just that. One below 1 reads controls out at fewer places than they have
    frames, without a filter.

    Args:
        controls: ``[..., frames]``, or with ``channels`` ``[..., frames, channels]``; at least one
            frame. A frame that is not finite spoils the segments that draw on it.
        hop_length: samples from frame to frame, any number above 0. With
            ``(length - 1) / (frames - 1)`` the last frame stands on the last sample.
        length: samples to give, of which there are ``ceil(length / hop_length)`` frames or one
            more; a number or an integer tensor. None is ``frames * hop_length``, rounded up.
        method: how to get from one frame to the next.
        channels: whether the last axis holds channels, each upsampled by itself.

    Returns:
        ``[..., length]`` or ``[..., length, channels]``.

    Raises:
        ValueError: if ``controls`` are not floating point or have no frames, ``hop_length`` is not
            a number above 0, or ``length`` does not fit the frames.

    Example:
        >>> import spectrotools as st
        >>> attack = [0.0, 1.0, 0.0, 0.0]
        >>> st.upsample(attack, hop_length=4).numpy()[:9].tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0]
        >>> [f"{x:.3f}" for x in st.upsample(attack, hop_length=4, method="cosine")[:5]]
        ['0.000', '0.146', '0.500', '0.854', '1.000']
        >>> ramp = st.upsample([0.0, 1.0, 2.0], hop_length=(8 - 1) / (3 - 1), length=8)
        >>> [f"{x:.2f}" for x in ramp]
        ['0.00', '0.29', '0.57', '0.86', '1.14', '1.43', '1.71', '2.00']

    References:
        Keys, "Cubic convolution interpolation for digital image processing", IEEE TASSP 29(6),
        1981, eq. 15. DDSP's ``resample`` names the cosine "window", and its cubic has
        :math:`a = -3/4`, steeper at the frames and not exact for parabolas, with u rounded to
        1/1024.
    """
    controls = real_tensor("controls", controls)
    one_of("method", method, Method)
    hop, rank = checked_hop(hop_length), controls.shape.rank
    layout = "[..., frames, channels]" if channels else "[..., frames]"
    check(rank is None or rank >= 1 + channels, f"controls must be {layout}", controls.shape)
    axis = -2 if channels else -1
    frames = controls.shape[axis] if rank is not None else None
    counted = tf.shape(controls)[axis] if frames is None else frames
    known = control_length(length, counted, hop, of="controls")
    if length is None or (isinstance(known, int) and known == segment_start(frames, hop)):
        known = None  # to be counted in the graph, where it then is a number and not a tensor
    elif tf.executing_eagerly():
        known = tf.constant(known, tf.int32)  # a number would be traced anew
    return _upsample(controls, known, hop=hop, method=method, channels=bool(channels))


@compiled
def _upsample(
    controls: tf.Tensor, length: Any, *, hop: Hop, method: Method, channels: bool
) -> tf.Tensor:
    kept = controls.dtype
    controls, unfold = flatten_leading(controls, 1 + channels)
    working = tf.cast(controls, working_dtype(kept))
    working = working if channels else working[:, :, None]
    if length is None:
        length = segment_start(sizes(working)[1], hop)
    result = tf.cast(_interpolated(working, _count(length), hop, method), kept)
    return unfold(result if channels else result[:, :, 0])


def _interpolated(controls: tf.Tensor, length: Any, hop: Hop, method: Method) -> tf.Tensor:
    """Upsample ``[batch, frames, channels]`` by segments, each of as many slots as any needs."""
    batch, _, channels = sizes(controls)
    segments, slots = _count(segment_count(length, hop)), _least(math.ceil(hop), length)
    if isinstance(hop, int):
        weights = _weights(tf.range(slots, dtype=tf.float64)[None] / hop, method)
    else:
        weights, sample, slot = _uneven(length, segments, slots, hop, method)
    values = _blend(_points(controls, segments, method), weights)
    values = tf.reshape(values, [batch, segments * slots, channels])
    if not isinstance(hop, int):
        return _take(values, slot, sample)
    # Cutting nothing off would copy all of the gradient.
    whole = isinstance(length, int) and length == segments * slots
    return values if whole else values[:, :length]


def _points(controls: tf.Tensor, segments: Any, method: Method) -> list[tf.Tensor]:
    """The frame of each segment, and others less it, each ``[batch, segments, channels]``."""
    before, count = (1, 4) if method == "cubic" else (0, 1 if method == "nearest" else 2)
    first, last = [controls[:, :1]] * before, [controls[:, -1:]] * (count - 1 - before)
    controls = tf.concat([*first, controls, *last], axis=1)
    # A list: TensorFlow's optimiser takes a slice of a stack for its part, new axes or not.
    points = [controls[:, k : k + segments] for k in range(count)]
    own = points.pop(before)
    return [own, *(point - own for point in points)]


def _weights(u: tf.Tensor, method: Method) -> list[tf.Tensor]:
    """The weights of those points at places ``u`` in [0, 1) of a segment."""
    one = tf.ones_like(u)
    if method == "nearest":
        return [one]
    if method == "cubic":
        return [
            one,
            ((-0.5 * u + 1.0) * u - 0.5) * u,
            ((-1.5 * u + 2.0) * u + 0.5) * u,
            (0.5 * u - 0.5) * u * u,
        ]
    end = u if method == "linear" else tf.sin(0.5 * math.pi * u) ** 2
    return [one, end]


def _blend(points: list[tf.Tensor], weights: list[tf.Tensor]) -> tf.Tensor:
    """Sum frames ``[batch, segments, channels]`` by weights ``[segments or 1, slots]``.

    Of many channels a product of matrices passes once over the result instead of thrice. It has
    to be a true one: on a GPU TensorFlow rounds the factors of a float32 product to 11 bits.
    """
    dtype = points[0].dtype
    weights = [tf.cast(weight, dtype) for weight in weights]
    rounds = tf.config.experimental.tensor_float_32_execution_enabled()
    exact = dtype != tf.float32 or not (rounds and has_gpu())
    if points[0].shape[-1] != 1 and exact:
        batch, segments, _ = sizes(points[0])
        matrix = tf.stack(weights, axis=-1)
        # A matrix for every segment, though it be the same: XLA is eight times slower with one.
        shape = [batch, segments, tf.shape(matrix)[1], len(weights)]
        return tf.matmul(tf.broadcast_to(matrix, shape), tf.stack(points, axis=2))
    pairs = zip(points, weights, strict=True)
    terms = [point[:, :, None] * weight[..., None] for point, weight in pairs]
    return sum(terms[1:], start=terms[0])


def _uneven(length: Any, segments: Any, slots: Any, hop: Hop, method: Method) -> tuple:
    """Lay segments that differ in their number of samples out in rows of equal ``slots``.

    Returns:
        the weights, ``[segments, slots]`` each, zero in the slots that a shorter segment leaves
        over; the sample of every slot; and the slot of every sample.
    """
    samples, frames = hop.numerator, hop.denominator  # so many samples in so many frames
    segment = tf.range(segments, dtype=tf.int64)[:, None]
    sample = segment_start(segment, hop) + tf.range(slots, dtype=tf.int64)
    along = sample * frames - segment * samples  # in [0, samples) inside the segment
    weights = _weights(tf.cast(along, tf.float64) / samples, method)
    weights = [tf.where(along < samples, weight, 0.0) for weight in weights]
    every = tf.range(length, dtype=tf.int64)
    own = every * frames // samples
    slot = own * tf.cast(slots, tf.int64) + every - segment_start(own, hop)
    last = tf.cast(length, tf.int64) - 1
    return weights, tf.reshape(tf.minimum(sample, last), [-1]), slot


def _take(values: tf.Tensor, index: tf.Tensor, back: tf.Tensor) -> tf.Tensor:
    """Gather along axis 1; its gradient is a gather too, by the places that lead ``back``.

    That is right where what has no place in ``index`` has a weight of zero.
    """
    index, back = tf.identity(index), tf.identity(back)

    @custom_gradient
    def taken(values: tf.Tensor) -> tuple:
        return tf.gather(values, index, axis=1), lambda upstream: _take(upstream, back, index)

    return taken(values)


def _count(size: Any) -> Any:
    return size if isinstance(size, int) else tf.cast(size, tf.int32)


def _least(slots: int, length: Any) -> Any:
    """Fewer slots than a hop where the samples are fewer, which are one segment then."""
    return min(slots, length) if isinstance(length, int) else tf.minimum(slots, length)
