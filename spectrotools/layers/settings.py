"""Settings of layers as plain values, and back."""

import functools
from collections.abc import Callable
from typing import Any

import keras

from .._validate import check
from ..ops import frequency_mapping, pitch_units, scaling, units

__all__ = ["described", "restored"]

_MODULES = (scaling, frequency_mapping, pitch_units, units)
_OURS = {name: getattr(module, name) for module in _MODULES for name in module.__all__}


def described(value: Any) -> Any:
    """A setting as a plain value, ready for JSON."""
    if isinstance(value, keras.layers.Layer):
        # By this mark Keras knows again what two layers of a model share. It sets none on the
        # first of the two, whose configuration it has copied by then.
        return {**keras.saving.serialize_keras_object(value), "shared_object_id": id(value)}
    if isinstance(value, list | tuple):
        return [described(item) for item in value]
    return _described_function(value) if callable(value) else value


def restored(value: Any) -> Any:
    """The setting that was ``described``."""
    if isinstance(value, list):
        return [restored(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "keras.ops" in value:
        return getattr(keras.ops, value["keras.ops"])
    if "scaling" in value:
        function = _OURS[value["scaling"]]
        return functools.partial(function, **value["with"]) if value["with"] else function
    return keras.saving.deserialize_keras_object(value)


def _described_function(function: Callable) -> Any:
    settings: dict[str, Any] = {}
    plain = function
    if isinstance(function, functools.partial):
        check(not function.args, "a partial must bind by keyword only", function)
        plain, settings = function.func, dict(function.keywords)
    name = getattr(plain, "__name__", None)
    if _OURS.get(name or "") is plain:
        return {"scaling": name, "with": settings}
    if getattr(keras.ops, name or "", None) is plain and plain is function:
        return {"keras.ops": name}
    rule = "a function to be saved must be of keras.ops, a scaling of ours, or registered by "
    rule += "keras.saving.register_keras_serializable"
    check(plain is function, rule, function)
    saved = keras.saving.serialize_keras_object(function)
    if name != "<lambda>":  # which Keras loads only if it is told that it is safe
        try:
            found = keras.saving.deserialize_keras_object(saved)
        except (TypeError, ValueError):
            found = None
        check(found is function, rule, function)
    return saved
