"""Sound to sinusoids to a tone: what the terms say, training, a file, and what is refused."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

GRID = {"sample_rate": 16000, "hop_length": 128}
SAMPLES, FRAMES = 2000, 16  # of which the last is not filled
OUTPUTS = (("amplitudes", 7), ("frequencies", 7), ("magnitudes", 9))


def batch_of(rng: np.random.Generator) -> dict[str, tf.Tensor]:
    shape = (2, FRAMES)
    parts = {
        "audio": 0.1 * rng.standard_normal((2, SAMPLES)),
        "f0_hz": rng.uniform(100.0, 400.0, shape),
        "f0_confidence": rng.uniform(0.0, 1.0, shape),
    }
    return {name: tf.constant(value, tf.float32) for name, value in parts.items()}


def small(**options) -> st.models.InverseSynthesis:
    sizes = {"channels": (4, 6), "n_fft": 256, "n_mels": 20, "outputs": OUTPUTS}
    tone = {"n_harmonics": 5, "places": 8, "rnn_units": 8, "units": 6}
    settings = {
        "encoder": st.models.SinusoidalEncoder(**GRID, **sizes),
        "harmonic_encoder": st.models.HarmonicEncoder(**tone),
        "losses": [st.losses.MultiScaleSpectral([st.STFT(n_fft=n) for n in (256, 64)])],
        "pitch": 1.0,
    }
    return st.models.InverseSynthesis.of_rate(**GRID, seed=0, **{**settings, **options})


def loss_and_gradients(model: keras.Model, batch: dict) -> tuple[tf.Tensor, list]:
    with tf.GradientTape() as tape:
        loss = tf.add_n(list(model.losses_of(batch, model(batch)).values()))
    return loss, tape.gradient(loss, model.trainable_variables)


@pytest.mark.parametrize("jit", [False, True])
def test_every_weight_has_a_gradient(jit, rng):
    model, batch = small(), batch_of(rng)
    model(batch)
    graph = tf.function(lambda: loss_and_gradients(model, batch), jit_compile=jit)
    loss, gradients = graph()
    assert np.isfinite(loss)
    for weight, gradient in zip(model.trainable_variables, gradients, strict=True):
        assert np.all(np.isfinite(gradient)), weight.path
        assert np.any(np.asarray(gradient) != 0.0), weight.path


def test_silence_has_a_finite_loss_and_gradient(rng):
    silent = {**batch_of(rng), "audio": tf.zeros([2, SAMPLES])}
    loss, gradients = loss_and_gradients(small(), silent)
    assert np.isfinite(loss)
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)


def test_sounds_are_as_long_as_the_target_and_frames_those_of_the_hop(rng):
    outputs = small()(batch_of(rng))
    assert outputs["audio"].shape == outputs["sinusoidal_audio"].shape == (2, SAMPLES)
    assert outputs["harmonic/f0_hz"].shape == (2, FRAMES)
    assert outputs["sinusoidal/frequencies_hz"].shape == (2, FRAMES, 7)


def outputs_of(f0_hz: float, gain: float) -> dict[str, tf.Tensor]:
    """A tone of three harmonics, and the sinusoids that it is, times a gain."""
    heights, frequencies = np.array([0.3, 0.2, 0.1]), f0_hz * np.array([1.0, 2.0, 3.0])
    controls = {
        "harmonic/f0_hz": np.full([1, 4], f0_hz),
        "harmonic/amplitudes": np.full([1, 4], heights.sum()),
        "harmonic/harmonic_distribution": np.tile(heights / heights.sum(), (1, 4, 1)),
        "sinusoidal/amplitudes": np.tile(gain * heights, (1, 4, 1)),
        "sinusoidal/frequencies_hz": np.tile(frequencies, (1, 4, 1)),
        "audio": np.zeros([1, 512]),
        "sinusoidal_audio": np.zeros([1, 512]),
    }
    return {name: tf.constant(value, tf.float32) for name, value in controls.items()}


@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_consistency_is_the_logarithm_of_what_differs(gain):
    batch = {"audio": tf.zeros([1, 512])}
    terms = small(pitch=0.0, consistency=2.0).losses_of(batch, outputs_of(200.0, gain))
    assert float(terms["consistency"]) == pytest.approx(-2.0 * np.log(gain), abs=2e-4)
    assert "pitch" not in terms


def test_pitch_is_in_octaves_and_counts_where_there_is_one():
    batch = {
        "audio": tf.zeros([1, 512]),
        "f0_hz": tf.constant([[400.0, 100.0, 200.0, 1.0]]),
        "f0_confidence": tf.constant([[1.0, 0.5, 0.5, 0.0]]),
    }
    terms = small(consistency=0.0).losses_of(batch, outputs_of(200.0, 1.0))
    assert float(terms["pitch"]) == pytest.approx((1.0 + 0.5) / 2.0, rel=1e-5)
    assert "consistency" not in terms


def test_keras_fits_it_to_notes_that_are_known():
    keras.utils.set_random_seed(0)
    features = st.data.Features(frame_rate=125)
    notes = st.data.SyntheticNotes(2, features=features, example_seconds=0.256, notes=1)
    model = small()
    model.compile(keras.optimizers.Adam(1e-2))
    data = tf.data.Dataset.from_tensors(next(iter(notes.dataset(2)))).repeat(20)
    found = [model.fit(data, verbose=0, shuffle=False).history["loss"][0] for _ in range(2)]
    assert found[1] < 0.9 * found[0]


# Keras itself copies its variables so, where it saves them.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't:DeprecationWarning")
def test_a_file_gives_the_same_sound_noise_and_all(tmp_path, rng):
    model, batch = small(), batch_of(rng)
    model(batch)
    model.save(tmp_path / "model.keras")
    names = st.layers.custom_objects()
    loaded = keras.models.load_model(tmp_path / "model.keras", custom_objects=names)
    expected, found = model(batch), loaded(batch)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
    terms, again = (m.losses_of(batch, expected) for m in (model, loaded))
    assert {name: float(value) for name, value in terms.items()} == {
        name: float(value) for name, value in again.items()
    }


def test_wrong_parts_are_refused(rng):
    for name in ("encoder", "harmonic_encoder", "sinusoidal_group", "harmonic_group"):
        with pytest.raises(ValueError, match=f"{name} must be a "):
            small(**{name: None})
    group = st.models.harmonic_plus_noise(**GRID)
    with pytest.raises(ValueError, match="sinusoidal_group must have a node 'sinusoidal'"):
        small(sinusoidal_group=group)
    with pytest.raises(ValueError, match="losses must be Losses, at least one"):
        small(losses=[])
    with pytest.raises(ValueError, match="consistency must be a number of at least 0"):
        small(consistency=-1.0)
    batch = batch_of(rng)
    with pytest.raises(ValueError, match="batch must have 'audio' to be encoded"):
        small()({"f0_hz": batch["f0_hz"]})
    model = small()
    outputs = model(batch)
    with pytest.raises(ValueError, match="batch must have 'f0_hz' for the term 'pitch'"):
        model.losses_of({"audio": batch["audio"]}, outputs)


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("SinusoidalEncoder", {**GRID, "n_fft": 64}, "n_fft must be an integer of at least 128"),
        ("SinusoidalEncoder", {**GRID, "channels": ()}, "channels must be of at least one block"),
        ("SinusoidalEncoder", {**GRID, "outputs": ()}, "outputs must have at least one name"),
        ("HarmonicEncoder", {"places": 1}, "places must be an integer of at least 2"),
        ("HarmonicEncoder", {"fmax": 10.0}, "fmax must be above fmin=20"),
    ],
)
def test_wrong_settings_are_refused(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        getattr(st.models, kind)(**settings)
