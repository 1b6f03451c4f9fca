"""Sampled instruments that play notes one after the other, by FluidSynth."""

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import soundfile

import spectrotools as st

RATE = 16000
FLUIDSYNTH = shutil.which("fluidsynth")
SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")  # of the package fluid-soundfont-gm
NAMES = {
    "piano": (0, 36, 84),
    "vibraphone": (11, 53, 84),
    "nylon guitar": (24, 40, 76),
    "electric bass": (33, 28, 55),
    "violin": (40, 55, 93),
    "viola": (41, 48, 79),
    "cello": (42, 36, 72),
    "harp": (46, 36, 84),
    "choir": (52, 48, 79),
    "trumpet": (56, 54, 84),
    "trombone": (57, 40, 69),
    "tuba": (58, 30, 55),
    "french horn": (60, 41, 72),
    "soprano sax": (64, 56, 85),
    "alto sax": (65, 49, 79),
    "oboe": (68, 58, 87),
    "bassoon": (70, 34, 69),
    "clarinet": (71, 50, 89),
    "piccolo": (72, 74, 99),
    "flute": (73, 60, 93),
}  # General MIDI's number, the lowest and the highest note
_STEP = 5  # semitones from one note to the next
_TICKS = 960  # a second
_SOUND, _PAUSE = 1.0, 0.5  # seconds
_SETTLED = 0.1  # seconds after which a note has begun


def notes(name: str) -> list[int]:
    """The notes that an instrument plays, MIDI numbers."""
    _, low, high = NAMES[name]
    return list(range(low, high + 1, _STEP))


def played(name: str, folder: Path) -> np.ndarray:
    """An instrument's notes, each a second long, and half a second from one to the next."""
    (folder / "notes.mid").write_bytes(_midi(NAMES[name][0], notes(name)))
    command = [str(FLUIDSYNTH), "-ni", "-q", "-R", "0", "-C", "0", "-g", "0.5", "-r", str(RATE)]
    files = ["-F", str(folder / "notes.wav"), str(SOUND_FONT), str(folder / "notes.mid")]
    subprocess.run([*command, *files], check=True, capture_output=True)
    audio, _ = soundfile.read(folder / "notes.wav", dtype="float32", always_2d=True)
    return audio.mean(axis=1)


def _midi(program: int, keys: list[int]) -> bytes:
    """A file of one track; what rings after a note is cut off, so that nothing is heard in two."""
    half = _later(_PAUSE / 2)
    events = _later(0.0) + bytes([0xC0, program])
    for number, key in enumerate(keys):
        events += (half if number else _later(0.0)) + bytes([0x90, key, 90])
        events += _later(_SOUND) + bytes([0x80, key, 0]) + half + bytes([0xB0, 120, 0])
    events += _later(1.0) + b"\xff\x2f\x00"
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, _TICKS // 2)
    return head + b"MTrk" + struct.pack(">I", len(events)) + events


def _later(seconds: float) -> bytes:
    """So much time, in groups of 7 bits."""
    ticks = round(seconds * _TICKS)
    groups = [ticks & 127]
    while ticks := ticks >> 7:
        groups.insert(0, 128 | ticks & 127)
    return bytes(groups)


def accuracy(audio: np.ndarray, name: str, track: st.PitchTrack, hop_length: int) -> np.ndarray:
    """Shares of frames within 50 cents, within 50 cents of an octave off, and voiced.

    Frames count in which a note has begun, is held, and is within 30 dB of its loudest.
    """
    time = np.arange(track.f0_hz.shape[-1]) * hop_length / RATE
    level = np.sqrt(np.convolve(audio**2, np.ones(800) / 800, mode="same"))[::hop_length]
    found = []
    for number, key in enumerate(notes(name)):
        begin = number * (_SOUND + _PAUSE)
        held = (time > begin + _SETTLED) & (time < begin + _SOUND - 0.05)
        held &= level[: len(time)] > 0.03 * level[: len(time)][held].max()
        cents = 1200 * np.log2(np.asarray(track.f0_hz)[held] / 440.0) - 100 * (key - 69)
        right, octave = np.abs(cents) < 50, np.abs(np.abs(cents) - 1200) < 50
        found.append(np.stack([right, octave, np.asarray(track.voiced)[held]]))
    return np.concatenate(found, axis=1).mean(axis=1)
