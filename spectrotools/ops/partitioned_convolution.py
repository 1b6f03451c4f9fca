r"""Convolution of a stream of small blocks by a long response, at a small cost a block.

The response is cut into partitions of one block, :math:`h_p`. With the spectra of two blocks
:math:`X_m = \mathcal F (x_{m-1}, x_m)` and of partitions :math:`H_p = \mathcal F (h_p, 0)`, block
m of the result is the second half of :math:`\mathcal F^{-1} \sum_p H_p X_{m-p}`. Each X is
transformed once and kept: the delay line.
"""

from typing import Any, NamedTuple

import numpy as np
import scipy.fft
import tensorflow as tf

from .._validate import check, integer
from .arguments import alike, check_broadcast
from .carrying import Filtered, checked_memory, checked_state
from .fft import fft, ifft
from .fourier import framed_irfft, framed_rfft
from .framing import fit_length
from .numerics import compiled, complex_dtype, flatten_leading, real_tensor, sizes, working_dtype

__all__ = ["DelayLine", "partition_response", "partitioned_convolve"]

_FEW = 3  # blocks; of more at once, the products along the delay line are a convolution too


class DelayLine(NamedTuple):
    """What a partitioned convolution remembers of a signal."""

    spectra: tf.Tensor  # [..., partitions - 1, block_size + 1], of every two blocks
    block: tf.Tensor  # [..., block_size], the last one


def partitioned_convolve(
    audio: Any,
    impulse_response: Any,
    *,
    block_size: int,
    state: Any = None,
    return_state: bool = False,
) -> Any:
    r"""Convolve small blocks by a long impulse response, without a delay beyond the block.

    The numbers are those of :func:`fft_convolve` in mode ``"causal"``. That transforms what the
    response still has to say about the past anew for each block; here, a block of B samples and a
    response of P partitions costs two transforms of 2B and P products of B + 1 bins.

    A response that stays is best given as :func:`partition_response` makes it, once.

    Args:
        audio: ``[..., time]``; where there is a state, a multiple of ``block_size``.
        impulse_response: ``[..., taps]`` of a known number of taps, or
            ``[..., partitions, block_size + 1]`` of :func:`partition_response`. Leading axes are
            broadcast against each other.
        block_size: B, samples of a partition, at least 1.
        state: what the block before left; None is silence.
        return_state: whether to give the state too.

    Returns:
        ``[..., time]``, or ``Filtered`` of it and the ``DelayLine``: the ``spectra``
        ``[..., partitions - 1, block_size + 1]`` of the past and the last ``block``.

    Raises:
        ValueError: if an argument is out of its range, or arguments do not fit each other.

    Example:
        >>> import spectrotools as st
        >>> room = st.partition_response([1.0, 0.5, 0.25, 0.125], block_size=2)
        >>> early, state = st.partitioned_convolve(
        ...     [1.0, 0.0], room, block_size=2, return_state=True
        ... )
        >>> late = st.partitioned_convolve([0.0, 0.0], room, block_size=2, state=state)
        >>> [f"{sample:.3f}" for sample in [*early, *late]]
        ['1.000', '0.500', '0.250', '0.125']

    References:
        Stockham, "High-speed convolution and correlation", AFIPS Spring Joint Computer
        Conference, 1966. Wefers, "Partitioned convolution algorithms for real-time
        auralization", RWTH Aachen, 2014, section 5.1.
    """
    block_size = integer("block_size", block_size, 1)
    spectra = tf.convert_to_tensor(impulse_response)
    if not spectra.dtype.is_complex:
        audio, response = alike(audio=audio, impulse_response=impulse_response)
        spectra = partition_response(
            tf.cast(response, working_dtype(response.dtype)), block_size=block_size
        )
    audio = real_tensor("audio", audio)
    dtype = complex_dtype(working_dtype(audio.dtype))
    bins = block_size + 1
    known = spectra.shape.rank is not None and spectra.shape.rank >= 2 and spectra.shape[-2]
    fits = known and spectra.shape[-1] == bins and spectra.dtype == dtype
    rule = f"impulse_response must be real or {dtype.name} [..., partitions, {bins}]"
    check(fits, rule, (spectra.dtype.name, spectra.shape))
    check(audio.shape.rank != 0, "audio must have a time axis", audio.shape)
    time, carries = audio.shape[-1], state is not None or return_state
    whole = not carries or time is None or time % block_size == 0
    check(whole, f"audio must be a multiple of block_size={block_size} in a stream", time)
    check_broadcast(audio=audio.shape[:-1], impulse_response=spectra.shape[:-2])
    line = _checked_line(state, audio.shape[:-1], int(spectra.shape[-2]) - 1, block_size)
    blocks = None if time is None else -(-time // block_size)
    result = _convolved(
        audio,
        spectra,
        *line,
        partitions=spectra.shape[-2],
        block_size=block_size,
        few=blocks if blocks and blocks <= _FEW else None,
        carries=carries,
    )
    return Filtered(result[0], DelayLine(*result[1:])) if return_state else result[0]


def _checked_line(
    state: Any, leading: tf.TensorShape, past: int, block_size: int
) -> tuple[Any, Any]:
    if state is None:
        return None, None
    rule = "state must be the DelayLine that the same op with the same settings left, or None"
    check(isinstance(state, tuple) and len(state) == 2, rule, state)
    spectra, block = state
    spectra = checked_memory(spectra, leading, (past, block_size + 1))
    return spectra, checked_memory(block, leading, (block_size,))


def partition_response(impulse_response: Any, *, block_size: int) -> tf.Tensor:
    """Transform an impulse response for :func:`partitioned_convolve`.

    Args:
        impulse_response: ``[..., taps]``, of a known number of taps, at least one.
        block_size: samples of a partition, at least 1.

    Returns:
        complex ``[..., partitions, block_size + 1]``, of ``ceil(taps / block_size)`` partitions.

    Raises:
        ValueError: if an argument is out of its range, or the number of taps is not known.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> st.partition_response(np.ones(1000), block_size=128).shape
        TensorShape([8, 129])
    """
    response = real_tensor("impulse_response", impulse_response)
    block_size = integer("block_size", block_size, 1)
    known = response.shape.rank is not None and response.shape[-1:] not in ([], [None], [0])
    rule = "impulse_response must have a known number of taps, at least one"
    check(known, rule, response.shape)
    return _partitioned(response, taps=response.shape[-1], block_size=block_size)


@compiled
def _partitioned(response: tf.Tensor, *, taps: int, block_size: int) -> tf.Tensor:
    response, unfold = flatten_leading(tf.cast(response, working_dtype(response.dtype)), keep=1)
    partitions = -(-taps // block_size)
    response = fit_length(response, (partitions + 1) * block_size)
    half = np.pad(np.ones(block_size), (0, block_size))
    return unfold(framed_rfft(response, half, block_size))


@compiled
def _convolved(
    audio: tf.Tensor,
    response: tf.Tensor,
    spectra: tf.Tensor | None,
    block: tf.Tensor | None,
    *,
    partitions: int,
    block_size: int,
    few: int | None,
    carries: bool,
) -> tuple[tf.Tensor, ...]:
    given, dtype = audio.dtype, working_dtype(audio.dtype)
    audio, unfold = flatten_leading(tf.cast(audio, dtype), keep=1)
    batch, time = sizes(audio)
    blocks, past = few or -(-time // block_size), partitions - 1
    line = checked_state(spectra, batch, (past, block_size + 1), response.dtype)
    block = checked_state(block, batch, (block_size,), dtype)
    heard = fit_length(tf.concat([block, audio], axis=1), (blocks + 1) * block_size)
    if carries and not isinstance(time, int):
        rule = f"audio must be a multiple of block_size={block_size} in a stream"
        heard = _checked(heard, tf.equal(time, blocks * block_size), rule)
    new = framed_rfft(heard, np.ones(2 * block_size), block_size)
    line = tf.concat([line, new], axis=1)
    heard_by = _few_products if few else _many_products
    products = heard_by(unfold(line), response, partitions, blocks)
    products, unfold_result = flatten_leading(products, keep=2)
    second = np.pad(np.ones(block_size), (block_size, 0))
    result = framed_irfft(products, second, block_size)[:, block_size : block_size + time]
    result = tf.cast(unfold_result(result), given)
    return result, unfold(line[:, blocks:]), unfold(heard[:, blocks * block_size :])


def _checked(tensor: tf.Tensor, condition: tf.Tensor, rule: str) -> tf.Tensor:
    with tf.control_dependencies([tf.debugging.Assert(condition, [rule])]):
        return tf.identity(tensor)


def _few_products(line: tf.Tensor, response: tf.Tensor, partitions: int, blocks: int) -> tf.Tensor:
    """The spectrum of each block of the result, ``[..., blocks, bins]``; of a few blocks."""
    latest_last = tf.reverse(response, axis=[-2])
    heard = [line[..., m : m + partitions, :] * latest_last for m in range(blocks)]
    return tf.stack([tf.reduce_sum(part, axis=-2) for part in heard], axis=-2)


def _many_products(
    line: tf.Tensor, response: tf.Tensor, partitions: int, blocks: Any
) -> tf.Tensor:
    """The same of any number of blocks: bin by bin, by Fourier transforms along the line."""
    frames = blocks + partitions - 1
    known = isinstance(frames, int)
    size = scipy.fft.next_fast_len(max(frames, partitions)) if known else frames + 1
    product = _along_the_line(line, size) * _along_the_line(response, size)
    summed = tf.linalg.matrix_transpose(ifft(product))
    return summed[..., partitions - 1 : frames, :]


def _along_the_line(spectra: tf.Tensor, size: Any) -> tf.Tensor:
    """Fourier transforms of so many frames, ``[..., bins, size]``."""
    flat, unfold = flatten_leading(spectra, keep=2)
    padded = tf.pad(flat, [[0, 0], [0, size - sizes(flat)[1]], [0, 0]])
    return unfold(fft(tf.transpose(padded, [0, 2, 1])))
