"""A whole clip at a time, of any batch, as a SavedModel."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tensorflow as tf

from ..models.autoencoder import Autoencoder
from .player import Inputs, features_of, inputs_of, played_of

__all__ = ["save_signatures", "signatures_of", "write_saved_model"]


def write_saved_model(model: Autoencoder, folder: Path) -> None:
    """Write the signature ``serving_default``, from a batch as the model takes it to ``audio``.

    Of a model with an encoder that batch has ``audio`` to be encoded, and a second signature,
    ``decode``, has ``z`` instead.
    """
    functions = {
        "serving_default": lambda **batch: model(batch)["audio"],
        "decode": lambda **batch: _decoded(model, batch),
    }
    signatures = {
        name: _traced(functions[name], inputs)
        for name, inputs in signatures_of(inputs_of(model)).items()
    }
    save_signatures(model.variables, folder, signatures)


def signatures_of(inputs: Inputs) -> dict[str, Inputs]:
    """The parts of a batch that each signature takes, of those that a model plays."""
    if "z" not in inputs:
        return {"serving_default": inputs}
    encoded = {name: size for name, size in inputs.items() if name != "z"}
    return {"serving_default": {**encoded, "audio": ()}, "decode": inputs}


def save_signatures(variables: Iterable[Any], folder: Path, signatures: dict[str, Any]) -> None:
    """Save functions with Keras variables that they read, and without their gradients."""
    module = tf.Module()
    module.model_variables = [variable.value for variable in variables]
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(module, str(folder), signatures=signatures, options=options)


def _traced(function: Any, inputs: Inputs) -> Any:
    specs = {
        name: tf.TensorSpec([None, None, *size], tf.float32, name) for name, size in inputs.items()
    }
    traced = tf.function(lambda **given: {"audio": function(**given)}, autograph=False)
    return traced.get_concrete_function(**specs)


def _decoded(model: Autoencoder, batch: dict[str, tf.Tensor]) -> tf.Tensor:
    """The sound of features that are all given."""
    controls = model.decoder(features_of(model, batch))
    return model.processor_group({**played_of(batch), **controls})
