"""The presets that a SoundFont has."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .._validate import check

__all__ = ["Preset", "choose_preset", "presets"]

_PRESET = struct.Struct("<20sHH14x")
_SHOWN = 12  # names, at most
_PERCUSSION = 128  # the bank, whose keys are no pitches


class Preset(NamedTuple):
    """An instrument of a SoundFont."""

    bank: int
    program: int
    name: str


def presets(sound_font: str | os.PathLike) -> list[Preset]:
    """List the instruments of a SoundFont (SF2 or SF3) that have pitch, by bank and program.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is no SoundFont.

    References:
        E-mu Systems, "SoundFont technical specification", version 2.04, section 7.2.
    """
    path = Path(sound_font)
    with path.open("rb") as file:
        head = file.read(12)
        sound = head[:4] == b"RIFF" and head[8:] == b"sfbk"
        check(sound, f"sound_font must be a SoundFont (.sf2 or .sf3); {path} begins with", head)
        records = next(_headers(file), b"")
    count = len(records) // _PRESET.size - 1  # the last one marks the end
    check(count > 0, f"sound_font must have presets; {path} has", max(count, 0))
    found = [_PRESET.unpack_from(records, index * _PRESET.size) for index in range(count)]
    return sorted(
        Preset(bank, program, name.split(b"\0")[0].decode("latin-1").strip())
        for name, program, bank in found
        if bank < _PERCUSSION
    )


def choose_preset(sound_font: str | os.PathLike, program: str | int) -> Preset:
    """Find an instrument by its name, in any case, or by its number in the first bank.

    Raises:
        ValueError: if there is none; the message lists those that come near.
    """
    known = presets(sound_font)
    wanted = str(program).casefold()
    for preset in known:
        number = str(preset.program) if preset.bank == known[0].bank else None
        if wanted in (preset.name.casefold(), number):
            return preset
    near = [preset for preset in known if wanted in preset.name.casefold()] or known
    names = ", ".join(f"{p.program} {p.name!r}" for p in near[:_SHOWN])
    more = ", ..." if len(near) > _SHOWN else ""
    raise ValueError(f"program must be one of {names}{more} of {sound_font}; got {program!r}.")


def _headers(file: BinaryIO) -> Iterator[bytes]:
    """The table of presets, from behind the head of the file; samples are passed over."""
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == b"LIST":
            if file.read(4) != b"pdta":
                file.seek(size - 4 + size % 2, os.SEEK_CUR)
        elif name == b"phdr":
            yield file.read(size)
        else:
            file.seek(size + size % 2, os.SEEK_CUR)
