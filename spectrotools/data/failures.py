"""What went wrong, in one sentence for people."""

from typing import NamedTuple

__all__ = ["Failed", "sentence"]


class Failed(NamedTuple):
    """What stands in the place of a result."""

    reason: str


def sentence(error: Exception) -> str:
    """What an error says, or for want of words what it is."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'standard output'}: {error.strerror}."
    text, *_ = str(error).split("\n  In call to configurable")  # gin's own account of the call
    return " ".join(text.split()) or f"{type(error).__name__}."
