"""Cases of the losses that move energy, for the laws in ``laws/test_losses.py``."""

import spectrotools as st
from spectrotools.losses import SpectralWasserstein

from .case import Case

__all__ = ["CASES"]

CASES = [
    Case("SpectralWasserstein", lambda: SpectralWasserstein(st.STFT(n_fft=64)), rate=0.02),
    Case(
        "SpectralWasserstein squared",
        lambda: SpectralWasserstein(st.STFT(n_fft=64), p=2, power=1, floor_db=-80.0),
    ),
]
