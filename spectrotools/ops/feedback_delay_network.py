r"""Feedback delay networks: delay lines mixed by a matrix, which make a room's dense decay.

The samples that lines leave behind are the state of a stream: of every line the last
``max(delays) + 1`` that went in, and the last that came out.
"""

import functools
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer
from .arguments import alike, check_broadcast, check_values, checked_rate, common_dtype
from .carrying import Filtered, checked_memory, checked_state
from .delay_lines import delayed, line_outputs
from .numerics import compiled, flatten_leading, sizes

__all__ = ["feedback_delay_network"]


def feedback_delay_network(
    audio: Any,
    feedback: Any,
    input_gains: Any,
    output_gains: Any,
    decay_seconds: Any,
    *,
    delays: Sequence[int],
    sample_rate: float,
    high_decay_seconds: Any = None,
    crossover_hz: Any = None,
    state: Any = None,
    return_state: bool = False,
) -> tf.Tensor | Filtered:
    r"""Reverberate by delay lines that feed one another (FDN).

    For N lines of delays :math:`d_i`, sums of the input u and of what the lines give enter them;
    what leaves them is attenuated, and summed to the output y:

    .. math::
        x_i[n] = b_i u[n] + \sum_j A_{ij} s_j[n], \qquad
        s_i = g_i * x_i[n - d_i], \qquad y[n] = \sum_i c_i s_i[n].

    If A is orthogonal, the network alone loses nothing, and the gain
    :math:`g_i = 10^{-3 d_i / (T f_s)}` makes every path through it decay by 60 dB in
    :math:`T` seconds, whatever the delays. With ``high_decay_seconds`` :math:`T_h` the gain is a
    shelf of one pole, from :math:`10^{-3 d_i / (T f_s)}` at 0 Hz to
    :math:`10^{-3 d_i / (T_h f_s)}` at the Nyquist frequency; at ``crossover_hz`` it is their
    geometric mean, and the rate of decay in dB that of both on average. It never exceeds the
    larger of both, so that of an orthogonal matrix the network is stable. With
    :math:`t = \tan(\pi f_c / f_s)` and :math:`\rho = \sqrt{g_h / g}` it is

    .. math::
        \frac{(g_h + t \sqrt{g_h g}) - (g_h - t \sqrt{g_h g})\,z^{-1}}
             {(1 + t \rho) - (1 - t \rho)\,z^{-1}}.

    The sound is computed in blocks of the shortest delay: its length over that is the number of
    steps one after the other. The dry sound is no part of the result.

    Args:
        audio: u, ``[..., time]``.
        feedback: A, ``[..., N, N]``: row i is what enters line i. Not checked to be orthogonal.
        input_gains: b, ``[..., N]``.
        output_gains: c, ``[..., N]``.
        decay_seconds: T, ``[...]``, above 0; infinite loses nothing.
        delays: N whole numbers of samples, at least 1. Without a common divisor they make the
            densest echoes.
        sample_rate: Hz.
        high_decay_seconds: the same for high frequencies, ``[...]``; None is as for low ones.
        crossover_hz: from low to high frequencies, ``[...]``, between 0 and ``sample_rate / 2``;
            given if ``high_decay_seconds`` is, and only then.
        state: what the block before left; None is silence.
        return_state: whether to return it too.

    Returns:
        ``[..., time]``, leading axes broadcast; with ``return_state`` a pair of that and the
        state ``[..., N, max(delays) + 2]``.

    Raises:
        ValueError: if shapes do not fit, or a number is out of its range.

    Gradient:
        by every tensor. By time backwards it is the same network of the transposed matrix, so
        that no step is remembered.

    Example:
        >>> import spectrotools as st
        >>> click = [1.0] + 7 * [0.0]
        >>> swap = [[0.0, 1.0], [1.0, 0.0]]
        >>> echoes = st.feedback_delay_network(
        ...     click, swap, [1.0, 0.0], [1.0, 1.0], 0.006, delays=[2, 3], sample_rate=1000
        ... )
        >>> [f"{sample:.3f}" for sample in echoes]
        ['0.000', '0.000', '0.100', '0.000', '0.000', '0.003', '0.000', '0.000']

    References:
        Jot, Chaigne, "Digital delay networks for designing artificial reverberators", AES 90th
        Convention, 1991. Schlecht, Habets, "On lossless feedback delay networks", IEEE TSP 65(6),
        2017, section II.
    """
    several = isinstance(delays, Iterable) and not isinstance(delays, str)
    check(several, "delays must be whole numbers of samples, one for each line", delays)
    delays = tuple(integer("delays", delay, 1) for delay in delays)
    check(len(delays) >= 1, "delays must be of at least one line", delays)
    rate = checked_rate(sample_rate)
    tensors = {"audio": audio, "feedback": feedback}
    tensors |= {"input_gains": input_gains, "output_gains": output_gains}
    tensors |= _times(decay_seconds, high_decay_seconds, crossover_hz, rate)
    tensors = dict(zip(tensors, alike(**tensors), strict=True))
    leading = _check_shapes(tensors, len(delays))
    state = checked_memory(state, leading, (len(delays), max(delays) + 2))
    given = [*tensors.values()] + [None] * (7 - len(tensors))
    wet, left = _reverberated(*given, state, delays=delays, rate=rate, return_state=return_state)
    return Filtered(wet, left) if return_state else wet


def _times(decay: Any, high_decay: Any, crossover: Any, rate: float) -> dict[str, Any]:
    """The arguments that say how fast sound decays, checked."""
    damped = high_decay is not None
    rule = "crossover_hz must be given with high_decay_seconds, and only then"
    check(damped == (crossover is not None), rule, (high_decay, crossover))
    times = {"decay_seconds": decay} | ({"high_decay_seconds": high_decay} if damped else {})
    for name, seconds in times.items():
        plain = isinstance(seconds, float | np.floating | np.ndarray)
        if not (plain and bool(np.all(np.equal(seconds, np.inf)))):
            check_values(name, seconds, 0.0, within=True)
    if damped:
        check_values("crossover_hz", crossover, 0.0, rate / 2, within=True)
        times["crossover_hz"] = crossover
    return times


def _check_shapes(tensors: dict[str, tf.Tensor], lines: int) -> tf.TensorShape:
    """Check every tensor's own axes, and that the leading ones broadcast: to these."""
    own: dict[str, list] = {"audio": [None], "feedback": [lines, lines]}
    own |= {"input_gains": [lines], "output_gains": [lines]}
    leading = {}
    for name, tensor in tensors.items():
        axes, shape = own.get(name, []), tensor.shape
        known = shape.rank is not None
        fits = not known or (
            shape.rank >= len(axes) and shape[shape.rank - len(axes) :].is_compatible_with(axes)
        )
        label = ", ".join(["...", *("time" if size is None else str(size) for size in axes)])
        check(
            fits, f"{name} must be [{label}] for {lines} delays", tuple(shape) if known else None
        )
        leading[name] = shape[: shape.rank - len(axes)] if known else shape
    return check_broadcast(**leading)


@compiled
def _reverberated(
    audio: tf.Tensor,
    feedback: tf.Tensor,
    into: tf.Tensor,
    out: tf.Tensor,
    *others: tf.Tensor | None,
    delays: tuple[int, ...],
    rate: float,
    return_state: bool,
) -> tuple[tf.Tensor, tf.Tensor | None]:
    *given, state = others
    times = [time for time in given if time is not None]
    kept, dtype = common_dtype(audio, feedback, into, out, *times)
    filters = _attenuation([tf.cast(time, dtype) for time in times], delays, rate)
    tensors = (tf.cast(tensor, dtype) for tensor in (audio, feedback, into, out))
    unfold, audio, feedback, into, out, *filters = _flat(*tensors, *filters)
    batch, time = sizes(audio)
    memory, before = max(delays) + 1, [delay + 1 for delay in delays]
    state = checked_state(state, batch, (len(delays), memory + 1), dtype)
    past, last = state[:, :, :memory], state[:, :, memory:]
    fresh = into[:, :, None] * audio[:, None]
    heard = tf.concat([past, fresh], axis=2)
    gain, *shelf = (part[:, :, None] for part in filters)
    drive = gain * delayed(heard, delays, time)
    if shelf:
        later, poles = shelf
        drive += later * delayed(heard, before, time)
        drive += tf.concat([poles * last, tf.zeros_like(drive)], axis=2)[:, :, :time]
    outputs = line_outputs(drive, feedback, filters, delays=delays)
    wet = tf.cast(unfold(tf.reduce_sum(out[:, :, None] * outputs, axis=1)), kept)
    if not return_state:
        return wet, None
    entered = tf.concat([past, fresh + tf.matmul(feedback, outputs)], axis=2)[:, :, time:]
    return wet, unfold(tf.concat([entered, tf.concat([last, outputs], axis=2)[:, :, -1:]], axis=2))


def _flat(audio: tf.Tensor, feedback: tf.Tensor, *columns: tf.Tensor) -> tuple[Any, ...]:
    """The function that unfolds one batch axis, and all tensors with it before their own axes."""
    tensors, kept = (audio, feedback, *columns), (1, 2) + len(columns) * (1,)
    shapes = [tf.shape(tensor) for tensor in tensors]
    heads, tails = zip(
        *(
            (shape[: tf.size(shape) - keep], shape[tf.size(shape) - keep :])
            for shape, keep in zip(shapes, kept, strict=True)
        ),
        strict=True,
    )
    leading = functools.reduce(tf.broadcast_dynamic_shape, heads)
    wide = [
        tf.broadcast_to(tensor, tf.concat([leading, tail], axis=0))
        for tensor, tail in zip(tensors, tails, strict=True)
    ]
    flat, unfold = zip(*map(flatten_leading, wide, kept), strict=True)
    return unfold[0], *flat


def _attenuation(times: list[tf.Tensor], delays: tuple[int, ...], rate: float) -> list[tf.Tensor]:
    """What a line loses, ``[..., lines]``: one gain, or the two of a shelf and its pole."""
    decay, *shelf = (time[..., None] for time in times)
    seconds = tf.constant(-3.0 * math.log(10.0) * np.asarray(delays) / rate, decay.dtype)
    low = seconds / decay
    if not shelf:
        return [tf.exp(low)]
    high, place = seconds / shelf[0], tf.tan(shelf[1] * (math.pi / rate))
    ratio, middle = place * tf.exp((high - low) / 2), place * tf.exp((high + low) / 2)
    scale, high = 1.0 / (1.0 + ratio), tf.exp(high)
    return [(high + middle) * scale, (middle - high) * scale, (1.0 - ratio) * scale]
