"""Law: the inverse gives every sample back, the first and the last included."""

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as some

import spectrotools as st
from tests.catalog import having
from tests.tolerances import assert_close, error_db, inverse_bound_db

LENGTHS = [1, 2, 15, 16, 17, 63, 64, 65, 1000, 4097]


def signals(rng: np.random.Generator, length: int) -> dict[str, np.ndarray]:
    """Signals at full scale everywhere, where an error has nowhere to hide, and a click."""
    time = np.arange(length)
    return {
        "noise of signs": rng.choice([-1.0, 1.0], length),
        "sine": np.sin(0.1234 * time + 1.0),
        "constant": np.ones(length),
        "last sample": (time == length - 1).astype(float),
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("entry", having("invertible"))
def test_inverse_restores_every_sample(entry, dtype, rng):
    worst = {}
    for length in LENGTHS:
        for label, signal in signals(rng, length).items():
            audio = signal.astype(dtype)
            restored = entry.inverse(entry.call(audio), length).numpy()
            assert restored.shape == audio.shape
            assert restored.dtype == dtype
            worst[label, length] = error_db(restored, audio)
    assert max(worst.values()) <= inverse_bound_db(entry.id, dtype), worst


@pytest.mark.parametrize("entry", having("invertible"))
def test_silence_comes_back_as_silence(entry):
    assert not np.any(entry.inverse(entry.call(np.zeros([2, 300], np.float32)), 300))


@settings(max_examples=150, deadline=None)
@given(
    n_fft=some.integers(2, 300),
    win=some.floats(0.5, 1.0),
    hop=some.floats(0.0, 0.8),
    length=some.integers(1, 1200),
    window=some.sampled_from(["hann", "hamming", "blackman", ("kaiser", 6.0)]),
    pad_mode=some.sampled_from(["constant", "reflect", "symmetric", "edge"]),
)
def test_inverse_of_any_geometry_is_within_its_bound(n_fft, win, hop, length, window, pad_mode):
    win_length = max(round(win * n_fft), 2)
    hop_length = max(round(hop * win_length), 1)
    try:
        stft = st.STFT(
            n_fft=n_fft,
            hop_length=hop_length,
            win_length=win_length,
            window=window,
            pad_mode=pad_mode,
        )
    except (ValueError, UserWarning):
        reject()  # too sparse to invert well; tests/transforms/test_stft.py has these
    audio = np.random.default_rng(length).standard_normal(length)
    restored = stft.inverse(stft(audio), length=length)
    # Of a prime size a Fourier transform is made of three longer ones, which round more.
    assert_close(restored, audio, 16 / np.sqrt(stft.conditioning), np.float64)
