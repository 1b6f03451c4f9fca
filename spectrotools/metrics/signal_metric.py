"""Any metric of pairs of signals, as Keras takes it."""

from collections.abc import Callable
from typing import Any

import keras

from .._validate import check
from .._value import _built, _described

__all__ = ["SignalMetric"]


@keras.saving.register_keras_serializable("spectrotools")
class SignalMetric(keras.metrics.Mean):
    """The mean of a metric over all signals that were seen, for ``compile(metrics=...)``.

    Each signal counts once, or as its ``sample_weight`` says, however the batches are cut. The
    metric is one of tensors, such as :func:`snr` or :func:`f0_rmse`, and not one that NumPy
    computes, such as :func:`mel_cepstral_distortion`. The mean is infinite once a value is.

    Args:
        function: of targets and outputs ``[batch, time]`` to ``[batch]``: a function of
            ``st.metrics`` or its name there, or one of one's own, registered with Keras if the
            model is to be saved.
        name: what Keras reports it as; None is the name of the function.
        dtype: of the sums; None is Keras' own.
        **settings: keyword arguments of the function.

    Raises:
        ValueError: if ``function`` is none, or no metric of that name.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> metric = st.metrics.SignalMetric("snr")
        >>> reference = np.ones([2, 100], np.float32)
        >>> metric.update_state(reference, np.array([[0.9], [0.99]]) * reference)
        >>> metric.name, f"{metric.result():.2f}"
        ('snr', '30.00')
    """

    def __init__(
        self,
        function: str | Callable,
        name: str | None = None,
        dtype: Any = None,
        **settings: Any,
    ) -> None:
        self.function = _found(function)
        self.settings = settings
        super().__init__(name=name or getattr(self.function, "__name__", None), dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the metric of each signal of a batch.

        Args:
            y_true: ``[batch, time]``, the reference.
            y_pred: ``[batch, time]``, the estimate.
            sample_weight: how much each signal counts, ``[batch]``; None is 1.
        """
        # Targets and outputs may differ in precision, as under mixed_bfloat16.
        reference, estimate = (keras.ops.cast(sound, self.dtype) for sound in (y_true, y_pred))
        values = self.function(reference, estimate, **self.settings)
        super().update_state(values, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return what builds this metric again."""
        config = super().get_config()
        settings = {name: _described(value) for name, value in self.settings.items()}
        return config | {"function": _name_or_config(self.function), "settings": settings}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "SignalMetric":
        """Build the metric that ``get_config`` described."""
        config = dict(config)
        function = config.pop("function")
        if isinstance(function, dict):
            function = keras.saving.deserialize_keras_object(function)
        settings = {name: _built(value) for name, value in config.pop("settings").items()}
        return cls(function, **config, **settings)


def _found(function: str | Callable) -> Callable:
    from .. import metrics

    if isinstance(function, str):
        known = function in dir(metrics)
        check(known, "function must be the name of one of spectrotools.metrics", function)
        return getattr(metrics, function)
    check(callable(function), "function must be a function or the name of one", function)
    return function


def _name_or_config(function: Callable) -> Any:
    """A function of this package by its name, another as Keras has registered it."""
    from .. import metrics

    name = getattr(function, "__name__", "")
    if name in dir(metrics) and getattr(metrics, name) is function:
        return name
    return keras.saving.serialize_keras_object(function)
