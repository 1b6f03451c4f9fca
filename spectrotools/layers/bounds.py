"""Parameters that stay within bounds."""

from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from .._validate import check, one_of
from .parameters import Parameter

__all__ = ["Bounded", "Positive"]

Positivity = Literal["exp", "softplus"]


@keras.saving.register_keras_serializable("spectrotools")
class Positive(Parameter):
    r"""A parameter above 0.

    Args:
        initial: where it begins, above 0.
        form: ``"exp"``, which moves in proportion, or ``"softplus"``, :math:`\ln(1 + e^x)`,
            which moves evenly where it is large.
        **options: of :class:`Parameter`.

    Raises:
        ValueError: if ``initial`` is not above 0.

    Example:
        >>> import spectrotools as st
        >>> f"{st.layers.Positive(3.0).value():.3f}"
        '3.000'
    """

    def __init__(self, initial: Any, *, form: Positivity = "exp", **options: Any) -> None:
        self._form = one_of("form", form, Positivity)
        super().__init__(initial, **options)

    def value(self) -> tf.Tensor:
        """What the parameter is now."""
        return (tf.exp if self._form == "exp" else tf.math.softplus)(super().value())

    def get_config(self) -> dict[str, Any]:
        """Return the settings."""
        return {**super().get_config(), "form": self._form}

    def _free(self, value: np.ndarray) -> np.ndarray:
        check(bool(np.all(value > 0)), "initial must be above 0", value)
        return np.log(value) if self._form == "exp" else value + np.log(-np.expm1(-value))


@keras.saving.register_keras_serializable("spectrotools")
class Bounded(Parameter):
    r"""A parameter between two numbers, :math:`l + (h - l)\,\sigma(x)`.

    Args:
        initial: where it begins, between ``low`` and ``high``.
        low: what it stays above.
        high: what it stays below.
        **options: of :class:`Parameter`.

    Raises:
        ValueError: if ``initial`` is not between them.

    Example:
        >>> import spectrotools as st
        >>> f"{st.layers.Bounded(0.25, low=0.0, high=1.0).value():.3f}"
        '0.250'
    """

    def __init__(self, initial: Any, *, low: float, high: float, **options: Any) -> None:
        check(-np.inf < low < high < np.inf, "low must be below high, and finite", (low, high))
        self._low, self._high = float(low), float(high)
        super().__init__(initial, **options)

    def value(self) -> tf.Tensor:
        """What the parameter is now."""
        return self._low + (self._high - self._low) * tf.sigmoid(super().value())

    def get_config(self) -> dict[str, Any]:
        """Return the settings."""
        return {**super().get_config(), "low": self._low, "high": self._high}

    def _free(self, value: np.ndarray) -> np.ndarray:
        within = bool(np.all((value > self._low) & (value < self._high)))
        check(within, f"initial must be above {self._low} and below {self._high}", value)
        return np.log((value - self._low) / (self._high - value))
