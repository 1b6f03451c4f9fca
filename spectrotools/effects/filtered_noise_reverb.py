"""Reverberation by noise whose colour changes as it decays."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from .._validate import check, integer
from ..layers.parameters import Parameter, parameter
from ..layers.processor import checked_function
from ..ops.filtered_noise import filtered_noise
from ..ops.scaling import exp_sigmoid
from .convolved import ConvolvedReverb, next_seed

__all__ = ["FilteredNoiseReverb"]


@keras.saving.register_keras_serializable("spectrotools")
class FilteredNoiseReverb(ConvolvedReverb):
    """Convolve by noise through filters that training finds, one for every frame of the response.

    The noise is another for every call, and one for every stream.

    Args:
        reverb_length: taps, at least 2.
        n_frames: filters, evenly spaced over the response.
        n_bands: magnitudes of each.
        magnitudes: a parameter ``[n_frames, n_bands]``, not yet scaled; None is a variable that
            begins as noise of 0.01.
        window_size: of the filters, samples, at most; None or 0 is all that the bands give.
        scale_fn: what makes magnitudes of any numbers, or None.
        initial_bias: added before that.
        add_dry: whether to add the sound as it came.
        seed: an integer, for the same noises again; None for any.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range, or so many frames do not fit the response.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> room = st.effects.FilteredNoiseReverb(reverb_length=1600, n_frames=100)
        >>> tuple(room(tf.zeros([1, 4000])).shape)
        (1, 4000)
    """

    def __init__(
        self,
        *,
        reverb_length: int = 48000,
        n_frames: int = 1000,
        n_bands: int = 16,
        magnitudes: Any = None,
        window_size: int | None = 257,
        scale_fn: Callable | None = exp_sigmoid,
        initial_bias: float = -3.0,
        add_dry: bool = True,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        integer("reverb_length", reverb_length, 2)
        integer("n_frames", n_frames, 1)
        hop_length = -(-reverb_length // n_frames)
        fits = -(-reverb_length // hop_length) in (n_frames, n_frames - 1)
        rule = f"n_frames must divide reverb_length={reverb_length} into hops"
        check(fits, rule, n_frames)
        shape = (n_frames, integer("n_bands", n_bands, 1))
        own = {"dtype": options.get("dtype", "float32")}
        if magnitudes is None:
            small = keras.initializers.RandomNormal(0.0, 1e-2)
            magnitudes = Parameter(small, shape=shape, **own)
        magnitudes = parameter("magnitudes", magnitudes, **own)
        known = tuple(magnitudes.value().shape)
        check(known == shape, f"magnitudes must be [n_frames, n_bands], {shape}", known)
        settings = {
            "reverb_length": reverb_length,
            "n_frames": n_frames,
            "n_bands": n_bands,
            "magnitudes": magnitudes,
            "window_size": window_size and integer("window_size", window_size, 1),
            "scale_fn": checked_function("scale_fn", scale_fn),
            "initial_bias": float(initial_bias),
            "add_dry": bool(add_dry),
            "seed": None if seed is None else integer("seed", seed, 0, 2**31 - 1),
        }
        super().__init__(settings=settings, **options)
        self._hop_length = hop_length
        self._seeds = keras.random.SeedGenerator(self.seed)

    def _response(self) -> tf.Tensor:
        magnitudes = self._value("magnitudes")
        if self.scale_fn is not None:
            magnitudes = self.scale_fn(magnitudes + self.initial_bias)
        longest = max(2 * (self.n_bands - 1), 1)
        return filtered_noise(
            magnitudes,
            hop_length=self._hop_length,
            seed=next_seed(self._seeds),
            length=self.reverb_length,
            window_size=min(self.window_size or longest, longest),
        )
