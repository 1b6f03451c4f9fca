r"""Losses of phase, without a step where phase wraps.

Of the unit phasors :math:`u = S / \sqrt{|S|^2 + \epsilon^2}` of two spectra, products with
neighbours turn by what phase gains from frame to frame, and from bin to bin:

.. math::
    u[t, k], \qquad u[t + 1, k]\,\bar u[t, k], \qquad u[t, k + 1]\,\bar u[t, k].

Two such phasors are compared as points of the plane, which know of no wrap.
"""

import dataclasses
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, number, one_of
from ..ops.numerics import compiled, working_dtype
from ..ops.phase import angle
from ..transforms.stft import STFT
from .loss import Loss
from .signals import checked_pair

__all__ = ["Phase"]

PhaseDistance = Literal["cosine", "anti_wrapping"]

_FIELDS = ("phase", "instantaneous_frequency", "group_delay")


@dataclasses.dataclass(frozen=True)
class Phase(Loss):
    r"""The distance of phase, of its advance in time, and of its advance in frequency.

    ====================  ==============================================  ====================
    ``distance``          of an error of phase :math:`\delta`             gradient
    ====================  ==============================================  ====================
    ``"cosine"``          :math:`1 - \cos \delta`                         smooth everywhere
    ``"anti_wrapping"``   :math:`|\delta - 2\pi\,[\delta / 2\pi]|`        steps at 0 and at π
    ====================  ==============================================  ====================

    Where a bin of the target is silent its phase means nothing: so errors are weighted by the
    target's magnitude. Phase itself is heard little, and turns with a shift of one sample; how it
    advances is heard as pitch (instantaneous frequency) and as the sharpness of onsets (group
    delay).

    Args:
        stft: the :class:`STFT` to look through.
        phase: weight of the error of phase, at least 0.
        instantaneous_frequency: weight of the error of its advance from frame to frame.
        group_delay: weight of the error of its advance from bin to bin.
        distance: how an error counts.
        weighted: whether by the magnitude of the target; otherwise all bins count alike.
        floor_db: dB of a full-scale sine, in [-300, 0]: the level of a bin below which its phase
            fades into nothing, and with it the gradient.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> loss = st.losses.Phase(st.STFT(n_fft=512))
        >>> time = np.arange(8000) / 8000
        >>> tone, sharp = np.sin(2 * np.pi * 440 * time), np.sin(2 * np.pi * 460 * time)
        >>> terms = loss.terms(tone, sharp)
        >>> {name: f"{float(value):.2f}" for name, value in terms.items()}
        {'phase': '0.94', 'instantaneous_frequency': '1.36', 'group_delay': '0.63'}

    References:
        Ai, Ling, "Neural speech phase prediction based on parallel estimation architecture and
        anti-wrapping losses", ICASSP 2023, eq. 5 to 9 (anti-wrapping, unweighted). Takamichi,
        Saito, Takamune, Kitamura, Saruwatari, "Phase reconstruction from amplitude spectrograms
        based on von-Mises-distribution deep neural network", IWAENC 2018, eq. 6 and 8 (cosine).
    """

    stft: STFT
    _: dataclasses.KW_ONLY
    phase: float = 1.0
    instantaneous_frequency: float = 1.0
    group_delay: float = 1.0
    distance: PhaseDistance = "cosine"
    weighted: bool = True
    floor_db: float = -100.0

    def __post_init__(self) -> None:
        check(isinstance(self.stft, STFT), "stft must be an STFT", self.stft)
        for name in _FIELDS:
            object.__setattr__(self, name, number(name, getattr(self, name), 0.0))
        rule = f"one of {', '.join(_FIELDS)} must be above 0"
        check(any(getattr(self, name) for name in _FIELDS), rule, 0.0)
        one_of("distance", self.distance, PhaseDistance)
        object.__setattr__(self, "floor_db", number("floor_db", self.floor_db, -300.0, 0.0))

    def terms(self, target: Any, audio: Any) -> dict[str, tf.Tensor]:
        """Give the weighted terms ``phase``, ``instantaneous_frequency`` and ``group_delay``."""
        return _terms(*checked_pair(target, audio, [self.stft]), loss=self)


@compiled
def _terms(target: tf.Tensor, audio: tf.Tensor, *, loss: Phase) -> dict[str, tf.Tensor]:
    kept, dtype = audio.dtype, working_dtype(audio.dtype)
    scale = tf.constant(2.0 / np.sum(loss.stft.window_samples), dtype)
    floor = tf.constant(10.0 ** (loss.floor_db / 20.0), dtype)
    wanted, heard = (
        _phasors(loss.stft(tf.cast(sound, dtype)), scale, floor) for sound in (target, audio)
    )
    terms = {}
    for name, advance in zip(_FIELDS, (None, -2, -1), strict=True):
        weight = getattr(loss, name)
        if weight:
            (w, magnitude), (h, _) = _advanced(*wanted, advance), _advanced(*heard, advance)
            error = _distance(w, h, loss.distance)
            terms[name] = tf.cast(weight * _mean(error, magnitude, loss.weighted), kept)
    return terms


def _phasors(
    spectrum: tf.Tensor, scale: tf.Tensor, floor: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Phasors as (real, imaginary) ``[2, ..., frames, bins]``, and magnitudes."""
    parts = tf.stack([tf.math.real(spectrum), tf.math.imag(spectrum)]) * scale
    magnitude = tf.sqrt(tf.reduce_sum(tf.square(parts), axis=0) + tf.square(floor))
    return parts / magnitude, magnitude - floor


def _advanced(
    phasors: tf.Tensor, magnitude: tf.Tensor, axis: int | None
) -> tuple[tf.Tensor, tf.Tensor]:
    """Turn each phasor back by the one before it along an axis; the smaller magnitude counts."""
    if axis is None:
        return phasors, magnitude
    before, after = (slice(None, -1), slice(1, None))
    if axis == -2:
        first, then = phasors[..., before, :], phasors[..., after, :]
        least = tf.minimum(magnitude[..., before, :], magnitude[..., after, :])
    else:
        first, then = phasors[..., before], phasors[..., after]
        least = tf.minimum(magnitude[..., before], magnitude[..., after])
    real = then[0] * first[0] + then[1] * first[1]
    imaginary = then[1] * first[0] - then[0] * first[1]
    return tf.stack([real, imaginary]), least


def _distance(wanted: tf.Tensor, heard: tf.Tensor, distance: PhaseDistance) -> tf.Tensor:
    if distance == "cosine":
        return 0.5 * tf.reduce_sum(tf.square(heard - wanted), axis=0)
    real = heard[0] * wanted[0] + heard[1] * wanted[1]
    imaginary = heard[1] * wanted[0] - heard[0] * wanted[1]
    real = tf.where(tf.equal(real, 0.0), tf.zeros_like(real), real)  # of -0 silence had a phase
    return tf.abs(angle(tf.complex(real, imaginary), magnitude_floor=1e-3))


def _mean(error: tf.Tensor, magnitude: tf.Tensor, weighted: bool) -> tf.Tensor:
    weight = magnitude if weighted else tf.ones_like(magnitude)
    total = tf.reduce_sum(weight * error, axis=[-2, -1])
    return tf.math.divide_no_nan(total, tf.reduce_sum(weight, axis=[-2, -1]))
