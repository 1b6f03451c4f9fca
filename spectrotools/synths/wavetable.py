"""A synthesiser of wavetables."""

from collections.abc import Callable
from typing import Any, ClassVar

import keras
import tensorflow as tf

from .._validate import one_of
from ..layers.processor import checked_function
from ..ops.controls import Interpolation
from ..ops.scaling import exp_sigmoid
from ..ops.wavetables import Lookup, wavetable_synthesis
from .ddsp import wavetables_read
from .harmonic import Convention
from .synth import Synth, check_frames, checked_grid, one_each

__all__ = ["Wavetable"]


@keras.saving.register_keras_serializable("spectrotools")
class Wavetable(Synth):
    """Read tables that change: :func:`spectrotools.wavetable_synthesis` as a layer.

    Inputs are ``amplitudes`` and ``wavetables``, as a network puts them out, and ``f0_hz``;
    controls have the same names. In ``convention="ddsp"`` tables are read by lines, change along
    lines, and the frequency counts from sample to sample.

    Args:
        sample_rate: Hz.
        hop_length: samples from frame to frame.
        length: samples to give; None is ``frames * hop_length``.
        scale_fn: what both amplitudes and tables are scaled by, or None.
        interpolation: as in :class:`Harmonic`.
        lookup: as in :func:`spectrotools.wavetable_synthesis`.
        convention: as in :class:`Harmonic`.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> synth = st.synths.Wavetable(sample_rate=16000, hop_length=64, scale_fn=None)
        >>> tables, f0_hz = tf.zeros([1, 10, 128]), tf.fill([1, 10, 1], 440.0)
        >>> tuple(synth(tf.ones([1, 10, 1]), tables, f0_hz).shape)
        (1, 640)
    """

    frame_axes: ClassVar[dict[str, int]] = {"amplitudes": -1, "wavetables": -2, "f0_hz": -1}

    def __init__(
        self,
        *,
        sample_rate: float,
        hop_length: int,
        length: int | None = None,
        scale_fn: Callable | None = exp_sigmoid,
        interpolation: Interpolation = "cosine",
        lookup: Lookup = "bandlimited",
        convention: Convention | None = None,
        **options: Any,
    ) -> None:
        settings = {
            **checked_grid(sample_rate, hop_length, length),
            "scale_fn": checked_function("scale_fn", scale_fn),
            "interpolation": one_of("interpolation", interpolation, Interpolation),
            "lookup": one_of("lookup", lookup, Lookup),
            "convention": one_of("convention", convention, Convention, optional=True),
        }
        super().__init__(settings=settings, **options)

    def get_controls(
        self, amplitudes: tf.Tensor, wavetables: tf.Tensor, f0_hz: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Scale.

        Args:
            amplitudes: ``[..., frames]`` or ``[..., frames, 1]``.
            wavetables: ``[..., frames, size]``.
            f0_hz: Hz, as ``amplitudes``.
        """
        amplitudes, wavetables, f0_hz = map(self._input, (amplitudes, wavetables, f0_hz))
        amplitudes = one_each("amplitudes", amplitudes, wavetables)
        f0_hz = one_each("f0_hz", f0_hz, wavetables)
        check_frames(f0_hz=f0_hz, amplitudes=amplitudes, wavetables=wavetables)
        if self.scale_fn is not None:
            amplitudes, wavetables = self.scale_fn(amplitudes), self.scale_fn(wavetables)
        return {"amplitudes": amplitudes, "wavetables": wavetables, "f0_hz": f0_hz}

    def _synthesize(
        self, controls: dict[str, Any], carried: Any, length: Any
    ) -> tuple[tf.Tensor, Any]:
        f0_hz, amplitudes, tables = (controls[n] for n in ("f0_hz", "amplitudes", "wavetables"))
        grid = {
            "sample_rate": self.sample_rate,
            "hop_length": self.hop_length,
            "length": length,
            "initial_phase": carried,
        }
        if self.convention == "ddsp":
            return wavetables_read(f0_hz, amplitudes, tables, **grid)
        how = {"interpolation": self.interpolation, "lookup": self.lookup}
        voice = wavetable_synthesis(f0_hz, amplitudes, tables, return_phase=True, **how, **grid)
        return voice.audio, voice.final_phase
