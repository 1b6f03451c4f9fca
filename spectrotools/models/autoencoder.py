"""DDSP's autoencoder: features of sound to sound."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

import keras
import tensorflow as tf

from .._validate import check, one_of
from ..layers.processor_group import ProcessorGroup
from ..losses.loss import Loss
from ..losses.spectral import MultiScaleSpectral
from .decoder import FOLLOWING, Decoder
from .features import SCALED, scaled
from .loss_terms import mean_terms
from .mfcc_encoder import MFCCEncoder
from .recurrent_decoder import RecurrentDecoder
from .voices import harmonic_plus_noise

__all__ = ["Autoencoder"]

Preset = Literal["solo", "tiny", "z"]

_FLOOR = 1e-3  # of magnitudes of the STFT; the rounding of 16 bits has 2.4e-4 in 2048 samples


@keras.saving.register_keras_serializable("spectrotools")
class Autoencoder(keras.Model):
    """Make sound again of its pitch and loudness, by a decoder and processors.

    A batch is a dict of float32 tensors:

    ===============  ====================  ===================================================
    part             shape                 what it is
    ===============  ====================  ===================================================
    ``audio``        ``[batch, samples]``  the target; without it sound has whole hops
    ``f0_hz``        ``[batch, frames]``   Hz, above 0
    ``loudness_db``  ``[batch, frames]``   dB, 0 is the loudest, -80 silence
    ===============  ====================  ===================================================

    with ceil(samples / hop) frames; it may hold more. The decoder is given pitch as MIDI note /
    127 and loudness as dB / 80 + 1.

    =============  =========================================================  ==========
    ``preset``     decoder                                                    weights
    =============  =========================================================  ==========
    ``"solo"``     recurrent 512; stacks of 3 x 512; 60 harmonics, 65 bands   4,801,150
    ``"tiny"``     recurrent 256; no stacks; the same                         232,314
    ``"z"``        as ``"solo"``, of 100 harmonics, and given ``z``           6,407,334
    =============  =========================================================  ==========

    The first two have a room of 48,000 taps besides; the last has none, but a
    :class:`MFCCEncoder` of 843,852 weights.

    The loss is DDSP's ``"ddsp_log"`` with a floor of 1e-3: what is softer than 12 dB above the
    rounding of 16 bits counts as silence. So does the noise that a model begins with, which
    would else be too loud wherever a target has none, in all bands at once (see
    :func:`harmonic_plus_noise` for what that does).

    Args:
        decoder: of the features, to the inputs of the processors; see :class:`Decoder`.
        processor_group: what makes sound of them and of ``f0_hz``.
        encoder: from a batch to ``z``, ``[batch, frames, size]``, which the decoder is given; or
            None.
        losses: of the sound; None is ``MultiScaleSpectral.preset("ddsp_log")`` with a floor of
            1e-3.
        **options: of ``keras.Model``.

    Raises:
        ValueError: if a part is of the wrong kind, or the decoder needs ``z`` and there is no
            encoder; and when called, if the batch lacks something or its frames do not fit.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> model = st.models.Autoencoder.preset("tiny")
        >>> batch = {"f0_hz": tf.fill([1, 10], 220.0), "loudness_db": tf.fill([1, 10], -20.0)}
        >>> outputs = model(batch)
        >>> tuple(outputs["audio"].shape), tuple(outputs["harmonic/amplitudes"].shape)
        ((1, 640), (1, 10))
        >>> model.decoder.count_params(), model.processor_group.count_params()
        (232314, 48000)

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020.
        The sizes are those of ddsp 3.7's ``solo_instrument.gin`` and ``tiny_instrument.gin``.
    """

    def __init__(
        self,
        *,
        decoder: Decoder,
        processor_group: ProcessorGroup,
        encoder: keras.layers.Layer | None = None,
        losses: Iterable[Loss] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        check(isinstance(decoder, Decoder), "decoder must be a Decoder", decoder)
        grouped = isinstance(processor_group, ProcessorGroup)
        check(grouped, "processor_group must be a ProcessorGroup", processor_group)
        usual = (dataclasses.replace(MultiScaleSpectral.preset("ddsp_log"), floor=_FLOOR),)
        self.sound_losses = usual if losses is None else tuple(losses)
        measured = self.sound_losses and all(isinstance(e, Loss) for e in self.sound_losses)
        check(bool(measured), "losses must be Losses, at least one", self.sound_losses)
        known = {*SCALED, *(() if encoder is None else ("z",))}
        unknown = sorted(set(decoder.inputs) - known)
        check(not unknown, f"decoder must have inputs of {sorted(known)}", unknown)
        framed = [p.hop_length for p in processor_group.processors if hasattr(p, "frame_axes")]
        check(len(set(framed)) == 1, "processor_group must have one hop_length", framed)
        self.decoder, self.processor_group, self.encoder = decoder, processor_group, encoder
        self.hop_length = framed[0]

    @classmethod
    def preset(
        cls, name: Preset, *, sample_rate: float = 16000, hop_length: int = 64, **options: Any
    ) -> Self:
        """Build a published model (see the table of this class), at a rate of one's own."""
        settings = _PRESETS[one_of("preset", name, Preset)]
        encoded = "z" in settings.get("inputs", ())
        encoder = MFCCEncoder(sample_rate=sample_rate, hop_length=hop_length) if encoded else None
        group = harmonic_plus_noise(
            sample_rate=sample_rate,
            hop_length=hop_length,
            reverb_length=None if encoded else 48000,
        )
        decoder = RecurrentDecoder(following=FOLLOWING, **settings)
        parts = {"decoder": decoder, "processor_group": group}
        return cls(**{**parts, "encoder": encoder, **options})

    def build(self, shapes: Mapping[str, Any]) -> None:
        """Make the weights for batches of these shapes."""
        if self.encoder is not None and not self.encoder.built:
            self.encoder.build(shapes)
        features = {}
        for name in self._scaled_names():
            check(
                SCALED[name][0] in shapes, f"batch must have {SCALED[name][0]!r}", sorted(shapes)
            )
            features[name] = (*shapes[SCALED[name][0]], 1)
        if self.encoder is not None:
            features["z"] = (None, None, self.encoder.size)
        if not self.decoder.built:  # as one is that was loaded
            self.decoder.build(features)

    def call(self, batch: Mapping[str, Any], training: bool | None = None) -> dict[str, tf.Tensor]:
        """Make sound of a batch.

        Args:
            batch: see the table of this class.
            training: as Keras has it; it changes nothing here.

        Returns:
            ``audio``, ``[batch, samples]``; ``z`` if there is an encoder; and every control that
            has frames, by its processor and name, as ``"harmonic/amplitudes"``.
        """
        features = self.features_of(batch)
        inputs = {**_beside(batch), **self.decoder(features)}
        made = self.processor_group(inputs, return_outputs_dict=True)
        outputs = {"audio": self._cut(made["signal"], batch)}
        for processor in self.processor_group.processors:
            for name in getattr(processor, "frame_axes", ()):
                controls = made["controls"][processor.name]["controls"]
                outputs[f"{processor.name}/{name}"] = controls[name]
        return outputs | ({"z": features["z"]} if "z" in features else {})

    def initial_state(self, batch_size: int = 1) -> dict[str, Any]:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        check(self.encoder is None, "encoder must be None to stream", self.encoder)
        decoder = self.decoder.initial_state(batch_size)
        return {"decoder": decoder, "sound": self.processor_group.initial_state((batch_size,))}

    def step(self, batch: Mapping[str, Any], state: Any) -> tuple[tf.Tensor, dict[str, Any]]:
        """Play the next frames: ``step(batch, state)`` gives ``(sound, state)``.

        However frames are cut into blocks, the sounds of all steps and of :meth:`flush` after
        them are together that of the whole. A step is a hop late: what comes after its last
        frame depends on the next.

        Args:
            batch: the features of some frames, without ``audio``; see the table of this class.
            state: of :meth:`initial_state`, or what the step before gave.
        """
        controls, decoder = self.decoder.step(self.features_of(batch), state["decoder"])
        inputs = {**_beside(batch), **controls}
        sound, made = self.processor_group.step(inputs, state["sound"])
        return sound, {"decoder": decoder, "sound": made}

    def flush(self, state: dict[str, Any]) -> tf.Tensor:
        """The sound that a stream still owes when its last frame has come."""
        return self.processor_group.flush(state["sound"])

    def features_of(self, batch: Mapping[str, Any]) -> dict[str, tf.Tensor]:
        """Give what the decoder is given of a batch, ``[batch, frames, size]`` by name."""
        features = {name: scaled(name, batch) for name in self._scaled_names()}
        if self.encoder is not None:
            features["z"] = self.encoder(batch)
        return features

    def losses_of(
        self, batch: Mapping[str, Any], outputs: Mapping[str, tf.Tensor]
    ) -> dict[str, tf.Tensor]:
        """Give the weighted terms of the loss, whose sum it is, each the mean of a batch.

        Args:
            batch: that :meth:`call` was given, with ``audio``.
            outputs: that it gave.

        Returns:
            Scalars, by the class of the loss and the term, as ``"MultiScaleSpectral/magnitude"``.
        """
        check("audio" in batch, "batch must have 'audio'", sorted(batch))
        return mean_terms(self.sound_losses, batch["audio"], outputs["audio"])

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, *options: Any, **named: Any
    ) -> tf.Tensor:
        """Give Keras the sum of :meth:`losses_of`, so that ``fit`` takes batches as they are."""
        return tf.add_n(list(self.losses_of(x, y_pred).values()))

    def get_config(self) -> dict[str, Any]:
        """Return the parts as plain values."""
        described = keras.saving.serialize_keras_object
        parts = ("decoder", "processor_group", "encoder")
        config = {name: described(getattr(self, name)) for name in parts}
        config["losses"] = [described(loss) for loss in self.sound_losses]
        return {**super().get_config(), **config}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Build the model that ``get_config`` described."""
        restored = keras.saving.deserialize_keras_object
        parts = {
            name: restored(config[name]) for name in ("decoder", "processor_group", "encoder")
        }
        losses = [restored(loss) for loss in config["losses"]]
        return cls(**{**config, **parts, "losses": losses})

    def _scaled_names(self) -> list[str]:
        return [name for name in self.decoder.inputs if name != "z"]

    def _cut(self, signal: tf.Tensor, batch: Mapping[str, Any]) -> tf.Tensor:
        """The sound of as many samples as the target has."""
        if "audio" not in batch:
            return signal
        given, made = batch["audio"].shape[-1], signal.shape[-1]
        if given is not None and made is not None:
            rule = "batch must have ceil(samples / hop_length) frames"
            sizes = {"samples": given, "hop_length": self.hop_length}
            frames = made // self.hop_length
            check(frames == -(-given // self.hop_length), rule, {**sizes, "frames": frames})
        return signal[..., : tf.shape(batch["audio"])[-1] if given is None else given]


def _beside(batch: Mapping[str, Any]) -> dict[str, tf.Tensor]:
    """What processors are given of the batch itself."""
    return {"f0_hz": tf.cast(batch["f0_hz"], tf.float32)[..., None]} if "f0_hz" in batch else {}


_PRESETS: dict[str, dict[str, Any]] = {
    "solo": {},
    "tiny": {"rnn_units": 256, "layers": 0},
    "z": {
        "inputs": ("loudness_scaled", "f0_scaled", "z"),
        "outputs": (("amplitudes", 1), ("harmonic_distribution", 100), ("magnitudes", 65)),
    },
}
