"""A filter that a network changes from frame to frame."""

from collections.abc import Callable
from typing import Any, ClassVar

import keras
import tensorflow as tf

from .._validate import check, integer, one_of
from ..layers.processor import checked_function
from ..ops.filtered_noise import time_varying_fir
from ..ops.frequency_sampling import FilterConvention
from ..ops.scaling import exp_sigmoid
from .framed import FramedEffect

__all__ = ["FIRFilter"]


@keras.saving.register_keras_serializable("spectrotools")
class FIRFilter(FramedEffect):
    """Filter by magnitudes that change: :func:`spectrotools.time_varying_fir` as a layer.

    Inputs are ``audio`` and ``magnitudes``, as a network puts them out; controls have the same
    names.

    Args:
        hop_length: samples from frame to frame.
        window_size: of the filters, samples, at most; None or 0 is all that the bands give.
        scale_fn: what makes magnitudes of any numbers, or None.
        convention: None, or ``"ddsp"``, which is late by 2 samples where the window is not
            shorter than the filter, switches filters at once, and does not stream.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> halves = st.effects.FIRFilter(hop_length=2, scale_fn=None)
        >>> click = tf.constant([[0.0, 1.0, 0.0, 0.0]])
        >>> [f"{x:.1f}" for x in halves(click, tf.fill([1, 2, 3], 0.5))[0]]
        ['0.0', '0.5', '0.0', '0.0']
    """

    framed: ClassVar[str] = "magnitudes"
    frame_axis: ClassVar[int] = -2

    def __init__(
        self,
        *,
        hop_length: int,
        window_size: int | None = 257,
        scale_fn: Callable | None = exp_sigmoid,
        convention: FilterConvention | None = None,
        **options: Any,
    ) -> None:
        settings = {
            "hop_length": integer("hop_length", hop_length, 1),
            "window_size": window_size and integer("window_size", window_size, 1),
            "scale_fn": checked_function("scale_fn", scale_fn),
            "convention": one_of("convention", convention, FilterConvention, optional=True),
        }
        super().__init__(settings=settings, **options)

    def get_controls(self, audio: tf.Tensor, magnitudes: tf.Tensor) -> dict[str, tf.Tensor]:
        """Scale.

        Args:
            audio: ``[..., time]``.
            magnitudes: ``[..., frames, bands]``.
        """
        check(magnitudes.shape[-1] != 0, "magnitudes must have at least one band", 0)
        scaled = magnitudes if self.scale_fn is None else self.scale_fn(magnitudes)
        return {"audio": audio, "magnitudes": scaled}

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> dict[str, Any]:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        check(self.convention is None, "convention must be None to stream", self.convention)
        return super().initial_state(batch_shape)

    def _margin(self, frames: tf.Tensor) -> int:
        return (self._taps(frames) - 1) // 2

    def _taps(self, magnitudes: tf.Tensor) -> int:
        longest = max(2 * (magnitudes.shape[-1] - 1), 1)
        return min(self.window_size or longest, longest)

    def _make(self, controls: dict[str, tf.Tensor], *, padded: bool) -> tf.Tensor:
        ours = self.convention is None
        return time_varying_fir(
            controls["audio"],
            controls["magnitudes"],
            hop_length=self.hop_length,
            window_size=self._taps(controls["magnitudes"]) if ours else self.window_size,
            mode="valid" if padded else "same",
            convention=self.convention,
        )
