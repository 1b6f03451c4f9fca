"""Law: the roads on which TensorFlow carries an op: forward mode, pipelines, saved models."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.catalog import ENTRIES, having
from tests.tolerances import assert_close

ALL = [pytest.param(entry, id=entry.id) for entry in ENTRIES]
ALIKE = [pytest.param(e, id=e.id) for e in ENTRIES if "seeded" not in e.traits]
DIFFERENTIABLE = [entry for entry in ENTRIES if "differentiable" in entry.traits]
PARTS = 6  # of the saved model, for a process holds what it has traced


@pytest.mark.parametrize("mode", [pytest.param("eager", marks=pytest.mark.slow), "graph"])
@pytest.mark.parametrize("entry", having("differentiable"))
def test_forward_mode_is_that_of_central_differences(entry, mode, rng):
    point = entry.make_input(rng, (2, 150))
    direction, step = rng.standard_normal(point.shape).astype(point.dtype), 1e-6

    def slope(point: tf.Tensor) -> tf.Tensor:
        with tf.autodiff.ForwardAccumulator(point, tf.constant(direction)) as forward:
            result = entry.call(point)
        return forward.jvp(result)

    ahead, behind = (entry.call(point + sign * step * direction) for sign in (1, -1))
    expected = (ahead - behind).numpy() / (2 * step)
    run = tf.function(slope) if mode == "graph" else slope
    result = run(tf.constant(point)).numpy()
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


@pytest.mark.slow
@pytest.mark.parametrize("entry", ALIKE)
def test_vectorized_map_is_the_batch(entry, rng):
    batch = tf.constant(entry.make_input(rng, (3, 200)))
    assert_close(tf.vectorized_map(entry.call, batch), entry.call(batch), entry.k, np.float64)


@pytest.mark.parametrize("entry", having("seeded"))
def test_vectorized_map_gives_every_item_the_noise_of_one_alone(entry, rng):
    batch = tf.constant(entry.make_input(rng, (3, 200)))
    alone = tf.stack([entry.call(item) for item in batch])
    assert_close(tf.vectorized_map(entry.call, batch), alone, entry.k, np.float64)


@pytest.mark.parametrize("entry", ALL)
def test_a_dataset_maps_items_of_every_length(entry, rng):
    items = [entry.make_input(rng, (length,)) for length in (200, 1, 333)]
    spec = tf.TensorSpec([None] * items[0].ndim, items[0].dtype)
    mapped = tf.data.Dataset.from_generator(lambda: iter(items), output_signature=spec)
    for item, result in zip(items, mapped.map(entry.call), strict=True):
        assert_close(result, entry.call(item), entry.k_unknown or entry.k, np.float64)


@pytest.mark.parametrize("entry", having("value"))
def test_a_value_is_pickled_and_copied(entry):
    for again in (pickle.loads(pickle.dumps(entry.value)), copy.deepcopy(entry.value)):
        assert again == entry.value
        assert hash(again) == hash(entry.value)


LOAD = """
import sys
import numpy as np
import tensorflow as tf
saved, data = tf.saved_model.load(sys.argv[1]), np.load(sys.argv[2])
results = {}
for name in data:
    point = tf.constant(data[name])
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = getattr(saved, name)(point)
    results[name + " value"] = value
    results[name + " gradient"] = tape.gradient(value, point)
np.savez(sys.argv[2], **results)
"""


def magnitude_of(entry):
    return lambda point: tf.abs(entry.call(point))


@pytest.mark.parametrize("part", range(PARTS))
def test_a_saved_model_has_values_and_gradients_in_another_process(part, tmp_path, rng):
    module, points, expected = tf.Module(), {}, {}
    for number, entry in enumerate(DIFFERENTIABLE[part::PARTS]):
        name = f"op_{number}"
        points[name] = entry.make_input(rng, (2, 200))
        point = tf.constant(points[name])
        with tf.GradientTape() as tape:
            tape.watch(point)
            value = tf.abs(entry.call(point))
        expected[name + " value"] = value.numpy()
        expected[name + " gradient"] = tape.gradient(value, point).numpy()
        spec = tf.TensorSpec([None] * point.shape.rank, point.dtype)
        setattr(module, name, tf.function(magnitude_of(entry), input_signature=[spec]))
    tf.saved_model.save(module, str(tmp_path / "model"))
    file = tmp_path / "points.npz"
    np.savez(file, **points)
    subprocess.run([sys.executable, "-c", LOAD, str(tmp_path / "model"), str(file)], check=True)
    results = np.load(file)
    for number, entry in enumerate(DIFFERENTIABLE[part::PARTS]):
        for what in ("value", "gradient"):
            name = f"op_{number} {what}"
            assert_close(results[name], expected[name], entry.k_unknown or entry.k, np.float64)
