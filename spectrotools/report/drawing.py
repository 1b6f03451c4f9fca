"""Matplotlib figures of an analysis, for notebooks. They need no pyplot and no window."""

import dataclasses
import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from . import pictures
from .pictures import Analysis, Scale

__all__ = ["analysis_of", "deviation", "levels", "next_frame"]


def analysis_of(coefficients: np.ndarray, stft: Any, sample_rate: int) -> Analysis:
    """The analysis that the coefficients ``[frames, bins]`` of an ``STFT`` are."""
    samples = np.round(stft.times(len(coefficients), sample_rate) * sample_rate)
    scale = 2.0 / np.sum(stft.window_samples)  # a full-scale sine has magnitude 1
    return Analysis(coefficients.T * scale, stft.frequencies(sample_rate), samples, sample_rate)


def next_frame(analysis: Analysis) -> Analysis:
    """The analysis one frame later; nothing is known after the last frame."""
    after = np.full_like(analysis.spectrum[:, :1], math.nan)
    spectrum = np.concatenate([analysis.spectrum[:, 1:], after], axis=1)
    return dataclasses.replace(analysis, spectrum=spectrum)


def levels(analysis: Analysis, *, title: str = "", top_db: float | None = None) -> Figure:
    """Draw the levels down to 100 dB below ``top_db``; None is the next ten above the loudest."""
    top_db = float(_top_db(analysis) if top_db is None else top_db)
    bottom_db = top_db - (pictures.LEVEL.steps - 1)
    values = bottom_db + pictures.levels(analysis, top_db)
    return _figure(values, analysis, pictures.LEVEL, (bottom_db, top_db), "dB", title)


def deviation(
    analysis: Analysis, later: Analysis, hop_length: int, *, limit: float, title: str = ""
) -> Figure:
    """Draw the instantaneous frequency minus the row's, Hz, masked 60 dB below the loudest.

    Args:
        analysis: what is measured.
        later: the same, ``hop_length`` samples later.
        hop_length: over which the turn of phase is measured.
        limit: the deviation, Hz, that has the end's colour.
        title: what is written above.
    """
    rate = analysis.sample_rate
    turns = np.angle(later.spectrum * analysis.spectrum.conj()) / (2 * np.pi)
    turns -= analysis.frequencies[:, None] * hop_length / rate
    difference = (turns - np.round(turns)) * rate / hop_length
    floor = 10.0 ** ((_top_db(analysis) - pictures.MASK_DB) / 20)
    values = np.where(np.abs(analysis.spectrum) < floor, math.nan, difference)
    return _figure(values, analysis, pictures.DEVIATION, (-limit, limit), "Hz", title)


def _top_db(analysis: Analysis) -> float:
    """The next ten dB above the loudest."""
    peak = float(np.abs(analysis.spectrum).max())
    return 10.0 * math.ceil(2 * math.log10(peak)) if peak > 1e-10 else 0.0


def _figure(
    values: np.ndarray,
    analysis: Analysis,
    scale: Scale,
    limits: tuple[float, float],
    unit: str,
    title: str,
) -> Figure:
    rate = analysis.sample_rate
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    axes = figure.add_subplot(title=title, xlabel="seconds", ylabel="Hz", facecolor="black")
    picture = axes.pcolormesh(
        _edges(analysis.samples / rate, width=1 / rate),
        _edges(analysis.frequencies, width=rate / 2),
        values,
        cmap=ListedColormap(scale.colours() / 255),
        vmin=limits[0],
        vmax=limits[1],
    )
    figure.colorbar(picture, label=unit, pad=0.01)
    if analysis.frequencies[0] > 0:
        _space_by_pitch(axes)
    return figure


def _space_by_pitch(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter("{x:g}")


def _edges(centres: np.ndarray, width: float) -> np.ndarray:
    """The borders halfway between centres, and as far beyond the outermost."""
    if len(centres) == 1:
        return centres + np.array([-width / 2, width / 2])
    middles = (centres[1:] + centres[:-1]) / 2
    first, last = 2 * centres[0] - middles[0], 2 * centres[-1] - middles[-1]
    return np.concatenate([[first], middles, [last]])
