"""Filters by magnitudes that change from frame to frame, and noise through them.

A frame of magnitudes is a filter of zero phase by frequency sampling: the inverse Fourier
transform of the magnitudes, weighted by a Hann window about its middle. The filters of adjacent
frames are crossfaded, as in :func:`time_varying_convolve`.
"""

from typing import Any, Literal

import tensorflow as tf

from .._validate import check, integer, one_of
from .arguments import check_broadcast, same_leading
from .controls import control_length, held, segment_count
from .fft import rfft
from .frequency_sampling import (
    Filter,
    FilterConvention,
    by_matrix,
    checked_filter,
    ddsp_taps,
    filter_spectra,
)
from .noise import Distribution, noise_samples, seed_key, start_place
from .numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype
from .time_varying_convolution import crossfaded, switched

__all__ = ["filtered_noise", "time_varying_fir"]

FilterMode = Literal["same", "valid"]


def time_varying_fir(
    audio: Any,
    magnitudes: Any,
    *,
    hop_length: int,
    window_size: int | None = None,
    mode: FilterMode = "same",
    convention: FilterConvention | None = None,
) -> tf.Tensor:
    r"""Filter a signal by magnitudes that change from frame to frame, without delay.

    Frame m, at sample :math:`mH`, is the filter of zero phase whose impulse response, over
    :math:`|k| < L / 2` for a ``window_size`` of L, is

    .. math::
        h_m[k] = \cos^2\Bigl(\frac{\pi k}{L}\Bigr) \frac{1}{M}
        \sum_{j=-M/2+1}^{M/2} G_m[|j|]\, e^{2 \pi i j k / M}, \qquad M = 2 (\text{bands} - 1);

    at the bands its gain is the magnitudes, smoothed by the spectrum of the window. What two
    frames' filters make of the signal is crossfaded by half a raised cosine; the last frame
    holds. Before and after the signal there is silence.

    As a stream, take ``mode="valid"``: samples :math:`aH` up to :math:`bH` come of frames a to b,
    both included, and of those samples with :math:`\lfloor (L - 1) / 2 \rfloor` more on either
    side.

    ==============  =============================  ============================================
    convention      filters change                 the output is late by
    ==============  =============================  ============================================
    None            in a crossfade of a hop        nothing
    ``"ddsp"``      at once, where a hop goes in   2 samples, or nothing of a ``window_size``
                                                   below M
    ==============  =============================  ============================================

    Args:
        audio: ``[..., time]``, floating point.
        magnitudes: ``[..., frames, bands]``, linear gains, of a known number of bands evenly
            spaced from 0 Hz to the Nyquist frequency; of the dtype of ``audio``. Leading axes
            are broadcast against each other. There may be ``ceil(time / hop_length)`` frames, or
            one more.
        hop_length: samples from one frame to the next, at least 1.
        window_size: length of the window, samples, in [1, M]; None is M (1 of a single band). In
            ``"ddsp"`` 0 is M too, and so is what is longer.
        mode: ``"same"``, or ``"valid"`` where ``audio`` has the samples on either side itself.
        convention: the peer whose arithmetic to follow.

    Returns:
        ``[..., time]``, or in mode ``"valid"`` as many fewer as were given beside.

    Raises:
        ValueError: if an argument is out of its range, or the frames do not fit the signal
            (``InvalidArgumentError`` where that is only known when a graph runs).

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> click = np.eye(1, 8, k=4)[0]
        >>> halves = st.time_varying_fir(click, np.full([1, 5], 0.5), hop_length=8)
        >>> [f"{sample:.1f}" for sample in halves]
        ['0.0', '0.0', '0.0', '0.0', '0.5', '0.0', '0.0', '0.0']

    References:
        Smith, "Spectral audio signal processing", 2011, "Window method for FIR filter design".
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020,
        section 3.4.
    """
    audio, magnitudes = real_tensor("audio", audio), real_tensor("magnitudes", magnitudes)
    same = audio.dtype == magnitudes.dtype
    rule = "audio and magnitudes must be of the same dtype"
    check(same, rule, (audio.dtype.name, magnitudes.dtype.name))
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    settings = _checked(magnitudes, hop_length, window_size, convention)
    valid = one_of("mode", mode, FilterMode) == "valid"
    check(not valid or convention is None, "mode must be 'same' in a convention", mode)
    beside = 2 * settings.margin if valid else 0
    time = audio.shape[-1] if audio.shape.rank is not None else None
    enough = time is None or time >= beside
    check(enough, f"audio must have {beside} samples beside what is wanted in mode 'valid'", time)
    time = tf.shape(audio)[-1] if time is None else time
    check_broadcast(audio=audio.shape[:-1], magnitudes=magnitudes.shape[:-2])
    name = f"the length of audio less {beside}" if valid else "the length of audio"
    hop_length = settings.hop_length
    control_length(time - beside, _frames(magnitudes), hop_length, of="magnitudes", name=name)
    return _filtered_audio(audio, magnitudes, settings=settings, valid=valid)


def filtered_noise(
    magnitudes: Any,
    *,
    hop_length: int,
    seed: Any,
    length: Any = None,
    start: Any = 0,
    window_size: int | None = None,
    distribution: Distribution = "uniform",
    convention: FilterConvention | None = None,
) -> tf.Tensor:
    r"""Shape noise by magnitudes that change from frame to frame.

    :func:`white_noise` of the seed through :func:`time_varying_fir`. There is noise before the
    first sample and after the last too, so that the ends are as loud as the rest. Every signal of
    a batch is another noise.

    A stream needs no memory: samples :math:`aH` up to :math:`bH` are those of the frames a to b,
    both included, with ``start=a * hop_length`` and ``length=(b - a) * hop_length``.

    Args:
        magnitudes: ``[..., frames, bands]``, as in :func:`time_varying_fir`; a frame of ones
            leaves the noise as it is.
        hop_length: samples from one frame to the next, at least 1.
        seed: as in :func:`white_noise`.
        length: samples to give, a number or a scalar tensor; None is ``frames * hop_length``.
            There may be ``ceil(length / hop_length)`` frames, or one more.
        start: the place of the first frame in the noise, as in :func:`white_noise`.
        window_size: as in :func:`time_varying_fir`.
        distribution: of the noise, ``"uniform"`` in [-1, 1] or ``"normal"``.
        convention: as in :func:`time_varying_fir`; in ``"ddsp"`` there is silence before the
            first sample and after the last.

    Returns:
        ``[..., length]``, of the dtype of ``magnitudes``.

    Raises:
        ValueError: as :func:`time_varying_fir` and :func:`white_noise`.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> fading = np.linspace(1.0, 0.0, 101)[:, None] * np.ones(65)
        >>> noise = st.filtered_noise(fading, hop_length=64, seed=0, length=6400)
        >>> [f"{np.std(part):.2f}" for part in np.split(noise, 4)]
        ['0.50', '0.36', '0.22', '0.08']

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020,
        section 3.5. Serra, Smith, "Spectral modeling synthesis", 1990.
    """
    magnitudes = real_tensor("magnitudes", magnitudes)
    settings = _checked(magnitudes, hop_length, window_size, convention)
    one_of("distribution", distribution, Distribution)
    length = control_length(length, _frames(magnitudes), settings.hop_length, of="magnitudes")
    if tf.executing_eagerly():
        length = tf.constant(length, tf.int32)  # a number would be traced anew
    return _filtered(
        magnitudes,
        length,
        seed_key(seed),
        start_place(start),
        settings=settings,
        distribution=distribution,
    )


def _checked(
    magnitudes: tf.Tensor,
    hop_length: int,
    window_size: int | None,
    convention: FilterConvention | None,
) -> Filter:
    rank = magnitudes.shape.rank
    known = rank is not None and rank >= 2 and magnitudes.shape[-1] is not None
    rule = "magnitudes must be [..., frames, bands] of a known number of bands"
    check(known, rule, magnitudes.shape)
    hop_length = integer("hop_length", hop_length, 1)
    return checked_filter(int(magnitudes.shape[-1]), hop_length, window_size, convention)


def _frames(magnitudes: tf.Tensor) -> Any:
    return tf.shape(magnitudes)[-2] if magnitudes.shape[-2] is None else magnitudes.shape[-2]


@compiled
def _filtered_audio(
    audio: tf.Tensor, magnitudes: tf.Tensor, *, settings: Filter, valid: bool
) -> tf.Tensor:
    given, dtype = audio.dtype, working_dtype(audio.dtype)
    audio, magnitudes = same_leading(
        tf.expand_dims(tf.cast(audio, dtype), -1), tf.cast(magnitudes, dtype), keep=2
    )
    audio, unfold = flatten_leading(tf.squeeze(audio, -1), keep=1)
    magnitudes, _ = flatten_leading(magnitudes, keep=2)
    if not valid:
        audio = tf.pad(audio, [[0, 0], [settings.margin, settings.margin]])
    length = sizes(audio)[1] - 2 * settings.margin
    return tf.cast(unfold(_filter(audio, magnitudes, length, settings)), given)


@compiled
def _filtered(
    magnitudes: tf.Tensor,
    length: Any,
    key: tf.Tensor,
    start: tf.Tensor,
    *,
    settings: Filter,
    distribution: Distribution,
) -> tf.Tensor:
    given, dtype = magnitudes.dtype, working_dtype(magnitudes.dtype)
    magnitudes, unfold = flatten_leading(tf.cast(magnitudes, dtype), keep=2)
    margin = settings.margin
    noise = noise_samples(
        key, sizes(magnitudes)[0], start - margin, length + 2 * margin, distribution, dtype
    )
    return tf.cast(unfold(_filter(noise, magnitudes, length, settings)), given)


def _filter(audio: tf.Tensor, magnitudes: tf.Tensor, length: Any, settings: Filter) -> tf.Tensor:
    """Filter ``[batch, margin + length + margin]`` by ``[batch, frames, bands]``."""
    hop_length = settings.hop_length
    segments = segment_count(length, hop_length)
    if settings.convention == "ddsp":
        taps = ddsp_taps(settings)
        responses = by_matrix(magnitudes[:, :segments], taps)
        begin = (taps.shape[1] - 1) // 2 - 1
        filtered = switched(audio, rfft(responses, settings.n_fft), hop_length)
        return filtered[:, begin : begin + length]
    spectra = filter_spectra(held(magnitudes)[:, : segments + 1], settings)
    spectra = tf.complex(spectra, tf.zeros_like(spectra))
    margin = settings.margin
    return crossfaded(audio, spectra, hop_length=hop_length, before=margin, length=length)
