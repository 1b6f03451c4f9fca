"""What a page embeds: pictures with their axes, and clips to listen to."""

import base64
import dataclasses
import io
import math

import numpy as np
import soundfile

from . import pictures

__all__ = [
    "LOWEST_RATE",
    "Clip",
    "Picture",
    "View",
    "clip",
    "clip_gain",
    "loudest_channel",
    "most_energetic",
    "player",
]

LOWEST_RATE = 3000  # Hz; a browser plays nothing slower


@dataclasses.dataclass(frozen=True)
class Clip:
    """A piece of sound as a data URI."""

    uri: str
    label: str
    seconds: float


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture as a data URI, with what is written around it."""

    uri: str
    kind: str  # level, phase or deviation
    title: str
    alt: str
    time_ticks: list[tuple[float, str]]  # place in percent from the left, text
    frequency_ticks: list[tuple[float, str]]  # place in percent from the bottom, text


def clip_gain(*sounds: np.ndarray | float) -> float:
    """The gain of clips that are to compare: 1, or what brings their highest peak to 1."""
    return 1.0 / max(1.0, *(float(np.max(np.abs(sound))) for sound in sounds))


def player(
    audio: np.ndarray, channel: int, sample_rate: int, label: str, gain: float
) -> Clip | None:
    """The clip of ``[channels, samples]``, of one channel where there are more than two.

    None where browsers play no such rate.
    """
    heard = audio if len(audio) <= 2 else audio[[channel]]
    return None if sample_rate < LOWEST_RATE else clip(heard, sample_rate, label, gain)


def clip(audio: np.ndarray, sample_rate: int, label: str, gain: float) -> Clip:
    """Encode ``[channels, samples]`` as 16-bit FLAC."""
    codes = np.clip(np.round(audio.T * gain * 32768.0), -32768, 32767).astype(np.int16)
    file = io.BytesIO()
    kind = "FLAC" if sample_rate <= 192000 else "WAV"  # FLAC cannot name every higher rate
    soundfile.write(file, codes, sample_rate, format=kind, subtype="PCM_16")
    code = base64.b64encode(file.getvalue()).decode()
    return Clip(f"data:audio/{kind.lower()};base64,{code}", label, len(codes) / sample_rate)


def loudest_channel(audio: np.ndarray) -> int:
    """The channel of ``[channels, samples]`` with the most energy."""
    return int(np.argmax(np.sum(np.square(audio, dtype=np.float64), axis=1)))


@dataclasses.dataclass(frozen=True)
class View:
    """How the pictures of one recording are drawn, so that they can be compared."""

    sample_rate: int
    start: int  # first sample of the excerpt, in the file
    top_db: int  # the level at the top of the colour scale
    close_up: tuple[int, int]  # the second in which phase is shown, samples of the excerpt
    columns: int

    @staticmethod
    def of(audio: np.ndarray, sample_rate: int, start: int, columns: int) -> "View":
        """The view whose scale ends at the next ten dB above the original's ``[samples]``."""
        peak = np.abs(pictures.analyse(audio, sample_rate, columns).spectrum).max()
        top_db = 10 * math.ceil(2 * math.log10(peak)) if peak > 1e-10 else 0
        close_up = most_energetic(audio, sample_rate)
        return View(sample_rate, start, top_db, close_up, columns)

    def level(self, audio: np.ndarray, title: str) -> Picture:
        """The spectrogram of ``[samples]``."""
        analysis = pictures.analyse(audio, self.sample_rate, self.columns)
        picture = pictures.levels(analysis, self.top_db)
        return self._picture(picture, pictures.LEVEL, "level", title, 0, len(audio))

    def deviation(self, audio: np.ndarray, title: str) -> Picture:
        """The instantaneous frequency of ``[samples]``, against that of each row."""
        analysis, later = (
            pictures.analyse(audio, self.sample_rate, self.columns, shift) for shift in (0, 1)
        )
        picture = pictures.deviation(analysis, later, self.top_db)
        return self._picture(picture, pictures.DEVIATION, "deviation", title, 0, len(audio))

    def phase(self, audio: np.ndarray, title: str) -> Picture:
        """The phase of ``[samples]`` in the close-up."""
        first, last = self.close_up
        analysis = pictures.analyse(audio[first:last], self.sample_rate, self.columns)
        picture = pictures.phase(analysis, self.top_db)
        return self._picture(picture, pictures.PHASE, "phase", title, first, last)

    def _picture(
        self,
        picture: np.ndarray,
        scale: pictures.Scale,
        kind: str,
        title: str,
        first: int,
        last: int,
    ) -> Picture:
        begin = (self.start + first) / self.sample_rate
        end = (self.start + last) / self.sample_rate
        top = self.sample_rate / 2
        alt = f"{title}, {begin:.2f} to {end:.2f} s, up to {top:.0f} Hz"
        uri = pictures.encode(picture, scale)
        return Picture(uri, kind, title, alt, _time_ticks(begin, end), _frequency_ticks(top))


def _time_ticks(begin: float, end: float) -> list[tuple[float, str]]:
    """About five round times in [begin, end]."""
    rough = (end - begin) / 5
    decade = 10.0 ** math.floor(math.log10(rough))
    step = next(size * decade for size in (1, 2, 5, 10) if size * decade >= rough)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(begin / step - 1e-9), math.floor(end / step + 1e-9)
    times = [index * step for index in range(first, last + 1)]
    ticks = [(100 * (time - begin) / (end - begin), f"{time:.{digits}f}") for time in times]
    return [tick for tick in ticks if tick[0] < 96]  # the unit stands at the end


def _frequency_ticks(top: float) -> list[tuple[float, str]]:
    bottom = pictures.lowest(top)
    octaves = math.log(top / bottom)
    ticks = [size * 10.0**decade for decade in range(-1, 6) for size in (1, 2, 5)]
    inside = [hz for hz in ticks if bottom * 1.08 < hz < top * 0.96]
    return [(100 * math.log(hz / bottom) / octaves, _hertz(hz)) for hz in inside]


def _hertz(frequency: float) -> str:
    return f"{frequency:g}" if frequency < 1000 else f"{frequency / 1000:g}k"


def most_energetic(audio: np.ndarray, length: int) -> tuple[int, int]:
    """The stretch of ``length`` samples of ``[samples]`` with the most energy, [start, stop)."""
    length = min(length, len(audio))
    running = np.cumsum(np.append(0.0, np.square(audio, dtype=np.float64)))
    start = int(np.argmax(running[length:] - running[: len(running) - length]))
    return start, start + length
