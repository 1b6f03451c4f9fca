"""Optimal transport between spectra: how far energy would have to move along frequency."""

import dataclasses
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, number, one_of
from ..ops.magnitude import root
from ..ops.numerics import compiled, flatten_leading
from ..ops.transport import grid_transport_cost
from ..transforms.stft import STFT
from .loss import Loss
from .signals import checked_pair

__all__ = ["SpectralWasserstein"]

Order = Literal[1, 2]


@dataclasses.dataclass(frozen=True)
class SpectralWasserstein(Loss):
    r"""Measure how far energy has to move along frequency to make one sound of the other.

    Each frame's spectrum is a distribution of mass over the frequencies from 0 (DC) to 1
    (Nyquist). The loss is the least cost of moving one into the other, the mean of all frames:

    .. math:: W_p^p = \int_0^1 |F^{-1}(q) - G^{-1}(q)|^p \, dq

    with the quantile functions of the two. For p = 1 it is the Wasserstein distance, in parts of
    the Nyquist frequency; of two sinusoids how far they are apart. So it goes down steadily as
    one is tuned towards the other, where losses that compare bin by bin see no overlap and give
    no direction.

    Loudness does not count: masses are parts of their sum. Where sound is silent there is none,
    so a floor of white noise lies under every frame: the mass of bin k, in which a sinusoid has
    the amplitude :math:`a_k`, is :math:`a_k^P + \epsilon^P`, with P the ``power``. A silent frame
    is that noise, and two silent ones are alike.

    A frame that an end of the signal cuts short has energy at all frequencies, which turns with
    its phase and roughens the loss of a steady tone. ``STFT(convention="tf")`` has whole frames
    only, and the loss then falls smoothly all the way.

    Args:
        stft: the :class:`STFT` whose frames are compared.
        p: the power of the way that a part of the mass goes, 1 or 2.
        power: of the amplitude that is the mass of a bin: 2, energy, or 1.
        floor_db: of the noise in a bin, dB of a sinusoid of amplitude 1, in [-300, 0].

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> loss = st.losses.SpectralWasserstein(st.STFT(n_fft=512))
        >>> time = np.arange(8000) / 16000
        >>> low, middle, high = np.sin(2 * np.pi * np.array([[1000], [2000], [4000]]) * time)
        >>> [f"{float(loss(low, sound)):.3f}" for sound in (low, middle, high)]
        ['0.000', '0.125', '0.375']

    References:
        Torres, Peeters, Richard, "Unsupervised harmonic parameter estimation using
        differentiable DSP and spectral optimal transport", ICASSP 2024.
    """

    stft: STFT
    _: dataclasses.KW_ONLY
    p: Order = 1
    power: Order = 2
    floor_db: float = -100.0

    def __post_init__(self) -> None:
        check(isinstance(self.stft, STFT), "stft must be an STFT", self.stft)
        one_of("p", self.p, Order)
        one_of("power", self.power, Order)
        object.__setattr__(self, "floor_db", number("floor_db", self.floor_db, -300.0, 0.0))

    def terms(self, target: Any, audio: Any) -> dict[str, tf.Tensor]:
        """Give the one term, ``"wasserstein"``; of a sound too short for a frame none can be."""
        pair = checked_pair(target, audio, [self.stft])
        return {"wasserstein": _distance(*pair, loss=self)}


@compiled
def _distance(target: tf.Tensor, audio: tf.Tensor, *, loss: SpectralWasserstein) -> tf.Tensor:
    rows, unfold = flatten_leading(_masses(target, loss), keep=1)
    others, _ = flatten_leading(_masses(audio, loss), keep=1)
    grid = np.arange(loss.stft.n_fft // 2 + 1) * 2.0 / loss.stft.n_fft
    cost = unfold(grid_transport_cost(rows, others, grid, p=float(loss.p)))
    return tf.cast(tf.reduce_mean(cost, axis=-1), audio.dtype)


def _masses(audio: tf.Tensor, loss: SpectralWasserstein) -> tf.Tensor:
    """The mass of each bin, 1 for a sinusoid of amplitude 1, and the floor."""
    scale = 2.0 / float(np.sum(loss.stft.window_samples))
    powers = loss.stft.power(audio) * scale**2
    masses = powers if loss.power == 2 else root(powers)
    return masses + 10.0 ** (loss.power * loss.floor_db / 20.0)
