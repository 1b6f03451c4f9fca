"""Laws: what every processor promises."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st
from tests import processors
from tests.processors import CASES, cut, group, group_inputs
from tests.tolerances import assert_close

each = pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
shares = some.lists(some.floats(0, 1), max_size=6).map(sorted)


def model_of(processor: keras.layers.Layer, inputs: list[np.ndarray]) -> keras.Model:
    """A model of the processor alone, for batches and times of any size."""
    shapes = [(None, *value.shape[2:]) for value in inputs]
    ends = [keras.Input(shape) for shape in shapes]
    return keras.Model(ends, processor(*ends))


def test_every_public_processor_has_a_case():
    names = {*st.synths.__all__, *st.effects.__all__}
    assert names == {case.name for case in CASES}
    assert len({case.id for case in CASES}) == len(CASES)


@each
@settings(max_examples=6, deadline=None)
@given(shares=shares)
def test_a_stream_in_blocks_is_the_whole(case, shares):
    inputs = case.make_inputs()
    if not case.streams:
        with pytest.raises(ValueError, match="to stream; got"):
            case.make().initial_state((2,))
        return
    whole = case.make()(*map(tf.constant, inputs))
    processor = case.make()
    state, parts = processor.initial_state((2,)), []
    for blocks in zip(*map(cut, inputs, case.axes, [shares] * len(inputs)), strict=True):
        part, state = processor.step(*blocks, state)
        parts.append(part)
    parts.append(processor.flush(state))
    assert_close(tf.concat(parts, axis=-1), whole, case.k, np.float32)


@settings(max_examples=6, deadline=None)
@given(shares=shares)
def test_a_group_in_blocks_is_the_whole(shares):
    inputs = group_inputs()
    whole = group()(inputs)
    streamed = group()
    state, parts = streamed.initial_state((2,)), []
    blocks = {name: cut(value, -2, shares) for name, value in inputs.items()}
    for number in range(len(shares) + 1):
        part, state = streamed.step({name: b[number] for name, b in blocks.items()}, state)
        parts.append(part)
    parts.append(streamed.flush(state))
    assert_close(tf.concat(parts, axis=-1), whole, 64, np.float32)


def unmarked(config: object) -> object:
    """A configuration without the marks of which object it was."""
    if isinstance(config, dict):
        return {n: unmarked(v) for n, v in config.items() if n != "shared_object_id"}
    return [unmarked(item) for item in config] if isinstance(config, list) else config


@each
def test_a_processor_is_built_again_of_its_config(case):
    inputs = case.make_inputs()
    first = case.make()
    second = type(first).from_config(first.get_config())
    assert unmarked(second.get_config()) == unmarked(first.get_config())
    second.set_weights(first.get_weights())
    assert_close(second(*inputs), first(*inputs), 0, np.float32)


@each
def test_a_step_in_a_graph_is_one_outside(case):
    if not case.streams:
        return
    inputs = list(map(tf.constant, case.make_inputs()))
    first, second = case.make(), case.make()
    sound, _ = first.step(*inputs, first.initial_state((2,)))
    begun = second.initial_state((2,))
    step = tf.function(lambda *given: second.step(*given, begun), autograph=False)
    again, _ = step(*inputs)
    assert_close(again, sound, case.k, np.float32)


@each
def test_controls_are_made_of_arrays_of_numpy_too(case):
    inputs = case.make_inputs()
    first, second = case.make(), case.make()
    expected = second(*inputs)
    result = first.get_signal(**first.get_controls(*inputs))
    assert_close(result, expected, case.k, np.float32)


@each
def test_a_batch_of_any_size_is_its_items(case):
    inputs = case.make_inputs()
    model = model_of(case.make(), inputs)
    whole = model(inputs).numpy()
    first = case.make()(*(value[:1] for value in inputs))
    assert_close(first, case.make()(*inputs)[:1], 64, np.float32)
    assert model([value[:1] for value in inputs]).shape == (1, *whole.shape[1:])
    assert model([np.concatenate([value] * 2) for value in inputs]).shape == (4, *whole.shape[1:])


@each
def test_a_processor_computes_in_float32_under_any_policy(case):
    inputs = [tf.cast(value, tf.bfloat16) for value in case.make_inputs()]
    expected = case.make()(*(tf.cast(value, tf.float32) for value in inputs))
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        result = case.make()(*inputs)
    finally:
        keras.config.set_dtype_policy("float32")
    assert result.dtype == tf.float32
    assert_close(result, expected, case.k, np.float32)


RELOAD = """
import sys, keras, numpy as np, spectrotools as st
folder = sys.argv[1]
given = np.load(folder + "/inputs.npz")
for name in sys.argv[2:]:
    path = f"{folder}/{name.replace(' ', '_')}.keras"
    model = keras.models.load_model(path, custom_objects=st.layers.custom_objects())
    if name == "group":
        inputs = {key.split("|")[1]: given[key] for key in given if key.startswith("group|")}
    else:
        inputs = [given[f"{name}|{i}"] for i in range(len(model.inputs))]
    np.save(f"{folder}/{name.replace(' ', '_')}.npy", model(inputs))
"""


# Keras itself copies its variables so, where it saves them.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't:DeprecationWarning")
@pytest.mark.slow
def test_what_is_saved_sounds_the_same_in_another_process(tmp_path):
    """Of noise, the generator of seeds is saved as it is, and so the next noise is the next."""
    names, given, sounds = [], {}, {}
    for case in CASES:
        inputs = case.make_inputs()
        model = model_of(case.make(), inputs)
        model.save(tmp_path / f"{case.id.replace(' ', '_')}.keras")
        names.append(case.id)
        given |= {f"{case.id}|{i}": value for i, value in enumerate(inputs)}
        sounds[case.id] = model(inputs).numpy()
    inputs = group_inputs()
    ends = {name: keras.Input((None, v.shape[-1]), name=name) for name, v in inputs.items()}
    model = keras.Model(ends, group()(ends))
    model.save(tmp_path / "group.keras")
    given |= {f"group|{name}": value for name, value in inputs.items()}
    sounds["group"] = model(inputs).numpy()
    np.savez(tmp_path / "inputs.npz", **given)
    command = [sys.executable, "-c", RELOAD, str(tmp_path), *names, "group"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    for name, sound in sounds.items():
        reloaded = np.load(tmp_path / f"{name.replace(' ', '_')}.npy")
        assert_close(reloaded, sound, 8, np.float32)


class Off(keras.layers.Layer):
    """Adds what training has to find out to be nothing."""

    def __init__(self, amount: float) -> None:
        super().__init__()
        self.amount = self.add_weight(shape=(), initializer=keras.initializers.Constant(amount))

    def call(self, value: tf.Tensor) -> tf.Tensor:
        return value + self.amount


PLAIN = [case for case in CASES if " " not in case.id]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "jit"),
    [pytest.param(case, True, id=f"{case.id}-xla") for case in CASES]
    + [pytest.param(case, False, id=case.id) for case in PLAIN],
)
def test_fit_trains_through_a_processor(case, jit):
    inputs = case.make_inputs()
    target = case.make()(*inputs)
    ends = [keras.Input(value.shape[1:], batch_size=2) for value in inputs]
    given = list(ends)
    given[case.learns] = Off(case.off)(given[case.learns])
    model = keras.Model(ends, case.make()(*given))
    model.compile(keras.optimizers.Adam(0.05), "mse", jit_compile=jit)
    history = model.fit(inputs, target, batch_size=2, epochs=25, verbose=0)
    losses = history.history["loss"]
    assert np.all(np.isfinite(losses))
    assert losses[-1] < 0.6 * losses[0]


def test_a_group_gives_what_its_nodes_made():
    inputs = group_inputs()
    outputs = group().get_controls(inputs)
    assert set(outputs) == {*inputs, "harmonic", "noise", "crop", "late", "add", "out"}
    sound = outputs["crop"]["signal"] + outputs["late"]["signal"]
    assert_close(outputs["out"]["signal"], sound, 0, np.float32)
    scaled = st.exp_sigmoid(inputs["amplitudes"][..., 0])
    assert_close(outputs["harmonic"]["controls"]["amplitudes"], scaled, 0, np.float32)
    named = group()(inputs, return_outputs_dict=True)
    assert set(named["controls"]) == set(outputs)


def pair(*keys: str, name: str = "second") -> list:
    add = st.effects.Add
    return [(st.synths.TensorToAudio(name="first"), ["x"]), (add(name=name), list(keys))]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([], "nodes must have at least one processor"),
        (pair("x", name="first"), "nodes must have names of their own; got 'first'"),
        (pair("third/signal"), "node 'second': input 'third/signal' must be of an earlier node"),
        (pair("second/signal"), "node 'second': input 'second/signal' must be of an earlier node"),
        (pair("first/signal", name="x"), r"named neither 'out' nor as an input; got \['x'\]"),
        (pair("first/signal", name="out"), r"named neither 'out' nor as an input; got \['out'\]"),
        (
            [(st.synths.FilteredNoise(hop_length=2, name="noise"), [])],
            "node 'noise': missing a required argument: 'magnitudes'; got inputs",
        ),
        (
            [(st.effects.Crop(samples=1, name="crop"), ["x", "y"])],
            "node 'crop': too many positional arguments; got inputs",
        ),
    ],
)
def test_a_graph_that_is_none_is_refused(nodes, message):
    with pytest.raises(ValueError, match=message):
        st.layers.ProcessorGroup(nodes)


def test_what_a_node_refuses_names_the_node():
    first = tf.zeros([1, 8, 1])
    with pytest.raises(ValueError, match="node 'first': input 'x' must be among those given; got"):
        st.layers.ProcessorGroup(pair("first/signal"))({"y": first})
    with pytest.raises(ValueError, match=r"node 'second': input 'first/sound' must be one of \["):
        st.layers.ProcessorGroup(pair("first/sound"))({"x": first})
    with pytest.raises(ValueError, match=r"(?s)node 'second': .* must have the same len"):
        st.layers.ProcessorGroup(pair("first/signal", "y"))({"x": first, "y": tf.zeros([1, 7])})
    with pytest.raises(ValueError, match="inputs must be a dict of tensors; got 'list'"):
        st.layers.ProcessorGroup(pair("first/signal")).get_controls([first])
    streamed = st.layers.ProcessorGroup(pair("first/controls/samples"))
    with pytest.raises(ValueError, match="must take the signal of a node, not its controls; got"):
        streamed.step({"x": first}, streamed.initial_state((1,)))


def test_a_processor_without_its_methods_says_so():
    nothing = st.layers.Processor()
    for call, lacking in (
        (nothing.get_controls, "Processor has no get_controls"),
        (nothing.get_signal, "Processor has no get_signal"),
        (nothing.initial_state, "Processor does not stream"),
        (nothing.step, "Processor does not stream"),
        (lambda: nothing.flush(None), "Processor does not stream"),
    ):
        with pytest.raises(NotImplementedError, match=lacking):
            call()


def test_every_class_of_the_package_can_be_loaded():
    found = set(st.layers.custom_objects())
    names = {*st.synths.__all__, *st.effects.__all__, "Parameter", "ProcessorGroup"}
    assert {f"spectrotools>{name}" for name in names} <= found
    assert processors.CASES
