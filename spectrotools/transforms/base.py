"""What all transforms are."""

from .._value import Value

__all__ = ["Transform"]


class Transform(Value):
    """A frozen, keyword-only dataclass that owns an analysis and the way back it has."""
