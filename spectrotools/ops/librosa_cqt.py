r"""The constant-Q and variable-Q transforms of librosa, without its shortcuts.

librosa halves the rate of the signal from octave to octave, so that short frames do for the long
wavelets too. Of the spectra of these wavelets it leaves out the weakest bins. Here its wavelets
meet the signal at the full rate: bin k of a frame at a lower rate is bin k of a frame that lasts
as long at any rate. The octaves are taken in one of two ways, which differ in speed only:

* short frames are multiplied with the wavelets, a hop at a time;
* long ones in the frequency domain, in blocks of M hops H. Only every H-th sample is wanted of a
  band, and so its bins k + jM, which alias onto each other, are summed before the inverse
  transform of M points:

  .. math::
      y[t] = \frac{1}{M} \sum_{m<M} e^{2\pi i t m / M} \sum_j \frac{1}{H} G[m + jM]\, X[m + jM].

  The sum over j is a product of matrices, over the bins where G is not below rounding.
"""

import functools
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .fft import ifft
from .fourier import framed_rfft
from .framing import PadMode, fit_length, overlap_add, pad
from .librosa_wavelets import Octave, Settings, check_fits, octaves
from .numerics import compiled, custom_gradient, flatten_leading, real_tensor, sizes, working_dtype
from .windows import Window, plain_window

__all__ = ["librosa_cqt"]

_C1 = 440.0 * 2.0 ** (-45 / 12)  # Hz
_DIRECT_HOPS = 2.5  # longer frames cost less in the frequency domain
_BLOCK = 2  # of the longest frames at least, in a block
_SHARED = 16  # times longer than the shortest frames in a block may the longest ones be


class _Folds(NamedTuple):
    """The bins of a block, in folds of M, that an octave hears."""

    first: int
    weights: np.ndarray  # complex [M, folds, bands]


class _Blocks(NamedTuple):
    """Octaves that are taken from the spectrum of blocks."""

    left: int  # samples from the first one to the middle of the first frame
    size: int  # samples
    frames: int  # that a block gives
    octaves: list[_Folds]


def librosa_cqt(
    audio: tf.Tensor,
    *,
    sample_rate: float,
    hop_length: int = 512,
    fmin: float = _C1,
    n_bins: int = 84,
    bins_per_octave: int = 12,
    gamma: float | None = 0.0,
    filter_scale: float = 1.0,
    norm: float | None = 1,
    window: Window = "hann",
    scale: bool = True,
    pad_mode: PadMode = "constant",
    tuning: float = 0.0,
) -> tf.Tensor:
    r"""Compute librosa's constant-Q transform, for what was trained on its features.

    Band b, at :math:`f_b = f_{min} 2^{b / B}` with B ``bins_per_octave``, is the signal around
    sample :math:`tH` seen through a window of

    .. math::
        L_b = \frac{Q f_s}{f_b + \gamma / \alpha}, \qquad Q = \frac{s}{\alpha}, \qquad
        \alpha = \frac{2^{2/B} - 1}{2^{2/B} + 1}

    samples (s ``filter_scale``). librosa takes the octave of the band at :math:`1/r` of the rate,
    with wavelets :math:`w[n]`, the window times :math:`e^{2\pi i r f_b n / f_s}` over its norm,
    in frames of N samples. With the spectrum W of w and that of the frame, :math:`X_t`, of
    :math:`rN` samples at the full rate,

    .. math:: C[t, b] = \frac{\sqrt{L_b}}{r N} \sum_{k=0}^{N/2} W[k]\, X_t[k].

    This is the limit of librosa for ``sparsity=0`` and a perfect resampler, and 100 dB and more
    from ``librosa.cqt(..., sparsity=0)`` away from the ends of the signal (50 dB of
    variable-Q bands so wide that they end at a lowered rate's Nyquist). From
    librosa's default it is some 43 dB, which is what ``sparsity=0.01`` costs. At the ends librosa
    cuts off what its resamplers ring, which can be several percent of a signal that starts at
    once. Where librosa begins by lowering the rate of the whole signal (of few and low bands) it
    may count one frame more.

    Args:
        audio: ``[..., time]``, floating point.
        sample_rate: Hz.
        hop_length: samples from frame to frame, at least 1. As often as 2 divides it, librosa
            halves the rate, and its wavelets become coarser.
        fmin: centre of the lowest band, Hz, above 0; the default is C1.
        n_bins: bands, at least 1, all of them below ``sample_rate / 2``.
        bins_per_octave: bands an octave, at least 1.
        gamma: Hz, at least 0. 0 is ``librosa.cqt``, another number ``librosa.vqt``, and None its
            default, :math:`24.7 \alpha / 0.108`, after the ear's bandwidths.
        filter_scale: above 0; below 1 windows are shorter and bands wider.
        norm: of each wavelet, 1, 2 or inf; None leaves the window's peak at 1.
        window: a name or tuple that ``scipy.signal.get_window`` knows.
        scale: False multiplies by :math:`L_b` instead of its root.
        pad_mode: how the signal goes on beyond its ends, as in ``numpy.pad``.
        tuning: bands by which all are raised, a fraction. librosa's None, which estimates it, is
            not offered: take ``librosa.estimate_tuning``.

    Returns:
        ``[..., 1 + time // hop_length, n_bins]``, complex64, or complex128 of float64: librosa's,
        transposed.

    Raises:
        ValueError: if an argument is out of its range, or a band ends above ``sample_rate / 2``.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
        >>> bands = st.librosa_cqt(tone, sample_rate=22050)
        >>> bands.shape, int(np.argmax(abs(bands[20])))  # A4 is 45 semitones above C1
        (TensorShape([44, 84]), 45)

    References:
        Brown, "Calculation of a constant Q spectral transform", JASA 89(1), 1991. Schörkhuber and
        Klapuri, "Constant-Q transform toolbox for music processing", SMC 2010. librosa 0.11,
        ``librosa.cqt`` and ``librosa.vqt``.
    """
    check(sample_rate > 0, "sample_rate must be above 0 Hz", sample_rate)
    check(fmin > 0, "fmin must be above 0 Hz", fmin)
    check(gamma is None or gamma >= 0, "gamma must be None or at least 0 Hz", gamma)
    check(filter_scale > 0, "filter_scale must be above 0", filter_scale)
    bins_per_octave = integer("bins_per_octave", bins_per_octave, 1)
    rule = "norm must be one of 1, 2, inf and None"
    check(norm is None or norm in (1, 2, np.inf), rule, norm)
    settings = Settings(
        sample_rate=float(sample_rate),
        hop_length=integer("hop_length", hop_length, 1),
        fmin=float(fmin * 2.0 ** (tuning / bins_per_octave)),
        n_bins=integer("n_bins", n_bins, 1),
        bins_per_octave=bins_per_octave,
        gamma=None if gamma is None else float(gamma),
        filter_scale=float(filter_scale),
        norm=None if norm is None else float(norm),
        window=plain_window(window),
        scale=bool(scale),
    )
    one_of("pad_mode", pad_mode, PadMode)
    check_fits(settings)
    return _transform(real_tensor("audio", audio), settings=settings, pad_mode=pad_mode)


@functools.lru_cache(maxsize=4)
def _plan(settings: Settings, eps: float) -> tuple[Octave | _Blocks, ...]:
    """The bands from the lowest up, in groups of one way."""
    short = _DIRECT_HOPS * settings.hop_length
    # A Hann window's spectrum falls to the rounding of float32 within 150 bins, but never to that
    # of float64, where a block made for long frames would hold as much of the short ones.
    shared = _SHARED if eps > 1e-10 else 1
    groups: list[list[Octave]] = []
    for octave in octaves(settings):
        if octave.size > short and groups and octave.size * shared >= groups[-1][0].size:
            groups[-1].append(octave)
        else:
            groups.append([octave])
    blocks = functools.partial(_blocks, hop_length=settings.hop_length, eps=eps)
    return tuple(blocks(group) if group[0].size > short else group[0] for group in groups)


def _blocks(octaves: list[Octave], hop_length: int, eps: float) -> _Blocks:
    longest = octaves[0].size
    hops = 1 << int(np.ceil(np.log2(_BLOCK * longest / hop_length)))
    size = hops * hop_length
    folds = [_folds(octave, longest // 2, hops, hop_length, eps) for octave in octaves]
    return _Blocks(longest // 2, size, (size - longest) // hop_length + 1, folds)


def _folds(octave: Octave, left: int, hops: int, hop_length: int, eps: float) -> _Folds:
    size, bands = hops * hop_length, len(octave.spectra)

    def spectrum(band: int) -> np.ndarray:
        return np.fft.ifft(octave.kernels(band), size, norm="forward")

    first, stop = _heard(np.stack([spectrum(0), spectrum(bands - 1)]), hops, eps)
    bins = np.arange(first * hops, stop * hops)
    shift = np.exp(2j * np.pi / size * (bins * (left - octave.size // 2) % size)) / hop_length
    weights = np.empty((hops, stop - first, bands), np.complex128)
    for band in range(bands):
        weights[:, :, band] = (spectrum(band)[bins % size] * shift).reshape(-1, hops).T
    return _Folds(first, weights)


def _heard(spectra: np.ndarray, hops: int, eps: float) -> tuple[int, int]:
    """The folds, first and past the last, outside of which spectra are below rounding."""
    size = spectra.shape[1]
    level = np.abs(np.fft.fftshift(spectra, axes=1))
    heard = np.flatnonzero(np.any(level > eps * level.max(axis=1, keepdims=True), axis=0))
    first, stop = int(heard[0] - size // 2) // hops, int(heard[-1] - size // 2) // hops + 1
    folds = size // hops
    if stop - first >= folds or 2 * first < -folds:
        first, stop = -(folds // 2), folds - folds // 2
    return first, stop


@compiled
def _transform(audio: tf.Tensor, *, settings: Settings, pad_mode: PadMode) -> tf.Tensor:
    dtype = working_dtype(audio.dtype)
    audio, unfold = flatten_leading(tf.cast(audio, dtype), keep=1)
    hop_length = settings.hop_length
    frames = 1 + sizes(audio)[1] // hop_length
    plan = _plan(settings, float(np.finfo(dtype.as_numpy_dtype).eps))
    margins = [g.size // 2 if isinstance(g, Octave) else g.left for g in plan]
    padded = pad(audio, max(margins), max(margins), pad_mode)
    bands = []
    for group, margin in zip(plan, margins, strict=True):
        part = padded[:, max(margins) - margin :]
        if isinstance(group, Octave):
            bands.append(_by_rows(part, group, frames, hop_length))
        else:
            bands.append(_by_blocks(part, group, frames, hop_length))
    return unfold(tf.concat(bands, axis=-1))


def _complex(parts: tf.Tensor) -> tf.Tensor:
    real, imaginary = tf.split(parts, 2, axis=-1)
    return tf.complex(real, imaginary)


def _by_rows(audio: tf.Tensor, group: Octave, frames: Any, hop_length: int) -> tf.Tensor:
    """``[batch, time]`` to ``[batch, frames, bands]``."""
    batch, time = sizes(audio)
    kernels = group.kernels()
    weights = np.concatenate([kernels.real, kernels.imag])
    count = -(-group.size // hop_length)

    @custom_gradient
    def correlate(audio: tf.Tensor) -> tuple:
        rows = fit_length(audio, (frames + count - 1) * hop_length)
        rows = tf.reshape(rows, [batch, frames + count - 1, hop_length])
        products = []
        for j in range(count):
            part = tf.constant(weights.T[j * hop_length : (j + 1) * hop_length], audio.dtype)
            used = tf.reshape(rows[:, j : j + frames, : part.shape[0]], [-1, part.shape[0]])
            products.append(tf.matmul(used, part))
        bands = tf.reshape(_complex(tf.add_n(products)), [batch, frames, len(kernels)])

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            parts = tf.concat([tf.math.real(upstream), tf.math.imag(upstream)], axis=-1)
            parts = tf.reshape(parts, [-1, len(weights)])
            seen = tf.matmul(parts, tf.constant(weights, audio.dtype))
            seen = tf.reshape(seen, [batch, frames, group.size])
            return fit_length(overlap_add(seen, np.ones(group.size), hop_length), time)

        return bands, gradient

    return correlate(audio)


def _by_blocks(audio: tf.Tensor, group: _Blocks, frames: Any, hop_length: int) -> tf.Tensor:
    """``[batch, time]`` to ``[batch, frames, bands]``."""
    batch = sizes(audio)[0]
    step, hops = group.frames * hop_length, group.size // hop_length
    count = -(-frames // group.frames)
    audio = fit_length(audio, (count - 1) * step + group.size)
    spectra = framed_rfft(audio, np.ones(group.size), step)
    spectra = tf.reshape(spectra, [batch * count, group.size // 2 + 1])
    lowest = min(octave.first for octave in group.octaves)
    highest = max(octave.first + octave.weights.shape[1] for octave in group.octaves)
    heard = _circular(spectra, lowest * hops, highest * hops)
    products = []
    for octave in group.octaves:
        start = octave.first - lowest
        products.append(_product(heard[:, start * hops :], octave.weights))
    series = ifft(tf.transpose(tf.concat(products, axis=-1), [1, 2, 0]))
    bands = tf.transpose(series[:, :, : group.frames], [0, 2, 1])
    return tf.reshape(bands, [batch, count * group.frames, bands.shape[-1]])[:, :frames]


def _circular(spectra: tf.Tensor, low: int, high: int) -> tf.Tensor:
    """The bins in [low, high) of real signals of even size, also below 0 and past Nyquist."""
    nyquist = spectra.shape[1] - 1
    spectra = spectra[:, : max(high, 1 - low)]  # so that gradients are padded but once
    parts = [spectra[:, max(low, 0) : min(high, nyquist + 1)]]
    if low < 0:
        parts.insert(0, tf.math.conj(tf.reverse(spectra[:, 1 : 1 - low], [1])))
    if high > nyquist + 1:
        parts.append(tf.math.conj(tf.reverse(spectra[:, 2 * nyquist + 1 - high : nyquist], [1])))
    return tf.concat(parts, axis=1)


def _product(bins: tf.Tensor, weights: np.ndarray) -> tf.Tensor:
    """``[blocks, bins]`` to ``[M, blocks, bands]``, by one product of real matrices for speed."""
    hops, folds, _ = weights.shape
    folded = tf.reshape(bins[:, : folds * hops], [-1, folds, hops])
    parts = tf.concat([tf.math.real(folded), tf.math.imag(folded)], axis=0)
    constant = tf.constant(np.concatenate([weights.real, weights.imag], axis=2), parts.dtype)
    products = tf.matmul(tf.transpose(parts, [2, 0, 1]), constant)
    of_real, of_imaginary = tf.split(products, 2, axis=1)
    (rr, ri), (ir, ii) = (tf.split(part, 2, axis=2) for part in (of_real, of_imaginary))
    return tf.complex(rr - ii, ri + ir)
