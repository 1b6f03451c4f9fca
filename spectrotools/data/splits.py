"""Which files are for training, and which are not: told by their names alone."""

import hashlib
import re
from collections.abc import Iterable, Mapping

from .._validate import check, number

__all__ = ["SHARES", "checked_shares", "split_up"]

SHARES = {"train": 0.9, "valid": 0.1}  # unless others are asked for


def checked_shares(shares: Mapping[str, float]) -> dict[str, float]:
    """The shares of splits, if they are those of a whole."""
    check(len(shares) > 0, "shares must name a split", dict(shares))
    for name, share in shares.items():
        check(bool(re.fullmatch(r"[a-z][a-z0-9_]*", name)), "a split must be a plain word", name)
        number(f"shares[{name!r}]", share, 0.0, 1.0)
    total = sum(shares.values())
    check(abs(total - 1) < 1e-9, "shares must have the sum 1", dict(shares))
    return {name: float(share) for name, share in shares.items()}


def split_up(names: Iterable[str], shares: Mapping[str, float]) -> dict[str, str]:
    """The split of each file, by a hash of its name.

    So a file stays where it is when others come or go. Where chance leaves the first split
    without a file, as it may with few of them, all are in it.
    """
    found = {name: _split(name, shares) for name in names}
    first = next(iter(shares))
    return found if first in found.values() else dict.fromkeys(found, first)


def _split(name: str, shares: Mapping[str, float]) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
    place = int.from_bytes(digest[:6], "big") / 2**48  # in [0, 1)
    passed = 0.0
    for split, share in shares.items():
        passed += share
        if place < passed:
            return split
    return [split for split, share in shares.items() if share > 0][-1]  # sums round
