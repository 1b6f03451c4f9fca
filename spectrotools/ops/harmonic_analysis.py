r"""Harmonics of a known fundamental, found in sound by least squares.

The way back of ``oscillators.harmonic_synthesis``: the same frames, at samples 0,
``hop_length``, ``2 * hop_length``, ..., and the same exact phase, whatever the glide.
"""

import functools
import math
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer
from .arguments import check_broadcast, checked_rate, same_leading
from .controls import control_length
from .harmonic_projection import Layout, blocks_of, cut, projected
from .numerics import compiled, custom_gradient, flatten_leading, real_tensor, sizes, working_dtype
from .tiles import tile_rows

__all__ = ["harmonic_amplitudes"]

_NEAREST = 0.25  # of the inverse of half a window, from a harmonic to the Nyquist frequency
_LONGEST = 2**24  # window, samples
_GRAM = 2**21  # entries of normal equations in memory at a time


def harmonic_amplitudes(
    audio: Any,
    f0_hz: Any,
    *,
    sample_rate: float,
    hop_length: int,
    n_harmonics: int,
    fmin: float = 50.0,
    periods: float = 4.0,
    ridge: float = 1e-5,
) -> tf.Tensor:
    r"""Measure the harmonics of a fundamental that is known.

    At every frame, the complex :math:`c_k` and an offset :math:`o` that minimise

    .. math::
        \sum_t w(t) \Bigl(x(t) - o - \sum_{k=1}^{K} \mathrm{Im}\,c_k e^{i k \varphi(t)}\Bigr)^2,
        \qquad \varphi(t) = 2 \pi \int_0^t f_0

    where the phase is the one of :func:`harmonic_synthesis`, so that of its sound the amplitudes
    come back real: :math:`|c_k|` is the amplitude of a harmonic, :math:`\arg c_k` how far it is
    ahead. The window :math:`w` is Hann's, of ``periods`` periods of the frame's fundamental, or
    of two hops where these are longer. It ends where the sound ends, and where the pitch does:
    what is left of it is solved as exactly.

    Args:
        audio: ``[..., time]``. A sample that is not finite spoils the frames whose windows hold
            it, and no others.
        f0_hz: fundamental frequency, Hz, ``[..., frames]``, linear from frame to frame; there are
            ``ceil(time / hop_length)`` frames, or one more. NaN, 0 and what is below ``fmin``
            say that there is no pitch.
        sample_rate: Hz, above 0.
        hop_length: samples from one frame to the next, at least 1.
        n_harmonics: at least 1.
        fmin: the lowest fundamental, Hz, above 0 and below half the sample rate: the longest
            window is of its periods, and of at most 2**24 samples.
        periods: of the fundamental in a window, at least 2. Fewer follow the sound faster, more
            keep noise and other tones out better.
        ridge: what is added to the normal equations, in units of the window's sum, above 0: it
            takes twice as much off every amplitude, and keeps them small where a window holds
            too little to tell the harmonics apart.

    Returns:
        complex amplitudes, ``[..., frames, n_harmonics]``; 0 where there is no pitch, and for
        harmonics above the Nyquist frequency, or nearer below it than a quarter of the inverse of
        half the window, in seconds (``f0_hz / (2 * periods)``, but of two hops
        ``sample_rate / (4 * hop_length)``): there a sine is no longer told from a cosine, and
        what is found would be mostly noise. The others are free of them nevertheless.

    Raises:
        ValueError: if the frames do not fit the samples, or a setting is out of range.

    Gradient:
        by ``audio``, in which the result is linear. The fundamental is taken as it is.

    Example:
        >>> import spectrotools as st
        >>> f0, loudness, timbre = [100.0] * 6, [1.0] * 6, [[0.8, 0.2]] * 6
        >>> grid = {"sample_rate": 8000, "hop_length": 80}
        >>> tone = st.harmonic_synthesis(f0, loudness, timbre, **grid)
        >>> amplitudes = abs(st.harmonic_amplitudes(tone, f0, n_harmonics=3, **grid))
        >>> [f"{amplitude:.3f}" for amplitude in amplitudes[2]]
        ['0.800', '0.200', '0.000']

    References:
        Stylianou, "Harmonic plus noise models for speech, combined with statistical methods, for
        speech and speaker modification", 1996, section 3.2. Laroche, Stylianou, Moulines, "HNM: a
        simple, efficient harmonic + noise model for speech", 1993.
    """
    audio, f0_hz = real_tensor("audio", audio), real_tensor("f0_hz", f0_hz)
    check(0 < ridge < math.inf, "ridge must be above 0 and finite", ridge)
    layout = _checked(sample_rate, hop_length, n_harmonics, fmin, periods)
    time, frames = _last_size("audio", audio, "time"), _last_size("f0_hz", f0_hz, "frames")
    check_broadcast(audio=audio.shape[:-1], f0_hz=f0_hz.shape[:-1])
    control_length(time, frames, layout.hop_length, of="f0_hz", name="the length of audio")
    return _amplitudes(audio, f0_hz, layout=layout, ridge=float(ridge))


def _checked(
    sample_rate: float, hop_length: int, n_harmonics: int, fmin: float, periods: float
) -> Layout:
    rate = checked_rate(sample_rate)
    check(0 < fmin < 0.5 * rate, f"fmin must be above 0 Hz and below {0.5 * rate:g} Hz", fmin)
    check(2 <= periods < math.inf, "periods must be at least 2 and finite", periods)
    longest = periods * rate / fmin
    check(longest <= _LONGEST, "periods of fmin must be at most 2**24 samples", longest)
    hop_length = integer("hop_length", hop_length, 1)
    n_harmonics = integer("n_harmonics", n_harmonics, 1)
    return Layout(rate, hop_length, n_harmonics, float(fmin), float(periods))


def _last_size(name: str, tensor: tf.Tensor, axis: str) -> Any:
    check(tensor.shape.rank != 0, f"{name} must have a {axis} axis", tensor)
    known = tensor.shape[-1] if tensor.shape.rank else None
    return tf.shape(tensor)[-1] if known is None else known


@compiled
def _amplitudes(audio: tf.Tensor, f0_hz: tf.Tensor, *, layout: Layout, ridge: float) -> tf.Tensor:
    dtype = working_dtype(audio.dtype)
    precise = tf.stop_gradient(tf.cast(f0_hz, working_dtype(f0_hz.dtype)))
    audio, precise = same_leading(tf.cast(audio, dtype), precise, keep=1)
    audio, _ = flatten_leading(audio, keep=1)
    precise, unfold = flatten_leading(precise, keep=1)
    batch, frames = sizes(precise)
    blocks = blocks_of(precise, sizes(audio)[1], layout, dtype)
    pieces = cut(audio, frames, layout)
    sums = projected(pieces, blocks, layout)
    rows = sizes(pieces)[0] * layout.frames
    sums = tf.reshape(sums, [rows, 3, layout.unknowns])
    f0_rows = tf.reshape(blocks.f0_hz, [rows])
    voiced = tf.reshape(blocks.frame_runs, [rows]) > 0
    solved = _solved(sums, f0_rows, voiced, layout, ridge)
    cosines, sines = solved[:, 1 : layout.n_harmonics + 1], solved[:, layout.n_harmonics + 1 :]
    whole = layout.blocks(frames) * layout.frames
    made = tf.reshape(tf.complex(sines, cosines), [batch, whole, layout.n_harmonics])
    return unfold(made[:, :frames])


def _solved(
    sums: tf.Tensor, f0_hz: tf.Tensor, voiced: tf.Tensor, layout: Layout, ridge: float
) -> tf.Tensor:
    """Solve the normal equations of every frame, ``[rows, unknowns]``, in float64."""
    heard, moments = sums[:, 0], tf.stop_gradient(sums[:, 1:])
    harmonic = np.abs(_harmonic_numbers(layout.n_harmonics))
    speed = f0_hz[:, None] * tf.constant(harmonic, f0_hz.dtype)
    kept = voiced[:, None] & (speed < 0.5 * layout.sample_rate)
    half = layout.half_width(f0_hz)
    steady = tf.cast(half, tf.float64)  # the sum of a whole window
    solved = _symmetric(heard, moments, kept, steady, ridge)
    # A sine at the Nyquist frequency is silence: so near to it that half the window is less than
    # a quarter of their beat, noise would be all there is. It is solved for the others' sake.
    told = speed <= (0.5 - _NEAREST / half[:, None]) * layout.sample_rate
    return tf.where(told, solved, tf.zeros_like(solved))


def _symmetric(
    heard: tf.Tensor, moments: tf.Tensor, kept: tf.Tensor, steady: tf.Tensor, ridge: float
) -> tf.Tensor:
    """The product with the inverse of a symmetric matrix, which is its own gradient."""
    tile = tile_rows(heard.shape[-1] ** 2, _GRAM)
    moments, kept, steady = map(tf.identity, (moments, kept, steady))  # as in _here

    @custom_gradient
    def solved(heard: tf.Tensor) -> tuple:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return _symmetric(upstream, moments, kept, steady, ridge)

        parts = heard, moments, kept, steady
        return _by_tiles(functools.partial(_solve, ridge=ridge), parts, tile), gradient

    return solved(heard)


def _by_tiles(kernel: Any, parts: tuple, tile: int) -> tf.Tensor:
    """Apply a function to a few rows at a time."""
    rows = sizes(parts[0])[0]
    if isinstance(rows, int) and rows <= tile:
        return kernel(parts)
    ends = -rows % tile
    tiles = [
        tf.reshape(
            tf.pad(part, [[0, ends], *[[0, 0]] * (part.shape.rank - 1)]),
            [-1, tile, *part.shape[1:]],
        )
        for part in parts
    ]
    spec = tf.TensorSpec([tile, *parts[0].shape[1:]], parts[0].dtype)
    done = tf.map_fn(kernel, tuple(tiles), fn_output_signature=spec, parallel_iterations=1)
    return tf.reshape(done, [-1, *parts[0].shape[1:]])[:rows]


def _harmonic_numbers(n_harmonics: int) -> np.ndarray:
    """Of the unknowns: the offset, the cosines, and the sines, which have a minus."""
    k = np.arange(1, n_harmonics + 1)
    return np.concatenate([[0], k, -k])


def _solve(parts: tuple, *, ridge: float) -> tf.Tensor:
    heard, moments, kept, steady = parts
    gram = _gram(tf.cast(moments, tf.float64), (heard.shape[-1] - 1) // 2)
    steady = steady[:, None] + tf.zeros_like(gram[:, 0])
    gram = tf.where(kept[:, None] & kept[..., None], gram, tf.zeros_like(gram))
    gram = tf.linalg.set_diag(
        gram, tf.linalg.diag_part(gram) + tf.where(kept, ridge * steady, 1.0 + steady)
    )
    target = tf.where(kept, tf.cast(heard, tf.float64), tf.zeros_like(steady))
    result = tf.linalg.cholesky_solve(tf.linalg.cholesky(gram), target[..., None])[..., 0]
    return tf.cast(tf.where(kept, result, tf.zeros_like(result)), heard.dtype)


def _gram(moments: tf.Tensor, n_harmonics: int) -> tf.Tensor:
    r"""The products of all pairs of waves, from the moments of the window.

    As :math:`2 \cos a \cos b = \cos(a - b) + \cos(a + b)`, and likewise with sines, they are
    sums of a Toeplitz and a Hankel matrix.
    """
    few = np.arange(n_harmonics + 1)
    apart, both = few[:, None] - few, few[:, None] + few
    cosine, sine = moments[:, 0], moments[:, 1]
    near, far = (tf.gather(cosine, index, axis=1) for index in (np.abs(apart), both))
    ahead = tf.gather(sine, np.abs(apart), axis=1) * np.sign(apart)
    across = 0.5 * (tf.gather(sine, both, axis=1) + ahead)[:, 1:]  # sines by cosines
    cosines, sines = 0.5 * (near + far), 0.5 * (near - far)[:, 1:, 1:]
    upper = tf.concat([cosines, tf.linalg.matrix_transpose(across)], axis=2)
    return tf.concat([upper, tf.concat([across, sines], axis=2)], axis=1)
