"""Losses of log-mel spectrograms, and of stereo."""

import spectrotools as st

from .case import Case

MEL = st.LogMel(st.STFT(n_fft=64), sample_rate=16000, n_mels=8)
FINE = st.LogMel(st.STFT(n_fft=128), sample_rate=16000, n_mels=12, log="log10", floor=1e-3)

CASES = [
    Case("MultiScaleMel", lambda: st.losses.MultiScaleMel([MEL, FINE], weight=2.0), k=4096.0),
]
