"""The autoencoder: its sizes, its training, its way through a file, and what it refuses."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.models import features

RATE, HOP, SAMPLES = 16000, 64, 1000
FRAMES = 16  # of which the last is not filled
GRID = {"sample_rate": RATE, "hop_length": HOP}


def batch_of(rng: np.random.Generator, samples: int = SAMPLES, items: int = 2) -> dict:
    frames = -(-samples // HOP)
    parts = {
        "audio": 0.1 * rng.standard_normal((items, samples)),
        "f0_hz": rng.uniform(100.0, 400.0, (items, frames)),
        "f0_confidence": rng.uniform(0.0, 1.0, (items, frames)),
        "loudness_db": rng.uniform(-60.0, 0.0, (items, frames)),
        "pitch": rng.integers(45, 70, (items, frames)),
        "velocity": rng.integers(0, 128, (items, frames)),
    }
    return {name: tf.constant(value, tf.float32) for name, value in parts.items()}


def small(**options) -> st.models.Autoencoder:
    """A model of every kind of weight that the solo one has, few of each."""
    outputs = (("amplitudes", 1), ("harmonic_distribution", 5), ("magnitudes", 9))
    sizes = {"rnn_units": 8, "units": 6, "layers": 2}
    group = st.models.harmonic_plus_noise(**GRID, reverb_length=100, seed=0)
    loss = st.losses.MultiScaleSpectral([st.STFT(n_fft=n) for n in (256, 64)])
    settings = {"decoder": st.models.RecurrentDecoder(outputs=outputs, **sizes)}
    settings |= {"processor_group": group, "losses": [loss], **options}
    return st.models.Autoencoder(**settings)


OUTPUTS = (("amplitudes", 1), ("harmonic_distribution", 5), ("magnitudes", 9))


def encoded() -> st.models.Autoencoder:
    """A model with an encoder of timbre."""
    inputs = ("loudness_scaled", "f0_scaled", "z")
    decoder = st.models.RecurrentDecoder(inputs=inputs, outputs=OUTPUTS, rnn_units=8, units=6)
    return small(decoder=decoder, encoder=st.models.MFCCEncoder(**GRID, rnn_units=7, size=3))


def dilated() -> st.models.Autoencoder:
    return small(decoder=st.models.DilatedDecoder(outputs=OUTPUTS, channels=8, layers=2))


def of_notes() -> st.models.Autoencoder:
    return small(decoder=st.models.MidiDecoder(outputs=OUTPUTS, rnn_units=8, units=6, layers=2))


def sinusoidal() -> st.models.Autoencoder:
    outputs = (("amplitudes", 5), ("frequencies", 5), ("magnitudes", 9))
    group = st.models.sinusoidal_plus_noise(**GRID, reverb_length=100, seed=0)
    decoder = st.models.RecurrentDecoder(outputs=outputs, rnn_units=8, units=6, layers=2)
    return small(decoder=decoder, processor_group=group)


MODELS = {
    "small": small,
    "encoded": encoded,
    "dilated": dilated,
    "of notes": of_notes,
    "sinusoidal": sinusoidal,
}
each = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


def loss_and_gradients(model: keras.Model, batch: dict) -> tuple[tf.Tensor, list]:
    with tf.GradientTape() as tape:
        loss = tf.add_n(list(model.losses_of(batch, model(batch)).values()))
    return loss, tape.gradient(loss, model.trainable_variables)


@pytest.mark.parametrize(
    ("preset", "decoder", "beside"),
    [("solo", 4801150, 48000), ("tiny", 232314, 48000), ("z", 6407334, 843852)],
)
def test_a_preset_has_the_weights_of_the_published_model(preset, decoder, beside, rng):
    model = st.models.Autoencoder.preset(preset)
    model(batch_of(rng, 128))
    assert model.decoder.count_params() == decoder
    trained = sum(np.prod(weight.shape) for weight in model.trainable_variables)
    assert trained == decoder + beside


@each
@pytest.mark.parametrize("jit", [False, True])
def test_every_weight_has_a_gradient(jit, make, rng):
    model, batch = make(), batch_of(rng, 1500)
    model(batch)
    graph = tf.function(lambda: loss_and_gradients(model, batch), jit_compile=jit)
    loss, gradients = graph()
    assert np.isfinite(loss)
    for weight, gradient in zip(model.trainable_variables, gradients, strict=True):
        assert np.all(np.isfinite(gradient)), weight.path
        assert np.any(np.asarray(gradient) != 0.0), weight.path


def test_a_step_along_the_gradient_lowers_the_loss_as_it_says(rng):
    """Central differences along the gradient, of what has no noise: the seed would be another."""
    keras.utils.set_random_seed(0)
    tone = st.synths.Harmonic(name="tone", **GRID)
    keys = ["amplitudes", "harmonic_distribution", "f0_hz"]
    outputs = (("amplitudes", 1), ("harmonic_distribution", 5))
    model = small(
        decoder=st.models.RecurrentDecoder(outputs=outputs, rnn_units=8, units=6, layers=2),
        processor_group=st.layers.ProcessorGroup([(tone, keys)]),
        losses=[st.losses.L2()],
    )
    batch = batch_of(rng)
    model(batch)
    _, gradients = loss_and_gradients(model, batch)
    norm = float(tf.linalg.global_norm(gradients))
    values = []
    for step in (0.002, -0.004):
        for weight, gradient in zip(model.trainable_variables, gradients, strict=True):
            weight.assign_add(step * gradient / norm)
        values.append(float(loss_and_gradients(model, batch)[0]))
    assert (values[0] - values[1]) / 0.004 == pytest.approx(norm, rel=0.02)


@pytest.mark.parametrize("jit", [False, True])
def test_keras_fits_it(jit, rng):
    model, batch = small(), batch_of(rng)
    model.compile(keras.optimizers.Adam(1e-2), jit_compile=jit)
    data = tf.data.Dataset.from_tensors(batch).repeat(20)
    found = [model.fit(data, verbose=0, shuffle=False).history["loss"][0] for _ in range(2)]
    assert found[1] < 0.9 * found[0]


def test_a_graph_and_xla_give_what_eager_gives(rng):
    batch = batch_of(rng)
    model = small()
    group = lambda: model.processor_group.processors[1]  # noqa: E731
    results = []
    for jit in (None, False, True):
        group()._seeds.state.assign(tf.constant([0, 0], group()._seeds.state.dtype))
        call = model if jit is None else tf.function(model, jit_compile=jit)
        results.append(call(batch))
    for result in results[1:]:
        for name, value in results[0].items():
            np.testing.assert_allclose(result[name], value, rtol=2e-4, atol=2e-5, err_msg=name)


# Keras itself copies its variables so, where it saves them.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't:DeprecationWarning")
@each
def test_a_file_gives_the_same_sound_noise_and_all(make, tmp_path, rng):
    model, batch = make(), batch_of(rng)
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


def test_two_calls_have_noise_of_their_own(rng):
    model, batch = small(), batch_of(rng)
    assert np.any(model(batch)["audio"] != model(batch)["audio"])


@each
def test_silence_has_a_finite_loss_and_gradient(make, rng):
    model = make()
    silent = {**batch_of(rng), "audio": tf.zeros([2, SAMPLES])}
    silent["loudness_db"] = tf.fill([2, FRAMES], -80.0)
    loss, gradients = loss_and_gradients(model, silent)
    assert np.isfinite(loss)
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)


@pytest.mark.parametrize("samples", [1, 64, 65, 999])
def test_sound_is_as_long_as_the_target(samples, rng):
    batch = batch_of(rng, samples)
    model = small()
    assert model(batch)["audio"].shape == (2, samples)
    del batch["audio"]
    assert model(batch)["audio"].shape == (2, HOP * -(-samples // HOP))


def test_shapes_may_be_unknown_to_a_graph(rng):
    model, batch = small(), batch_of(rng)
    expected = model(batch)["harmonic/amplitudes"]
    kinds = {name: tf.TensorSpec([None, None], tf.float32) for name in batch}
    call = tf.function(lambda given: model(given), input_signature=[kinds])
    found = call(batch)
    assert found["audio"].shape == (2, SAMPLES)
    np.testing.assert_allclose(found["harmonic/amplitudes"], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("f0_scaled", {"f0_hz": [[440.0, 880.0]]}, [69 / 127, 81 / 127]),
        ("loudness_scaled", {"loudness_db": [[0.0, -40.0]]}, [1.0, 0.5]),
    ],
)
def test_features_are_those_of_ddsp(name, given, expected):
    """Note / 127 and dB / 80 + 1."""
    found = features.scaled(name, given)
    np.testing.assert_allclose(found[0, :, 0], expected, rtol=1e-6)


def test_terms_of_one_name_are_added_up(rng):
    loss = st.losses.L1()
    one, two = small(losses=[loss]), small(losses=[loss, loss])
    batch = batch_of(rng)
    outputs = one(batch)
    (name, value), (again, double) = (
        *one.losses_of(batch, outputs).items(),
        *two.losses_of(batch, outputs).items(),
    )
    assert name == again
    assert name.startswith("L1/")
    expected = np.abs(batch["audio"] - outputs["audio"]).mean()
    assert float(value) == pytest.approx(expected, rel=1e-5)
    assert float(double) == pytest.approx(2 * expected, rel=1e-5)


@pytest.mark.parametrize("cuts", [[], [1], [5, 6], list(range(1, 16)), [0, 3, 3, 16]])
@pytest.mark.parametrize(("make", "atol"), [(small, 1e-5), (sinusoidal, 1e-4)])
def test_played_in_blocks_it_is_the_whole(make, atol, cuts, rng):
    """Noise and room too: the noise of both begins at the same seed.

    What plays sinusoids also makes their frequencies, by products that are rounded otherwise in
    blocks: 5e-4 Hz at 8 kHz, which after 1024 samples is 2e-4 of a radian.
    """
    batch = batch_of(rng)
    del batch["audio"]
    whole, played = make(), make()
    expected = whole(batch)["audio"]
    played(batch)
    played.set_weights(whole.get_weights())
    seeds = played.processor_group.processors[1]._seeds
    seeds.state.assign(tf.zeros_like(seeds.state))
    state, parts, begin = played.initial_state(2), [], 0
    for end in [*cuts, FRAMES]:
        block = {name: value[:, begin:end] for name, value in batch.items()}
        sound, state = played.step(block, state)
        parts.append(sound)
        begin = end
    sound = tf.concat([*parts, played.flush(state)], axis=-1)
    np.testing.assert_allclose(sound, expected, rtol=0, atol=atol)


def test_what_hears_the_whole_does_not_stream():
    with pytest.raises(ValueError, match="encoder must be None to stream"):
        encoded().initial_state(1)
    with pytest.raises(ValueError, match="decoder must stream; got DilatedDecoder"):
        dilated().initial_state(1)


def test_wrong_parts_are_refused():
    group = st.models.harmonic_plus_noise(**GRID)
    decoder = st.models.RecurrentDecoder()
    with pytest.raises(ValueError, match="decoder must be a Decoder"):
        st.models.Autoencoder(decoder=None, processor_group=group)
    with pytest.raises(ValueError, match="processor_group must be a ProcessorGroup"):
        st.models.Autoencoder(decoder=decoder, processor_group=None)
    with pytest.raises(ValueError, match="losses must be Losses, at least one; got"):
        st.models.Autoencoder(decoder=decoder, processor_group=group, losses=[])
    unknown = st.models.RecurrentDecoder(inputs=["f0_scaled", "z"])
    with pytest.raises(ValueError, match=r"decoder must have inputs of .*; got \['z'\]"):
        st.models.Autoencoder(decoder=unknown, processor_group=group)
    nodes = [
        (st.synths.FilteredNoise(name=f"noise_{hop}", hop_length=hop), ["magnitudes"])
        for hop in (64, 32)
    ]
    uneven = st.layers.ProcessorGroup(nodes)
    with pytest.raises(ValueError, match="processor_group must have one hop_length"):
        st.models.Autoencoder(decoder=decoder, processor_group=uneven)
    with pytest.raises(ValueError, match="preset must be one of"):
        st.models.Autoencoder.preset("large")


def test_a_batch_that_lacks_something_is_refused(rng):
    model, batch = small(), batch_of(rng)
    outputs = model(batch)
    for name in ("f0_hz", "loudness_db"):
        lacking = {key: value for key, value in batch.items() if key != name}
        with pytest.raises(ValueError, match=f"batch must have '{name}'"):
            small()(lacking)
    with pytest.raises(ValueError, match="batch must have 'audio'"):
        model.losses_of({"f0_hz": batch["f0_hz"]}, outputs)
    with pytest.raises(ValueError, match=r"batch must have ceil\(samples / hop_length\) frames"):
        model({**batch, "audio": tf.zeros([2, 900])})
