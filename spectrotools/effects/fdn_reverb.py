"""Reverberation by a network of delay lines."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .._validate import check, integer
from ..layers.bounds import Bounded, Positive
from ..layers.matrices import Orthogonal
from ..layers.parameters import Parameter, within_range
from ..ops.arguments import checked_rate
from ..ops.feedback_delay_network import feedback_delay_network
from .effect import Effect

__all__ = ["FDNReverb"]

_DELAYS = (1009, 1201, 1433, 1657, 1867, 2083, 2311, 2551)  # primes, 63 to 159 ms at 16 kHz

_ABOVE_0 = float(np.finfo(np.float32).tiny), np.inf


@keras.saving.register_keras_serializable("spectrotools")
class FDNReverb(Effect):
    """Reverberate by delay lines: :func:`spectrotools.feedback_delay_network` as a layer.

    What comes out of the lines comes in again by an orthogonal matrix, and so only the decay
    makes it fainter: no training makes it unstable, as long as ``feedback`` is ``Orthogonal``.

    Args:
        sample_rate: Hz.
        delays: whole numbers of samples, one for each line; the shortest says how long a step
            is, of which the time taken is the number.
        decay_seconds: a parameter above 0; None is a variable that begins at 1.5.
        high_decay_seconds: the same of high frequencies, a parameter; None is a variable that
            begins at 0.5, and False is as low ones.
        crossover_hz: from low to high frequencies, a parameter below half the sample rate; None
            is a variable that begins at an eighth of the sample rate.
        feedback: a parameter, an orthogonal matrix; None is one to turn.
        input_gains: a parameter, one for each line; None is a variable that begins at ones.
        output_gains: the same; None begins at 1 / lines, of both signs.
        add_dry: whether to add the sound as it came.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range or a parameter is not of the shape.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> room = st.effects.FDNReverb(sample_rate=16000, add_dry=False)
        >>> click = tf.one_hot([0], 32000)
        >>> times = st.reverberation_time(room(click), sample_rate=16000, decay_db=(-5, -25))
        >>> bool(0.5 < times[0] < 1.6)
        True
    """

    def __init__(
        self,
        *,
        sample_rate: float,
        delays: Sequence[int] = _DELAYS,
        decay_seconds: Any = None,
        high_decay_seconds: Any = None,
        crossover_hz: Any = None,
        feedback: Any = None,
        input_gains: Any = None,
        output_gains: Any = None,
        add_dry: bool = True,
        **options: Any,
    ) -> None:
        rate, lines = checked_rate(sample_rate), len(delays)
        check(lines >= 1, "delays must be at least one", tuple(delays))
        own = {"dtype": options.get("dtype", "float32")}
        given = {
            "decay_seconds": decay_seconds,
            "high_decay_seconds": high_decay_seconds,
            "crossover_hz": crossover_hz,
            "feedback": feedback,
            "input_gains": input_gains,
            "output_gains": output_gains,
        }
        settings: dict[str, Any] = {"sample_rate": rate}
        settings["delays"] = [integer("delays", delay, 1) for delay in delays]
        if high_decay_seconds is False:
            rule = "crossover_hz must be None without high_decay_seconds"
            check(crossover_hz is None, rule, crossover_hz)
            settings |= {name: given.pop(name) for name in ("high_decay_seconds", "crossover_hz")}
        begun = _begun(rate, lines, own)
        ranges = {"decay_seconds": _ABOVE_0, "high_decay_seconds": _ABOVE_0}
        ranges["crossover_hz"] = _ABOVE_0[0], rate / 2
        for name, value in given.items():
            made = begun[name]() if value is None else value
            settings[name] = within_range(name, made, *ranges.get(name, ()), **own)
        sizes = {"feedback": (lines, lines), "input_gains": (lines,), "output_gains": (lines,)}
        for name, shape in sizes.items():
            known = tuple(settings[name].value().shape)
            check(known == shape, f"{name} must be of shape {shape}", known)
        strongest = float(np.linalg.norm(np.array(settings["feedback"].value(), np.float64), 2))
        rule = "feedback must begin with a matrix that makes nothing louder"
        check(strongest < 1.0 + 1e-3, rule, settings["feedback"].value())
        super().__init__(settings={**settings, "add_dry": bool(add_dry)}, **options)

    def get_controls(self, audio: tf.Tensor) -> dict[str, tf.Tensor]:
        """Give the numbers of the network.

        Args:
            audio: ``[..., time]``.
        """
        names = ["feedback", "input_gains", "output_gains", "decay_seconds"]
        if self.high_decay_seconds is not False:
            names += ["high_decay_seconds", "crossover_hz"]
        return {"audio": audio, **{name: self._value(name) for name in names}}

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> dict[str, Any]:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        memory = [*batch_shape, len(self.delays), max(self.delays) + 2]
        left = tf.zeros(memory, self.compute_dtype)
        return {"silence": tf.zeros([*batch_shape, 0], self.compute_dtype), "left": left}

    def _process(self, controls: dict[str, Any], left: Any) -> tuple[tf.Tensor, Any]:
        wet, left = feedback_delay_network(
            **controls,
            delays=self.delays,
            sample_rate=self.sample_rate,
            state=left,
            return_state=True,
        )
        return (wet + controls["audio"] if self.add_dry else wet), left


def _begun(rate: float, lines: int, own: dict[str, Any]) -> dict[str, Callable]:
    """What makes each parameter that is not given."""
    turned = keras.initializers.Orthogonal(seed=1)
    signs = [(-1.0) ** line / lines for line in range(lines)]
    return {
        "decay_seconds": lambda: Positive(1.5, **own),
        "high_decay_seconds": lambda: Positive(0.5, **own),
        "crossover_hz": lambda: Bounded(rate / 8, low=rate / 1000, high=rate / 2.05, **own),
        "feedback": lambda: Orthogonal(turned, shape=(lines, lines), **own),
        "input_gains": lambda: Parameter([1.0] * lines, **own),
        "output_gains": lambda: Parameter(signs, **own),
    }
