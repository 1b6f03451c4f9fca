"""The constant-Q transform against librosa, and against its wavelets in float64."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import error_db

C1 = librosa.note_to_hz("C1")
SETTINGS = {
    "default": {"sr": 22050},
    "24 to the octave": {
        "sr": 44100,
        "fmin": 150.0,
        "n_bins": 96,
        "bins_per_octave": 24,
        "hop_length": 441,
    },
    "other rate and hop": {"sr": 16000, "hop_length": 160, "n_bins": 72, "window": "hamming"},
    "part of an octave": {"sr": 22050, "n_bins": 31, "fmin": 110.0, "filter_scale": 0.5},
    "one band": {"sr": 8000, "n_bins": 1, "fmin": 440.0, "norm": 2},
    "hop that is a prime": {"sr": 8000, "n_bins": 20, "fmin": 200.0, "hop_length": 131},
    "early downsampling": {"sr": 44100, "hop_length": 2048, "n_bins": 60, "norm": 2},
    "unscaled": {"sr": 22050, "norm": np.inf, "scale": False, "hop_length": 256},
    "no norm": {"sr": 22050, "norm": None, "hop_length": 1024, "n_bins": 48, "fmin": 65.0},
    "constant gamma": {"sr": 22050, "gamma": 10.0, "norm": 2},
    "the ear's gamma": {"sr": 22050, "gamma": None},
}
NAMED = [pytest.param(settings, id=name) for name, settings in SETTINGS.items()]


def ours(audio: np.ndarray, *, sr: float, **settings) -> np.ndarray:
    return st.librosa_cqt(audio, sample_rate=sr, **settings).numpy()


def theirs(audio: np.ndarray, sparsity: float = 0.01, **settings) -> np.ndarray:
    return librosa.vqt(audio, sparsity=sparsity, **{"gamma": 0, **settings}).T


def rates(sr: float, hop_length: int, n_bins: int, bins_per_octave: int, cutoff: float) -> list:
    """How much librosa has lowered the rate, from the highest octave down."""
    octaves = int(np.ceil(n_bins / bins_per_octave))
    twos = next(k for k in range(32) if hop_length >> k & 1)
    spare = max(0, int(np.ceil(np.log2(sr / 2 / cutoff)) - 1) - 1)
    early = min(spare, max(0, twos - octaves + 1))
    return [2 ** min(early + octave, twos) for octave in range(octaves)]


def direct(
    audio: np.ndarray,
    *,
    sr: float,
    hop_length: int = 512,
    fmin: float = C1,
    n_bins: int = 84,
    bins_per_octave: int = 12,
    gamma: float | None = 0.0,
    scale: bool = True,
    pad_mode: str = "constant",
    norm: float | None = 1,
    **settings,
) -> np.ndarray:
    """librosa's own wavelets in the spectra of frames at the full rate, in float64."""
    frequency = fmin * 2.0 ** (np.arange(n_bins) / bins_per_octave)
    step = 2 ** (2 / bins_per_octave)
    settings |= {"gamma": gamma, "alpha": np.full(n_bins, (step - 1) / (step + 1))}
    lengths, cutoff = librosa.filters.wavelet_lengths(freqs=frequency, sr=sr, **settings)
    result = np.zeros((1 + len(audio) // hop_length, n_bins), complex)
    for octave, rate in enumerate(rates(sr, hop_length, n_bins, bins_per_octave, cutoff)):
        stop = n_bins - octave * bins_per_octave
        band = slice(max(0, stop - bins_per_octave), stop)
        settings["alpha"] = settings["alpha"][:1]
        wavelets, _ = librosa.filters.wavelet(
            freqs=frequency[band], sr=sr / rate, norm=norm, dtype=np.complex128, **settings
        )
        bins = wavelets.shape[1] // 2 + 1
        spectra = np.fft.fft(wavelets)[:, :bins]
        size = wavelets.shape[1] * rate
        padded = np.pad(audio.astype(np.float64), size // 2, mode=pad_mode)
        for t in range(len(result)):
            frame = padded[t * hop_length :][:size]
            result[t, band] = spectra @ np.fft.rfft(frame, size)[:bins] / size
    return result * (np.sqrt(lengths) if scale else lengths)


def faded_noise(rng: np.random.Generator, length: int) -> np.ndarray:
    """Noise of every octave, that has no ends at which librosa's resampler is cut off."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    pink = np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 20.0), length)
    return pink * np.hanning(length)


@pytest.mark.parametrize("settings", NAMED)
def test_is_the_direct_product_with_librosas_wavelets(settings, rng):
    audio = rng.standard_normal(int(0.6 * settings["sr"]) + 1)
    assert error_db(ours(audio, **settings), direct(audio, **settings)) < -280
    single = audio.astype(np.float32)
    assert error_db(ours(single, **settings), direct(single, **settings)) < -105


@pytest.mark.parametrize("settings", NAMED)
def test_is_librosas_but_for_what_its_sparsity_costs(settings, rng):
    audio = faded_noise(rng, 2 * settings["sr"])
    result, expected = ours(audio, **settings), theirs(audio, **settings)
    np.testing.assert_allclose(result, expected, rtol=0, atol=0.02 * np.abs(expected).max())
    # Of variable-Q bands some end where librosa's resampler begins to fall.
    bound = -50 if "gamma" in settings else -60
    assert error_db(result, theirs(audio, sparsity=0.0, **settings)) < bound


def test_tuning_is_librosas(rng):
    audio = faded_noise(rng, 22050)
    expected = theirs(audio, sr=22050, tuning=0.4, fmin=220.0, n_bins=24, sparsity=0.0)
    result = ours(audio, sr=22050, tuning=0.4, fmin=220.0, n_bins=24)
    assert error_db(result, expected) < -80


@pytest.mark.parametrize("length", [0, 1, 2, 700, 1023, 1024, 1025])
def test_signals_shorter_than_a_wavelet(length, rng):
    audio = rng.standard_normal(length)
    result = ours(audio, sr=22050)
    assert result.shape == (1 + length // 512, 84)
    np.testing.assert_allclose(result, direct(audio, sr=22050), rtol=0, atol=1e-12)


@pytest.mark.parametrize("pad_mode", ["reflect", "symmetric", "edge"])
@pytest.mark.parametrize("length", [601, 30001])
def test_pads_as_numpy_does(pad_mode, length, rng):
    audio = rng.standard_normal(length)
    expected = direct(audio, sr=22050, pad_mode=pad_mode)
    assert error_db(ours(audio, sr=22050, pad_mode=pad_mode), expected) < -280


def test_silence_is_silent_and_its_gradient_finite():
    audio = tf.zeros([2, 5000])
    with tf.GradientTape() as tape:
        tape.watch(audio)
        bands = st.librosa_cqt(audio, sample_rate=22050)
        energy = tf.reduce_sum(tf.math.real(bands) ** 2 + tf.math.imag(bands) ** 2)
    np.testing.assert_array_equal(bands, np.zeros((2, 10, 84)))
    np.testing.assert_array_equal(tape.gradient(energy, audio), np.zeros((2, 5000)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradient_is_the_transpose(dtype, rng):
    audio = tf.constant(rng.standard_normal((2, 20000)), dtype)
    with tf.GradientTape() as tape:
        tape.watch(audio)
        bands = st.librosa_cqt(audio, sample_rate=22050)
    weights = rng.standard_normal(bands.shape) + 1j * rng.standard_normal(bands.shape)
    gradient = tape.gradient(bands, audio, tf.constant(weights, bands.dtype)).numpy()
    across, back = np.vdot(weights, bands).real, np.vdot(gradient, audio)
    bound = 16 * np.finfo(dtype).eps * np.linalg.norm(weights) * np.linalg.norm(bands)
    assert abs(across - back) < bound


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        ({"fmin": 0.0}, "fmin must be above 0 Hz; got 0.0"),
        ({"fmin": 11000.0}, r"fmin must leave its band, which ends at .* Hz, below .*; got 11000"),
        ({"n_bins": 0}, "n_bins must be an integer of at least 1; got 0"),
        (
            {"n_bins": 102},
            r"n_bins must be at most 101, for .* sample_rate / 2 = 11025 Hz; got 102",
        ),
        ({"bins_per_octave": 0}, "bins_per_octave must be an integer of at least 1; got 0"),
        ({"hop_length": 0}, "hop_length must be an integer of at least 1; got 0"),
        ({"gamma": -1.0}, "gamma must be None or at least 0 Hz; got -1.0"),
        ({"filter_scale": 0.0}, "filter_scale must be above 0; got 0.0"),
        ({"norm": 3}, "norm must be one of 1, 2, inf and None; got 3"),
        ({"window": "round"}, "window must be a name .*; got 'round'"),
        ({"pad_mode": "wrap"}, "pad_mode must be one of .*; got 'wrap'"),
    ],
)
def test_arguments_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        st.librosa_cqt(np.zeros(1000), **{"sample_rate": 22050, **settings})


def test_as_many_bands_as_it_says_fit(rng):
    audio = rng.standard_normal(2000)
    assert ours(audio, sr=22050, n_bins=101).shape == (4, 101)
    with pytest.raises(librosa.ParameterError, match="exceed the Nyquist"):
        theirs(audio, sr=22050, n_bins=102)
