"""Where there is a GPU, no Fourier transform is of more rows than cuFFT takes."""

import pathlib
from unittest import mock

import numpy as np
import pytest
import scipy.fft
import tensorflow as tf

import spectrotools
from spectrotools.ops import fft

ROWS, SIZE = 11, 12
MOST = 4  # rows in a batch, below
RNG = np.random.default_rng(0)
REAL = RNG.standard_normal((ROWS, SIZE))
COMPLEX = REAL + 1j * RNG.standard_normal((ROWS, SIZE))

CASES = {
    "rfft": (fft.rfft, REAL, scipy.fft.rfft(REAL)),
    "rfft, longer": (lambda x: fft.rfft(x, 14), REAL, scipy.fft.rfft(REAL, 14)),
    "irfft": (lambda x: fft.irfft(x, SIZE), COMPLEX[:, :7], scipy.fft.irfft(COMPLEX[:, :7], SIZE)),
    "fft": (fft.fft, COMPLEX, scipy.fft.fft(COMPLEX)),
    "ifft": (fft.ifft, COMPLEX, scipy.fft.ifft(COMPLEX)),
}


@pytest.fixture
def small_card(monkeypatch):
    """A GPU whose library takes few rows, as far as our code can see."""
    gpu = tf.config.LogicalDevice("/device:GPU:0", "GPU")
    monkeypatch.setattr(fft, "_LARGEST", MOST * SIZE * 16)
    with mock.patch("tensorflow.config.list_logical_devices", return_value=[gpu]):
        yield


def transformed_rows(function, *shapes):
    """How many rows each transform of a traced function has."""
    graph = tf.function(lambda *given: function(*given)).get_concrete_function(*shapes).graph
    return [op.inputs[0].shape[0] for op in graph.get_operations() if "FFT" in op.type]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shape", [(ROWS,), (1, ROWS), (ROWS, 1)])
@pytest.mark.parametrize("mode", ["eager", "graph", "unknown sizes", "unknown rank", "XLA"])
@pytest.mark.usefixtures("small_card")
def test_batches_are_together_the_whole(case, shape, mode):
    function, given, expected = CASES[case]
    given = given.reshape(*shape, -1)
    if mode == "XLA":
        function = tf.function(function, jit_compile=True)
    elif mode != "eager":
        known = {"graph": given.shape, "unknown sizes": [None] * given.ndim}.get(mode)
        function = tf.function(function, input_signature=[tf.TensorSpec(known, given.dtype)])
    result = function(tf.constant(given))
    np.testing.assert_allclose(result, expected.reshape(*shape, -1), atol=1e-12)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("small_card")
def test_no_batch_is_larger_and_none_is_cut_that_fits(case):
    function, given, _ = CASES[case]
    assert max(transformed_rows(function, tf.TensorSpec(given.shape, given.dtype))) <= MOST
    few = tf.TensorSpec([3, given.shape[1]], given.dtype)
    assert transformed_rows(function, few) == [3]


@pytest.mark.parametrize("rows", [ROWS, None])
@pytest.mark.usefixtures("small_card")
def test_gradients_are_cut_too_and_equal(rows):
    weights = tf.constant(RNG.standard_normal((ROWS, SIZE // 2 + 1)))

    @tf.function(input_signature=[tf.TensorSpec([rows, SIZE], tf.float64)])
    def gradient(signals):
        with tf.GradientTape() as tape:
            tape.watch(signals)
            value = tf.reduce_sum(weights * tf.math.real(fft.rfft(signals)))
        return tape.gradient(value, signals)

    # The transpose of the real part of a transform, by its definition.
    cosines = np.cos(2 * np.pi * np.outer(np.arange(SIZE // 2 + 1), np.arange(SIZE)) / SIZE)
    np.testing.assert_allclose(gradient(REAL), weights @ cosines, atol=1e-12)


@pytest.mark.usefixtures("small_card")
def test_a_transform_of_audio_is_cut():
    stft = spectrotools.STFT(n_fft=SIZE, hop_length=3)
    with mock.patch("tensorflow.signal.rfft", wraps=tf.signal.rfft) as transform:
        stft(np.zeros([2, 63], np.float64))  # a length that no other test has traced
    sizes = [call.args[0].shape[0] for call in transform.call_args_list]
    assert sum(sizes) == 2 * (1 + 63 // 3)
    assert max(sizes) <= MOST


def test_without_a_gpu_nothing_is_cut():
    assert transformed_rows(fft.rfft, tf.TensorSpec([10**9, 8])) == [10**9]


def test_all_of_the_package_transforms_by_this_file():
    package = pathlib.Path(spectrotools.__file__).parent
    direct = ("tf.signal.rfft", "tf.signal.irfft", "tf.signal.fft", "tf.signal.ifft")
    users = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(name + "(" in path.read_text() for name in direct)
    ]
    # What is exported to TensorFlow Lite runs on no GPU.
    assert sorted(users) == ["export/fourier.py", "ops/fft.py"]
