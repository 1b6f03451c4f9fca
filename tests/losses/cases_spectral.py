"""Losses of magnitudes at several resolutions."""

import functools

import spectrotools as st

from .case import Case

STFTS = [st.STFT(n_fft=n_fft) for n_fft in (64, 32)]

# Each term alone, and one with all.
TERMS = ("magnitude", "log_magnitude", "squared_magnitude", "squared_log_magnitude")
TERMS += ("convergence", "cosine", "divergence", "delta_time", "delta_frequency")
TERMS += ("cumulative_frequency",)


def alone(term: str) -> st.losses.MultiScaleSpectral:
    weights = {"magnitude": 0.0, "log_magnitude": 0.0} | {term: 0.5}
    return st.losses.MultiScaleSpectral(STFTS, **weights)


CASES = [
    Case("MultiScaleSpectral", lambda: st.losses.MultiScaleSpectral(STFTS), k=4096.0),
    *(
        Case(f"MultiScaleSpectral {term}", functools.partial(alone, term), k=4096.0)
        for term in TERMS
    ),
    Case(
        "MultiScaleSpectral A-weighted",
        lambda: st.losses.MultiScaleSpectral(
            STFTS, scale=st.losses.WeightedBins(sample_rate=16000)
        ),
        k=4096.0,
    ),
    Case(
        "MultiScaleSpectral mel bands",
        lambda: st.losses.MultiScaleSpectral(
            STFTS, scale=st.losses.MelBands(sample_rate=16000, n_mels=8), offset=1e-7
        ),
        k=4096.0,
    ),
    Case(
        "MultiScaleSpectral averaged",
        lambda: st.losses.MultiScaleSpectral(
            STFTS, convergence=1.0, magnitude=0.0, least=1e-3, over_scales="mean"
        ),
        k=4096.0,
    ),
]
