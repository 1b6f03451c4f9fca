"""The recording that lends its phase to another: chosen, and fitted to it."""

from collections.abc import Sequence

import numpy as np
import soxr

from ..data.recordings import Recording, bundled, read, scan

__all__ = ["borrowed", "choose_lender"]


def choose_lender(recordings: Sequence[Recording]) -> Recording:
    """Whose phase the first recording borrows: that of one which sounds, and otherwise.

    It is the next such recording; where there is none, the speech that comes along, and for
    that very speech the drums.
    """
    first, *others = recordings
    for other in others:
        if other.peak > 0 and not _same(first, other):
            return other
    paths = {path.stem: path for path in bundled()}
    speech = scan(paths["speech"])
    return scan(paths["drums"]) if _same(first, speech) else speech


def _same(one: Recording, other: Recording) -> bool:
    """Whether two files hold one sound; what has the same energy everywhere is taken for it."""
    return np.array_equal(one.energy, other.energy)


def borrowed(other: Recording, shape: tuple[int, ...], sample_rate: int) -> np.ndarray:
    """The loudest stretch of another recording, mixed to one channel and fitted.

    It is brought to ``sample_rate`` and repeated where it is too short; every channel of
    ``shape`` gets the same.
    """
    wanted = int(np.ceil(shape[1] * other.sample_rate / sample_rate)) + 1
    mono = read(other.path, *other.loudest(wanted)).mean(axis=0)
    fitted = soxr.resample(mono, other.sample_rate, sample_rate)
    if not len(fitted):  # shorter than one sample of the slower rate
        fitted = mono[:1]
    return np.broadcast_to(np.resize(fitted, shape[1]), shape).astype(np.float32)
