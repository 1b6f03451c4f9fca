"""Laws: what every metric of pairs promises."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.metrics.cases import CASES, NOT_OF_PAIRS
from tests.tolerances import assert_close

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
SHAPE = (2, 3, 1501)


def each(*traits: str) -> pytest.MarkDecorator:
    """All cases with one of these traits, or all."""
    chosen = [c for c in CASES if not traits or any(getattr(c, trait) for trait in traits)]
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in chosen])


def pair(case, rng, dtype=np.float64, much=0.3):
    return case.inputs(rng, SHAPE, much).astype(dtype)


def test_every_public_metric_has_a_case():
    assert {case.name for case in CASES} | NOT_OF_PAIRS == set(st.metrics.__all__)
    assert not {case.name for case in CASES} & NOT_OF_PAIRS
    assert len({case.id for case in CASES}) == len(CASES)


@DTYPES
@each()
def test_what_is_equal_has_the_best_value(case, dtype, rng):
    reference, _ = pair(case, rng, dtype)
    found = np.asarray(case.metric(reference, reference.copy()))
    if case.name == "kernel_distance":  # which, without bias, is below 0 by the items' own kernel
        assert -0.1 < found < 0
    else:
        np.testing.assert_allclose(found, case.best, rtol=0, atol=1e-10)


@each()
def test_more_error_is_further_off(case, rng):
    seeds = [np.random.default_rng(0) for _ in range(3)]
    near, far = (
        np.mean(case.metric(*pair(case, seed, much=much)))
        for seed, much in zip(seeds, (0.1, 0.8), strict=False)
    )
    assert (near > far) if case.rises else (near < far)


@each("tensors", "offline")
def test_silence_gives_no_nan_and_equal_silence_is_never_worse(case, rng):
    """Accuracies of pitch are 0 without any, as in mir_eval."""
    sound, _ = pair(case, rng)
    silence = np.zeros_like(sound)
    both, lost, added = (
        np.asarray(case.metric(*given))
        for given in ((silence, silence), (sound, silence), (silence, sound))
    )
    assert not np.any(np.isnan([both, lost, added]))
    if case.name in ("raw_pitch_accuracy", "raw_chroma_accuracy"):
        np.testing.assert_array_equal([both, lost, added], 0.0)
        return
    np.testing.assert_array_equal(both, case.best)
    for worse in (lost, added):
        assert np.all(worse <= both) if case.rises else np.all(worse >= both)


@DTYPES
@each("tensors")
def test_eager_is_graph_is_xla_of_any_shape(case, dtype, rng):
    reference, estimate = pair(case, rng, dtype)
    eager = case.metric(reference, estimate)
    assert eager.dtype == dtype
    assert eager.shape == SHAPE[:-1]
    unknown = [tf.TensorSpec(None, dtype)] * 2
    graph = tf.function(case.metric, input_signature=unknown)
    xla = tf.function(case.metric, jit_compile=True)
    assert_close(graph(reference, estimate), eager, case.k, dtype)
    assert_close(xla(reference, estimate), eager, case.k, dtype)


@each("tensors", "offline")
def test_each_signal_has_its_own_number(case, rng):
    reference, estimate = pair(case, rng)
    whole = np.asarray(case.metric(reference, estimate))
    assert whole.shape == SHAPE[:-1]
    for item in ((0, 0), (1, 2)):
        alone = np.asarray(case.metric(reference[item], estimate[item]))
        assert alone.shape == ()
        np.testing.assert_allclose(alone, whole[item], rtol=1e-9)


@each("tensors")
def test_float32_is_near_float64(case, rng):
    single = pair(case, rng, np.float32)
    exact = case.metric(*single.astype(np.float64))
    np.testing.assert_allclose(case.metric(*single), exact, rtol=2e-3, atol=2e-5)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
@each("tensors")
def test_half_precision_is_measured_in_float32(case, dtype, rng):
    halves = [tf.cast(value, dtype) for value in pair(case, rng)]
    found = case.metric(*halves)
    assert found.dtype == tf.float32
    expected = case.metric(*(tf.cast(value, tf.float32) for value in halves))
    assert_close(found, expected, 0, np.float32)


@pytest.mark.parametrize("length", [1, 2, 63])
@each("tensors", "offline")
def test_short_signals_have_a_number(case, length, rng):
    reference, estimate = case.inputs(rng, (2, length), 0.3)
    assert not np.any(np.isnan(case.metric(reference, estimate)))
    equal = np.asarray(case.metric(reference, reference))
    unpitched = case.name.startswith("raw_") and not np.all(np.any(reference > 0, axis=-1))
    if not unpitched:
        np.testing.assert_array_equal(equal, case.best)


@each()
def test_what_is_given_stays_as_it_is_and_gives_the_same_twice(case, rng):
    given = pair(case, rng)
    kept = given.copy()
    first, second = (np.asarray(case.metric(*given)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(given, kept)


OFFLINE = [
    *(case.metric for case in CASES if not case.tensors),
    st.metrics.dtw,
    st.metrics.inception_score,
    lambda items: st.metrics.bootstrap_interval(items[0]),
    lambda items: st.metrics.number_of_different_bins(items, items, n_bins=2),
    lambda items: st.metrics.extrapolated_frechet_distance(items, items),
]


@pytest.mark.parametrize("metric", OFFLINE)
def test_what_numpy_computes_refuses_tensors_of_a_graph(metric):
    takes = metric if metric in OFFLINE[-5:] else lambda items: metric(items, items)
    run = tf.function(takes, autograph=False)
    with pytest.raises(
        ValueError, match="must be an array or an eager tensor, for this metric is"
    ):
        run(tf.ones([5, 5]))
