"""Law: audio to controls to a synthesiser to a loss fits, at any length, hop and frame count."""

import numpy as np
from hypothesis import example, given, settings, strategies

import spectrotools as st

RATE = 16000


@settings(max_examples=12, deadline=None)
@given(
    length=strategies.integers(1, 3000),
    hop_length=strategies.integers(1, 700),
    one_more=strategies.booleans(),
)
@example(length=1, hop_length=700, one_more=False)
@example(length=1400, hop_length=700, one_more=True)
@example(length=697, hop_length=98, one_more=True)
def test_controls_measured_of_a_sound_make_as_many_samples(length, hop_length, one_more):
    frames = -(-length // hop_length) + one_more
    audio = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(length) / RATE)
    f0_hz = np.full(frames, 440.0)
    grid = {"sample_rate": RATE, "hop_length": hop_length}
    amplitudes = abs(st.harmonic_amplitudes(audio, f0_hz, n_harmonics=2, fmin=200.0, **grid))
    tone = st.harmonic_synthesis(f0_hz, np.ones(frames), amplitudes, length=length, **grid)
    noise = st.filtered_noise(amplitudes, hop_length=hop_length, seed=0, length=length)
    loss = (tone + noise - audio) ** 2
    assert loss.shape == [length]
    if length >= 400:  # some periods: then the tone is that sine, but at its ends
        assert np.max(np.abs(tone - audio)) < 5e-3
