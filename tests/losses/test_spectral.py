"""Spectral losses against the published arithmetic, in NumPy float64."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

STFTS = [st.STFT(n_fft=256), st.STFT(n_fft=64, hop_length=20)]


@pytest.fixture
def sounds(rng) -> np.ndarray:
    return rng.standard_normal((2, 8000)) * 0.3


def ddsp(target: np.ndarray, audio: np.ndarray) -> tuple[float, float]:
    """Engel et al., eq. 4, over ``tf.signal.stft``'s frames, written out in NumPy."""
    linear = logarithmic = 0.0
    for size in (2048, 1024, 512, 256, 128, 64):
        hop = size // 4
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
        starts = hop * np.arange(-(-len(target) // hop))
        padded = (np.pad(sound, (0, size)) for sound in (target, audio))
        frames = (np.stack([p[begin : begin + size] for begin in starts]) for p in padded)
        wanted, heard = (np.abs(np.fft.rfft(f * window)) for f in frames)
        linear += np.mean(np.abs(wanted - heard))
        logarithmic += np.mean(np.abs(np.log(wanted) - np.log(heard)))
    return linear, logarithmic


def test_ddsps_loss_is_its_published_arithmetic(sounds):
    linear, logarithmic = ddsp(*sounds)
    loss = st.losses.MultiScaleSpectral.preset("ddsp")
    assert float(loss(*sounds)) == pytest.approx(linear, rel=1e-12)
    terms = st.losses.MultiScaleSpectral.preset("ddsp_log").terms(*sounds)
    assert float(terms["magnitude"]) == pytest.approx(linear, rel=1e-12)
    assert float(terms["log_magnitude"]) == pytest.approx(logarithmic, rel=1e-9)


def triple(target: np.ndarray, audio: np.ndarray, least_power: float) -> tuple[float, float]:
    """Convergence and log-magnitude loss of Parallel WaveGAN, over torch's centred frames."""
    convergence = logarithmic = 0.0
    geometry = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
    for n_fft, hop, win in geometry:
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(win) / win)
        window = np.pad(window, (n_fft - win) // 2)
        magnitudes = []
        for sound in (target, audio):
            padded = np.pad(sound, n_fft // 2, mode="reflect")
            starts = range(0, len(padded) - n_fft + 1, hop)
            frames = np.stack([padded[begin : begin + n_fft] for begin in starts])
            power = np.abs(np.fft.rfft(frames * window)) ** 2
            magnitudes.append(np.sqrt(np.maximum(power, least_power)))
        wanted, heard = magnitudes
        convergence += np.linalg.norm(wanted - heard) / np.linalg.norm(wanted) / 3
        logarithmic += np.mean(np.abs(np.log(heard) - np.log(wanted))) / 3
    return convergence, logarithmic


@pytest.mark.parametrize(("preset", "power"), [("auraloss", 1e-8), ("parallel_wavegan", 1e-7)])
def test_the_published_triple_is_its_arithmetic(preset, power, sounds):
    convergence, logarithmic = triple(*sounds, power)
    terms = st.losses.MultiScaleSpectral.preset(preset).terms(*sounds)
    assert float(terms["convergence"]) == pytest.approx(convergence, rel=1e-10)
    assert float(terms["log_magnitude"]) == pytest.approx(logarithmic, rel=1e-10)
    # Where much is below the floor.
    convergence, logarithmic = triple(*(1e-4 * sounds), power)
    terms = st.losses.MultiScaleSpectral.preset(preset).terms(*(1e-4 * sounds))
    assert float(terms["convergence"]) == pytest.approx(convergence, rel=1e-10)
    assert float(terms["log_magnitude"]) == pytest.approx(logarithmic, rel=1e-10)


def by_hand(term: str, wanted: np.ndarray, heard: np.ndarray, floor: float) -> float:
    """A term of the table, of one resolution."""
    error = heard - wanted
    logs = np.log(np.maximum(heard, floor)) - np.log(np.maximum(wanted, floor))
    shares = [(m + floor) / np.sum(m + floor, axis=1, keepdims=True) for m in (wanted, heard)]
    norms = np.linalg.norm(wanted, axis=1) * np.linalg.norm(heard, axis=1)
    return {
        "magnitude": np.mean(np.abs(error)),
        "log_magnitude": np.mean(np.abs(logs)),
        "squared_magnitude": np.mean(error**2),
        "squared_log_magnitude": np.mean(logs**2),
        "convergence": np.linalg.norm(error) / np.linalg.norm(np.maximum(wanted, floor)),
        "cosine": np.mean(1 - np.sum(wanted * heard, axis=1) / norms),
        "divergence": np.mean(np.sum(shares[0] * np.log(shares[0] / shares[1]), axis=1)),
        "delta_time": np.mean(np.abs(np.diff(error, axis=0))),
        "delta_frequency": np.mean(np.abs(np.diff(error, axis=1))),
        "cumulative_frequency": np.mean(np.abs(np.cumsum(error, axis=1))),
    }[term]


TERMS = ["magnitude", "log_magnitude", "squared_magnitude", "squared_log_magnitude"]
TERMS += ["convergence", "cosine", "divergence", "delta_time", "delta_frequency"]
TERMS += ["cumulative_frequency"]


@pytest.mark.parametrize("term", TERMS)
def test_every_term_is_that_of_the_table(term, sounds):
    weights = {"magnitude": 0.0, "log_magnitude": 0.0} | {term: 2.0}
    for floor in (1e-5, 3.0):
        loss = st.losses.MultiScaleSpectral(STFTS, **weights, floor=floor)
        spectra = [[np.abs(stft(sound)) for sound in sounds] for stft in STFTS]
        expected = 2.0 * sum(by_hand(term, *pair, floor) for pair in spectra)
        assert float(loss(*sounds)) == pytest.approx(expected, rel=1e-9)


def test_both_absolute_errors_together_are_each_alone(sounds):
    both = st.losses.MultiScaleSpectral(STFTS).terms(*sounds)
    for name, other in (("magnitude", "log_magnitude"), ("log_magnitude", "magnitude")):
        alone = st.losses.MultiScaleSpectral(STFTS, **{other: 0.0})
        assert float(alone(*sounds)) == pytest.approx(float(both[name]), rel=1e-12)


def test_parts_of_a_large_batch_are_the_whole(rng):
    """More samples than are analysed at once, of a batch that does not divide evenly."""
    target, audio = rng.standard_normal((2, 7, 100000)).astype(np.float32)
    loss = st.losses.MultiScaleSpectral([st.STFT(n_fft=512)])
    alone = [float(loss(target[i], audio[i])) for i in range(7)]
    np.testing.assert_allclose(loss(target, audio), alone, rtol=1e-5)
    spec = [tf.TensorSpec([None, None], tf.float32)] * 2
    np.testing.assert_allclose(
        tf.function(loss, input_signature=spec)(target, audio), alone, rtol=1e-5
    )


def test_the_floor_hides_what_is_below_it():
    loss = st.losses.MultiScaleSpectral(STFTS, magnitude=0.0, floor=1.0)
    quiet = 1e-3 * np.ones(1000)
    assert float(loss(quiet, 0 * quiet)) == 0.0


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"transforms": []}, "transforms must be a list of STFTs, at least one"),
        ({"transforms": st.STFT(n_fft=64)}, "transforms must be a list of STFTs"),
        ({"transforms": [64]}, "transforms must be a list of STFTs"),
        ({"cosine": -1.0}, "cosine must be a number of at least 0; got -1.0"),
        ({"magnitude": "a"}, "magnitude must be a number of at least 0; got 'a'"),
        ({"magnitude": 0.0, "log_magnitude": 0.0}, "one term must have a weight above 0"),
        ({"floor": 0.0}, "floor must be a number of at least 1e-15"),
        ({"least": -1.0}, "least must be a number of at least 0"),
        ({"over_scales": "max"}, "over_scales must be one of 'sum', 'mean'"),
    ],
)
def test_wrong_settings_are_named(change, match):
    with pytest.raises(ValueError, match=match):
        st.losses.MultiScaleSpectral(**({"transforms": STFTS} | change))


def test_an_unknown_preset_is_named():
    with pytest.raises(ValueError, match="preset must be one of 'ddsp'"):
        st.losses.MultiScaleSpectral.preset("vocos")


def test_sound_too_short_for_a_frame_is_refused():
    """In which the published loss is NaN."""
    loss = st.losses.MultiScaleSpectral.preset("tensorflowtts")
    sound = np.ones((2, 1199))
    rule = r"target and audio must have at least the samples of one frame of STFT\(.*; got 1199"
    for give in (loss, loss.terms, tf.function(loss)):
        with pytest.raises(ValueError, match=rule):
            give(sound, sound)
    assert np.all(np.isfinite(loss(np.ones((2, 1200)), np.ones((2, 1200)))))
