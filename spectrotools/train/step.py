"""One step of training, on any number of devices."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from .._validate import check

__all__ = ["Batch", "Outcome", "Step"]

Batch = Mapping[str, tf.Tensor]


class Outcome(NamedTuple):
    """What a step has come to."""

    terms: dict[str, float]  # the weighted terms of the loss, averaged over the batch
    gradient_norm: float  # before clipping
    finite: bool  # else nothing was changed

    @property
    def loss(self) -> float:
        """The sum of the terms."""
        return sum(self.terms.values())


class Step:
    """Lowers a model's loss on a batch, and leaves all as it was where that is not finite.

    The batch is shared out among the replicas of the strategy in force. Gradients are averaged
    over them before their norm is clipped, so that many devices do what one would.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        *,
        clip_norm: float,
        jit_compile: bool,
    ):
        self._model = model
        self._optimizer = optimizer
        self._clip_norm = clip_norm
        self._strategy = tf.distribute.get_strategy()
        self._differentiate = tf.function(self._differentiated, jit_compile=jit_compile)
        self._evaluate = tf.function(self._evaluated, jit_compile=jit_compile)
        self._gradients_on_all = tf.function(self._run(self._gradients))
        self._apply_on_all = tf.function(self._run(self._apply))
        self._evaluate_on_all = tf.function(self._run(self._averaged_terms))

    def __call__(self, batch: Batch) -> Outcome:
        """Take the step, unless its loss or a gradient is not finite."""
        terms, norm, gradients, before = self._gradients_on_all(self._shared(batch))
        outcome = self._outcome(terms, norm)
        if outcome.finite:
            self._apply_on_all(gradients)
        else:
            for variable, value in zip(self._model.non_trainable_variables, before, strict=True):
                variable.assign(self._local(value))
        return outcome

    def gradients(self, batch: Batch) -> list[np.ndarray]:
        """The clipped gradients that a step would apply, in the order of the weights."""
        _, _, gradients, _ = self._gradients_on_all(self._shared(batch))
        count = self._strategy.num_replicas_in_sync
        return [count * self._local(gradient).numpy() for gradient in gradients]

    def evaluate(self, batch: Batch) -> dict[str, float]:
        """The terms of the loss on a batch, which is not trained on."""
        terms = self._evaluate_on_all(self._shared(batch))
        return {name: float(self._local(term)) for name, term in terms.items()}

    def _run(self, function: Any) -> Any:
        return lambda *values: self._strategy.run(function, args=values)

    def _local(self, value: Any) -> tf.Tensor:
        """What the first replica of this machine has."""
        return self._strategy.experimental_local_results(value)[0]

    def _outcome(self, terms: Mapping[str, Any], norm: Any) -> Outcome:
        numbers = {name: float(self._local(term)) for name, term in terms.items()}
        norm = float(self._local(norm))
        return Outcome(numbers, norm, bool(np.isfinite([*numbers.values(), norm]).all()))

    def _shared(self, batch: Batch) -> Any:
        """The batch, of which each replica gets its part."""
        count = self._strategy.num_replicas_in_sync
        if count == 1:
            return dict(batch)
        size = next(iter(batch.values())).shape[0]
        check(size % count == 0, f"batch_size must be a multiple of the {count} devices", size)

        def part(context: Any) -> dict[str, tf.Tensor]:
            index = context.replica_id_in_sync_group
            begin, end = index * size // count, (index + 1) * size // count
            return {name: value[begin:end] for name, value in batch.items()}

        return self._strategy.experimental_distribute_values_from_function(part)

    def _averaged(self, values: Any) -> Any:
        """Values averaged over the replicas."""
        if self._strategy.num_replicas_in_sync == 1:
            return values
        context = tf.distribute.get_replica_context()
        return context.all_reduce(tf.distribute.ReduceOp.MEAN, values)

    def _gradients(self, batch: Batch) -> tuple[Any, tf.Tensor, list[tf.Tensor], list[tf.Tensor]]:
        terms, gradients, before = self._differentiate(batch)
        terms, gradients = self._averaged(terms), self._averaged(gradients)
        norm = tf.linalg.global_norm(gradients)
        clipped, _ = tf.clip_by_global_norm(gradients, self._clip_norm, use_norm=norm)
        # Keras adds up what the replicas hand it.
        count = self._strategy.num_replicas_in_sync
        return terms, norm, [gradient / count for gradient in clipped], before

    def _differentiated(self, batch: Batch) -> tuple[Any, list[tf.Tensor], list[tf.Tensor]]:
        weights = self._model.trainable_variables
        before = [tf.identity(v.value) for v in self._model.non_trainable_variables]
        with tf.GradientTape() as tape:
            terms = self._model.losses_of(batch, self._model(batch, training=True))
            loss = tf.add_n(list(terms.values()))
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        without = [w.path for w, g in zip(weights, gradients, strict=True) if g is None]
        rule = "the loss must depend on every weight that is trainable; it does not on"
        check(not without, rule, ", ".join(without))
        return terms, [tf.convert_to_tensor(gradient) for gradient in gradients], before

    def _apply(self, gradients: list[tf.Tensor]) -> None:
        # Between workers they are added up where they are placed, and arguments are nowhere.
        placed = [tf.identity(gradient) for gradient in gradients]
        self._optimizer.apply(placed, self._model.trainable_variables)

    def _averaged_terms(self, batch: Batch) -> Any:
        return self._averaged(self._evaluate(batch))

    def _evaluated(self, batch: Batch) -> Any:
        return self._model.losses_of(batch, self._model(batch, training=False))
