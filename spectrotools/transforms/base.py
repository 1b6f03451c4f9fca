"""What makes a transform a value: equality, a dict round trip, and one trace per value."""

import dataclasses
import typing
from typing import Any, Self

import tensorflow as tf

__all__ = ["Transform"]


class Transform:
    """A frozen, keyword-only dataclass that owns an analysis and the way back it has.

    Two transforms with the same settings are equal, hash alike and share one trace of every
    ``tf.function`` that is handed them, even where each is built at the call site.
    """

    def get_config(self) -> dict[str, Any]:
        """Return the settings as a dict of plain values, ready for JSON or Keras."""
        return dataclasses.asdict(self)  # type: ignore[call-overload]

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Build the transform that ``get_config`` described."""
        types = typing.get_type_hints(cls)
        nested = {
            name: types[name].from_config(value)
            for name, value in config.items()
            if isinstance(value, dict)
        }
        return cls(**config | nested)

    def __tf_tracing_type__(self, context: Any) -> tf.types.experimental.TraceType:
        """Tell ``tf.function`` that equal transforms may share a trace."""
        return _ValueType(self)


class _ValueType(tf.types.experimental.TraceType):
    """The trace type of one value: a subtype of itself and of nothing else."""

    def __init__(self, value: Transform):
        self._value = value

    def is_subtype_of(self, other: Any) -> bool:
        return self == other

    def most_specific_common_supertype(self, others: Any) -> "_ValueType | None":
        return self if all(self == other for other in others) else None

    def placeholder_value(self, placeholder_context: Any) -> Transform:
        return self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ValueType) and self._value == other._value
