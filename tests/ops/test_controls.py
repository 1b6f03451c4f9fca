"""Controls between their frames: against NumPy, SciPy, TensorFlow's legacy resize, and DDSP."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.interpolate
import scipy.signal
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st
from spectrotools.ops import upsampling
from spectrotools.ops.controls import (
    checked_hop,
    control_length,
    segment_count,
    segment_start,
)
from tests.tolerances import assert_close

METHODS = ["nearest", "linear", "cosine", "cubic"]
HOPS = [1, 4, 64, 2.5, 44100 / 250, 22050 / 220.5, np.pi, 0.5, 0.7]


def expected(frames: np.ndarray, hop: float, length: int, method: str) -> np.ndarray:
    """What stands at the samples, by SciPy: the last frame goes on, the first comes before."""
    held = np.concatenate([frames, frames[..., -1:]], axis=-1)
    places, time = np.arange(held.shape[-1]), np.arange(length) / hop
    if method == "nearest":
        return scipy.interpolate.interp1d(places, held, "previous")(time)
    if method == "linear":
        return scipy.interpolate.interp1d(places, held)(time)
    if method == "cosine":
        whole, part = np.divmod(time, 1.0)
        return scipy.interpolate.interp1d(places, held)(whole + np.sin(np.pi * part / 2) ** 2)
    padded = np.concatenate([frames[..., :1], held, frames[..., -1:]], axis=-1)
    slopes = (padded[..., 2:] - padded[..., :-2]) / 2
    return scipy.interpolate.CubicHermiteSpline(places, held, slopes, axis=-1)(time)


@pytest.mark.parametrize("hop", HOPS)
@pytest.mark.parametrize("method", METHODS)
def test_what_lies_between_frames_is_scipys(method, hop, rng):
    frames = rng.standard_normal((3, 40))
    length = int(np.ceil(40 * hop - 1e-9))
    result = st.upsample(frames, hop_length=hop, method=method)
    assert_close(result, expected(frames, hop, length, method), 1024, np.float64)


@settings(max_examples=60, deadline=None)
@given(
    samples=some.integers(1, 300),
    parts=some.integers(1, 40),
    frames=some.integers(1, 30),
    cut=some.floats(0, 1),
    method=some.sampled_from(METHODS),
    channels=some.sampled_from([0, 1, 3]),
)
def test_any_fraction_and_any_length_that_fits(samples, parts, frames, cut, method, channels):
    hop = Fraction(samples, parts)
    least, most = max((frames - 2) * hop // 1 + 1, 0), -(-frames * hop // 1)
    length = int(least + cut * (most - least))
    controls = np.random.default_rng(frames).standard_normal((channels or 1, frames))
    # Time a float's width late: a sample that stands on a frame must not fall before it.
    time = [np.nextafter(float(n / hop), np.inf) for n in range(length)]
    wanted = at_places(controls, np.array(time), method)
    given_ = controls.T if channels else controls[0]
    result = st.upsample(
        given_, hop_length=float(hop), length=length, method=method, channels=bool(channels)
    )
    assert_close(result, wanted.T if channels else wanted[0], 1e5, np.float64)


def at_places(controls: np.ndarray, time: np.ndarray, method: str) -> np.ndarray:
    """By the published formulas, at any places."""
    whole = np.floor(time).astype(int)
    part = time - whole
    n = controls.shape[-1]
    at = [controls[:, np.clip(whole + k, 0, n - 1)] for k in (-1, 0, 1, 2)]
    if method == "nearest":
        return at[1]
    if method == "cubic":  # Keys, eq. 15, of the distance to each frame
        return sum(c * keys(part - k, -0.5) for k, c in zip((-1, 0, 1, 2), at, strict=True))
    part = np.sin(np.pi * part / 2) ** 2 if method == "cosine" else part
    return at[1] * (1 - part) + at[2] * part


def keys(distance: np.ndarray, a: float) -> np.ndarray:
    """The kernel of Keys 1981, eq. 15 with any slope ``a``."""
    s = np.abs(distance)
    near = (a + 2) * s**3 - (a + 3) * s**2 + 1
    far = a * (s**3 - 5 * s**2 + 8 * s - 4)
    return np.where(s < 1, near, np.where(s < 2, far, 0.0))


def test_ddsps_example():
    attack = [0.0, 1.0, 0.0, 0.0]
    linear = st.upsample(attack, hop_length=4).numpy()
    np.testing.assert_array_equal(linear, [0, 0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25, *np.zeros(8)])
    cosine = st.upsample(attack, hop_length=4, method="cosine").numpy()
    half = [0.0, 0.146, 0.5, 0.854]
    wanted = [*half, 1.0, *half[:0:-1], *np.zeros(8)]
    np.testing.assert_allclose(cosine, wanted, rtol=0, atol=5e-4)


@pytest.mark.parametrize("hop", [2, 5, 64])
def test_cosine_is_the_overlap_add_of_hann_windows(hop, rng):
    """DDSP's "window": each frame, and the last twice, weighs a Hann window of two hops."""
    frames = rng.standard_normal(30)
    summed, window = np.zeros(32 * hop), scipy.signal.get_window("hann", 2 * hop)
    for n, value in enumerate([*frames, frames[-1]]):
        summed[n * hop : (n + 2) * hop] += value * window
    result = st.upsample(frames, hop_length=hop, method="cosine")
    assert_close(result, summed[hop : 31 * hop], 16, np.float64)
    # Without an added endpoint DDSP cuts n samples into one segment less than there are frames.
    result = st.upsample(frames, hop_length=29 * hop / 29, length=29 * hop, method="cosine")
    assert_close(result, summed[hop : 30 * hop], 16, np.float64)


# Without an endpoint, DDSP's nearest rounds instead of holding.
@pytest.mark.parametrize(
    ("method", "legacy", "endpoint"),
    [("nearest", "nearest", True), ("linear", "bilinear", True), ("linear", "bilinear", False)],
)
def test_hold_and_linear_are_ddsps(method, legacy, endpoint, rng):
    frames, length = rng.standard_normal((2, 33, 5)).astype(np.float32), 33 * 16
    peer = tf.compat.v1.image.resize(
        frames[:, :, None], [length, 1], method=legacy, align_corners=not endpoint
    )[:, :, 0]
    hop = 16 if endpoint else (length - 1) / 32
    result = st.upsample(frames, hop_length=hop, length=length, method=method, channels=True)
    np.testing.assert_allclose(result, peer, rtol=0, atol=2e-4 if not endpoint else 1e-6)


def test_cubic_differs_from_ddsps_by_its_slope_alone(rng):
    """TensorFlow's legacy kernel is Keys's with a = -3/4; the kernel is linear in a."""
    frames = rng.standard_normal((2, 33)).astype(np.float32)
    peer = tf.compat.v1.image.resize(frames[:, :, None, None], [33 * 16, 1], method="bicubic")
    flat = expected_zero_slope(frames, 16)
    result = st.upsample(frames, hop_length=16, method="cubic").numpy()
    np.testing.assert_allclose(1.5 * result - 0.5 * flat, peer[:, :, 0, 0], rtol=0, atol=1e-5)


def expected_zero_slope(frames: np.ndarray, hop: int) -> np.ndarray:
    held = np.concatenate([frames, frames[:, -1:]], axis=-1)
    spline = scipy.interpolate.CubicHermiteSpline(
        np.arange(held.shape[-1]), held, np.zeros_like(held), axis=-1
    )
    return spline(np.arange(frames.shape[-1] * hop) / hop)


def test_cubic_is_exact_for_parabolas():
    frames, time = np.arange(20.0), np.arange(160, 1152) / 64
    result = st.upsample((frames - 7) ** 2, hop_length=64, method="cubic").numpy()
    assert_close(result[160:1152], (time - 7) ** 2, 64, np.float64)


@pytest.mark.parametrize("length", [2, 7, 64000])
def test_the_last_frame_on_the_last_sample_is_a_line_between(length):
    hop = (length - 1) / 999 if length == 64000 else length - 1.0
    frames = np.linspace(0, 1, 1000 if length == 64000 else 2)
    result = st.upsample(frames, hop_length=hop, length=length)
    assert_close(result, np.linspace(0, 1, length), 64, np.float64)


def test_a_broken_hop_never_misses_a_frame():
    """At 44100 / 250, where float32 time would fall before some of them."""
    frames = np.arange(2000, dtype=np.float32)
    result = st.upsample(frames, hop_length=44100 / 250, method="nearest").numpy()
    wanted = np.arange(352800) * 250 // 44100
    np.testing.assert_array_equal(result, wanted)


@pytest.mark.parametrize("hop", [3, 2.4])
@pytest.mark.parametrize("method", METHODS)
def test_gradient_is_the_transpose(method, hop, rng):
    matrix = st.upsample(np.eye(30), hop_length=hop, method=method).numpy()
    upstream = rng.standard_normal((2, matrix.shape[1], 4))
    controls = tf.constant(rng.standard_normal((2, 30, 4)))
    with tf.GradientTape() as tape:
        tape.watch(controls)
        result = st.upsample(controls, hop_length=hop, method=method, channels=True)
    gradient = tape.gradient(result, controls, output_gradients=tf.constant(upstream))
    assert_close(gradient, np.einsum("ft,btc->bfc", matrix, upstream), 64, np.float64)


def test_where_products_are_rounded_none_is_used(monkeypatch, rng):
    frames = rng.standard_normal((2, 20, 5)).astype(np.float32)
    run = lambda: upsampling._interpolated(tf.constant(frames), 80, 4, "cubic")  # noqa: E731
    product = run()
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    operations = tf.function(run).get_concrete_function().graph.get_operations()
    assert not [op for op in operations if "MatMul" in op.type]
    assert_close(run(), product, 8, np.float32)


@pytest.mark.parametrize("hop", [4, 2.4])
def test_a_length_that_only_the_graph_knows(hop, rng):
    frames = rng.standard_normal((2, 25))
    spec = [tf.TensorSpec([None, None], tf.float64), tf.TensorSpec([], tf.int32)]
    run = tf.function(lambda x, n: st.upsample(x, hop_length=hop, length=n), input_signature=spec)
    for length in (int(23 * hop) + 1, int(25 * hop)):
        whole = st.upsample(frames, hop_length=hop)
        assert_close(run(frames, length), whole[:, :length], 16, np.float64)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="as many segments of hop_length as controls"
    ):
        run(frames, int(23 * hop))


def test_the_gradient_of_a_graph_of_unknown_sizes(rng):
    frames, weights = rng.standard_normal((2, 25)), rng.standard_normal(60)

    @tf.function(input_signature=[tf.TensorSpec(None, tf.float64)])
    def slope(controls):
        with tf.GradientTape() as tape:
            tape.watch(controls)
            value = tf.reduce_sum(st.upsample(controls, hop_length=2.4) * weights)
        return tape.gradient(value, controls)

    matrix = st.upsample(np.eye(25), hop_length=2.4).numpy()
    assert_close(slope(frames), np.tile(matrix @ weights, (2, 1)), 64, np.float64)


def test_what_is_not_finite_spoils_its_segments_alone():
    frames = np.ones(10)
    frames[4] = np.nan
    for hop in (8, 8.5):
        spoilt = np.isnan(st.upsample(frames, hop_length=hop).numpy())
        place = np.arange(len(spoilt)) / hop
        np.testing.assert_array_equal(spoilt, (place >= 3) & (place < 5))


@pytest.mark.parametrize("channels", [0, 3])
@pytest.mark.parametrize("hop", [64, 44100 / 250])
@pytest.mark.parametrize("method", METHODS)
def test_what_stays_is_what_it_was_to_the_last_bit(method, hop, channels):
    for value in (np.float32(3.0), np.float32(0.1), np.float64(1 / 3)):
        controls = np.full([5, channels] if channels else [5], value)
        result = st.upsample(controls, hop_length=hop, method=method, channels=bool(channels))
        np.testing.assert_array_equal(result, np.full_like(result, value))


def test_fewer_samples_than_a_hop():
    assert st.upsample([3.0], hop_length=10**6, length=2).numpy().tolist() == [3.0, 3.0]
    assert st.upsample([3.0], hop_length=10**6 + 0.5, length=0).shape == (0,)


@pytest.mark.parametrize(
    ("hop", "fraction"),
    [
        (64, 64),
        (44100 / 250, Fraction(882, 5)),
        (np.float32(2.5), Fraction(5, 2)),
        (1 / 3, Fraction(1, 3)),
        (Fraction(7, 3), Fraction(7, 3)),
        (63999 / 999, Fraction(21333, 333)),
    ],
)
def test_a_hop_is_the_fraction_it_says(hop, fraction):
    assert checked_hop(hop) == fraction


@given(length=some.integers(0, 5000), samples=some.integers(1, 500), frames=some.integers(1, 50))
def test_segments_are_counted_as_the_samples_lie(length, samples, frames):
    hop = checked_hop(Fraction(samples, frames))
    own = [n * frames // samples for n in range(length)]
    assert segment_count(length, hop) == (own[-1] + 1 if own else 0)
    for segment in {0, 1, *own[-1:]}:
        start = segment_start(segment, hop)
        assert (start - 1) * frames < segment * samples <= start * frames
    low = max(int((frames - 2) * hop // 1) + 1, 0)
    assert control_length(low, frames, hop, of="controls") == low


@pytest.mark.parametrize("hop", [0, -1, np.nan, np.inf, "4", None, True, 1e-12])
def test_a_hop_that_is_none_is_refused(hop):
    with pytest.raises(ValueError, match=r"hop_length must be a number in \[4.7e-10, 2.1e\+09\]"):
        st.upsample([1.0, 2.0], hop_length=hop)


@pytest.mark.parametrize(
    ("hop", "length", "message"),
    [
        (4, 4, r"length must be in \[5, 12\] for 3 frames of controls at hop_length=4; got 4"),
        (4, 13, r"length must be in \[5, 12\] for 3 frames of controls at hop_length=4; got 13"),
        (1.5, 6, r"length must be in \[2, 5\] for 3 frames of controls at hop_length=1.5; got 6"),
        (4, -1, "length must be an integer of at least 0; got -1"),
        (4, 5.5, "length must be an integer of at least 0; got 5.5"),
    ],
)
def test_a_length_that_does_not_fit_is_refused(hop, length, message):
    with pytest.raises(ValueError, match=message):
        st.upsample([1.0, 2.0, 3.0], hop_length=hop, length=length)


def test_controls_that_are_none_are_refused():
    with pytest.raises(ValueError, match="controls must have at least one frame; got 0"):
        st.upsample(tf.zeros([2, 0]), hop_length=4)
    with pytest.raises(ValueError, match=r"controls must be \[..., frames\]; got"):
        st.upsample(1.0, hop_length=4)
    with pytest.raises(ValueError, match=r"controls must be \[..., frames, channels\]; got"):
        st.upsample([1.0], hop_length=4, channels=True)
    with pytest.raises(ValueError, match=r"got int64\. It becomes so by tf.cast\(controls, tf.fl"):
        st.upsample(np.arange(4), hop_length=4)
    with pytest.raises(ValueError, match="method must be one of 'nearest', 'linear'"):
        st.upsample([1.0], hop_length=4, method="window")
