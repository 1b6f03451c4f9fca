"""An encoder of sinusoids as one harmonic tone."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from .._validate import check, integer, number
from ..layers.fully_connected import FullyConnected
from ..layers.gru import GRU
from ..ops.frequency_mapping import frequencies_softmax
from ..ops.pitch_units import hz_to_midi

__all__ = ["HarmonicEncoder"]

_SILENT = 1e-5  # amplitude
_SPREAD = 0.1  # brings logarithms of amplitudes to about [-1, 1]


@keras.saving.register_keras_serializable("spectrotools")
class HarmonicEncoder(keras.layers.Layer):
    """Encode sinusoids as the tone whose harmonics they are: its pitch and what is in it.

    Frequencies as MIDI note / 127 and logarithms of amplitudes go through a fully connected
    stack and a gated recurrent unit. Pitch is the mean of ``places`` from ``fmin`` to ``fmax``,
    evenly in octaves, by the weights that the network gives them (:func:`frequencies_softmax`).

    Args:
        n_harmonics: of the tone, at least 1.
        places: of pitch, at least 2.
        fmin: lowest fundamental, Hz, above 0.
        fmax: highest fundamental, Hz, above ``fmin``.
        rnn_units: of the recurrent layer, at least 1.
        units: of each fully connected layer, at least 1.
        layers: of the stack, at least 0.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> encoder = st.models.HarmonicEncoder(rnn_units=8, units=8)
        >>> outputs = encoder({name: tf.ones([1, 16, 20]) for name in encoder.inputs})
        >>> {name: tuple(value.shape) for name, value in outputs.items()}
        {'amplitudes': (1, 16, 1), 'harmonic_distribution': (1, 16, 60), 'f0_hz': (1, 16, 1)}

    References:
        Engel et al., "Self-supervised pitch detection by inverse audio synthesis", 2020 (the
        idea; sizes are ours).
    """

    inputs = ("frequencies_hz", "amplitudes")

    def __init__(
        self,
        *,
        n_harmonics: int = 60,
        places: int = 64,
        fmin: float = 20.0,
        fmax: float = 1200.0,
        rnn_units: int = 256,
        units: int = 256,
        layers: int = 2,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.fmin, self.fmax = number("fmin", fmin, 1e-3), number("fmax", fmax, 0.0)
        check(self.fmax > self.fmin, f"fmax must be above fmin={self.fmin:g}", self.fmax)
        self.n_harmonics = integer("n_harmonics", n_harmonics, 1)
        self.places = integer("places", places, 2)
        self.rnn_units = integer("rnn_units", rnn_units, 1)
        self.units, self.depth = integer("units", units, 1), integer("layers", layers, 0)
        self.stack = FullyConnected(units=self.units, layers=self.depth)
        self.rnn = GRU(self.rnn_units)
        self.dense_out = keras.layers.Dense(1 + self.n_harmonics + self.places)

    def build(self, shapes: Mapping[str, Any]) -> None:
        """Make the weights for sinusoids of these shapes."""
        frames = tuple(shapes[self.inputs[0]])[:-1]
        heard = (*frames, sum(shapes[name][-1] for name in self.inputs))
        self.stack.build(heard)
        self.rnn.build((*frames, self.units) if self.depth else heard)
        self.dense_out.build((*frames, self.rnn_units))

    def call(self, sinusoids: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Give what :class:`spectrotools.synths.Harmonic` takes.

        Args:
            sinusoids: ``frequencies_hz``, Hz, and ``amplitudes``, linear,
                ``[batch, frames, sinusoids]``.
        """
        notes = hz_to_midi(sinusoids["frequencies_hz"]) / 127.0
        levels = _SPREAD * tf.math.log(sinusoids["amplitudes"] + _SILENT)
        channels = self.rnn(self.stack(tf.concat([notes, levels], axis=-1)))
        sizes = [1, self.n_harmonics, self.places]
        amplitudes, distribution, scores = tf.split(self.dense_out(channels), sizes, axis=-1)
        f0_hz = frequencies_softmax(scores, depth=self.places, fmin=self.fmin, fmax=self.fmax)
        tone = {"amplitudes": amplitudes, "harmonic_distribution": distribution}
        return {**tone, "f0_hz": f0_hz}

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        names = ("n_harmonics", "places", "fmin", "fmax", "rnn_units", "units")
        settings = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **settings, "layers": self.depth}
