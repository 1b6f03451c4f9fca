"""Parameters: numbers that a layer learns, within what they may be.

A parameter is a constant, a variable, or an expression of variables. Whichever it is, a layer
asks for its :meth:`Parameter.value` each time that it runs, and saves it with itself.
"""

import math
from collections.abc import Callable
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from .._validate import check, integer
from ..ops.arguments import check_values
from .settings import described, restored

__all__ = ["Expression", "Parameter", "parameter", "within_range"]


@keras.saving.register_keras_serializable("spectrotools")
class Parameter(keras.layers.Layer):
    """A number or an array that training moves, or that stays.

    Wherever a layer of this package takes one of its settings to learn, it takes

    ====================  ===================================================================
    a number, an array    what stays
    ``keras.Variable``    that variable, which other layers may share
    ``Parameter``         this class: a variable of its own
    ``Positive``          above 0, by an exponential or a softplus
    ``Bounded``           between two numbers, by a sigmoid
    ``Scaled``            in a unit of its own, in which it is learnt
    ``LowRank``           a product of two thin matrices
    ``Orthogonal``        a matrix that keeps lengths, by Cayley's transform or an exponential
    ``Expression``        a function of other parameters
    ====================  ===================================================================

    One parameter in two layers is the same in both, also after it was saved and loaded.

    Args:
        initial: where it begins: a number, an array, or a Keras initializer.
        shape: of the value; needed for an initializer, and else that of ``initial``.
        trainable: whether training moves it.
        variable: a variable to stand on instead of one's own; then ``initial`` is None.
        **options: of ``keras.layers.Layer``. ``dtype`` is float32 if not given.

    Raises:
        ValueError: if there is not one of ``initial`` and ``variable``, an initializer has no
            shape, or ``initial`` is not finite.

    Example:
        >>> import spectrotools as st
        >>> gain = st.layers.Parameter([0.5, 2.0])
        >>> gain.value().numpy().tolist()
        [0.5, 2.0]
    """

    def __init__(
        self,
        initial: Any = None,
        *,
        shape: tuple[int, ...] | None = None,
        trainable: bool = True,
        variable: keras.Variable | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**{"dtype": "float32", **options})
        both = (initial is None) != (variable is None)
        check(both, "initial or variable must be given, not both", (initial, variable))
        self.trainable = trainable
        if variable is not None:
            self._initial, self._shape = None, tuple(variable.shape)
            self._variable = variable
        else:
            self._initial, self._shape = self._checked(initial, shape)
            self._variable = self._made()
        self.built = True

    def value(self) -> tf.Tensor:
        """What the parameter is now."""
        return tf.convert_to_tensor(self._variable)

    def get_config(self) -> dict[str, Any]:
        """Return the settings; of a shared variable, its value."""
        initial = self._initial
        if initial is None:
            initial = self._variable.value.numpy()
        if isinstance(initial, np.ndarray):
            initial = {"values": initial.tolist()}
        elif not isinstance(initial, dict):
            initial = keras.initializers.serialize(initial)
        return {
            **super().get_config(),
            "initial": initial,
            "shape": list(self._shape),
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Build the parameter that ``get_config`` described."""
        initial = config["initial"]
        known = isinstance(initial, dict) and set(initial) == {"values"}
        initial = initial["values"] if known else keras.initializers.deserialize(initial)
        return cls(**{**config, "initial": initial, "shape": tuple(config["shape"])})

    def _made(self) -> keras.Variable:
        """The variable whose value, constrained, is the initial one."""
        return self.add_weight(
            name="variable",
            shape=self._free_shape(),
            initializer=self._initializer,
            trainable=self.trainable,
            autocast=False,
        )

    def _free_shape(self) -> tuple[int, ...]:
        return self._shape

    def _initializer(self, shape: tuple[int, ...], dtype: Any = None) -> tf.Tensor:
        initial: Any = self._initial
        if isinstance(initial, np.ndarray):
            return tf.constant(self._free(initial), dtype or self.variable_dtype)
        return tf.cast(self._free(np.asarray(initial(self._shape), np.float64)), dtype)

    def _free(self, value: np.ndarray) -> np.ndarray:
        """What the variable has to be for a value."""
        return value

    def _checked(self, initial: Any, shape: Any) -> tuple[Any, tuple[int, ...]]:
        if isinstance(initial, str | dict) or callable(initial):
            check(shape is not None, "shape must be given with an initializer", shape)
            return keras.initializers.get(initial), tuple(integer("shape", n, 1) for n in shape)
        initial = np.asarray(initial, np.float64)
        check(bool(np.all(np.isfinite(initial))), "initial must be finite", initial)
        shape = initial.shape if shape is None else tuple(shape)
        check(initial.size == 1 or initial.shape == shape, "initial must be of shape", shape)
        return np.broadcast_to(initial, shape).copy(), shape


@keras.saving.register_keras_serializable("spectrotools")
class Expression(keras.layers.Layer):
    """A function of parameters, which are so tied to what else depends on them.

    Args:
        function: of as many tensors as there are parameters: one registered by
            ``keras.saving.register_keras_serializable``, or of ``keras.ops``, to be saved.
        *operands: numbers, arrays, variables and parameters.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if ``function`` cannot be called, or there is nothing to call it with.

    Example:
        >>> import keras
        >>> import spectrotools as st
        >>> left = st.layers.Parameter(3.0)
        >>> right = st.layers.Expression(keras.ops.negative, left)
        >>> f"{right.value():.1f}"
        '-3.0'
    """

    def __init__(self, function: Callable, *operands: Any, **options: Any) -> None:
        super().__init__(**{"dtype": "float32", **options})
        check(callable(function), "function must be callable", function)
        check(len(operands) > 0, "operands must be given", operands)
        self._function = function
        self._operands = [parameter("operands", operand) for operand in operands]
        self.built = True

    def value(self) -> tf.Tensor:
        """What the function makes of what its parameters are now."""
        return tf.convert_to_tensor(self._function(*(each.value() for each in self._operands)))

    def get_config(self) -> dict[str, Any]:
        """Return the function and its parameters."""
        settings = {"function": self._function, "operands": self._operands}
        return {**super().get_config(), **{n: described(v) for n, v in settings.items()}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Build the expression that ``get_config`` described."""
        config = dict(config)
        function, operands = (restored(config.pop(name)) for name in ("function", "operands"))
        return cls(function, *operands, **config)


def within_range(
    name: str,
    value: Any,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    within: bool = False,
    **options: Any,
) -> Parameter | Expression:
    """Take a setting as a :func:`parameter`, checked as :func:`ops.arguments.check_values` does.

    What training makes of it is for the kind of parameter to limit.
    """
    made = parameter(name, value, **options)
    check_values(name, np.array(made.value(), np.float64), low, high, within=within)
    return made


def parameter(name: str, value: Any, **options: Any) -> Parameter | Expression:
    """Take a setting as a parameter: numbers as one that stays, variables as they are.

    Args:
        name: of the argument, for errors.
        value: a parameter, a ``keras.Variable``, a number or an array.
        **options: of the :class:`Parameter` that is made of a number or an array.

    Returns:
        what has a ``value()``. A variable has one parameter, wherever it is given.
    """
    if isinstance(value, Parameter | Expression):
        return value
    if isinstance(value, keras.Variable):
        if not hasattr(value, "_spectrotools_parameter"):
            value._spectrotools_parameter = Parameter(variable=value, trainable=value.trainable)
        return value._spectrotools_parameter
    try:
        numbers = np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        rule = f"{name} must be a number, an array, a keras.Variable or a parameter"
        raise ValueError(f"{rule}; got {value!r}.") from error
    check(bool(np.all(np.isfinite(numbers))), f"{name} must be finite", value)
    return Parameter(numbers, trainable=False, **options)
