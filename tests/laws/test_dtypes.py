"""Law: float32 and float64 are kept, half precision is computed in float32."""

import numpy as np
import pytest
import tensorflow as tf

from tests.catalog import ENTRIES, having
from tests.tolerances import assert_close

AUDIO = [p for p in having() if p.values[0].input is None]


@pytest.mark.parametrize("entry", AUDIO)
def test_precision_is_kept(entry, rng):
    audio = entry.make_input(rng, (2, 200))
    double, single = entry.call(audio), entry.call(audio.astype(np.float32))
    if "codes" in entry.traits:
        assert double.dtype == single.dtype
        return
    assert double.dtype.real_dtype == tf.float64
    assert single.dtype.real_dtype == tf.float32
    assert_close(single, double, entry.k, np.float32)


@pytest.mark.parametrize("half", [tf.float16, tf.bfloat16])
@pytest.mark.parametrize("entry", AUDIO)
def test_half_precision_is_computed_in_single(entry, half, rng):
    audio = tf.cast(entry.make_input(rng, (2, 200)), half)
    result, expected = entry.call(audio), entry.call(tf.cast(audio, tf.float32))
    np.testing.assert_array_equal(result, tf.cast(expected, result.dtype))


@pytest.mark.parametrize("entry", AUDIO)
def test_integers_are_refused_with_a_cure(entry):
    cure = r"(\w+) must be floating point; got int16\. .* by tf\.cast\(\1, tf\.float32\)"
    with pytest.raises(ValueError, match=cure):
        entry.call(np.zeros([2, 100], np.int16))


@pytest.mark.parametrize("entry", [pytest.param(e, id=e.id) for e in ENTRIES])
def test_what_is_given_is_not_changed_and_what_comes_is_the_same_again(entry, rng):
    given = entry.make_input(rng, (2, 300))
    before = given.copy()
    first, second = entry.call(given).numpy(), entry.call(given).numpy()
    np.testing.assert_array_equal(given, before)
    np.testing.assert_array_equal(first, second)
