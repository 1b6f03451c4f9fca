"""Recursive (IIR) filters: of any order, and in cascades of second-order sections.

They may change from frame to frame, run on from block to block, and have gradients to the signal
and to every coefficient. All is computed in float64: poles near the unit circle need it.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer
from .arguments import check_broadcast, check_values, float64_tensor, same_leading
from .carrying import Filtered, checked_memory, checked_state
from .controls import control_length
from .numerics import compiled, flatten_leading, real_tensor, sizes, with_shape
from .recursive_blocks import recursive_cascade

__all__ = ["lfilter", "sosfilt"]

_LONGEST_HOP = 4096  # samples; a hop of blocks, the last of them no shorter than the memory


def lfilter(
    audio: Any,
    b: Any,
    a: Any,
    *,
    hop_length: int | None = None,
    state: Any = None,
    return_state: bool = False,
) -> Any:
    r"""Filter a signal recursively, by one transfer function.

    .. math::
        a_0\,y[n] = \sum_k b_k\,x[n-k] - \sum_{k>0} a_k\,y[n-k],

    as ``scipy.signal.lfilter``, evaluated for all samples side by side. With a ``hop_length`` H
    the coefficients change: those of frame m are in force for samples mH up to (m + 1)H, and the
    equation above holds at every sample with those of its frame (the direct form, whose memory is
    past inputs and outputs). A filter that is not stable is one here too: its output grows, and is
    right up to a gain of 1e150.

    Args:
        audio: x, ``[..., time]``, floating point.
        b: ``[..., order + 1]``, the numerator; with a ``hop_length`` ``[..., frames, order + 1]``.
            Leading axes are broadcast against those of ``audio``.
        a: the denominator, likewise; its order may be another one. Its first may not be 0. Of all
            but a low order the roots are less exact than float64: take :func:`sosfilt`.
        hop_length: samples that a frame of coefficients is for, in [1, 4096]; None if they stay.
            There may be ``ceil(time / hop_length)`` frames, or one more.
        state: what the block before left; None, if there was silence.
        return_state: whether to give ``Filtered(audio, state)``, to go on from.

    Returns:
        y, ``[..., time]``, of the dtype of ``audio``; with ``return_state`` also the last inputs
        and outputs, ``[..., 2, order]``, float64.

    Raises:
        ValueError: if an argument is out of its range, or the frames do not fit the signal
            (``InvalidArgumentError`` where that is only known when a graph runs).

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> click = np.eye(1, 5)[0]
        >>> decay = st.lfilter(click, [1.0], [1.0, -0.5])
        >>> [f"{sample:.4f}" for sample in decay]
        ['1.0000', '0.5000', '0.2500', '0.1250', '0.0625']
        >>> early, state = st.lfilter(click[:2], [1.0], [1.0, -0.5], return_state=True)
        >>> late = st.lfilter(click[2:], [1.0], [1.0, -0.5], state=state)
        >>> [f"{sample:.4f}" for sample in late]
        ['0.2500', '0.1250', '0.0625']

    References:
        Oppenheim, Schafer, "Discrete-time signal processing", 3rd ed., 2010, section 6.3. Burrus,
        "Block implementation of digital filters", IEEE Trans. Circuit Theory 18(6), 1971.
    """
    b = _coefficients("b", b, "order + 1", hop_length)
    a = _coefficients("a", a, "order + 1", hop_length, divisor=0)
    check_broadcast(b=b.shape[:-1], a=a.shape[:-1])
    order = max(int(b.shape[-1]), int(a.shape[-1]), 2) - 1
    numerator, denominator = _padded(b / a[..., :1], order), _padded(a / a[..., :1], order)
    shape = tf.broadcast_dynamic_shape(tf.shape(numerator), tf.shape(denominator))
    known = tf.broadcast_static_shape(numerator.shape, denominator.shape)
    both = (with_shape(tf.broadcast_to(part, shape), known) for part in (numerator, denominator))
    sections = tf.stack(list(both), axis=-2)[..., None, :, :]
    return _cascade(audio, sections, "a", hop_length, state, return_state)


def sosfilt(
    audio: Any,
    sos: Any,
    *,
    hop_length: int | None = None,
    state: Any = None,
    return_state: bool = False,
) -> Any:
    """Filter a signal by second-order sections, one after the other.

    As ``scipy.signal.sosfilt``; a section is the ``b0, b1, b2, a0, a1, a2`` of :func:`lfilter`,
    which says how sections change with a ``hop_length``. :func:`biquad` makes some.

    Args:
        audio: ``[..., time]``, floating point.
        sos: ``[..., sections, 6]``; with a ``hop_length`` ``[..., frames, sections, 6]``. Leading
            axes are broadcast against those of ``audio``.
        hop_length: as in :func:`lfilter`.
        state: what the block before left; None, if there was silence.
        return_state: whether to give ``Filtered(audio, state)``, to go on from.

    Returns:
        ``[..., time]``, of the dtype of ``audio``; with ``return_state`` also the last two samples
        of the input and of every section, ``[..., sections + 1, 2]``, float64.

    Raises:
        ValueError: as :func:`lfilter`.

    Example:
        >>> import numpy as np
        >>> import scipy.signal
        >>> import spectrotools as st
        >>> sos = scipy.signal.butter(4, 100.0, fs=16000, output="sos")
        >>> steady = st.sosfilt(np.ones(16000), sos)
        >>> f"{steady[-1]:.6f}"
        '1.000000'

    References:
        As :func:`lfilter`.
    """
    sos = _coefficients("sos", sos, "sections, 6", hop_length, divisor=3)
    check(sos.shape[-1] == 6, "sos must be [..., sections, 6]", sos.shape)
    sections = sos.shape[-2]
    check(bool(sections), "sos must be of a known number of sections, at least 1", sos.shape)
    split = [sos[..., :3], sos[..., 3:]]
    split = tf.stack([part / sos[..., 3:4] for part in split], axis=-2)
    return _cascade(audio, split, "sos", hop_length, state, return_state)


def _coefficients(
    name: str, given: Any, axes: str, hop_length: int | None, divisor: int | None = None
) -> tf.Tensor:
    """What an argument of ``[..., axes]`` holds, with ``frames`` before them where it changes."""
    check_values(name, given)
    value = float64_tensor(name, given)
    rule = f"{name} must be [..., {'' if hop_length is None else 'frames, '}{axes}]"
    least = 1 + axes.count(",") + (hop_length is not None)
    known = value.shape.rank is not None and value.shape.rank >= least and value.shape[-1]
    check(bool(known), f"{rule}, of known size", value.shape)
    if divisor is not None and not tf.is_tensor(given) and divisor < value.shape[-1]:
        rule = f"{name} must not have 0 for a0, which divides all others"
        check(bool(np.all(np.asarray(given)[..., divisor])), rule, given)
    return value


def _padded(values: tf.Tensor, order: int) -> tf.Tensor:
    beyond = order + 1 - values.shape[-1]
    return tf.pad(values, [[0, 0]] * (values.shape.rank - 1) + [[0, beyond]])


def _cascade(
    audio: Any,
    sections: tf.Tensor,
    name: str,
    hop_length: int | None,
    state: Any,
    return_state: bool,
) -> Any:
    """Filter by ``[..., sections, 2, order + 1]``, with a hop ``[..., frames, sections, ...]``."""
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    if hop_length is None:
        sections = sections[..., None, :, :, :]
    else:
        hop_length = integer("hop_length", hop_length, 1, _LONGEST_HOP)
        known = audio.shape.rank is not None and audio.shape[-1] is not None
        time = audio.shape[-1] if known else tf.shape(audio)[-1]
        frames = sections.shape[-4]
        frames = tf.shape(sections)[-4] if frames is None else frames
        length = control_length(time, frames, hop_length, of=name, name="the length of audio")
        if tf.is_tensor(length):  # what is not known before it runs is checked before all else
            with tf.control_dependencies([length]):
                audio = tf.identity(audio)
    leading = check_broadcast(audio=audio.shape[:-1], **{name: sections.shape[:-4]})
    state = checked_memory(state, leading, (sections.shape[-3] + 1, sections.shape[-1] - 1))
    sized = (len(sections.shape), *sections.shape[-3:])
    result = _filtered(audio, sections, state, sized=sized, hop_length=hop_length)
    return Filtered(*result) if return_state else result[0]


@compiled
def _filtered(
    audio: tf.Tensor,
    sections: tf.Tensor,
    state: tf.Tensor | None,
    *,
    sized: tuple[int, ...],
    hop_length: int | None,
) -> tuple[tf.Tensor, tf.Tensor]:
    rank, count, _, taps = sized
    kept, dtype = audio.dtype, tf.float64
    frames = 1 if hop_length is None else sections.shape[-4]
    sections = with_shape(sections, [*[None] * (rank - 4), frames, count, 2, taps])
    audio = tf.cast(audio, dtype)
    if rank > 4:
        spread, sections = same_leading(audio[..., None, None, None], sections, keep=4)
        audio = spread[..., 0, 0, 0]
        sections, _ = flatten_leading(sections, keep=4)
        sections = with_shape(sections, [None, frames, count, 2, taps])
    else:
        sections = sections[None]
    audio, unfold = flatten_leading(audio, keep=1)
    state = checked_state(state, sizes(audio)[0], (count + 1, taps - 1), dtype)
    audio, left = recursive_cascade(audio, sections, state, hop_length=hop_length)
    return tf.cast(unfold(audio), kept), unfold(left)
