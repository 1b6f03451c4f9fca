"""Laws: what every loss promises."""

import dataclasses
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.losses.case import all_cases
from tests.tolerances import assert_close

CASES = all_cases()
each = pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])


def is_loss(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, st.losses.Loss)


def graded(loss, target, audio):
    """The losses, and the gradients of their sum by both signals."""
    target, audio = tf.convert_to_tensor(target), tf.convert_to_tensor(audio)
    with tf.GradientTape() as tape:
        tape.watch([target, audio])
        value = loss(target, audio)
    return value, *tape.gradient(value, [target, audio])


def test_every_public_loss_has_a_case():
    """But that of two channels, which has tests of its own."""
    public = (getattr(st.losses, name) for name in st.losses.__all__)
    names = {kind.__name__ for kind in public if is_loss(kind)} - {"Loss", "SumDifference"}
    assert names == {case.name for case in CASES}
    assert len({case.id for case in CASES}) == len(CASES)


@each
def test_there_is_one_number_for_each_signal(case):
    target, audio = case.pair(batch=6)
    loss = case.make()
    whole = loss(target, audio)
    assert whole.shape == (6,)
    assert np.ptp(whole) > 0
    for item in range(6):
        alone = loss(target[item], audio[item])
        np.testing.assert_allclose(alone, whole[item], rtol=1e-9)
    folded = [signal.reshape(3, 2, case.time) for signal in (target, audio)]
    np.testing.assert_allclose(loss(*folded), np.reshape(whole, (3, 2)), rtol=1e-9)


@each
def test_the_terms_are_the_loss(case):
    target, audio = case.pair()
    loss = case.make()
    terms = loss.terms(target, audio)
    assert all(isinstance(name, str) and term.shape == (2,) for name, term in terms.items())
    np.testing.assert_allclose(sum(terms.values()), loss(target, audio), rtol=1e-12)


@each
def test_nothing_is_nearer_than_the_target(case):
    target, audio = case.pair()
    loss = case.make()
    equal, far = loss(target, target), loss(target, audio)
    assert np.all(far > equal)
    near = loss(target, target + 1e-3 * (audio - target))
    assert np.all(near >= equal)
    assert np.all(near < far)
    if case.least is not None:
        np.testing.assert_allclose(equal, case.least, atol=1e-9)


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("silent", ["both", "target", "audio"])
def test_silence_has_a_loss_and_a_gradient(case, silent, dtype):
    target, audio = case.pair(dtype=dtype)
    given = target * (silent == "audio"), audio * (silent == "target")
    for result in graded(case.make(), *given):
        assert np.all(np.isfinite(result))


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_of_quiet_and_equal_signals_are_finite(case, dtype):
    target, audio = case.pair(dtype=dtype)
    for gain in (1e-30, 1e-18, 1e-9):
        quiet = [(gain * signal).astype(dtype) for signal in (target, audio)]
        for given in (quiet, (target, quiet[1]), (quiet[0], audio), (target, target)):
            for result in graded(case.make(), *given):
                assert np.all(np.isfinite(result))


@each
def test_a_signal_of_one_sample_has_a_loss(case):
    results = graded(case.make(), np.array([[0.5]]), np.array([[-0.25]]))
    assert all(np.all(np.isfinite(result)) for result in results)


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_eager_graph_and_xla_agree(case, dtype):
    """The value and the gradients, of one program each."""
    target, audio = case.pair(dtype=dtype)
    loss = case.make()

    def run(target, audio):
        return graded(loss, target, audio)

    given = tf.constant(target), tf.constant(audio)
    expected = run(*given)
    for compiled in (tf.function(run), tf.function(run, jit_compile=True)):
        for result, wanted in zip(compiled(*given), expected, strict=True):
            assert result.dtype == dtype
            assert_close(result, wanted, case.k, dtype)


@each
def test_loss_and_gradients_lower_for_a_gpu(case):
    loss = case.make()
    run = tf.function(lambda *given: graded(loss, *given), jit_compile=True)
    lower = run.experimental_get_compiler_ir(*[tf.TensorSpec([2, case.time], tf.float32)] * 2)
    assert "ENTRY" in lower(stage="hlo", platform_name="GPU")


@each
def test_shapes_may_be_unknown_to_a_graph(case):
    target, audio = case.pair()
    loss = case.make()
    expected = graded(loss, target, audio)
    for shape in ([None, None], None):
        given = [tf.TensorSpec(shape, tf.float64)] * 2
        run = tf.function(lambda *pair: graded(loss, *pair), input_signature=given)
        for result, wanted in zip(run(target, audio), expected, strict=True):
            assert_close(result, wanted, case.k_unknown or case.k, np.float64)


@each
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_computed_in_single(case, dtype):
    target, audio = (tf.cast(signal, dtype) for signal in case.pair(dtype=np.float32))
    loss = case.make()
    result = loss(target, audio)
    assert result.dtype == dtype
    single = loss(tf.cast(target, tf.float32), tf.cast(audio, tf.float32))
    eps = {"float16": 2.0**-10, "bfloat16": 2.0**-7}[dtype]
    np.testing.assert_allclose(tf.cast(result, tf.float32), single, rtol=eps)


@each
def test_gradient_is_that_of_central_differences(case):
    target, audio = case.pair()
    loss = case.make()
    _, *gradients = graded(loss, target, audio)
    rng = np.random.default_rng(1)
    for gradient, place in zip(gradients, (0, 1), strict=True):
        direction = rng.standard_normal(audio.shape)
        along = np.sum(gradient * direction)
        ends = []
        for sign in (1, -1):
            given = [target, audio]
            given[place] = given[place] + sign * case.step * direction
            ends.append(np.sum(loss(*given)))
        assert np.linalg.norm(gradient) > 0
        # The share of the gradient's length, for one direction may happen to lie across it.
        error = abs(along - (ends[0] - ends[1]) / (2 * case.step))
        assert error < 1e-5 * np.linalg.norm(gradient) * np.linalg.norm(direction)


@each
def test_equal_settings_make_equal_losses(case):
    loss, again = case.make(), case.make()
    assert loss == again
    assert hash(loss) == hash(again)
    known = {name: getattr(st, name) for name in st.__all__}
    known |= {name: getattr(st.losses, name) for name in st.losses.__all__}
    assert eval(repr(loss), known) == loss
    with pytest.raises(dataclasses.FrozenInstanceError):
        loss.anything = 1


@each
def test_the_config_survives_json_and_keras(case):
    loss = case.make()
    plain = loss.get_config()
    config = json.loads(json.dumps(plain))
    assert config == plain
    assert type(loss).from_config(config) == loss
    saved = json.loads(json.dumps(keras.saving.serialize_keras_object(loss)))
    assert saved["registered_name"] == f"spectrotools>{case.name}"
    assert keras.saving.deserialize_keras_object(saved) == loss
    assert st.layers.custom_objects()[saved["registered_name"]] is type(loss)


@each
def test_settings_from_numpy_become_plain_numbers(case):
    """Or Keras could not save the loss."""
    loss = case.make()
    given = {field.name: getattr(loss, field.name) for field in dataclasses.fields(loss)}
    given = {n: np.float32(value) if type(value) is float else value for n, value in given.items()}
    config = type(loss)(**given).get_config()
    assert json.loads(json.dumps(config)) == config


@each
def test_equal_losses_share_one_trace(case):
    traces = []

    @tf.function
    def run(target: tf.Tensor, audio: tf.Tensor, loss: object) -> tf.Tensor:
        traces.append(loss)
        return loss(target, audio)

    given = [tf.constant(signal) for signal in case.pair()]
    for _ in range(3):
        run(*given, case.make())
    assert len(traces) == 1


def descended(loss, target: tf.Tensor, audio: tf.Tensor, rate: float) -> tf.Tensor:
    """The sound after 200 steps of Adam, all in one graph."""

    def step(number, audio, first, second):
        gradient = graded(loss, target, audio)[2]
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient**2
        count = tf.cast(number + 1, audio.dtype)
        root = tf.sqrt(second / (1.0 - 0.99**count))
        move = first / (1.0 - 0.9**count) / (root + 1e-12)
        return number + 1, audio - rate * move, first, second

    state = tf.constant(0), audio, tf.zeros_like(audio), tf.zeros_like(audio)
    return tf.while_loop(lambda number, *_: number < 200, step, state)[1]


@each
def test_descent_on_the_sound_lowers_it(case):
    target, audio = map(tf.constant, case.pair(dtype=np.float32))
    loss = case.make()
    before = loss(target, audio)
    after = loss(target, tf.function(descended)(loss, target, audio, case.rate))
    if case.least is None:
        assert np.all(after < before - 0.1 * np.abs(before))
    else:
        assert np.all(after - case.least < 0.5 * (before - case.least))


class Sound(keras.layers.Layer):
    """A sound that is learnt, whatever comes in."""

    def __init__(self, start: np.ndarray, **options: object) -> None:
        super().__init__(**options)
        self.start = np.asarray(start, np.float32)
        kept = keras.initializers.Constant(self.start)
        self.sound = self.add_weight(shape=self.start.shape, initializer=kept)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return inputs + self.sound

    def get_config(self) -> dict:
        return {**super().get_config(), "start": self.start.tolist()}


def trained(case, jit: bool) -> tuple[keras.Model, keras.callbacks.History, list[np.ndarray]]:
    target, audio = case.pair(dtype=np.float32)
    inputs = keras.Input(audio.shape[1:])
    model = keras.Model(inputs, Sound(audio[0])(inputs))
    model.compile(keras.optimizers.Adam(case.rate), loss=case.make(), jit_compile=jit)
    given = [0 * target, np.stack([target[0]] * 2)]
    return model, model.fit(*given, epochs=20, verbose=0), given


PLAIN = [case for case in CASES if " " not in case.id]


@pytest.mark.slow
@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in PLAIN])
def test_fit_trains_by_it(case, jit):
    model, history, given = trained(case, jit)
    values = history.history["loss"]
    assert np.all(np.isfinite(values))
    assert values[-1] < values[0]
    mean = np.mean(case.make()(given[1], model(given[0])))
    assert model.evaluate(*given, verbose=0) == pytest.approx(mean, rel=1e-4, abs=1e-6)


RELOAD = """
import json, sys, keras, numpy as np, spectrotools as st
found = {}
for path in sys.argv[2:]:
    model = keras.models.load_model(path, custom_objects=st.layers.custom_objects())
    sound = np.load(sys.argv[1])
    found[path] = [repr(model.loss), float(model.evaluate(*sound, verbose=0))]
print(json.dumps(found))
"""


# Keras itself copies its variables so, where it saves them.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't:DeprecationWarning")
@pytest.mark.slow
def test_a_saved_model_is_loaded_with_its_loss_in_another_process(tmp_path):
    expected = {}
    pair = np.random.default_rng(0).standard_normal((2, 2, 480)).astype(np.float32)
    np.save(tmp_path / "pair.npy", pair)
    for case in CASES:
        inputs = keras.Input([480])
        model = keras.Model(inputs, keras.layers.Rescaling(0.5)(inputs))
        model.compile("sgd", loss=case.make())
        value = model.evaluate(*pair, verbose=0)
        path = str(tmp_path / f"{case.id.replace(' ', '_')}.keras")
        model.save(path)
        expected[path] = [repr(case.make()), value]
    command = [sys.executable, "-c", RELOAD, str(tmp_path / "pair.npy"), *expected]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for path, (described, value) in expected.items():
        assert found[path][0] == described
        assert found[path][1] == pytest.approx(value, rel=1e-5)


def test_what_is_no_loss_says_so():
    with pytest.raises(NotImplementedError):
        st.losses.Loss().terms(0.0, 0.0)
