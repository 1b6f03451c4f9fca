"""Make the recordings that come with the package, from the scores below.

Needs FluidSynth, the FluidR3 SoundFont and espeak-ng; on Debian:
``apt install fluidsynth fluid-soundfont-gm espeak-ng``.
"""

import argparse
import dataclasses
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parent.parent
SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
SENTENCE = "Take a sound apart, put it back together, and hear no difference."

PEAK_DB = -1.0
SILENCE_DB = -50.0  # below the peak; quieter edges are cut off
FADE_SECONDS = (0.002, 0.12)
LEAD_SECONDS = 0.01  # of silence before the first audible sample

TICKS = 480  # a beat
SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
EXPRESSION, MODULATION, PAN = 11, 1, 10  # MIDI controllers
DRUM_CHANNEL = 9


@dataclasses.dataclass(frozen=True)
class Part:
    """One player: a General MIDI program, and notes as ``pitch+pitch/beats``, ``r`` for a rest."""

    program: int
    notes: str
    velocity: int = 90
    pan: int = 64
    vibrato: int = 0
    swell: bool = False
    drums: bool = False


@dataclasses.dataclass(frozen=True)
class Score:
    """A piece, and how it is recorded."""

    beats_per_minute: float
    sample_rate: int
    channels: int
    seconds: float  # at most, echo included
    parts: tuple[Part, ...]


SCORES = {
    "strings": Score(
        104,
        44100,
        2,
        4.1,
        (
            Part(40, "a4/.5 d5/.5 f5/1 g5/.5 e5/.5 d5/1 c#5/1 d5/2", 100, 34, 50, swell=True),
            Part(40, "f4/2 bb4/1 g4/1 e4/1 f#4/2", 84, 54, 40, swell=True),
            Part(41, "a3/2 bb3/2 a3/1 a3/2", 84, 76, 40, swell=True),
            Part(42, "d3/1 f3/1 g3/1 bb2/1 a2/1 d2/2", 94, 94, 40, swell=True),
        ),
    ),
    "piano": Score(
        104,
        48000,
        1,
        4.4,
        (
            Part(
                0,
                "c2/.25 g2/.25 c3/.25 e3/.25 g3/.25 b3/.25 e4/.25 g4/.25 b4/.25 e5/.25 g5/.25 "
                "b5/.25 e6/.25 g6/.25 b6/.5 g2+f3+b3+d4+g4/.3 r/.45 c2+c3+g3+e4+c5/2",
                88,
            ),
        ),
    ),
    "brass": Score(
        112,
        32000,
        1,
        3.3,
        (
            Part(56, "g4/.5 c5/.25 e5/.25 g5/1 f5/.5 d5/.5 e5/2", 104, vibrato=30, swell=True),
            Part(60, "e4/.5 g4/.25 g4/.25 c5/1 a4/.5 b4/.5 g4/2", 92, swell=True),
            Part(57, "c3/.5 c3/.25 c3/.25 e3/1 f3/.5 g3/.5 c3/2", 100, swell=True),
        ),
    ),
    "drums": Score(
        116,
        44100,
        1,
        2.9,
        (
            Part(0, "42/.5 42/.5 42/.5 42/.5 42/.5 46/.5 r/1.5", 76, drums=True),
            Part(
                0, "36/1 38/.75 36/.25 36/.5 38/.5 48/.17 47/.17 43/.16 36+49/1", 112, drums=True
            ),
        ),
    ),
}


def pitch(name: str) -> int:
    """The MIDI number of ``c#4``, ``bb3`` or ``36``."""
    if name.isdigit():
        return int(name)
    letter, accidental, octave = re.fullmatch(r"([a-g])([#b]?)(\d)", name).groups()
    return 12 * (int(octave) + 1) + SEMITONES[letter] + {"": 0, "#": 1, "b": -1}[accidental]


def part_events(part: Part, channel: int) -> list[tuple[int, bytes]]:
    """The MIDI messages of one player, each with its time in ticks."""
    controls = {PAN: part.pan, MODULATION: part.vibrato}
    events = [(0, bytes([0xC0 | channel, part.program]))]
    events += [(0, bytes([0xB0 | channel, *control])) for control in controls.items()]
    beat = 0.0
    for token in part.notes.split():
        names, beats = token.split("/")
        start, stop = round(beat * TICKS), round((beat + float(beats)) * TICKS)
        for name in names.split("+") if names != "r" else ():
            events.append((start, bytes([0x90 | channel, pitch(name), part.velocity])))
            events.append((stop, bytes([0x80 | channel, pitch(name), 64])))
        if part.swell and stop - start >= TICKS:
            events += swell(start, stop, channel)
        beat += float(beats)
    return events


def swell(start: int, stop: int, channel: int) -> list[tuple[int, bytes]]:
    """Grow and fade over a long note, in steps too small to hear."""
    ticks = np.arange(start, stop, 20)
    level = 96 + 31 * np.sin(np.pi * (ticks - start) / (stop - start))
    return [
        (int(tick), bytes([0xB0 | channel, EXPRESSION, int(value)]))
        for tick, value in zip(ticks, level, strict=True)
    ]


def midi_file(score: Score) -> bytes:
    """A Standard MIDI File of one track."""
    events = []
    for index, part in enumerate(score.parts):
        events += part_events(part, DRUM_CHANNEL if part.drums else index)
    events.sort(key=lambda event: event[0])  # a note's end stays before its repetition
    microseconds = round(60e6 / score.beats_per_minute)
    track, now = b"\x00\xff\x51\x03" + microseconds.to_bytes(3, "big"), 0
    for tick, message in events:
        track += variable_length(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    header = b"MThd" + bytes([0, 0, 0, 6, 0, 0, 0, 1]) + TICKS.to_bytes(2, "big")
    return header + b"MTrk" + len(track).to_bytes(4, "big") + track


def variable_length(value: int) -> bytes:
    """Seven bits a byte, the high bit set on all but the last."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.insert(0, 0x80 | value & 0x7F)
    return bytes(digits)


def render(score: Score, folder: Path, soundfont: Path) -> np.ndarray:
    """Play a score, ``[time, channels]``."""
    midi, wave = folder / "score.mid", folder / "score.wav"
    midi.write_bytes(midi_file(score))
    options = ["-ni", "-q", "-g", "0.4", "-C", "0", "-r", str(score.sample_rate)]
    options += ["-T", "wav", "-O", "float", "-F", str(wave)]
    subprocess.run(["fluidsynth", *options, str(soundfont), str(midi)], check=True)
    audio, _ = soundfile.read(wave, round(score.seconds * score.sample_rate), always_2d=True)
    return audio if score.channels == 2 else audio.mean(axis=1, keepdims=True)


def speak(folder: Path) -> tuple[np.ndarray, int]:
    """Say the sentence, ``[time, 1]``."""
    wave = folder / "speech.wav"
    subprocess.run(
        ["espeak-ng", "-v", "en-gb", "-s", "155", "-w", str(wave), SENTENCE], check=True
    )
    audio, sample_rate = soundfile.read(wave, always_2d=True)
    return audio, sample_rate


def finish(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """Cut silence off, remove DC, fade both ends and set the peak."""
    level = np.max(np.abs(audio), axis=1)
    heard = np.flatnonzero(level > level.max() * 10 ** (SILENCE_DB / 20))
    audio = audio[heard[0] : heard[-1] + 1]
    audio = audio - audio.mean(axis=0)
    for seconds, end in zip(FADE_SECONDS, (audio, audio[::-1]), strict=True):
        count = int(seconds * sample_rate)
        end[:count] *= np.sin(np.pi / 2 * np.arange(count) / count)[:, None] ** 2
    audio = np.pad(audio, [(int(LEAD_SECONDS * sample_rate), 0), (0, 0)])
    return audio * (10 ** (PEAK_DB / 20) / np.max(np.abs(audio)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "spectrotools" / "recordings")
    parser.add_argument("--soundfont", type=Path, default=SOUNDFONT)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = {
            name: (render(score, folder, options.soundfont), score.sample_rate)
            for name, score in SCORES.items()
        }
        made["speech"] = speak(folder)
    for name, (audio, sample_rate) in made.items():
        path = options.out / f"{name}.flac"
        audio = finish(audio, sample_rate)
        soundfile.write(path, audio, sample_rate, subtype="PCM_16", compression_level=1.0)
        print(f"{path.name}: {len(audio) / sample_rate:.2f} s, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
