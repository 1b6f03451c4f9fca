"""Products with banded matrices against NumPy's in float64."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.ops.banded import _blocks, banded_matmul
from tests.tolerances import assert_close

MEL = st.mel_filterbank(sample_rate=16000, n_fft=1024, n_mels=128)
GANSYNTH = st.mel_filterbank(sample_rate=16000, n_fft=256, n_mels=100, convention="gansynth")


def matrices(rng):
    hollow = rng.standard_normal((40, 20))
    hollow[:, 5:15] = 0.0  # a block that draws on nothing
    return {
        "mel": MEL,
        "mel transposed": MEL.T,
        "gansynth": GANSYNTH,
        "dense": rng.standard_normal((30, 50)),
        "hollow": hollow,
        "zeros": np.zeros((7, 9)),
        "fewer columns than blocks": rng.standard_normal((7, 2)),
    }


@pytest.mark.parametrize("name", list(matrices(np.random.default_rng(0))))
def test_product_and_gradients_are_numpys(name, rng):
    matrix = matrices(rng)[name]
    rows = rng.standard_normal((6, matrix.shape[0]))
    upstream = rng.standard_normal((6, matrix.shape[1]))
    point = tf.constant(rows)
    with tf.GradientTape() as outer:
        outer.watch(point)
        with tf.GradientTape() as inner:
            inner.watch(point)
            result = banded_matmul(point, matrix)
            value = tf.reduce_sum(result**2 * upstream) / 2
        gradient = inner.gradient(value, point)
        total = tf.reduce_sum(gradient)
    assert_close(result, rows @ matrix, 64, np.float64)
    assert_close(gradient, (rows @ matrix * upstream) @ matrix.T, 256, np.float64)
    second = (np.ones_like(rows) @ matrix * upstream) @ matrix.T
    assert_close(outer.gradient(total, point), second, 256, np.float64)


def test_a_mel_bank_takes_at_most_a_third_of_the_dense_work():
    for matrix in (MEL, MEL.T):
        blocks = _blocks(matrix)
        work = sum((last - first) * (high - low) for first, last, low, high in blocks)
        assert work < matrix.size / 3
        covered = np.zeros(matrix.shape, bool)
        for first, last, low, high in blocks:
            covered[low:high, first:last] = True
        assert not np.any(matrix[~covered])
    assert _blocks(np.ones((30, 50))) == [(0, 50, 0, 30)]


def test_a_gpu_takes_a_mel_bank_as_one(monkeypatch):
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    ((first, last, low, high),) = _blocks(MEL)
    assert (first, last) == (0, MEL.shape[1])
    assert not np.any(MEL[:low])
    assert not np.any(MEL[high:])
    rows = np.random.default_rng(0).standard_normal((5, len(MEL)))
    assert_close(banded_matmul(tf.constant(rows), MEL), rows @ MEL, 64, np.float64)
