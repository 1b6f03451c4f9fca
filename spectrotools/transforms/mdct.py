"""The modified discrete cosine transform."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer
from ..ops.lapped import (
    LappedWindow,
    framed_imdct,
    framed_mdct,
    lapped_window,
    plain_lapped_window,
)
from .framed import Length
from .lapped import Lapped

__all__ = ["MDCT"]

_LARGEST = 2**24


@dataclasses.dataclass(frozen=True, kw_only=True)
class MDCT(Lapped):
    r"""A modified discrete cosine transform: as many real numbers as samples, and no loss.

    Frame t is centred on sample :math:`tM`, with :math:`M` half of ``win_length``, and

    .. math::
        X[t, k] = \sqrt{\frac{2}{M}} \sum_{n=0}^{2M-1} w[n]\, x[(t - 1) M + n]
        \cos\Bigl(\frac{\pi}{M} \bigl(n + \tfrac12 + \tfrac M2\bigr) \bigl(k + \tfrac12\bigr)\Bigr)

    for :math:`k = 0, \dots, M - 1`, whose middles are ``frequencies(sample_rate)``. What a frame
    folds over, the next one folds with the other sign, so that it cancels where they overlap.
    The transform is orthonormal: coefficients have the energy of the signal, and the inverse is
    the transpose. Sums are in float64, so that float32 is rounded once each way.

    A window holds :math:`w^2[n] + w^2[n + M] = 1`:

    ====================================  =====================================================
    ``window``
    ====================================  =====================================================
    ``"sine"``                            :math:`\sin(\pi (n + 1/2) / 2M)`: most coding gain
    ``"vorbis"``                          :math:`\sin(\tfrac\pi2 \sin^2(\pi (n + 1/2) / 2M))`
    ``("kaiser_bessel_derived", beta)``   SciPy's, whose beta is :math:`\pi \alpha`; AAC has
                                          :math:`\alpha` = 4 for long windows
    ====================================  =====================================================

    Args:
        win_length: length of the window, samples, a multiple of 4 in [4, 2**24].
        window: which one (see the table).

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> mdct = st.MDCT(win_length=2048)
        >>> audio = tf.random.stateless_normal([2, 16000], seed=(0, 1))
        >>> coefficients = mdct(audio)
        >>> tuple(coefficients.shape)
        (2, 17, 1024)
        >>> restored = mdct.inverse(coefficients, length=16000)
        >>> bool(tf.reduce_max(tf.abs(restored - audio)) < 1e-6)
        True

    References:
        Princen and Bradley, "Analysis/synthesis filter bank design based on time domain aliasing
        cancellation", IEEE TASSP 34(5), 1986. Malvar, "Lapped transforms for efficient
        transform/subband coding", IEEE TASSP 38(6), 1990.
    """

    win_length: int
    window: LappedWindow = "sine"

    def __post_init__(self) -> None:
        win_length = integer("win_length", self.win_length, 4, _LARGEST)
        check(win_length % 4 == 0, "win_length must be a multiple of 4", win_length)
        object.__setattr__(self, "win_length", win_length)
        object.__setattr__(self, "window", plain_lapped_window(self.window))

    @property
    def window_samples(self) -> np.ndarray:
        """The window, float64 ``[win_length]``."""
        return lapped_window(self.window, self.win_length)

    @property
    def hop_length(self) -> int:
        """Samples from frame to frame, and bins of each: ``win_length // 2``."""
        return self.win_length // 2

    @property
    def frame_length(self) -> int:
        """Samples that a frame sees: ``win_length``."""
        return self.win_length

    @property
    def delay(self) -> int:
        """Samples by which the first frame starts before the signal does."""
        return self.hop_length

    @property
    def surplus(self) -> int:
        """Samples beyond ``(frames - 1) * hop_length`` of the shortest signal, below 1."""
        return 1 - self.hop_length

    def inverse(self, coefficients: Any, *, length: Length | None = None) -> tf.Tensor:
        """Synthesise the signal that has these coefficients.

        Args:
            coefficients: ``[..., frames, win_length // 2]``, floating point.
            length: samples of the signal, whose frames these must be: a number, or an integer
                tensor (checked in a graph too, but not under XLA). None is
                ``(frames - 1) * hop_length``.

        Returns:
            ``[..., length]``, of the dtype of ``coefficients``.

        Raises:
            ValueError: if ``coefficients`` do not fit this transform, or ``length`` the frames
                (``InvalidArgumentError`` where that is only known when a graph runs).
        """
        return self._synthesised(coefficients, length)

    def analysed(self, audio: tf.Tensor) -> tf.Tensor:
        """The coefficients of all whole frames of ``[batch, time]``."""
        precise = tf.cast(audio, tf.float64)
        return tf.cast(framed_mdct(precise, self.window_samples), audio.dtype)

    def overlapped(self, coefficients: tf.Tensor) -> tf.Tensor:
        """The frames of coefficients, added where they overlap: ``[batch, rows * hop_length]``."""
        precise = tf.cast(coefficients, tf.float64)
        return tf.cast(framed_imdct(precise, self.window_samples), coefficients.dtype)
