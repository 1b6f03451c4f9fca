"""Figures as people read them, alike on the page and in the terminal."""

import math

__all__ = [
    "attenuation",
    "bits",
    "clock",
    "counted",
    "decibel",
    "difference",
    "figure",
    "number",
    "speed",
]


def decibel(value: float, infinity: str = "∞", minus: str = "−") -> str:
    """One decimal, a true minus sign, and the sign of infinity where there is no number."""
    return figure(value, 1, infinity, minus)


def figure(value: float, digits: int, infinity: str = "∞", minus: str = "−") -> str:
    """So many decimals, a true minus sign, the sign of infinity, and a dash for no number."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return infinity if value > 0 else minus + infinity
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", minus)  # no minus before a zero


def counted(count: int, one: str, many: str = "") -> str:
    """A number of things: ``1 pair``, ``1,204 pairs``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def number(value: float) -> str:
    """Thousands apart: ``176,400``."""
    return f"{value:,.0f}"


def bits(value: float | None) -> str:
    """A number, or a dash where the numbers are no codes."""
    return "–" if value is None else number(value)


def speed(value: float) -> str:
    """Whole, or two digits where it is small: ``1,204``, ``0.023``."""
    return number(value) if value >= 10 else f"{value:.2g}"


def clock(seconds: float) -> str:
    """Minutes and seconds where there are minutes: ``1:02.50`` or ``9.97 s``."""
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{int(seconds // 60)}:{seconds % 60:05.2f} min"


def attenuation(gain: float) -> str:
    """By how many decibels a gain turns down."""
    return f"{-20 * math.log10(gain):.1f}"


def difference(snr_db: float) -> str:
    """How strong the difference from an original is, a clause without a subject."""
    if snr_db == math.inf:
        return "there is none"
    if snr_db == -math.inf:
        return "it is all there is, for the original is silent"
    if abs(snr_db) < 0.05:
        return "it is as strong as the original"
    return f"it is {decibel(abs(snr_db))} dB {'below' if snr_db > 0 else 'above'} the original"
