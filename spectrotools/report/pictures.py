"""Spectrograms, phase and instantaneous frequency as pictures of whole numbers.

A picture has a row for each of many frequencies, evenly spaced in pitch, and a column for each
of evenly spaced times. The Fourier transform is taken at exactly those frequencies and times,
so nothing is interpolated, and every pixel is a rounded number that anyone can compute again.
"""

import base64
import dataclasses
import functools
import io
import math

import matplotlib
import numpy as np
from PIL import Image

__all__ = [
    "DEVIATION",
    "LEVEL",
    "MASK_DB",
    "PHASE",
    "ROWS",
    "Analysis",
    "Scale",
    "analyse",
    "deviation",
    "deviation_range",
    "encode",
    "frequencies",
    "levels",
    "lowest",
    "phase",
    "png",
    "window_length",
    "window_lengths",
]

ROWS = 224
_RANGE_DB = 100  # what a spectrogram shows, in steps of 1 dB
_SECTORS = 64  # steps of phase around the circle
MASK_DB = 60.0  # phase and frequency of what lies further below the top are noise
_MASKED = 255


@dataclasses.dataclass(frozen=True)
class Scale:
    """What the numbers of a picture look like: so many steps along a colour map."""

    steps: int
    colour_map: str

    def colours(self) -> np.ndarray:
        """The colour of every step, uint8 ``[steps, 3]``."""
        along = np.linspace(0.0, 1.0, self.steps)
        return matplotlib.colormaps[self.colour_map](along, bytes=True)[:, :3]


LEVEL = Scale(_RANGE_DB + 1, "magma")
PHASE = Scale(_SECTORS, "twilight")
DEVIATION = Scale(65, "coolwarm")


@dataclasses.dataclass(frozen=True)
class Analysis:
    """A Fourier transform at the rows' frequencies and the columns' times."""

    spectrum: np.ndarray  # complex [rows, columns]; a full-scale sine has magnitude 1
    frequencies: np.ndarray  # [rows], Hz, rising
    samples: np.ndarray  # [columns], the sample on which each column is centred
    sample_rate: int


def window_length(sample_rate: int) -> int:
    """The longest window, that of low rows: the power of two nearest to 46 ms, at least 64."""
    return max(64, 2 ** round(math.log2(0.0464 * sample_rate)))


def frequencies(sample_rate: int) -> np.ndarray:
    """Centres of the rows, Hz: a geometric series from 40 Hz to half the sample rate."""
    top = sample_rate / 2
    edges = np.geomspace(lowest(top), top, ROWS + 1)
    return np.sqrt(edges[:-1] * edges[1:])


def lowest(top: float) -> float:
    """The lower edge of the lowest row, Hz, of a picture that reaches up to ``top``."""
    return min(40.0, top / 8)


def window_lengths(sample_rate: int, hop: int) -> np.ndarray:
    """The window of every row, samples, float ``[ROWS]``.

    High rows lie wider apart than a long window is broad in frequency, and a tone between two
    of them would go unseen. Their windows are as much shorter as keeps it within 3.3 dB, but
    no shorter than the step from column to column, or a click between two of them would.
    """
    centres = frequencies(sample_rate)
    spacing = centres * (centres[1] / centres[0] - 1.0)
    return np.clip(1.5 * sample_rate / spacing, hop, window_length(sample_rate))


@functools.lru_cache(maxsize=4)
def _kernel(sample_rate: int, hop: int) -> np.ndarray:
    """Windowed cosines and minus sines, ``[window, 2 * ROWS]``, counted from the middle."""
    length = window_length(sample_rate)
    time = np.arange(length) - length // 2
    turns = np.outer(time, 1.0 / window_lengths(sample_rate, hop))
    window = np.where(np.abs(turns) < 0.5, 0.5 + 0.5 * np.cos(2 * np.pi * turns), 0.0)
    window *= 2 / window.sum(axis=0)
    angle = 2 * np.pi * np.outer(time / sample_rate, frequencies(sample_rate))
    return np.hstack([window * np.cos(angle), -window * np.sin(angle)])


def analyse(audio: np.ndarray, sample_rate: int, columns: int, later: int = 0) -> Analysis:
    """Transform ``[samples]`` at no more than ``columns`` times, zeros beyond its ends.

    Args:
        audio: ``[samples]``.
        sample_rate: Hz.
        columns: the most columns, evenly spaced.
        later: samples by which every column's window is late.
    """
    hop = -(-len(audio) // columns)
    samples = np.arange(-(-len(audio) // hop)) * hop + hop // 2
    kernel = _kernel(sample_rate, min(hop, window_length(sample_rate)))
    padded = np.pad(audio.astype(np.float64), (len(kernel) // 2, len(kernel)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, len(kernel))[samples + later]
    cosines, sines = np.split(frames @ kernel, 2, axis=1)
    return Analysis((cosines + 1j * sines).T, frequencies(sample_rate), samples, sample_rate)


def _level_db(analysis: Analysis) -> np.ndarray:
    return 20.0 * np.log10(np.maximum(np.abs(analysis.spectrum), 1e-15))


def levels(analysis: Analysis, top_db: float) -> np.ndarray:
    """Level above ``top_db - 100`` in whole dB, uint8 ``[rows, columns]`` in [0, 100]."""
    relative = _level_db(analysis) - (top_db - _RANGE_DB)
    return np.clip(np.round(relative), 0, _RANGE_DB).astype(np.uint8)


def phase(analysis: Analysis, top_db: float) -> np.ndarray:
    r"""Phase against a steady sine of the row's frequency, in 64ths of a turn, else masked.

    :math:`\arg S - 2 \pi f t`: it stands still where the sound has exactly the row's frequency,
    and its slope is the difference. 255 where the level is more than 60 dB below ``top_db``.
    """
    time = analysis.samples / analysis.sample_rate
    turns = np.angle(analysis.spectrum) / (2 * np.pi) - np.outer(analysis.frequencies, time)
    sectors = np.floor(np.mod(turns, 1.0) * _SECTORS).astype(np.uint8) % _SECTORS
    return _masked(sectors, analysis, top_db)


def deviation(analysis: Analysis, later: Analysis, top_db: float) -> np.ndarray:
    """Instantaneous frequency minus the row's, in 32nds of the range, 32 is none, else masked.

    The frequency is the turn of phase in one sample, from ``analysis`` to the same one sample
    ``later``. The range is the width of two bins, ``2 * sample_rate / window_length``, on either
    side; what lies beyond has the end's colour. Masked as in :func:`phase`.
    """
    turn = np.angle(later.spectrum * analysis.spectrum.conj())
    measured = turn * analysis.sample_rate / (2 * np.pi)
    difference = measured - analysis.frequencies[:, None]
    relative = difference / deviation_range(analysis.sample_rate)
    steps = np.round(np.clip(relative, -1, 1) * 32 + 32).astype(np.uint8)
    return _masked(steps, analysis, top_db)


def deviation_range(sample_rate: int) -> float:
    """The deviation, Hz, that has the end's colour."""
    return 2 * sample_rate / window_length(sample_rate)


def _masked(steps: np.ndarray, analysis: Analysis, top_db: float) -> np.ndarray:
    return np.where(_level_db(analysis) < top_db - MASK_DB, _MASKED, steps).astype(np.uint8)


def encode(picture: np.ndarray, scale: Scale) -> str:
    """A picture as the data URI of its :func:`png`."""
    return f"data:image/png;base64,{base64.b64encode(png(picture, scale)).decode()}"


def png(picture: np.ndarray, scale: Scale) -> bytes:
    """A picture as a PNG whose pixels are its numbers, high rows on top.

    Masked pixels have the number after the last step, and are transparent.
    """
    numbers = np.where(picture == _MASKED, scale.steps, picture).astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(numbers[::-1]))
    image.putpalette(np.pad(scale.colours(), [(0, 1), (0, 0)]).tobytes())
    file = io.BytesIO()
    image.save(file, format="PNG", compress_level=6, transparency=scale.steps)
    return file.getvalue()
