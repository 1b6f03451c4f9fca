"""Sound to sinusoids to one harmonic tone, and each of them to sound again."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import keras
import tensorflow as tf

from .._validate import check, number
from ..layers.processor_group import ProcessorGroup
from ..losses.loss import Loss
from ..losses.spectral import MultiScaleSpectral
from ..ops.partials import sinusoidal_to_harmonic
from ..ops.pitch_units import hz_to_midi
from .harmonic_encoder import HarmonicEncoder
from .loss_terms import mean_terms
from .sinusoidal_encoder import SinusoidalEncoder
from .voices import harmonic_plus_noise, sinusoidal_plus_noise

__all__ = ["InverseSynthesis"]

_SILENT = 1e-5  # amplitude


@keras.saving.register_keras_serializable("spectrotools")
class InverseSynthesis(keras.Model):
    r"""Find the pitch of a sound, and all else that a synthesiser plays it by, without labels.

    A :class:`SinusoidalEncoder` hears sinusoids and noise in ``audio``; a
    :class:`HarmonicEncoder` makes of the sinusoids one tone. Both are played, and ``losses``
    compare each with the sound. Two more terms tie the two together, and to what is known:

    =================  ========================================================================
    term               of every frame
    =================  ========================================================================
    ``consistency``    :math:`\frac{1}{K} \sum_k |\ln(a_k + f) - \ln(s_k + f)|`, of the tone's
                       harmonics a and of what the sinusoids have near them, s
                       (:func:`sinusoidal_to_harmonic`); f is 1e-5
    ``pitch``          octaves between ``f0_hz`` and that of the batch, weighted by
                       ``f0_confidence``: for notes that were made, as those of
                       :class:`spectrotools.data.SyntheticNotes`
    =================  ========================================================================

    Args:
        encoder: from a batch to the inputs of ``sinusoidal_group``.
        harmonic_encoder: from sinusoids to the inputs of ``harmonic_group``.
        sinusoidal_group: of which one node, ``sinusoidal``, has ``frequencies_hz``.
        harmonic_group: of which one node, ``harmonic``, has ``f0_hz``; it hears ``magnitudes``
            of the encoder too.
        losses: of either sound; None is ``MultiScaleSpectral.preset("ddsp_log")``.
        consistency: weight of that term, at least 0.
        pitch: weight of that term, at least 0; above 0 a batch has ``f0_hz`` and
            ``f0_confidence``.
        **options: of ``keras.Model``.

    Raises:
        ValueError: if a part is of the wrong kind; and when called, if the batch lacks something.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> model = st.models.InverseSynthesis.of_rate(sample_rate=16000, hop_length=256)
        >>> outputs = model({"audio": tf.zeros([1, 4000])})
        >>> tuple(outputs["audio"].shape), tuple(outputs["harmonic/f0_hz"].shape)
        ((1, 4000), (1, 16))

    References:
        Engel, Swavely, Hantrakul, Roberts, Hawthorne, "Self-supervised pitch detection by inverse
        audio synthesis", 2020. ddsp 3.7, ``models.InverseSynthesis``; sizes and terms are ours.
    """

    def __init__(
        self,
        *,
        encoder: SinusoidalEncoder,
        harmonic_encoder: HarmonicEncoder,
        sinusoidal_group: ProcessorGroup,
        harmonic_group: ProcessorGroup,
        losses: Iterable[Loss] | None = None,
        consistency: float = 0.1,
        pitch: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        parts = {
            "encoder": (encoder, SinusoidalEncoder),
            "harmonic_encoder": (harmonic_encoder, HarmonicEncoder),
            "sinusoidal_group": (sinusoidal_group, ProcessorGroup),
            "harmonic_group": (harmonic_group, ProcessorGroup),
        }
        for name, (part, kind) in parts.items():
            check(isinstance(part, kind), f"{name} must be a {kind.__name__}", part)
            setattr(self, name, part)
        self.hop_length = encoder.hop_length
        for group, node in ((sinusoidal_group, "sinusoidal"), (harmonic_group, "harmonic")):
            names = [processor.name for processor in group.processors]
            check(node in names, f"{node}_group must have a node {node!r}", names)
        usual = (MultiScaleSpectral.preset("ddsp_log"),)
        self.sound_losses = usual if losses is None else tuple(losses)
        measured = self.sound_losses and all(isinstance(e, Loss) for e in self.sound_losses)
        check(bool(measured), "losses must be Losses, at least one", self.sound_losses)
        self.weights_of_terms = {
            "consistency": number("consistency", consistency, 0.0),
            "pitch": number("pitch", pitch, 0.0),
        }

    @classmethod
    def of_rate(
        cls,
        *,
        sample_rate: float = 16000,
        hop_length: int = 256,
        seed: int | None = None,
        **options: Any,
    ) -> Self:
        """Build one of the usual sizes, without a room, at a rate of one's own."""
        grid: dict[str, Any] = {"sample_rate": sample_rate, "hop_length": hop_length}
        parts = {
            "encoder": SinusoidalEncoder(**grid),
            "harmonic_encoder": HarmonicEncoder(),
            "sinusoidal_group": sinusoidal_plus_noise(**grid, reverb_length=None, seed=seed),
            "harmonic_group": harmonic_plus_noise(**grid, reverb_length=None, seed=seed),
        }
        return cls(**{**parts, **options})

    def build(self, shapes: Mapping[str, Any]) -> None:
        """Make the weights."""
        if not self.encoder.built:
            self.encoder.build(shapes)
        if not self.harmonic_encoder.built:
            count = dict(self.encoder.outputs)["amplitudes"]
            inputs = dict.fromkeys(self.harmonic_encoder.inputs, (None, None, count))
            self.harmonic_encoder.build(inputs)

    def call(self, batch: Mapping[str, Any], training: bool | None = None) -> dict[str, tf.Tensor]:
        """Hear a batch, and play what was heard.

        Args:
            batch: ``audio``, float32 ``[batch, samples]``; it may hold more.
            training: as Keras has it; it changes nothing here.

        Returns:
            ``audio``, the tone, and ``sinusoidal_audio``, ``[batch, samples]``; and every control
            that has frames, by its processor and name, as ``"harmonic/f0_hz"``.
        """
        heard = self.encoder(batch)
        samples = tf.shape(batch["audio"])[-1]
        samples = samples if batch["audio"].shape[-1] is None else batch["audio"].shape[-1]
        sound, outputs = _played(self.sinusoidal_group, heard)
        sinusoids = {name: outputs[f"sinusoidal/{name}"] for name in self.harmonic_encoder.inputs}
        tone = {**heard, **self.harmonic_encoder(sinusoids)}
        audio, controls = _played(self.harmonic_group, tone)
        cut = {"audio": audio[..., :samples], "sinusoidal_audio": sound[..., :samples]}
        return {**outputs, **controls, **cut}

    def losses_of(
        self, batch: Mapping[str, Any], outputs: Mapping[str, tf.Tensor]
    ) -> dict[str, tf.Tensor]:
        """Give the weighted terms of the loss, whose sum it is, each the mean of a batch.

        Args:
            batch: that :meth:`call` was given.
            outputs: that it gave.

        Returns:
            Scalars, by the sound, the class of the loss and the term, as
            ``"audio/MultiScaleSpectral/magnitude"``; ``"consistency"``, ``"pitch"``.
        """
        terms = {
            f"{sound}/{name}": value
            for sound in ("audio", "sinusoidal_audio")
            for name, value in mean_terms(
                self.sound_losses, batch["audio"], outputs[sound]
            ).items()
        }
        given = {"consistency": self._consistency, "pitch": _pitch}
        for name, weight in self.weights_of_terms.items():
            if weight:
                terms[name] = weight * given[name](batch, outputs)
        return terms

    def _consistency(
        self, batch: Mapping[str, Any], outputs: Mapping[str, tf.Tensor]
    ) -> tf.Tensor:
        """How far the harmonics of the tone are from what the sinusoids have near them."""
        shares = outputs["harmonic/harmonic_distribution"]
        gathered = sinusoidal_to_harmonic(
            outputs["sinusoidal/amplitudes"],
            outputs["sinusoidal/frequencies_hz"],
            outputs["harmonic/f0_hz"],
            sample_rate=self.encoder.sample_rate,
            n_harmonics=shares.shape[-1],
        )
        tone = outputs["harmonic/amplitudes"][..., None] * shares
        near = gathered.amplitudes[..., None] * gathered.harmonic_distribution
        ratio = tf.math.log(tone + _SILENT) - tf.math.log(near + _SILENT)
        return tf.reduce_mean(tf.abs(ratio))

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, *options: Any, **named: Any
    ) -> tf.Tensor:
        """Give Keras the sum of :meth:`losses_of`, so that ``fit`` takes batches as they are."""
        return tf.add_n(list(self.losses_of(x, y_pred).values()))

    def get_config(self) -> dict[str, Any]:
        """Return the parts as plain values."""
        described = keras.saving.serialize_keras_object
        config = {name: described(getattr(self, name)) for name in _PARTS}
        config["losses"] = [described(loss) for loss in self.sound_losses]
        return {**super().get_config(), **config, **self.weights_of_terms}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Build the model that ``get_config`` described."""
        restored = keras.saving.deserialize_keras_object
        parts = {name: restored(config[name]) for name in _PARTS}
        losses = [restored(loss) for loss in config["losses"]]
        return cls(**{**config, **parts, "losses": losses})


_PARTS = ("encoder", "harmonic_encoder", "sinusoidal_group", "harmonic_group")


def _played(
    group: ProcessorGroup, inputs: dict[str, tf.Tensor]
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The sound of a group, and the controls that have frames."""
    made, outputs = group(inputs, return_outputs_dict=True), {}
    for processor in group.processors:
        for name in getattr(processor, "frame_axes", ()):
            outputs[f"{processor.name}/{name}"] = made["controls"][processor.name]["controls"][
                name
            ]
    return made["signal"], outputs


def _pitch(batch: Mapping[str, Any], outputs: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """Octaves from the pitch that was played, where one was."""
    for name in ("f0_hz", "f0_confidence"):
        check(name in batch, f"batch must have {name!r} for the term 'pitch'", sorted(batch))
    played, sure = (tf.cast(batch[name], tf.float32) for name in ("f0_hz", "f0_confidence"))
    octaves = (hz_to_midi(outputs["harmonic/f0_hz"]) - hz_to_midi(played)) / 12.0
    return tf.math.divide_no_nan(tf.reduce_sum(sure * tf.abs(octaves)), tf.reduce_sum(sure))
