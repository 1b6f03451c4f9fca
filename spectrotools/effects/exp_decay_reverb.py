"""Reverberation by noise that decays as an exponential."""

from typing import Any

import keras
import tensorflow as tf

from .._validate import check, integer, one_of
from ..layers.bounds import Positive
from ..layers.parameters import Parameter, parameter, within_range
from ..ops.arguments import checked_rate
from ..ops.reverberation import DecayConvention, exponential_decay_response
from ..ops.scaling import exp_sigmoid
from .convolved import ConvolvedReverb, next_seed

__all__ = ["ExpDecayReverb"]

_SHORTEST = 1e-6  # seconds


@keras.saving.register_keras_serializable("spectrotools")
class ExpDecayReverb(ConvolvedReverb):
    """Convolve by noise that decays: :func:`spectrotools.exponential_decay_response` as a layer.

    The noise is another for every call, and one for every stream.

    Args:
        sample_rate: Hz; None in ``convention="ddsp"``.
        reverb_length: taps, at least 2.
        gain: a parameter of any sign; None is a variable that begins at 0.05. In
            ``convention="ddsp"`` :func:`spectrotools.exp_sigmoid` of it is the gain, and None
            begins at 2, which is 1.49.
        decay: a parameter: seconds to decay by 60 dB, above 0, or DDSP's number; None is a
            variable that begins at 0.5 seconds, or at DDSP's 4, which is 0.37 seconds at 16 kHz.
        add_dry: whether to add the sound as it came.
        convention: None, or ``"ddsp"``.
        seed: an integer, for the same noises again; None for any.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range, or there is a sample rate in a convention.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> room = st.effects.ExpDecayReverb(sample_rate=16000, gain=0.1, decay=0.2, seed=0)
        >>> ir = room.get_controls(tf.zeros([1, 100]))["ir"]
        >>> f"{st.reverberation_time(ir, sample_rate=16000, decay_db=(-5, -25)):.1f}"
        '0.2'
    """

    def __init__(
        self,
        *,
        sample_rate: float | None = None,
        reverb_length: int = 48000,
        gain: Any = None,
        decay: Any = None,
        add_dry: bool = True,
        convention: DecayConvention | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        if convention is None:
            check(sample_rate is not None, "sample_rate must be given", sample_rate)
            sample_rate = checked_rate(sample_rate or 0.0)
        else:
            one_of("convention", convention, DecayConvention)
            rule = "sample_rate must be None in a convention"
            check(sample_rate is None, rule, sample_rate)
        ours = convention is None
        own = {"dtype": options.get("dtype", "float32")}
        if gain is None:
            gain = Parameter(0.05 if ours else 2.0, **own)
        if decay is None:
            decay = Positive(0.5, **own) if ours else Parameter(4.0, **own)
        settings = {
            "sample_rate": sample_rate,
            "reverb_length": integer("reverb_length", reverb_length, 2),
            "gain": parameter("gain", gain, **own),
            "decay": within_range("decay", decay, *((_SHORTEST,) if ours else ()), **own),
            "add_dry": bool(add_dry),
            "convention": convention,
            "seed": None if seed is None else integer("seed", seed, 0, 2**31 - 1),
        }
        super().__init__(settings=settings, **options)
        self._seeds = keras.random.SeedGenerator(self.seed)

    def _response(self) -> tf.Tensor:
        gain = self._value("gain")
        return exponential_decay_response(
            gain if self.convention is None else exp_sigmoid(gain),
            self._value("decay"),
            length=self.reverb_length,
            seed=next_seed(self._seeds),
            sample_rate=self.sample_rate,
            convention=self.convention,
        )
