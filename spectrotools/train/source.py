"""Where batches come from, and what becomes of one that does not."""

from collections.abc import Iterator
from typing import Any, Protocol

import tensorflow as tf

from .step import Batch

__all__ = ["DataEnded", "DataMissing", "Source", "numbered"]


class Source(Protocol):
    """Batches of which the k-th is a function of the seed and k alone."""

    sample_rate: int

    def batches(self, batch_size: int, start_step: int, seed: int) -> Any:
        """Give the batches from the ``start_step``-th on."""


class DataEnded(ValueError):
    """A source had no more batches."""


class DataMissing(OSError):
    """A source could not be read."""


def numbered(source: Source, batch_size: int, seed: int, steps: range) -> Iterator[Batch]:
    """Give those batches of a source that have these numbers.

    Raises:
        DataEnded: if the source has no such batch.
        DataMissing: if it cannot be read.
    """
    if not steps:
        return
    batches = iter(source.batches(batch_size, steps.start, seed))
    for step in steps:
        try:
            batch = next(batches)
        except StopIteration:
            raise DataEnded(f"the source ended before batch {step}; a source repeats.") from None
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            reason = error.strerror or str(error)
            raise DataMissing(f"batch {step} could not be read: {name}{reason}.") from error
        except tf.errors.OpError as error:
            reason = error.message.splitlines()[0]
            raise DataMissing(f"batch {step} could not be read: {reason}.") from error
        yield batch
