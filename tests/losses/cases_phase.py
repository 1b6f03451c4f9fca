"""Losses of phase."""

import functools

import spectrotools as st

from .case import Case

STFT = st.STFT(n_fft=64, hop_length=16)

CASES = [
    Case("Phase", lambda: st.losses.Phase(STFT)),
    Case(
        "Phase of all bins alike",
        lambda: st.losses.Phase(STFT, weighted=False, phase=0.5, group_delay=2.0),
    ),
    Case(
        "Phase anti-wrapping",
        functools.partial(st.losses.Phase, STFT, distance="anti_wrapping", phase=0.0),
        k=4096.0,
    ),
]
