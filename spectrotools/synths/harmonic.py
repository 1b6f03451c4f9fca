"""A synthesiser of harmonics."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import keras
import numpy as np
import tensorflow as tf

from .._validate import number, one_of
from ..layers.processor import checked_function
from ..ops.controls import Interpolation
from ..ops.nyquist import Nyquist
from ..ops.oscillators import harmonic_synthesis
from ..ops.partials import harmonic_frequencies, normalize_harmonics
from ..ops.scaling import exp_sigmoid
from .ddsp import sinusoids
from .synth import Synth, check_frames, checked_grid, one_each

__all__ = ["Convention", "Harmonic"]

Convention = Literal["ddsp"]


@keras.saving.register_keras_serializable("spectrotools")
class Harmonic(Synth):
    """Sum the harmonics of a fundamental: :func:`spectrotools.harmonic_synthesis` as a layer.

    Inputs are ``amplitudes`` and ``harmonic_distribution``, as a network puts them out, and
    ``f0_hz``. Controls are the same names: both scaled, harmonics above the Nyquist frequency
    silenced and the rest divided by their sum.

    In ``convention="ddsp"`` the phase is DDSP's, which at the first sample is one step of the
    frequency instead of 0, and has a step of the last one's at every other.

    Args:
        sample_rate: Hz.
        hop_length: samples from frame to frame.
        length: samples to give; None is ``frames * hop_length``.
        scale_fn: what makes amplitudes of any numbers, or None if they are that already.
        initial_rolloff: subtracted from the distribution before it is scaled, for each octave
            above the fundamental, so that training begins with a spectrum that falls: by 20 dB
            an octave for 1, where :func:`spectrotools.exp_sigmoid` is small.
        normalize_below_nyquist: whether to silence what would alias before dividing by the sum.
        interpolation: of amplitudes from frame to frame: ``"cosine"`` (which DDSP calls window)
            or ``"linear"``.
        nyquist: ``"hard"`` or ``"smooth"``, as in :func:`spectrotools.harmonic_synthesis`.
        convention: None, or ``"ddsp"``.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> synth = st.synths.Harmonic(sample_rate=16000, hop_length=64)
        >>> amplitudes, distribution = tf.zeros([1, 10, 1]), tf.zeros([1, 10, 4])
        >>> controls = synth.get_controls(amplitudes, distribution, tf.fill([1, 10, 1], 3000.0))
        >>> controls["harmonic_distribution"][0, 0].numpy().tolist()
        [0.5, 0.5, 0.0, 0.0]
        >>> tuple(synth(amplitudes, distribution, tf.fill([1, 10, 1], 3000.0)).shape)
        (1, 640)

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020.
    """

    frame_axes: ClassVar[dict[str, int]] = {
        "amplitudes": -1,
        "harmonic_distribution": -2,
        "f0_hz": -1,
    }

    def __init__(
        self,
        *,
        sample_rate: float,
        hop_length: int,
        length: int | None = None,
        scale_fn: Callable | None = exp_sigmoid,
        initial_rolloff: float = 0.0,
        normalize_below_nyquist: bool = True,
        interpolation: Interpolation = "cosine",
        nyquist: Nyquist = "hard",
        convention: Convention | None = None,
        **options: Any,
    ) -> None:
        settings = {
            **checked_grid(sample_rate, hop_length, length),
            "scale_fn": checked_function("scale_fn", scale_fn),
            "initial_rolloff": number("initial_rolloff", initial_rolloff, 0.0),
            "normalize_below_nyquist": bool(normalize_below_nyquist),
            "interpolation": one_of("interpolation", interpolation, Interpolation),
            "nyquist": one_of("nyquist", nyquist, Nyquist),
            "convention": one_of("convention", convention, Convention, optional=True),
        }
        super().__init__(settings=settings, **options)

    def get_controls(
        self, amplitudes: tf.Tensor, harmonic_distribution: tf.Tensor, f0_hz: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Scale and normalise.

        Args:
            amplitudes: ``[..., frames]`` or ``[..., frames, 1]``.
            harmonic_distribution: ``[..., frames, harmonics]``.
            f0_hz: Hz, as ``amplitudes``.
        """
        given = amplitudes, harmonic_distribution, f0_hz
        amplitudes, harmonic_distribution, f0_hz = map(self._input, given)
        amplitudes = one_each("amplitudes", amplitudes, harmonic_distribution)
        f0_hz = one_each("f0_hz", f0_hz, harmonic_distribution)
        check_frames(
            f0_hz=f0_hz, amplitudes=amplitudes, harmonic_distribution=harmonic_distribution
        )
        if self.scale_fn is not None:
            amplitudes = self.scale_fn(amplitudes)
            harmonic_distribution = self.scale_fn(self._rolled_off(harmonic_distribution))
        if self.normalize_below_nyquist:
            cut = {"sample_rate": self.sample_rate, "nyquist": self.nyquist}
            even = normalize_harmonics(harmonic_distribution, f0_hz, **cut)
        else:
            total = tf.reduce_sum(harmonic_distribution, axis=-1, keepdims=True)
            even = tf.math.divide_no_nan(harmonic_distribution, total)
        return {"amplitudes": amplitudes, "harmonic_distribution": even, "f0_hz": f0_hz}

    def _rolled_off(self, distribution: tf.Tensor) -> tf.Tensor:
        """The distribution with the spectrum that training begins with."""
        if not self.initial_rolloff:
            return distribution
        octaves = np.log2(np.arange(1, distribution.shape[-1] + 1))
        return distribution - tf.constant(self.initial_rolloff * octaves, distribution.dtype)

    def _synthesize(
        self, controls: dict[str, Any], carried: Any, length: Any
    ) -> tuple[tf.Tensor, Any]:
        amplitudes, f0_hz = controls["amplitudes"], controls["f0_hz"]
        distribution = controls["harmonic_distribution"]
        grid = {
            "sample_rate": self.sample_rate,
            "hop_length": self.hop_length,
            "length": length,
            "interpolation": self.interpolation,
            "initial_phase": carried,
        }
        if self.convention == "ddsp":
            partials = harmonic_frequencies(f0_hz, distribution.shape[-1])
            return sinusoids(partials, amplitudes[..., None] * distribution, **grid)
        voice = harmonic_synthesis(
            f0_hz, amplitudes, distribution, nyquist=self.nyquist, return_phase=True, **grid
        )
        return voice.audio, voice.final_phase
