"""A synthesiser of sinusoids."""

from collections.abc import Callable
from typing import Any, ClassVar

import keras
import tensorflow as tf

from .._validate import one_of
from ..layers.processor import checked_function
from ..ops.controls import Interpolation
from ..ops.frequency_mapping import frequencies_sigmoid
from ..ops.nyquist import Nyquist
from ..ops.oscillators import sinusoidal_synthesis
from ..ops.partials import remove_above_nyquist
from ..ops.scaling import exp_sigmoid
from .ddsp import sinusoids
from .harmonic import Convention
from .synth import Synth, check_frames, checked_grid

__all__ = ["Sinusoidal"]


@keras.saving.register_keras_serializable("spectrotools")
class Sinusoidal(Synth):
    """Sum sinusoids that glide: :func:`spectrotools.sinusoidal_synthesis` as a layer.

    Inputs are ``amplitudes`` and ``frequencies``, as a network puts them out; controls are
    ``amplitudes`` and ``frequencies_hz``.

    Args:
        sample_rate: Hz.
        hop_length: samples from frame to frame.
        length: samples to give; None is ``frames * hop_length``.
        amp_scale_fn: what makes amplitudes of any numbers, or None.
        freq_scale_fn: what makes Hz of any numbers, or None. For other settings than those of
            :func:`spectrotools.frequencies_sigmoid` take ``functools.partial`` of it.
        interpolation: as in :class:`Harmonic`.
        nyquist: as in :class:`Harmonic`.
        convention: as in :class:`Harmonic`.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> synth = st.synths.Sinusoidal(sample_rate=16000, hop_length=64)
        >>> controls = synth.get_controls(tf.zeros([1, 10, 3]), tf.zeros([1, 10, 3]))
        >>> f"{controls['amplitudes'][0, 0, 0]:.4f} {controls['frequencies_hz'][0, 0, 0]:.1f}"
        '0.4054 255.7'
    """

    frame_axes: ClassVar[dict[str, int]] = {"amplitudes": -2, "frequencies_hz": -2}

    def __init__(
        self,
        *,
        sample_rate: float,
        hop_length: int,
        length: int | None = None,
        amp_scale_fn: Callable | None = exp_sigmoid,
        freq_scale_fn: Callable | None = frequencies_sigmoid,
        interpolation: Interpolation = "cosine",
        nyquist: Nyquist = "hard",
        convention: Convention | None = None,
        **options: Any,
    ) -> None:
        settings = {
            **checked_grid(sample_rate, hop_length, length),
            "amp_scale_fn": checked_function("amp_scale_fn", amp_scale_fn),
            "freq_scale_fn": checked_function("freq_scale_fn", freq_scale_fn),
            "interpolation": one_of("interpolation", interpolation, Interpolation),
            "nyquist": one_of("nyquist", nyquist, Nyquist),
            "convention": one_of("convention", convention, Convention, optional=True),
        }
        super().__init__(settings=settings, **options)

    def get_controls(self, amplitudes: tf.Tensor, frequencies: tf.Tensor) -> dict[str, tf.Tensor]:
        """Scale, and silence what would alias.

        Args:
            amplitudes: ``[..., frames, sinusoids]``.
            frequencies: ``[..., frames, sinusoids]``, or as many as ``freq_scale_fn`` takes.
        """
        amplitudes, frequencies = map(self._input, (amplitudes, frequencies))
        check_frames(frequencies=frequencies, amplitudes=amplitudes)
        if self.amp_scale_fn is not None:
            amplitudes = self.amp_scale_fn(amplitudes)
        if self.freq_scale_fn is not None:
            frequencies = self.freq_scale_fn(frequencies)
            cut = {"sample_rate": self.sample_rate, "nyquist": self.nyquist}
            amplitudes = remove_above_nyquist(frequencies, amplitudes, **cut)
        return {"amplitudes": amplitudes, "frequencies_hz": frequencies}

    def _synthesize(
        self, controls: dict[str, Any], carried: Any, length: Any
    ) -> tuple[tf.Tensor, Any]:
        frequencies_hz, amplitudes = controls["frequencies_hz"], controls["amplitudes"]
        grid = {
            "sample_rate": self.sample_rate,
            "hop_length": self.hop_length,
            "length": length,
            "interpolation": self.interpolation,
            "initial_phase": carried,
        }
        if self.convention == "ddsp":
            return sinusoids(frequencies_hz, amplitudes, **grid)
        voice = sinusoidal_synthesis(
            frequencies_hz, amplitudes, nyquist=self.nyquist, return_phase=True, **grid
        )
        return voice.audio, voice.final_phase
