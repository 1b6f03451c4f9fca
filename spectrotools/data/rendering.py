"""Recordings whose notes are known: phrases by chance, played by a SoundFont."""

import csv
import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from .._validate import check, integer, number
from .files import replace, unfinished
from .phrases import Note, midi_file, random_phrase
from .progress import progress_bar
from .sound_fonts import Preset, choose_preset

__all__ = ["render", "rendered_names"]

_CURE = "No such program; install FluidSynth (fluidsynth.org) so that it is found on the PATH"
_SAID = 200  # characters of what FluidSynth says, at most
_SILENT = 1e-4  # peak, about 3 steps of 16 bits


def render(
    sound_font: str | os.PathLike,
    program: str | int,
    out: str | os.PathLike,
    *,
    phrases: int = 24,
    seconds: float = 10.0,
    lowest: int = 55,
    highest: int = 84,
    seed: int = 0,
    sample_rate: int = 16000,
    gain: float = 0.5,
) -> list[Path]:
    """Play phrases drawn by chance on an instrument of a SoundFont, and write them as recordings.

    A phrase is of one voice: it goes up and down a scale, with leaps, rests and changing
    dynamics. Beside each ``phrase-000.wav``, of one channel and 16 bits, ``phrase-000.csv`` tells
    its notes: start and end in seconds, MIDI pitch, its frequency in Hz, and velocity. The
    frequency is that of the note: where the samples have a vibrato, it is the middle of it.
    A note rings on after its end as the instrument does; there is no reverberation.

    The same arguments give the same notes. Another seed gives other phrases, as for a test.

    Args:
        sound_font: a file, SF2 or SF3.
        program: the instrument, by the name that the SoundFont has for it, in any case, or by
            its number, which in General MIDI is 0 for the piano and 40 for the violin.
        out: the folder to write to, made if it is missing; files of these names are replaced.
        phrases: how many, at least 1.
        seconds: of each, at least 1.
        lowest: MIDI pitch of the lowest note that may come, at least 0.
        highest: MIDI pitch of the highest, in ``[lowest, 127]``.
        seed: of the phrases, an integer of at least 0.
        sample_rate: Hz, in [8000, 96000].
        gain: of FluidSynth, in (0, 10]; 0.5 leaves most instruments some room to full scale.

    Returns:
        The recordings, in order.

    Raises:
        FileNotFoundError: if FluidSynth is not installed, or there is no such SoundFont.
        ValueError: if the SoundFont has no such instrument, FluidSynth fails or plays nothing,
            or an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> st.data.render("missing.sf2", "violin", "violin")
        Traceback (most recent call last):
        FileNotFoundError: [Errno 2] No such file or directory: 'missing.sf2'
    """
    _check(phrases, seconds, lowest, highest, seed, sample_rate, gain)
    preset, folder = choose_preset(sound_font, program), Path(out)
    synth = shutil.which("fluidsynth")
    if synth is None:
        raise FileNotFoundError(errno.ENOENT, _CURE, "fluidsynth")
    command = [synth, "-ni", "-q", "-R", "0", "-C", "0", "-g", f"{gain:g}", "-r", str(sample_rate)]
    folder.mkdir(parents=True, exist_ok=True)
    length, written = round(seconds * sample_rate), []
    with progress_bar(phrases) as progress:
        for index, name in enumerate(rendered_names(phrases)):
            rng = np.random.default_rng([seed, index])
            notes = random_phrase(rng, seconds=seconds, lowest=lowest, highest=highest)
            played = _played(command, Path(sound_font), preset, notes, seconds)[:length]
            audio = np.pad(played, (0, length - len(played)))
            rule = f"program {preset.name!r} must sound between notes {lowest} and {highest}"
            check(bool(np.abs(audio).max() > _SILENT), rule, f"silence in phrase {index}")
            _write(folder / name, audio, sample_rate, notes)
            written.append(folder / f"{name}.wav")
            progress(name, 1)
    return written


def rendered_names(phrases: int) -> list[str]:
    """What the recordings of :func:`render` are called, without the extension."""
    return [f"phrase-{index:03d}" for index in range(phrases)]


def _check(
    phrases: int,
    seconds: float,
    lowest: int,
    highest: int,
    seed: int,
    sample_rate: int,
    gain: float,
) -> None:
    integer("phrases", phrases, 1)
    number("seconds", seconds, 1.0)
    integer("lowest", lowest, 0, 127)
    integer("highest", highest, lowest, 127)
    integer("seed", seed, 0)
    integer("sample_rate", sample_rate, 8000, 96000)
    number("gain", gain, 1e-3, 10.0)


def _played(
    command: list[str], sound_font: Path, preset: Preset, notes: Sequence[Note], seconds: float
) -> np.ndarray:
    """The sound of notes, mixed to one channel."""
    with tempfile.TemporaryDirectory() as name:
        score, sound = Path(name) / "notes.mid", Path(name) / "notes.wav"
        settings = {"bank": preset.bank, "program": preset.program}
        score.write_bytes(midi_file(notes, seconds=seconds, **settings))
        files = ["-F", str(sound), str(sound_font), str(score)]
        done = subprocess.run([*command, *files], capture_output=True, check=False)
        said = " ".join(done.stderr.decode(errors="replace").split())[:_SAID]
        made = done.returncode == 0 and sound.is_file()
        check(made, "fluidsynth must play the phrase", said or f"exit code {done.returncode}")
        audio, _ = soundfile.read(sound, dtype="float32", always_2d=True)
    return audio.mean(axis=1)


def _write(path: Path, audio: np.ndarray, sample_rate: int, notes: Sequence[Note]) -> None:
    """Write a recording and its notes, each whole or not at all."""
    sound, table = (path.with_name(f"{path.name}.{kind}") for kind in ("wav", "csv"))
    written = unfinished(sound)
    soundfile.write(written, audio, sample_rate, subtype="PCM_16", format="WAV")
    replace(written, sound)
    written = unfinished(table)
    with written.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["start_seconds", "end_seconds", "pitch", "f0_hz", "velocity"])
        for note in notes:
            times = f"{note.start_seconds:.4f}", f"{note.end_seconds:.4f}"
            f0_hz = 440.0 * 2.0 ** ((note.pitch - 69) / 12)
            rows.writerow([*times, note.pitch, f"{f0_hz:.4f}", note.velocity])
    replace(written, table)
