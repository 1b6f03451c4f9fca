r"""Convolution by impulse responses that change from frame to frame.

Over the two segments around frame m the signal is convolved with that frame's response, and
adjacent frames are crossfaded:

.. math::
    y[n] = \sum_m w[n - mH]\,(h_m * x)[n], \qquad
    w[n] = \cos^2 \frac{\pi n}{2H} \text{ for } |n| < H.

The windows add up to 1, so that a response that stays is an ordinary convolution. One transform of
the signal, one product and one inverse transform do it, of two hops and one response each.
"""

from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .arguments import alike, check_broadcast, common_dtype, same_leading
from .controls import control_length, held, segment_count
from .fft import rfft
from .fourier import even_size, framed_irfft, framed_rfft
from .framing import fit_length
from .numerics import compiled, flatten_leading, sizes
from .windows import window_samples

__all__ = ["crossfaded", "switched", "time_varying_convolve"]

TimeVaryingMode = Literal["same", "causal"]
TimeVaryingConvention = Literal["ddsp"]


def time_varying_convolve(
    audio: Any,
    impulse_responses: Any,
    *,
    hop_length: int,
    mode: TimeVaryingMode = "same",
    convention: TimeVaryingConvention | None = None,
) -> tf.Tensor:
    r"""Convolve a signal by an impulse response that changes from frame to frame.

    Frame m stands at sample :math:`mH`. What two frames' responses make of the signal is
    crossfaded by half a raised cosine between them; the last frame holds. A response that stays
    gives what :func:`fft_convolve` gives in the same mode. Any filter may change so: of
    :func:`sinc_impulse_response` with a cutoff for every frame, for one.

    ==============  =============================  =====================================
    convention      responses change               the output is late by
    ==============  =============================  =====================================
    None            in a crossfade of a hop        nothing: as ``mode`` says
    ``"ddsp"``      at once, where a hop goes in   1 sample more than in mode ``"same"``
    ==============  =============================  =====================================

    Args:
        audio: ``[..., time]``, floating point.
        impulse_responses: ``[..., frames, taps]``, of a known number of taps, at least one.
            Leading axes are broadcast against each other. There may be
            ``ceil(time / hop_length)`` frames, or one more.
        hop_length: H, samples from one frame to the next, at least 1.
        mode: ``"same"`` hears tap ``(taps - 1) // 2`` in time, which does not move the signal by
            a symmetric response; ``"causal"`` the first tap.
        convention: the peer whose arithmetic to follow.

    Returns:
        ``[..., time]``.

    Raises:
        ValueError: if an argument is out of its range, or the frames do not fit the signal
            (``InvalidArgumentError`` where that is only known when a graph runs).

    Example:
        >>> import spectrotools as st
        >>> echo_fades_in = [[1.0, 0.0], [1.0, 0.5]]
        >>> heard = st.time_varying_convolve(
        ...     [1.0, 1.0, 1.0, 1.0], echo_fades_in, hop_length=2, mode="causal"
        ... )
        >>> [f"{sample:.2f}" for sample in heard]
        ['1.00', '1.25', '1.50', '1.50']

    References:
        Smith, "Spectral audio signal processing", 2011, "Time varying OLA modifications". Engel,
        Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020, section
        3.4.
    """
    audio, responses = alike(audio=audio, impulse_responses=impulse_responses)
    check(audio.shape.rank != 0, "audio must have a time axis", audio.shape)
    rank = responses.shape.rank
    known = rank is not None and rank >= 2 and bool(responses.shape[-1])
    rule = "impulse_responses must be [..., frames, taps] of a known number of taps"
    check(known, rule, responses.shape)
    hop_length = integer("hop_length", hop_length, 1)
    one_of("mode", mode, TimeVaryingMode)
    if convention is not None:
        one_of("convention", convention, TimeVaryingConvention)
        check(mode == "same", "mode must be 'same' in a convention", mode)
    check_broadcast(audio=audio.shape[:-1], impulse_responses=responses.shape[:-2])
    time = audio.shape[-1] if audio.shape.rank is not None else None
    time = tf.shape(audio)[-1] if time is None else time
    frames = responses.shape[-2]
    frames = tf.shape(responses)[-2] if frames is None else frames
    of, name = "impulse_responses", "the length of audio"
    control_length(time, frames, hop_length, of=of, name=name)
    settings = {"hop_length": hop_length, "causal": mode == "causal", "convention": convention}
    return _convolved(audio, responses, taps=responses.shape[-1], **settings)


@compiled
def _convolved(
    audio: tf.Tensor,
    responses: tf.Tensor,
    *,
    taps: int,
    hop_length: int,
    causal: bool,
    convention: TimeVaryingConvention | None,
) -> tf.Tensor:
    kept, dtype = common_dtype(audio, responses)
    audio, responses = tf.cast(audio, dtype)[..., None], tf.cast(responses, dtype)
    audio, responses = same_leading(audio, responses, keep=2)
    audio, unfold = flatten_leading(tf.squeeze(audio, -1), keep=1)
    responses, _ = flatten_leading(responses, keep=2)
    length = sizes(audio)[1]
    segments = segment_count(length, hop_length)
    if convention == "ddsp":
        n_fft = even_size(hop_length + taps - 1)
        spectra = rfft(responses[:, :segments], n_fft)
        begin = max((taps - 1) // 2 - 1, 0)
        result = switched(audio, spectra, hop_length)[:, begin : begin + length]
    else:
        ahead = 0 if causal else (taps - 1) // 2
        before = taps - 1 - ahead
        n_fft = even_size(2 * hop_length + taps - 1)
        spectra = rfft(held(responses)[:, : segments + 1], n_fft)
        # What wraps around falls on the samples before those that are wanted.
        heard = tf.pad(audio, [[0, 0], [before, ahead]])
        moved = _advanced(spectra, n_fft, ahead)
        result = crossfaded(heard, moved, hop_length=hop_length, before=before, length=length)
    return tf.cast(unfold(result), kept)


def _advanced(spectra: tf.Tensor, n_fft: int, samples: int) -> tf.Tensor:
    """Spectra of responses that begin so many samples before the time 0."""
    if not samples:
        return spectra
    turns = np.arange(n_fft // 2 + 1) * samples % n_fft / n_fft
    return spectra * tf.constant(np.exp(2j * np.pi * turns), spectra.dtype)


def crossfaded(
    audio: tf.Tensor, spectra: tf.Tensor, *, hop_length: int, before: int, length: Any
) -> tf.Tensor:
    """Convolve by a response a frame, and crossfade what adjacent frames give.

    Args:
        audio: ``[batch, before + length + after]``.
        spectra: ``[batch, ceil(length / hop_length) + 1, n_fft // 2 + 1]``, complex, of responses
            that hear at most ``before`` samples back and ``after`` ahead; of an even n_fft of at
            least ``2 * hop_length + before + after``.
        hop_length: samples from frame to frame.
        before: samples of ``audio`` before the first that is wanted.
        length: samples that are wanted.

    Returns:
        ``[batch, length]``.
    """
    n_fft = 2 * (spectra.shape[-1] - 1)
    segments = segment_count(length, hop_length)
    # Frame m is what its filter hears from a hop before it to a hop after.
    audio = tf.pad(audio, [[0, 0], [hop_length, 0]])
    heard = fit_length(audio, segments * hop_length + n_fft)
    products = framed_rfft(heard, np.ones(n_fft), hop_length) * spectra
    crossfade = window_samples("hann", 2 * hop_length, n_fft, before)
    begin = hop_length + before
    return framed_irfft(products, crossfade, hop_length)[:, begin : begin + length]


def switched(audio: tf.Tensor, spectra: tf.Tensor, hop_length: int) -> tf.Tensor:
    """Convolve every hop of a signal by its own response, and add up.

    Args:
        audio: ``[batch, time]``.
        spectra: ``[batch, frames, n_fft // 2 + 1]``, complex, of an even n_fft of at least
            ``hop_length`` and the taps less 1.
        hop_length: samples from frame to frame.

    Returns:
        ``[batch, samples]``, all that is not zero, and more.
    """
    n_fft = 2 * (spectra.shape[-1] - 1)
    heard = fit_length(audio, (sizes(spectra)[1] - 1) * hop_length + n_fft)
    hop = np.pad(np.ones(hop_length), (0, n_fft - hop_length))
    products = framed_rfft(heard, hop, hop_length) * spectra
    return framed_irfft(products, np.ones(n_fft), hop_length)
