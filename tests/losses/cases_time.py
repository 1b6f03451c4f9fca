"""Cases of the losses on samples, for the laws in ``laws/test_losses.py``."""

from spectrotools import losses

from .case import Case

__all__ = ["CASES"]

CASES = [
    Case("L1", losses.L1),
    Case("L1 pre-emphasised", lambda: losses.L1(preemphasis=0.85)),
    Case("L2", losses.L2),
    Case("LogCosh", lambda: losses.LogCosh(curvature=4.0)),
    Case("ESR", lambda: losses.ESR(preemphasis=0.95)),
    Case("DC", losses.DC),
    Case("SNR", losses.SNR, least=None),
    Case("SISDR", losses.SISDR, least=None),
    Case("SISDR zero-mean", lambda: losses.SISDR(zero_mean=True), least=None),
    Case("SDSDR", lambda: losses.SDSDR(floor_db=-60.0), least=None),
]
