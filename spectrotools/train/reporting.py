"""What a run tells while it goes on: a bar, numbers, sounds and pictures."""

import contextlib
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import keras
import numpy as np

from .events import Events
from .keeping import NotFinite
from .loop_settings import LoopSettings
from .progress import Averages, Pace, training_bar
from .source import Source, numbered
from .state import State
from .step import Batch, Outcome, Step

__all__ = ["Reporter", "preserved"]


class Reporter:
    """Tells people of every step.

    Args:
        folder: for TensorBoard.
        model: that is trained.
        step: that trains it.
        state: the run's.
        settings: the run's.
        shown: a batch of one example, to be heard.
        sample_rate: its sample rate, Hz.
        validation: of batches on which the loss is only measured.
    """

    def __init__(
        self,
        folder: Path,
        model: keras.Model,
        step: Step,
        state: State,
        settings: LoopSettings,
        shown: Batch,
        sample_rate: int,
        validation: Source | None,
    ):
        self.loss = math.nan  # averaged over the last steps that were told
        self._model, self._step, self._state = model, step, state
        self._settings, self._shown, self._validation = settings, shown, validation
        self._sample_rate = sample_rate
        self._averages = Averages()
        self._pace = Pace(settings.batch_size * shown["audio"].shape[-1] / sample_rate)
        self._speed: dict[str, float] = {}
        self._events = Events(folder, state.step)
        self._open = contextlib.ExitStack()

    def tell(self, outcome: Outcome, learning_rate: float) -> None:
        """Tell of a step that was counted.

        Raises:
            NotFinite: if too many in a row were not.
        """
        self._pace.step()
        if outcome.finite:
            self._averages.add(outcome)
        else:
            self._tell_skipped(outcome)
        step, settings = self._state.step, self._settings
        if step % settings.log_every == 0 or step == settings.steps:
            self._log(learning_rate)
        if self._validation is not None and _due(step, settings.validate_every):
            self._events.scalars(step, self._validate(self._validation))
        if _due(step, settings.sounds_every):
            self._sound()
        self._bar(outcome, self._speed)

    def _tell_skipped(self, outcome: Outcome) -> None:
        state = self._state
        warnings.warn(
            f"step {state.step}: the loss is {outcome.loss:g}, the norm of its gradients "
            f"{outcome.gradient_norm:g}; the batch is skipped, {state.skipped} so far",
            stacklevel=2,
        )
        self._events.scalars(state.step, {"skipped_batches": state.skipped})
        if state.skipped_in_a_row >= self._settings.max_skipped:
            raise NotFinite(
                f"{state.skipped_in_a_row} batches in a row were not finite, up to step "
                f"{state.step}; look at the data and the learning rate."
            )

    def _log(self, learning_rate: float) -> None:
        self._speed = self._pace.take() or self._speed
        means = self._averages.take()
        self.loss = means.get("loss", math.nan)
        others = {"learning_rate": learning_rate, "skipped_batches": self._state.skipped}
        self._events.scalars(self._state.step, means | self._speed | others)

    def _validate(self, source: Source) -> dict[str, float]:
        settings = self._settings
        batches = range(settings.validation_batches)
        with preserved(self._model):
            terms = [
                self._step.evaluate(batch)
                for batch in numbered(source, settings.batch_size, settings.seed, batches)
            ]
        means = {f"terms/{name}": np.mean([t[name] for t in terms]) for name in terms[0]}
        told = means | {"loss": sum(means.values())}
        return {f"validation/{name}": float(value) for name, value in told.items()}

    def _sound(self) -> None:
        with preserved(self._model):
            outputs = self._model(self._shown, training=False)
        for name, batch in (("target", self._shown), ("output", outputs)):
            audio = np.asarray(batch["audio"][0], dtype=np.float32)
            if np.isfinite(audio).all():
                self._events.sound(self._state.step, name, audio, self._sample_rate)

    def __enter__(self) -> Self:
        self._open.enter_context(self._events)
        bar = training_bar(self._state.step, self._settings.steps)
        self._bar = self._open.enter_context(bar)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)


def _due(step: int, every: int) -> bool:
    return every > 0 and step % every == 0


@contextlib.contextmanager
def preserved(model: keras.Model) -> Iterator[None]:
    """Put back what a look at a model changes: its random state, and the like."""
    variables = model.non_trainable_variables
    before = [variable.numpy() for variable in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
