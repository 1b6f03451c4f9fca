"""Checks of arguments, raised with the argument's name, the rule and the value."""

import math
import numbers
from typing import Any, get_args

__all__ = ["check", "integer", "number", "one_of"]


def check(condition: bool, rule: str, value: Any) -> None:
    """Raise ``ValueError("{rule}; got {value}.")`` unless ``condition`` holds."""
    if not condition:
        raise ValueError(f"{rule}; got {value!r}.")


def integer(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return ``value`` as an int after checking that it is one and lies in [low, high]."""
    is_integer = hasattr(value, "__index__") and not isinstance(value, bool)
    bounds = f"in [{low}, {high}]" if high is not None else f"of at least {low}"
    if not (is_integer and low <= value and (high is None or value <= high)):
        raise ValueError(f"{name} must be an integer {bounds}; got {value!r}.")
    return int(value)


def number(name: str, value: Any, low: float, high: float = math.inf) -> float:
    """Return ``value`` as a float after checking that it is a finite one in [low, high]."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    bounds = f"in [{low:g}, {high:g}]" if high < math.inf else f"of at least {low:g}"
    if not (is_number and math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} must be a number {bounds}; got {value!r}.")
    return float(value)


def one_of(name: str, value: Any, options: Any, *, optional: bool = False) -> Any:
    """Return ``value`` after checking that it is of a ``Literal`` alias, or None if optional."""
    allowed = get_args(options)
    if value not in allowed and not (optional and value is None):
        names = ", ".join(repr(option) for option in allowed)
        raise ValueError(f"{name} must be one of {names}; got {value!r}.")
    return value
