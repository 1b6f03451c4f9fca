"""A bank of filters modulated by cosines, each band at its own lower rate."""

import dataclasses
import functools
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number, one_of
from ..ops.cosine_modulation import (
    framed_bands,
    group_matrices,
    overlapped_bands,
)
from ..ops.prototypes import kaiser_prototype, perfect_prototype
from . import streaming
from .framed import Length
from .lapped import Lapped

__all__ = ["PQMF"]

Reconstruction = Literal["near", "perfect"]
PQMFConvention = Literal["parallel_wavegan"]

_MOST_BANDS, _HIGHEST = 64, 2**11  # the constants grow with the square of the order
_PUBLISHED = 4, 62, 0.142  # bands, order and cutoff of multi-band vocoders


@dataclasses.dataclass(frozen=True, kw_only=True)
class PQMF(Lapped):
    r"""A pseudo quadrature mirror filter bank: a signal as bands of its spectrum, and back.

    Each of the :math:`M` bands is as wide as the next, and sampled at an :math:`M`-th of the rate:

    .. math::
        b_k[m] = \sum_{n=0}^{N} h_k[n]\, x[mM + n - d], \qquad
        h_k[n] = 2\,p[n] \cos\Bigl(\frac{(2k+1)\pi}{2M} \bigl(n - \tfrac{N}{2}\bigr)
        + (-1)^k \frac{\pi}{4}\Bigr),

    :math:`p` a low-pass filter of ``order`` N: a tone is as loud in its band as in the signal. The
    way back adds the bands through the same filters, reversed: M times the transpose. What one
    band folds over, its neighbour folds with the other sign.

    ================== ============================== ======================= ==================
    ``reconstruction`` the prototype                  the way back            the error of it
    ================== ============================== ======================= ==================
    ``"near"``         Kaiser-windowed sinc           :meth:`synthesis`       at most -60 dB
    ``"perfect"``      least energy above its band    :meth:`inverse`, too    that of rounding
    ================== ============================== ======================= ==================

    For 4 bands of the orders that are the default, the first stops other bands by 90 dB, the
    second by 60 dB, and then :math:`2 b_k` is orthonormal: :math:`\sqrt M` times the bands have
    the energy of the signal. With an odd number of bands the second stops much less, with 3 by
    23 dB. Sums are in float64.

    Convention ``"parallel_wavegan"`` is the bank of published multi-band vocoders: 4 bands,
    order 62, cutoff 0.142, beta 9, and ``time // n_bands`` frames, which see the ends of a signal
    only in part. Without it, frames cover all of the signal.

    Args:
        n_bands: how many bands, in [2, 64], and as many samples from frame to frame.
        order: taps of a filter but one, in [n_bands, 2048]; None is ``16 * n_bands - 2``. For
            perfect reconstruction ``order + 1`` is a multiple of ``2 * n_bands``; None is
            ``16 * n_bands - 1``.
        cutoff: where the Kaiser prototype is at a half, of the Nyquist frequency, in (0, 1);
            None is where reconstruction is best, as is then the scale.
        beta: shape of the Kaiser window, in [0, 100]. With perfect reconstruction the Kaiser
            prototype is where the search for a better one begins.
        reconstruction: how exact the way back is (see the table).
        convention: whose bank, with near reconstruction.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> audio = np.random.default_rng(0).standard_normal(16000)
        >>> vocoders, exact = st.PQMF(n_bands=4), st.PQMF(n_bands=4, reconstruction="perfect")
        >>> bands = vocoders(audio)
        >>> tuple(bands.shape)
        (4015, 4)
        >>> error = vocoders.synthesis(bands, length=16000) - audio
        >>> f"{20 * np.log10(np.std(error) / np.std(audio)):.0f} dB"
        '-62 dB'
        >>> bool(np.allclose(exact.inverse(exact(audio), length=16000), audio, atol=1e-12))
        True

    References:
        Nguyen, "Near-perfect-reconstruction pseudo-QMF banks", IEEE TSP 42(1), 1994. Lin and
        Vaidyanathan, IEEE SPL 5(6), 1998 (the cutoff). Koilpillai and Vaidyanathan,
        "Cosine-modulated FIR filter banks satisfying perfect reconstruction", IEEE TSP 40(4),
        1992. Yang et al., "Multi-band MelGAN", SLT 2021 (of a vocoder).
    """

    n_bands: int
    order: int = None  # type: ignore[assignment]  # None is settled in __post_init__
    cutoff: float = None  # type: ignore[assignment]
    beta: float = 9.0
    reconstruction: Reconstruction = "near"
    convention: PQMFConvention | None = None

    def __post_init__(self) -> None:
        one_of("reconstruction", self.reconstruction, Reconstruction)
        one_of("convention", self.convention, PQMFConvention, optional=True)
        rule = "reconstruction must be 'near' in a convention"
        check(self.convention is None or not self._is_perfect, rule, self.reconstruction)
        n_bands = integer("n_bands", self.n_bands, 2, _MOST_BANDS)
        default = 16 * n_bands - (1 if self._is_perfect else 2)
        order, cutoff = self.order, self.cutoff
        if self.convention is not None:
            order = _PUBLISHED[1] if order is None else order
            published = (n_bands, order) == _PUBLISHED[:2]
            cutoff = _PUBLISHED[2] if cutoff is None and published else cutoff
        order = integer("order", default if order is None else order, n_bands, _HIGHEST)
        whole = not self._is_perfect or (order + 1) % (2 * n_bands) == 0
        rule = f"order + 1 must be a multiple of 2 * n_bands = {2 * n_bands} to be perfect"
        check(whole, rule, order)
        beta = number("beta", self.beta, 0.0, 100.0)
        if cutoff is not None:
            cutoff = number("cutoff", cutoff, 0.0, 1.0)
            check(0 < cutoff < 1, "cutoff must be in (0, 1)", cutoff)
        settled = {"n_bands": n_bands, "order": order, "cutoff": cutoff, "beta": beta}
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    @property
    def _is_perfect(self) -> bool:
        return self.reconstruction == "perfect"

    @property
    def window_samples(self) -> np.ndarray:
        """The prototype, float64 ``[order + 1]``."""
        return _prototype(self)

    @property
    def hop_length(self) -> int:
        """Samples from frame to frame: ``n_bands``."""
        return self.n_bands

    @property
    def frame_length(self) -> int:
        """Samples of the rows of ``n_bands`` that a filter reaches over."""
        return -(-(self.order + 1) // self.n_bands) * self.n_bands

    @property
    def delay(self) -> int:
        """Samples by which the first frame starts before the signal does."""
        return self.frame_length - self.n_bands if self.covers else self.order // 2

    @property
    def surplus(self) -> int:
        """Samples beyond ``(frames - 1) * n_bands`` of the shortest signal, maybe below 0."""
        return 1 - self.delay if self.covers else self.n_bands

    @property
    def covers(self) -> bool:
        """Whether frames cover all of a signal: those of a convention do not."""
        return self.convention is None

    def synthesis(self, bands: Any, *, length: Length | None = None) -> tf.Tensor:
        """Add the bands up to a signal, which is near the one that they are of.

        Args:
            bands: ``[..., frames, n_bands]``, floating point.
            length: samples of the signal, whose frames these must be: a number, or an integer
                tensor (checked in a graph too, but not under XLA). None is the most that have so
                many frames, in a convention the fewest.

        Returns:
            ``[..., length]``, of the dtype of ``bands``.

        Raises:
            ValueError: if ``bands`` do not fit this bank, or ``length`` the frames
                (``InvalidArgumentError`` where that is only known when a graph runs).
        """
        return self._synthesised(bands, length)

    def inverse(self, coefficients: Any, *, length: Length | None = None) -> tf.Tensor:
        """Synthesise the signal that has these bands: :meth:`synthesis`, where it is exact.

        Raises:
            ValueError: as :meth:`synthesis` does, or if ``reconstruction`` is not ``"perfect"``.
        """
        self._check_invertible()
        return self._synthesised(coefficients, length)

    def initial_inverse_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> streaming.SynthesisState:
        """The state of an inverse that has seen no frame yet, for :meth:`inverse_step`."""
        self._check_invertible()
        return super().initial_inverse_state(batch_shape, dtype)

    def initial_synthesis_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> streaming.SynthesisState:
        """The state of a synthesis that has seen no frame yet, for :meth:`synthesis_step`."""
        return super().initial_inverse_state(batch_shape, dtype)

    def synthesis_step(
        self, bands: Any, state: streaming.SynthesisState
    ) -> tuple[tf.Tensor, streaming.SynthesisState]:
        """Synthesise from the next frames of a stream: the samples that are complete."""
        return self.inverse_step(bands, state)

    def synthesis_flush(
        self, state: streaming.SynthesisState, *, length: Length | None = None
    ) -> tf.Tensor:
        """The last samples of a stream of ``length`` samples in all (see :meth:`synthesis`)."""
        return self.inverse_flush(state, length=length)

    def analysed(self, audio: tf.Tensor) -> tf.Tensor:
        """The bands of all whole frames of ``[batch, time]``."""
        precise = tf.cast(audio, tf.float64)
        return tf.cast(framed_bands(precise, _matrices(self), self.n_bands), audio.dtype)

    def overlapped(self, coefficients: tf.Tensor) -> tf.Tensor:
        """The frames of bands, added where they overlap: ``[batch, rows * n_bands]``."""
        precise = tf.cast(coefficients, tf.float64) * self.n_bands
        audio = overlapped_bands(precise, _matrices(self), self.n_bands)
        return tf.cast(audio, coefficients.dtype)

    def _check_invertible(self) -> None:
        rule = "reconstruction must be 'perfect' to invert; synthesis comes near"
        check(self._is_perfect, rule, self.reconstruction)


@functools.lru_cache(maxsize=32)
def _prototype(bank: PQMF) -> np.ndarray:
    prototype = kaiser_prototype(bank.n_bands, bank.order, bank.cutoff, bank.beta)
    if bank.reconstruction == "perfect":
        prototype = perfect_prototype(bank.n_bands, prototype)
    prototype.setflags(write=False)
    return prototype


@functools.lru_cache(maxsize=32)
def _matrices(bank: PQMF) -> np.ndarray:
    return group_matrices(bank.n_bands, bank.window_samples)
