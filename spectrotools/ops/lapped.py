r"""The modified discrete cosine transform of every frame of a signal, and its transpose.

A windowed frame of :math:`2M` samples, of quarters :math:`(a, b, c, d)`, folds to
:math:`(-c_r - d,\; a - b_r)`, r for reversed; its transform is the DCT-IV of that, which is its
own inverse. The DCT-IV of M is one complex Fourier transform of :math:`M / 2`: even samples are
real parts, odd ones from the end imaginary parts, and both sides are turned by
:math:`e^{-i \pi (8n + 1) / 8M}`.

Like those of ``fourier``, the two functions are transposes, so that each is the other's gradient.
"""

import functools
from typing import Any, Literal, get_args

import numpy as np
import scipy.signal
import tensorflow as tf

from .._validate import check, number
from .fft import fft
from .framing import fit_length, frame_count
from .numerics import complex_dtype, custom_gradient, sizes

__all__ = ["LappedWindow", "framed_imdct", "framed_mdct", "lapped_window", "plain_lapped_window"]

LappedWindow = Literal["sine", "vorbis"] | tuple[Literal["kaiser_bessel_derived"], float]

_NAMED = Literal["sine", "vorbis"]
_DERIVED: Literal["kaiser_bessel_derived"] = "kaiser_bessel_derived"


def plain_lapped_window(window: Any) -> LappedWindow:
    """A window's name, with its parameter where it has one, checked, as what hashes."""
    if window in get_args(_NAMED):
        return window
    rule = f"window must be 'sine', 'vorbis' or ('{_DERIVED}', beta)"
    pair = isinstance(window, (tuple, list)) and len(window) == 2 and window[0] == _DERIVED
    check(pair, rule, window)
    return (_DERIVED, number(f"beta of {_DERIVED}", window[1], 0.0, 700.0))


@functools.lru_cache(maxsize=64)
def lapped_window(window: LappedWindow, win_length: int) -> np.ndarray:
    r"""A symmetric window of :math:`w^2[n] + w^2[n + M] = 1`, float64 ``[win_length = 2 M]``."""
    if isinstance(window, tuple):
        samples = scipy.signal.windows.kaiser_bessel_derived(win_length, window[1])
    else:
        samples = np.sin(np.pi / win_length * (np.arange(win_length) + 0.5))
        if window == "vorbis":
            samples = np.sin(np.pi / 2 * samples**2)
    samples.setflags(write=False)
    return samples


def framed_mdct(audio: tf.Tensor, window: np.ndarray) -> tf.Tensor:
    """Transform every whole frame of a signal, half a window apart.

    Args:
        audio: ``[batch, time]``, float32 or float64.
        window: ``[2 * bins]`` weights, ``bins`` even.

    Returns:
        ``[batch, frames, bins]``, ``frames = time // bins - 1``.
    """
    bins = len(window) // 2

    @custom_gradient
    def transform(audio: tf.Tensor) -> tuple:
        batch, time = sizes(audio)
        frames = frame_count(time, 2 * bins, bins)
        rows = tf.reshape(fit_length(audio, (frames + 1) * bins), [batch, frames + 1, bins])
        coefficients = _dct_iv(_folded(rows, window))

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return fit_length(framed_imdct(upstream, window), sizes(audio)[1])

        return coefficients, gradient

    return transform(audio)


def framed_imdct(coefficients: tf.Tensor, window: np.ndarray) -> tf.Tensor:
    """Overlap-add the inverse transforms of all frames, weighted by a window.

    Args:
        coefficients: ``[batch, frames, bins]``, float32 or float64.
        window: ``[2 * bins]`` weights, ``bins`` even.

    Returns:
        ``[batch, (frames + 1) * bins]``.
    """
    bins = len(window) // 2

    @custom_gradient
    def transform(coefficients: tf.Tensor) -> tuple:
        # In here, for outside it has no forward mode.
        coefficients = tf.ensure_shape(coefficients, [None, None, bins])
        batch, frames, _ = sizes(coefficients)
        early, late = _unfolded(_dct_iv(coefficients), window)
        rows = tf.pad(early, [[0, 0], [0, 1], [0, 0]]) + tf.pad(late, [[0, 0], [1, 0], [0, 0]])
        audio = tf.reshape(rows, [batch, (frames + 1) * bins])
        return audio, lambda upstream: framed_mdct(upstream, window)

    return transform(coefficients)


def _folded(rows: tf.Tensor, window: np.ndarray) -> tf.Tensor:
    """What a transform sees of its frames, each of one row and the next."""
    backward, half = _reversed(rows), len(window) // 4
    first, second, third, fourth = (tf.constant(w, rows.dtype) for w in np.split(window, 4))
    a, b = rows[:, :-1, :half] * first, backward[:, :-1, :half] * second[::-1]
    c, d = backward[:, 1:, half:] * third[::-1], rows[:, 1:, half:] * fourth
    return tf.concat([-c - d, a - b], axis=-1)


def _unfolded(folded: tf.Tensor, window: np.ndarray) -> tuple[tf.Tensor, tf.Tensor]:
    """The transpose: the two rows of every frame."""
    backward, half = _reversed(folded), len(window) // 4
    early, late = (tf.constant(w, folded.dtype) for w in np.split(window, 2))
    return (
        early * tf.concat([folded[..., half:], -backward[..., :half]], axis=-1),
        -late * tf.concat([backward[..., half:], folded[..., :half]], axis=-1),
    )


def _reversed(values: tf.Tensor) -> tf.Tensor:
    """The values of the last axis from its end; of more than two axes TensorFlow takes long."""
    flat = tf.reverse(tf.reshape(values, [-1, values.shape[-1]]), [-1])
    return tf.reshape(flat, sizes(values))


def _dct_iv(values: tf.Tensor) -> tf.Tensor:
    """The orthonormal DCT-IV of the last axis, of a known even size."""
    size = values.shape[-1]
    twiddle = tf.constant(_twiddle(size), complex_dtype(values.dtype))
    pairs = tf.reshape(values, [*sizes(values)[:-1], size // 2, 2])
    turned = tf.complex(pairs[..., 0], _reversed(pairs[..., 1])) * twiddle
    spectrum = fft(turned) * twiddle
    parts = [tf.math.real(spectrum), -_reversed(tf.math.imag(spectrum))]
    # A transposition interleaves them faster than a stack on the last axis.
    columns = tf.reshape(tf.stack(parts, axis=-2), [-1, 2, size // 2])
    return tf.reshape(tf.transpose(columns, [0, 2, 1]), sizes(values))


@functools.lru_cache(maxsize=64)
def _twiddle(size: int) -> np.ndarray:
    turns = (8 * np.arange(size // 2) + 1) / (16 * size)
    return (2 / size) ** 0.25 * np.exp(-2j * np.pi * turns)
