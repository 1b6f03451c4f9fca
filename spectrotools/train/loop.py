"""The training loop."""

from pathlib import Path
from typing import Any, NamedTuple

import keras

from ..data.examples import Examples
from ..data.interruption import held_back
from .examples import as_source
from .keeping import Keeper, worker_index
from .loop_settings import LoopSettings
from .reporting import Reporter, preserved
from .source import Source, numbered
from .state import State
from .step import Batch, Step

__all__ = ["Trained", "train"]


class Trained(NamedTuple):
    """How a run ended."""

    step: int
    skipped: int  # batches that were not finite
    loss: float  # averaged over the last steps that were logged; nan if none was


def train(
    model: keras.Model,
    source: Source | Examples,
    run_dir: Path | str,
    steps: int,
    *,
    validation: Source | Examples | None = None,
    **settings: Any,
) -> Trained:
    """Train a model until it has seen ``steps`` batches, from where the run last stood.

    The run's folder holds ``checkpoints/``, each of them whole, and the files of TensorBoard. A
    run that was killed goes on from its last checkpoint and ends with the very weights of one
    that was not, on the same machine: optimizer, random state and counts are among what is kept,
    and batches follow from their number. Where weights begin at random, seed them before, by
    ``keras.utils.set_random_seed``; on a GPU also call
    ``tf.config.experimental.enable_op_determinism``.

    A batch whose loss or gradient is not finite is skipped: it changes nothing but the count.
    With ``tf.distribute``, call under the scope of the strategy that the model was built in.

    Args:
        model: takes a batch, a dict, and gives a dict with ``audio [batch, samples]``; its
            ``losses_of(batch, outputs)`` gives the weighted terms of the loss by name.
        source: of batches to train on, or examples of ``st.data``.
        run_dir: the run's folder; made if it is not there.
        steps: after which the run ends, counted from its first beginning.
        validation: of batches on which the loss is only measured.
        **settings: see :class:`~spectrotools.train.loop_settings.LoopSettings`.

    Returns:
        The last step, the number of skipped batches, and the loss of late.

    Raises:
        ValueError: if the run was begun with another model or settings, the source ends early, or
            too many batches in a row are not finite.
        OSError: if the data cannot be read, or the run's folder not written.
    """
    chosen, folder = LoopSettings(steps=steps, **settings), Path(run_dir)
    source = as_source(source)
    shown = _build(model, source, chosen)
    optimizer = _adam(model, chosen)
    state = State(model, optimizer, chosen)
    keeper = Keeper(folder / "checkpoints", state, chosen.keep)
    keeper.begin()
    step = Step(model, optimizer, clip_norm=chosen.clip_norm, jit_compile=chosen.jit_compile)
    told = folder if worker_index() == 0 else folder / f"worker-{worker_index()}"
    heard = None if validation is None else as_source(validation)
    rate = source.sample_rate
    reporter = Reporter(told, model, step, state, chosen, shown, rate, heard)
    with keeper.kept_at_the_end(), reporter:
        for batch in numbered(source, chosen.batch_size, chosen.seed, range(state.step, steps)):
            with held_back():
                outcome = step(batch)
                state.count(outcome.finite)
            reporter.tell(outcome, float(optimizer.learning_rate))
            if state.step % chosen.checkpoint_every == 0:
                keeper.keep()
    return Trained(state.step, state.skipped, reporter.loss)


def _build(model: keras.Model, source: Source, settings: LoopSettings) -> Batch:
    """Let a model make its weights; return an example to be heard later."""
    (first,) = numbered(source, settings.batch_size, settings.seed, range(1))
    example = {name: value[:1] for name, value in first.items()}
    with preserved(model):
        model(example, training=False)
    return example


def _adam(model: keras.Model, settings: LoopSettings) -> keras.optimizers.Optimizer:
    """Adam at a rate that decays exponentially; the step clips its gradients."""
    rate = keras.optimizers.schedules.ExponentialDecay(
        settings.learning_rate, settings.decay_steps, settings.decay_rate
    )
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(model.trainable_variables)
    return optimizer
