"""Every public op and transform, once, with the traits by which the laws pick it up.

A new op is one entry in the file of its subject; the files in ``laws/`` then hold it to everything
that its traits promise, and ``laws/test_catalogue.py`` fails while a public name has no entry.
"""

from . import (
    augmentation,
    companding,
    controls,
    effects,
    features,
    filters,
    loudness,
    noise,
    notes,
    pitch,
    sources,
    spectral,
)
from .entry import NOT_OPS, TRAITS, Entry

__all__ = ["ENTRIES", "NOT_OPS", "TRAITS", "Entry", "having"]

_SUBJECTS = (
    spectral,
    companding,
    sources,
    noise,
    controls,
    filters,
    effects,
    loudness,
    pitch,
    notes,
    features,
    augmentation,
)
ENTRIES = [entry for subject in _SUBJECTS for entry in subject.ENTRIES]


def having(*traits: str) -> list:
    """The entries with all these traits, for ``pytest.mark.parametrize``."""
    import pytest

    chosen = [entry for entry in ENTRIES if set(traits) <= entry.traits]
    return [pytest.param(entry, id=entry.id) for entry in chosen]
