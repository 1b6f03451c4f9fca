"""A synthesiser of noise."""

from collections.abc import Callable
from typing import Any, ClassVar

import keras
import tensorflow as tf

from .._validate import check, integer, one_of
from ..layers.processor import checked_function
from ..ops.filtered_noise import filtered_noise
from ..ops.frequency_sampling import FilterConvention
from ..ops.noise import Distribution
from ..ops.scaling import exp_sigmoid
from .synth import Synth

__all__ = ["FilteredNoise"]


@keras.saving.register_keras_serializable("spectrotools")
class FilteredNoise(Synth):
    """Shape noise by magnitudes: :func:`spectrotools.filtered_noise` as a layer.

    The input is ``magnitudes``, as a network puts them out; controls are ``magnitudes`` and the
    ``seed``, which is another for every call, and one for every stream.

    Args:
        hop_length: samples from frame to frame.
        length: samples to give; None is ``frames * hop_length``.
        window_size: of the filters, samples, at most; None or 0 is all that the bands give.
        scale_fn: what makes magnitudes of any numbers, or None.
        initial_bias: added before that, so that training begins with little noise.
        distribution: of the noise, ``"uniform"`` or ``"normal"``.
        convention: None, or ``"ddsp"``, which is late by 2 samples where the window is not
            shorter than the filter, switches filters at once, and does not stream.
        seed: an integer, for the same seeds again; None for any.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> synth = st.synths.FilteredNoise(hop_length=64, scale_fn=None, seed=0)
        >>> ones = tf.ones([1, 100, 65])
        >>> first, second = synth(ones), synth(ones)
        >>> bool(abs(np.corrcoef(first[0], second[0])[0, 1]) < 0.05)  # another noise every time
        True
    """

    frame_axes: ClassVar[dict[str, int]] = {"magnitudes": -2}

    def __init__(
        self,
        *,
        hop_length: int,
        length: int | None = None,
        window_size: int | None = 257,
        scale_fn: Callable | None = exp_sigmoid,
        initial_bias: float = -5.0,
        distribution: Distribution = "uniform",
        convention: FilterConvention | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        settings = {
            "hop_length": integer("hop_length", hop_length, 1),
            "length": None if length is None else integer("length", length, 0),
            "window_size": window_size and integer("window_size", window_size, 1),
            "scale_fn": checked_function("scale_fn", scale_fn),
            "initial_bias": float(initial_bias),
            "distribution": one_of("distribution", distribution, Distribution),
            "convention": one_of("convention", convention, FilterConvention, optional=True),
            "seed": None if seed is None else integer("seed", seed, 0, 2**31 - 1),
        }
        super().__init__(settings=settings, **options)
        self._seeds = keras.random.SeedGenerator(self.seed)

    def get_controls(self, magnitudes: tf.Tensor, seed: Any = None) -> dict[str, tf.Tensor]:
        """Scale, and draw a seed.

        Args:
            magnitudes: ``[..., frames, bands]``.
            seed: int32 ``[2]``; None is the next.
        """
        magnitudes = self._input(magnitudes)
        check(magnitudes.shape[-1] != 0, "magnitudes must have at least one band", 0)
        if self.scale_fn is not None:
            magnitudes = self.scale_fn(magnitudes + self.initial_bias)
        return {"magnitudes": magnitudes, "seed": self._next_seed() if seed is None else seed}

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> dict[str, Any]:
        """The state of a stream of which nothing has come yet: of a noise of its own."""
        check(self.convention is None, "convention must be None to stream", self.convention)
        state = super().initial_state(batch_shape)
        return {**state, "seed": self._next_seed(), "carried": tf.zeros([], tf.int64)}

    def save_own_variables(self, store: Any) -> None:
        """Save which seed is next, which Keras leaves out: a model goes on with fresh noise."""
        store["seed"] = self._seeds.state

    def load_own_variables(self, store: Any) -> None:
        """Go on from the seed that was next."""
        if "seed" in store.keys():  # noqa: SIM118  # a file of HDF5 before it was saved
            self._seeds.state.assign(store["seed"])

    def _next_seed(self) -> tf.Tensor:
        return tf.cast(tf.convert_to_tensor(self._seeds.next()), tf.int32)

    def _stream_controls(self, inputs: list[tf.Tensor], state: dict[str, Any]) -> dict[str, Any]:
        return self.get_controls(*inputs, **self._stream_constants(state))

    def _stream_constants(self, state: dict[str, Any]) -> dict[str, Any]:
        return {"seed": state["seed"]}

    def _synthesize(
        self, controls: dict[str, Any], carried: Any, length: Any
    ) -> tuple[tf.Tensor, Any]:
        magnitudes, start = controls["magnitudes"], 0 if carried is None else carried
        window_size = self.window_size
        if self.convention is None and window_size is not None:
            window_size = min(window_size, max(2 * (magnitudes.shape[-1] - 1), 1))
        sound = filtered_noise(
            magnitudes,
            hop_length=self.hop_length,
            seed=controls["seed"],
            length=length,
            start=start,
            window_size=window_size,
            distribution=self.distribution,
            convention=self.convention,
        )
        if carried is None:
            return sound, None
        return sound, carried + tf.cast(tf.shape(sound)[-1], tf.int64)
