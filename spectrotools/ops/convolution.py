r"""Convolution by Fourier transforms, of all samples or of a stretch of them.

Every mode is a stretch :math:`[b, e)` of the full convolution of :math:`T` samples by :math:`K`
taps, which has :math:`T + K - 1`. One circular transform of n samples gives it if what wraps
around falls outside:

.. math:: n \ge \max(T + K - 1 - b,\ e).

Of a signal much longer than the response, overlapping blocks of one size are transformed, and of
each what nothing wraps into is kept (overlap-save).
"""

import functools
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, one_of
from .arguments import alike, check_broadcast, common_dtype
from .carrying import Filtered, checked_memory, checked_state
from .fft import irfft, rfft
from .fourier import even_size, framed_irfft, framed_rfft
from .framing import fit_length
from .numerics import compiled, flatten_leading, sizes

__all__ = ["convolved", "fft_convolve"]

ConvolutionMode = Literal["full", "same", "valid", "causal"]

_CACHED = 2**16  # samples; a transform of more leaves the cache of a core, and takes twice as long
_SMALLEST = 2**12  # samples of a block; of smaller ones the calls cost more than the transforms
_FACTORS = (2, 3, 4, 6, 8, 12)  # as many times the response may a block be


def fft_convolve(
    audio: Any,
    impulse_response: Any,
    *,
    mode: ConvolutionMode = "full",
    state: Any = None,
    return_state: bool = False,
) -> Any:
    r"""Convolve a signal by an impulse response, by Fourier transforms.

    .. math:: y[n] = \sum_{k=0}^{K-1} h[k]\,x[n - k], \qquad n = b, \ldots, e - 1,

    of :math:`T` samples and :math:`K` taps, of which either may be more:

    ==========  =========================  ===========================================
    mode        n                          the result is
    ==========  =========================  ===========================================
    ``full``    0 to T + K - 2             all that is not zero
    ``same``    (K - 1) // 2, T samples    the signal, not moved by a symmetric filter
    ``valid``   min(T, K) - 1 to           where the shorter of both lies within the
                max(T, K) - 1              longer: no silence was heard
    ``causal``  0 to T - 1                 as long as the signal; a stream
    ==========  =========================  ===========================================

    Args:
        audio: ``[..., time]``.
        impulse_response: ``[..., taps]``, of at least one tap. Leading axes are broadcast
            against each other; a response that is shared is transformed once.
        mode: which samples to give.
        state: what the block before left, in mode ``"causal"``; None is silence.
        return_state: whether to give the state too, in mode ``"causal"``.

    Returns:
        ``[..., samples]`` of the mode, or ``Filtered`` of it and the state: the last
        ``taps - 1`` samples, ``[..., taps - 1]``.

    Raises:
        ValueError: if an argument is not floating point, the dtypes or leading axes do not fit,
            there is no tap, or there is a state in a mode that has none.

    Example:
        >>> import spectrotools as st
        >>> [f"{sample:.2f}" for sample in st.fft_convolve([1.0, 2.0, 3.0], [0.5, 0.25])]
        ['0.50', '1.25', '2.00', '0.75']
        >>> [f"{sample:.2f}" for sample in st.fft_convolve([1.0, 2.0], [1.0, 2.0], mode="same")]
        ['1.00', '4.00']

    References:
        Stockham, "High-speed convolution and correlation", AFIPS Spring Joint Computer
        Conference, 1966. Oppenheim, Schafer, "Discrete-time signal processing", section 8.7.
    """
    audio, response = alike(audio=audio, impulse_response=impulse_response)
    one_of("mode", mode, ConvolutionMode)
    carries = state is not None or return_state
    check(mode == "causal" or not carries, "mode must be 'causal' to carry a state", mode)
    for name, tensor in (("audio", audio), ("impulse_response", response)):
        check(tensor.shape.rank != 0, f"{name} must have a time axis", tensor.shape)
    taps = response.shape[-1]
    check(taps != 0, "impulse_response must have at least one tap", response.shape)
    known = taps is not None or not carries
    check(known, "impulse_response must have a known number of taps to stream", response.shape)
    leading = check_broadcast(audio=audio.shape[:-1], impulse_response=response.shape[:-1])
    if carries:
        state = checked_memory(state, leading, (taps - 1,))
        return _carried(audio, response, state, taps=taps, return_state=return_state)
    return _convolved(audio, response, taps=taps, mode=mode)


@compiled
def _convolved(
    audio: tf.Tensor, response: tf.Tensor, *, taps: int | None, mode: ConvolutionMode
) -> tf.Tensor:
    # Eagerly there is a trace for each number of taps, which decides about the transforms.
    kept, dtype = common_dtype(audio, response)
    audio, response = tf.cast(audio, dtype), tf.cast(response, dtype)
    return tf.cast(convolved(audio, response, mode), kept)


@compiled
def _carried(
    audio: tf.Tensor,
    response: tf.Tensor,
    state: tf.Tensor | None,
    *,
    taps: int,
    return_state: bool,
) -> Any:
    kept, dtype = common_dtype(audio, response)
    audio, response = tf.cast(audio, dtype), tf.cast(response, dtype)
    memory, time = taps - 1, tf.shape(audio)[-1:]
    leading = tf.broadcast_dynamic_shape(tf.shape(audio)[:-1], tf.shape(response)[:-1])
    static = tf.broadcast_static_shape(audio.shape[:-1], response.shape[:-1])
    whole = tf.broadcast_to(audio, tf.concat([leading, time], axis=0))
    whole.set_shape(static.concatenate(audio.shape[-1:]))
    flat, unfold = flatten_leading(whole, keep=1)
    before = checked_state(state, sizes(flat)[0], (memory,), dtype)
    heard = unfold(tf.concat([before, flat], axis=1))
    result = tf.cast(convolved(heard, response, (memory, memory + sizes(flat)[1])), kept)
    return Filtered(result, heard[..., sizes(flat)[1] :]) if return_state else result


def convolved(
    audio: tf.Tensor, response: tf.Tensor, part: ConvolutionMode | tuple[Any, Any]
) -> tf.Tensor:
    """Samples of a convolution, those of a mode or from the first up to the last of a pair.

    Args:
        audio: ``[..., time]``, float32 or float64.
        response: ``[..., taps]``, of the same dtype.
        part: the mode, or ``(begin, end)`` of what to take of the full convolution.
    """
    time, taps = _samples(audio), _samples(response)
    begin, end = _stretch(time, taps, part) if isinstance(part, str) else part
    if part == "causal" and isinstance(time, int) and isinstance(taps, int):
        response, taps = (
            response[..., : max(time, 1)],
            min(taps, max(time, 1)),
        )  # all that is heard
    if not isinstance(taps, int):
        return _of_any_size(audio, response, begin, end)
    n_fft = _whole_size(time, taps, begin, end)
    if n_fft:
        product = _spectra(audio, n_fft) * _spectra(response, n_fft)
        flat, unfold = flatten_leading(product, keep=2)
        return unfold(framed_irfft(flat, np.ones(n_fft), n_fft)[:, begin:end])
    return _by_blocks(audio, response, begin, end)


def _samples(signals: tf.Tensor) -> Any:
    """How many there are of signals of any rank: a number, or else a tensor."""
    return tf.shape(signals)[-1] if signals.shape[-1] is None else signals.shape[-1]


def _stretch(time: Any, taps: Any, mode: str) -> tuple[Any, Any]:
    """Where a mode begins and ends in the full convolution."""
    if mode == "valid":
        both = isinstance(time, int) and isinstance(taps, int)
        least, most = (min, max) if both else (tf.minimum, tf.maximum)
        begin = most(least(time, taps) - 1, 0)
        return begin, begin + (abs(time - taps) + 1) * least(time, 1)
    begin = (taps - 1) // 2 if mode == "same" else 0
    return begin, time + taps - 1 if mode == "full" else begin + time


def _whole_size(time: Any, taps: int, begin: Any, end: Any) -> int:
    """The size of one transform of everything, or 0 where blocks cost less."""
    if not all(isinstance(number, int) for number in (time, begin, end)):
        return 0
    size = even_size(max(time + taps - 1 - begin, end, 1))
    block = _block_size(taps, end - begin)
    blocks = -(-(end - begin) // (block - taps + 1))
    return size if _cost(size) <= blocks * _cost(block) else 0


@functools.lru_cache(maxsize=256)
def _block_size(taps: int, samples: int | None = None) -> int:
    """The size of blocks of least cost, for so many samples of the result or for many."""

    def cost(size: int) -> float:
        kept = size - taps + 1
        return _cost(size) * (1 / kept if samples is None else -(-samples // kept))

    return min({even_size(max(factor * taps, _SMALLEST)) for factor in _FACTORS}, key=cost)


def _cost(size: int) -> float:
    return size * np.log2(size) * (2.0 if size > _CACHED else 1.0)


def _spectra(signals: tf.Tensor, n_fft: int) -> tf.Tensor:
    """The spectra ``[..., 1, n_fft // 2 + 1]`` of signals of no more than ``n_fft`` samples."""
    flat, unfold = flatten_leading(signals, keep=1)
    return unfold(framed_rfft(fit_length(flat, n_fft), np.ones(n_fft), n_fft))


def _by_blocks(audio: tf.Tensor, response: tf.Tensor, begin: Any, end: Any) -> tf.Tensor:
    """Overlap-save. A block begins with the ``taps - 1`` samples before its result.

    The response is advanced by as many, so that what wraps around falls behind the result.
    """
    taps = response.shape[-1]
    count = end - begin
    n_fft = _block_size(taps, count if isinstance(count, int) else None)
    hop_length = n_fft - taps + 1
    blocks = -(-count // hop_length)
    flat, unfold = flatten_leading(audio, keep=1)
    heard = tf.pad(flat, [[0, 0], [taps - 1 - begin, 0]])
    heard = fit_length(heard, blocks * hop_length + taps - 1)
    spectra = unfold(framed_rfft(heard, np.ones(n_fft), hop_length))
    room = tf.repeat(tf.zeros_like(response[..., :1]), n_fft - taps, axis=-1)
    advanced = tf.concat([response[..., -1:], room, response[..., :-1]], axis=-1)
    flat, unfold = flatten_leading(spectra * _spectra(advanced, n_fft), keep=2)
    kept = np.pad(np.ones(hop_length), (0, taps - 1))
    return unfold(framed_irfft(flat, kept, hop_length)[:, :count])


def _of_any_size(audio: tf.Tensor, response: tf.Tensor, begin: Any, end: Any) -> tf.Tensor:
    """By one transform, of a size that only the graph knows: the next power of 2."""
    time, taps = _samples(audio), _samples(response)
    least = tf.maximum(tf.maximum(time + taps - 1 - begin, end), 2)
    octaves = tf.math.ceil(tf.math.log(tf.cast(least, tf.float64)) / np.log(2.0))
    size = tf.cast(2.0**octaves, tf.int32)
    product = rfft(audio, size) * rfft(response, size)
    return irfft(product, size)[..., begin:end]
