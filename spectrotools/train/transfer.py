"""Playing a trained instrument by a recording: timbre transfer."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .._validate import check
from ..data.features import FLOOR_DB, Features
from ..data.with_notes import add_notes
from ..models.autoencoder import Autoencoder
from ..models.features import SCALED

__all__ = ["features_for", "heard_by", "transfer"]


def features_for(model: Autoencoder) -> Features:
    """What the model has to be told of a sound, and how often."""
    rule = "the model must be an Autoencoder to be played by a recording"
    check(isinstance(model, Autoencoder), rule, type(model).__name__)
    rates = {p.sample_rate for p in model.processor_group.processors if hasattr(p, "sample_rate")}
    (rate,) = rates
    return Features(sample_rate=int(rate), frame_rate=int(rate) // model.hop_length)


def heard_by(model: keras.Model, told: Mapping[str, Any]) -> dict[str, tf.Tensor]:
    """A batch of one sound, of which so much is told; its notes too, if the model plays notes."""
    if isinstance(model, Autoencoder):
        wanted = {SCALED[name][0] for name in model.decoder.inputs if name in SCALED}
        if not wanted <= told.keys():
            told = add_notes(told, features_for(model).frame_rate)
    return {name: tf.cast(value, tf.float32)[None] for name, value in told.items()}


def transfer(
    model: Autoencoder,
    audio: np.ndarray,
    *,
    transpose_semitones: float = 0.0,
    loudness_shift_db: float = 0.0,
) -> np.ndarray:
    """Play what a recording plays, by a model's instrument.

    Args:
        model: trained.
        audio: ``[time]``, at the model's sample rate.
        transpose_semitones: added to the pitch.
        loudness_shift_db: added to the loudness, but to silence.

    Returns:
        float32 ``[time]``, as long as ``audio``.

    Raises:
        ValueError: if a shift is no finite number, or ``audio`` is no signal of one channel.
    """
    shifts = {"transpose_semitones": transpose_semitones, "loudness_shift_db": loudness_shift_db}
    for name, shift in shifts.items():
        check(bool(np.isfinite(shift)), f"{name} must be a finite number", shift)
    told = features_for(model)(audio)
    loud = told["loudness_db"] > FLOOR_DB
    shifted = {
        **told,
        "audio": audio,
        "f0_hz": told["f0_hz"] * np.float32(2.0 ** (transpose_semitones / 12)),
        "loudness_db": np.where(
            loud, told["loudness_db"] + np.float32(loudness_shift_db), FLOOR_DB
        ),
    }
    return model(heard_by(model, shifted))["audio"][0, : len(audio)].numpy()
