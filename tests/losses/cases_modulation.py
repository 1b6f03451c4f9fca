"""Cases of the loss on modulations, for the laws in ``laws/test_losses.py``."""

import spectrotools as st
from spectrotools.losses import JointModulation

from .case import Case

__all__ = ["CASES"]


def joint() -> JointModulation:
    cqt = st.CQT(sample_rate=1000, fmin=60.0, bins_per_octave=6)
    return JointModulation(cqt, rates_hz=(10.0, 20.0), scales=(0.5, 1.5))


CASES = [Case("JointModulation", joint, k=4096.0, k_unknown=1e10)]
