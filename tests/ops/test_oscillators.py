"""Oscillators against exact rational phase, closed forms, SciPy, and librosa's conventions."""

import numpy as np
import pytest
import scipy.interpolate
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close, error_db

RATE, HOP = 16000, 64
GRID = {"sample_rate": RATE, "hop_length": HOP}


def rms_db(result: np.ndarray, expected: np.ndarray) -> float:
    return 10 * np.log10(np.mean((result - expected) ** 2) / np.mean(expected**2))


def controls(rng, frames: int, harmonics: int, dtype=np.float64) -> tuple[np.ndarray, ...]:
    """A gliding fundamental, amplitudes and a distribution, all far from any edge."""
    f0_hz = rng.uniform(150.0, 200.0, frames)
    amplitudes = rng.uniform(0.5, 1.0, frames)
    distribution = rng.uniform(0.1, 1.0, (frames, harmonics)) / harmonics
    return tuple(part.astype(dtype) for part in (f0_hz, amplitudes, distribution))


def phase_of(f0_hz: np.ndarray, length: int, rate: int = RATE, hop: int = HOP) -> np.ndarray:
    """Radians of every sample: the antiderivative of SciPy's line through the frames."""
    times = np.arange(len(f0_hz) + 1) * hop / rate
    line = scipy.interpolate.make_interp_spline(times, [*f0_hz, f0_hz[-1]], k=1)
    return 2 * np.pi * line.antiderivative()(np.arange(length) / rate)


def faded(frames: np.ndarray, length: int, hop: int = HOP) -> np.ndarray:
    """Controls ``[frames, ...]`` at every sample, by overlapping Hann windows of two hops."""
    window = scipy.signal.windows.hann(2 * hop, sym=False)
    overlapped = np.zeros(((len(frames) + 2) * hop, *frames.shape[1:]))
    for n, value in enumerate([*frames, frames[-1]]):
        overlapped[n * hop : (n + 2) * hop] += np.multiply.outer(window, value)
    return overlapped[hop : hop + length]


def tone(f0_hz, amplitudes, distribution, length, rate: int = RATE, hop: int = HOP):
    """The published sum, harmonic by harmonic, sample by sample, in float64."""
    phase = phase_of(f0_hz, length, rate, hop)
    heights = faded(amplitudes[:, None] * distribution, length, hop)
    k = np.arange(1, distribution.shape[-1] + 1)
    return np.sum(heights * np.sin(np.multiply.outer(phase, k)), axis=-1)


@pytest.mark.parametrize("rate", [16000, 48000])
@pytest.mark.parametrize("f0", [440.0, 441.7, 71.3])
def test_every_harmonic_is_in_tune_after_ten_minutes(rate, f0):
    f0, frames, last, hop = np.float32(f0), rate * 600 // 160, 8, 160
    silent = np.zeros(frames - last, np.float32)
    _, phase = st.harmonic_synthesis(
        np.full(frames - last, f0),
        silent,
        silent[:, None],
        sample_rate=rate,
        hop_length=hop,
        return_phase=True,
    )
    harmonics = [k for k in range(1, 101) if k * f0 < rate / 2]
    one_at_a_time = np.eye(len(harmonics), 100, dtype=np.float32)[:, None].repeat(last, axis=1)
    sound = st.harmonic_synthesis(
        np.full((len(harmonics), last), f0),
        np.ones((len(harmonics), last), np.float32),
        one_at_a_time,
        sample_rate=rate,
        hop_length=hop,
        initial_phase=tf.fill([len(harmonics)], phase),
    ).numpy()
    numerator, denominator = float(f0).as_integer_ratio()
    for k, wave in zip(harmonics, sound, strict=True):
        first = (frames - last) * hop
        turns = [
            k * numerator * t % (denominator * rate) / (denominator * rate)
            for t in range(first, first + last * hop)
        ]
        assert rms_db(wave, np.sin(2 * np.pi * np.array(turns))) < -130


@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, -130), (np.float64, -250)])
@pytest.mark.parametrize("harmonics", [1, 2, 7, 11, 12, 40])
def test_a_tone_is_the_sum_of_its_harmonics(harmonics, dtype, bound, rng):
    given = controls(rng, 20, harmonics, dtype)
    expected = tone(*(part.astype(np.float64) for part in given), 20 * HOP)
    result = st.harmonic_synthesis(*given, **GRID)
    assert result.dtype == dtype
    assert rms_db(result.numpy(), expected) < bound


def test_sinusoids_are_the_sum_of_each(rng):
    frequencies = rng.uniform(-3000.0, 7000.0, (12, 5))
    amplitudes = rng.uniform(0.0, 1.0, (12, 5))
    phases = rng.uniform(-9.0, 9.0, 5)
    result = st.sinusoidal_synthesis(frequencies, amplitudes, initial_phase=phases, **GRID)
    expected = sum(
        faded(amplitudes[:, k], 12 * HOP)
        * np.sin(phases[k] + phase_of(frequencies[:, k], 12 * HOP))
        for k in range(5)
    )
    assert rms_db(result.numpy(), expected) < -250
    single = st.sinusoidal_synthesis(
        frequencies.astype(np.float32), amplitudes.astype(np.float32), **GRID
    )
    exact = st.sinusoidal_synthesis(
        frequencies.astype(np.float32).astype(np.float64), amplitudes, **GRID
    )
    assert rms_db(single.numpy(), exact.numpy()) < -130


def test_a_glide_is_scipys_chirp():
    seconds, frames = 2.0, 501
    f0_hz = np.linspace(100.0, 7900.0, frames)
    sweep = st.harmonic_synthesis(
        f0_hz, np.ones(frames), np.ones((frames, 1)), length=32000, **GRID
    )
    time = np.arange(32000) / RATE
    expected = scipy.signal.chirp(time, 100.0, seconds * 500 * HOP / 32000, 7900.0, phi=-90)
    assert rms_db(sweep.numpy(), expected) < -220  # SciPy's own phase is of 8000 turns


def test_a_phase_is_that_of_the_wave(rng):
    f0_hz = rng.uniform(100.0, 6000.0, 50)
    phase, final = st.oscillator_phase(f0_hz, initial_phase=1.0, return_phase=True, **GRID)
    exact = 1.0 + phase_of(f0_hz, 50 * HOP + 1)
    np.testing.assert_allclose(np.exp(1j * phase.numpy()), np.exp(1j * exact[:-1]), atol=1e-12)
    turns = int(final) / 2**64
    np.testing.assert_allclose(np.exp(2j * np.pi * turns), np.exp(1j * exact[-1]), atol=1e-12)
    assert np.max(np.abs(phase)) <= np.pi


def test_amplitudes_may_follow_lines(rng):
    amplitudes = rng.uniform(0.0, 1.0, 9)
    result = st.harmonic_synthesis(
        np.full(9, 250.0), amplitudes, np.ones((9, 1)), interpolation="linear", **GRID
    )
    time = np.arange(9 * HOP)
    heights = np.interp(time, np.arange(9) * HOP, amplitudes)
    assert rms_db(result.numpy(), heights * np.sin(2 * np.pi * 250.0 * time / RATE)) < -250


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_the_phase_has_the_same_bits_however_it_is_run(mode, rng):
    f0_hz = rng.uniform(50.0, 9000.0, (3, 700)).astype(np.float32)
    whole = st.oscillator_phase(f0_hz, return_phase=True, **GRID)
    run = {
        "eager": st.oscillator_phase,
        "graph": tf.function(st.oscillator_phase),
        "xla": tf.function(st.oscillator_phase, jit_compile=True),
    }[mode]
    phase, parts = None, []
    for first, last in ((0, 1), (1, 333), (333, 699), (699, 700)):
        block = f0_hz[:, first : last + 1]
        length = (last - first) * HOP
        sound, phase = run(block, length=length, initial_phase=phase, return_phase=True, **GRID)
        parts.append(sound)
    np.testing.assert_array_equal(np.concatenate(parts, axis=-1), whole.audio)
    np.testing.assert_array_equal(phase, whole.final_phase)


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 640])
def test_blocks_of_frames_are_the_whole(length, rng):
    given = controls(rng, 11, 30, np.float32)
    whole = st.harmonic_synthesis(*given, **GRID)
    head, phase = st.harmonic_synthesis(
        *(part[: -(-length // HOP) + 1] for part in given),
        length=length,
        return_phase=True,
        **GRID,
    )
    assert_close(head, whole[:length], 4, np.float32)
    if length % HOP == 0:
        rest = [part[length // HOP :] for part in given]
        tail = st.harmonic_synthesis(*rest, initial_phase=phase, **GRID)
        assert_close(tail, whole[length:], 4, np.float32)


def test_the_phase_between_frames_continues_too():
    f0_hz = np.full(5, 333.0)
    _, phase = st.oscillator_phase(f0_hz, length=300, return_phase=True, **GRID)
    after = st.oscillator_phase(f0_hz, initial_phase=phase, length=300, **GRID)
    assert_close(after[0], phase_of(f0_hz, 301)[-1] - 12 * np.pi, 64, np.float64)


@pytest.mark.parametrize("frames", [4, 5])
def test_frames_of_an_analysis_fit_either_way(frames, rng):
    given = controls(rng, frames, 3)
    assert st.harmonic_synthesis(*given, length=250, **GRID).shape == (250,)
    dynamic = tf.function(lambda n: st.harmonic_synthesis(*given, length=n, **GRID))
    expected = st.harmonic_synthesis(*given, length=250, **GRID)
    assert_close(dynamic(tf.constant(250)), expected, 8, np.float64)
    with pytest.raises(tf.errors.InvalidArgumentError, match="as many segments of hop_length"):
        dynamic(tf.constant(1000))


def test_the_last_frame_holds():
    low = st.harmonic_synthesis([100.0, 300.0], [1.0, 0.5], [[1.0], [1.0]], **GRID).numpy()
    time = np.arange(HOP) / RATE
    start = phase_of(np.array([100.0, 300.0]), HOP + 1)[-1]
    assert_close(low[HOP:], 0.5 * np.sin(start + 600 * np.pi * time), 8, np.float32)


def test_what_lies_at_nyquist_or_above_is_silent_at_every_sample():
    f0_hz = np.array([3900.0, 4100.0, 4100.0])  # the second harmonic passes Nyquist at half a hop
    loud = st.harmonic_synthesis(f0_hz, np.ones(3), [[0.0, 1.0]] * 3, **GRID).numpy()
    assert np.all(loud[HOP // 2 :] == 0.0)
    expected = np.sin(2 * phase_of(f0_hz, HOP // 2))
    assert_close(loud[: HOP // 2], expected, 64, np.float64)
    exactly = st.harmonic_synthesis([80.0, 80.0], [1.0, 1.0], np.eye(100)[[99, 99]], **GRID)
    assert not np.any(exactly)


def half_cosine(speed_hz: np.ndarray) -> np.ndarray:
    window = scipy.signal.windows.hann(2 * 8000 + 1)[8000:]  # 800 Hz in steps of a tenth
    return np.interp(speed_hz, 7200 + 0.1 * np.arange(8001), window)


@pytest.mark.parametrize("bank", ["harmonics", "sinusoids"])
def test_the_smooth_form_fades_sample_by_sample(bank):
    f0_hz = np.array([3400.0, 3500.0, 4300.0, -3700.0, np.nan])
    smooth = {"nyquist": "smooth", **GRID}
    ones = np.ones(5)
    if bank == "harmonics":
        fading = st.harmonic_synthesis(f0_hz, ones, [[0.0, 1.0]] * 5, **smooth)
    else:
        fading = st.sinusoidal_synthesis(2 * f0_hz[:, None], ones[:, None], **smooth)
    place = np.arange(4 * HOP) / HOP
    known = f0_hz[:4]
    speed = np.abs(2 * np.interp(place, np.arange(4), known))
    expected = half_cosine(speed) * np.sin(2 * phase_of(known, 4 * HOP))
    np.testing.assert_allclose(fading[: 3 * HOP], expected[: 3 * HOP], rtol=0, atol=1e-7)
    assert not np.any(fading[3 * HOP :])


def test_smooth_and_hard_gains_by_frequency():
    amplitudes = np.ones(5)
    frequencies = [100.0, 7200.0, 7600.0, 8000.0, np.nan]
    gains = st.remove_above_nyquist(frequencies, amplitudes, sample_rate=RATE, nyquist="smooth")
    np.testing.assert_allclose(gains, [1.0, 1.0, 0.5, 0.0, 0.0], atol=1e-6)
    gains = st.remove_above_nyquist(frequencies, amplitudes, sample_rate=RATE)
    np.testing.assert_array_equal(gains, [1.0, 1.0, 1.0, 0.0, 0.0])


@pytest.mark.parametrize("nyquist", ["hard", "smooth"])
def test_no_pitch_has_a_gradient_of_zero(nyquist):
    f0_hz = tf.constant([100.0, np.nan, 3900.0, 120.0])
    with tf.GradientTape() as tape:
        tape.watch(f0_hz)
        gains = st.normalize_harmonics(tf.ones([4, 2]), f0_hz, sample_rate=RATE, nyquist=nyquist)
        sound = st.harmonic_synthesis(f0_hz, tf.ones([4]), gains, nyquist=nyquist, **GRID)
    slope = tape.gradient(sound, f0_hz).numpy()
    assert np.all(np.isfinite(slope))
    assert slope[1] == 0.0
    assert slope[3] != 0.0


def test_a_distribution_sums_to_one_below_nyquist():
    given = [[1.0] * 4, [1.0] * 4, [0.0] * 4]
    made = st.normalize_harmonics(given, [3000.0, 8000.0, 100.0], sample_rate=RATE)
    np.testing.assert_allclose(made, [[0.5, 0.5, 0, 0], [0] * 4, [0] * 4])  # as DDSP's does


def test_partials_are_stretched_shifted_and_moved():
    plain = st.harmonic_frequencies([100.0, 200.0], 3)
    np.testing.assert_allclose(plain, [[100, 200, 300], [200, 400, 600]])
    stretched = st.harmonic_frequencies(
        [100.0], 2, inharmonicity=[0.01], shifts=[[0.0, 0.1]], deviations_hz=[[1.0, 2.0]]
    )
    expected = [[100 * 1.01**0.5 + 1.0, 200 * 1.04**0.5 * 1.1 + 2.0]]
    np.testing.assert_allclose(stretched, expected, rtol=1e-6)


@pytest.mark.parametrize("bad", [0.0, np.nan, 9000.0, 1e9, np.inf, -np.inf])
def test_a_frequency_that_cannot_be_heard_is_silent_until_the_next(bad):
    f0_hz = np.array([250.0, 250.0, bad, 250.0, 250.0], np.float32)
    sound = st.harmonic_synthesis(
        f0_hz, np.ones(5, np.float32), np.ones((5, 1), np.float32), **GRID
    )
    sound = sound.numpy()
    assert np.all(np.isfinite(sound))
    assert np.all(np.abs(sound) <= 1.0)
    assert_close(sound[:HOP], np.sin(np.pi / 32 * np.arange(HOP)), 8, np.float32)
    assert np.max(np.abs(sound[3 * HOP :])) > 0.9
    if not np.isfinite(bad):
        assert not np.any(sound[HOP : 3 * HOP])


def test_a_negative_frequency_runs_backwards(rng):
    f0_hz, amplitudes, distribution = controls(rng, 9, 4)
    forward = st.harmonic_synthesis(f0_hz, amplitudes, distribution, **GRID)
    backward = st.harmonic_synthesis(-f0_hz, amplitudes, distribution, **GRID)
    assert_close(backward, -forward.numpy(), 64, np.float64)


@pytest.mark.parametrize("phase", [0.3, 0, [[2.0]], np.float32(0.5), -9000.1])
def test_no_frequency_holds_the_phase(phase):
    flat = np.ones((1, 1, 3))
    sound = st.harmonic_synthesis(0 * flat, flat, np.ones((3, 2)), initial_phase=phase, **GRID)
    radians = np.squeeze(phase).astype(np.float64)
    expected = np.sin(radians) + np.sin(2 * radians)
    assert_close(sound[0, 0], np.full(3 * HOP, expected), 1e4, np.float64)


def test_a_phase_goes_on_from_numpy(rng):
    f0_hz = rng.uniform(100, 200, 5)
    phase = st.oscillator_phase(f0_hz, return_phase=True, **GRID).final_phase
    expected = st.oscillator_phase(f0_hz, initial_phase=phase, **GRID)
    for kept in (phase.numpy(), np.asarray(phase), np.int64(int(phase))):
        later = st.oscillator_phase(f0_hz, initial_phase=kept, **GRID)
        np.testing.assert_array_equal(later, expected)


@pytest.mark.parametrize("phase", [1, [1, 2], 2**40, True, np.int32(1)])
def test_a_phase_that_may_be_units_or_radians_is_refused(phase):
    rule = "initial_phase must be radians, floating point, or the int64 of a final_phase; got"
    with pytest.raises(ValueError, match=rule):
        st.oscillator_phase([1.0], initial_phase=phase, **GRID)


def test_many_phases_of_one_tone_are_many_tones():
    phases = [0.0, 1.0, 2.0]
    f0_hz, ones, flat = np.full(3, 300.0), np.ones(3), np.ones((3, 2))
    voice = st.harmonic_synthesis(
        f0_hz, ones, flat, initial_phase=phases, return_phase=True, **GRID
    )
    assert voice.final_phase.shape == [3]
    along = 2 * np.pi * 300.0 * np.arange(3 * HOP) / RATE + np.array(phases)[:, None]
    assert_close(voice.audio, np.sin(along) + np.sin(2 * along), 4096, np.float64)
    beside = st.sinusoidal_synthesis(
        f0_hz[:, None], ones[:, None], initial_phase=np.array(phases)[:, None], **GRID
    )
    assert_close(beside, np.sin(along), 4096, np.float64)


def test_frames_that_differ_are_named_when_the_graph_runs():
    sizes = [
        tf.TensorSpec([None, None]),
        tf.TensorSpec([None, None]),
        tf.TensorSpec([None, None, 1]),
    ]
    run = tf.function(lambda *given: st.harmonic_synthesis(*given, **GRID), input_signature=sizes)
    assert run(tf.ones([3, 10]), tf.ones([3, 10]), tf.ones([3, 10, 1])).shape == [3, 640]
    rule = "f0_hz and amplitudes and harmonic_distribution must have the same number of frames"
    for frames in ((11, 10, 10), (10, 1, 10), (10, 10, 9), (0, 0, 0)):
        f0_hz, amplitudes, flat = (tf.ones([3, count]) for count in frames)
        with pytest.raises(tf.errors.InvalidArgumentError, match=rule):
            run(f0_hz, amplitudes, flat[..., None])


def test_leading_axes_broadcast(rng):
    f0_hz, amplitudes, distribution = controls(rng, 6, 3)
    shared = st.harmonic_synthesis(
        f0_hz, np.stack([amplitudes, amplitudes / 2]), distribution, **GRID
    )
    alone = st.harmonic_synthesis(f0_hz, amplitudes, distribution, **GRID)
    assert_close(shared, np.stack([alone, alone / 2]), 8, np.float64)
    many = np.stack([f0_hz, f0_hz])
    phases = st.harmonic_synthesis(
        many, amplitudes, distribution, initial_phase=[0.0, 1.0], **GRID
    )
    one = st.harmonic_synthesis(f0_hz, amplitudes, distribution, initial_phase=1.0, **GRID)
    assert_close(phases, np.stack([alone, one]), 8, np.float64)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_half_precision_is_computed_in_single(dtype, rng):
    given = [tf.cast(part, dtype) for part in controls(rng, 5, 3)]
    single = st.harmonic_synthesis(*(tf.cast(part, tf.float32) for part in given), **GRID)
    half = st.harmonic_synthesis(*given, **GRID)
    assert half.dtype == dtype
    np.testing.assert_allclose(tf.cast(half, tf.float32), single, atol=0.02)


def slopes(function, points: list[np.ndarray], step: float = 1e-6) -> list[float]:
    """Central differences along a direction, one for each argument."""
    rng = np.random.default_rng(5)
    results = []
    for i, point in enumerate(points):
        direction = rng.standard_normal(point.shape)
        ends = []
        for sign in (1, -1):
            moved = [*points]
            moved[i] = point + sign * step * direction
            ends.append(float(function(*moved)))
        results.append(((ends[0] - ends[1]) / (2 * step), direction))
    return results


def test_gradients_are_those_of_differences(rng):
    f0_hz, amplitudes, distribution = controls(rng, 30, 25)
    weights = rng.standard_normal(30 * HOP)

    def loss(f0_hz, amplitudes, distribution, phase):
        sound = st.harmonic_synthesis(f0_hz, amplitudes, distribution, initial_phase=phase, **GRID)
        return tf.reduce_sum(sound * tf.cast(weights, sound.dtype))

    points = [f0_hz, amplitudes, distribution, np.array(0.7)]
    for dtype, digits in ((tf.float64, 1e-7), (tf.float32, 1e-4)):
        tensors = [tf.constant(point, dtype) for point in points]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            value = loss(*tensors)
        for gradient, (expected, direction) in zip(
            tape.gradient(value, tensors), slopes(loss, points), strict=True
        ):
            found = np.sum(gradient.numpy().astype(np.float64) * direction)
            scale = np.linalg.norm(gradient) * np.linalg.norm(direction)
            assert abs(found - expected) < digits * max(abs(expected), 0.1 * scale)


def test_gradients_of_sinusoids_are_those_of_differences(rng):
    points = [rng.uniform(200.0, 6000.0, (7, 4)), rng.uniform(0.1, 1.0, (7, 4)), rng.random(4)]
    weights = rng.standard_normal(7 * HOP)

    def loss(frequencies, amplitudes, phases):
        sound = st.sinusoidal_synthesis(frequencies, amplitudes, initial_phase=phases, **GRID)
        return tf.reduce_sum(sound * weights)

    tensors = [tf.constant(point) for point in points]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = loss(*tensors)
    for gradient, (expected, direction) in zip(
        tape.gradient(value, tensors), slopes(loss, points), strict=True
    ):
        assert np.sum(gradient * direction) == pytest.approx(expected, rel=1e-5)


def test_tiles_are_the_whole(rng, monkeypatch):
    given = [np.stack([part] * 3) for part in controls(rng, 21, 8)]
    weights = tf.constant(rng.standard_normal((3, 21 * HOP)))

    def both() -> list[tf.Tensor]:
        tensors = [tf.constant(part) for part in given]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            sound = st.harmonic_synthesis(*tensors, **GRID)
        return [sound, *tape.gradient(sound, tensors, output_gradients=weights)]

    whole = both()
    monkeypatch.setattr("spectrotools.ops.voices._TILE", 8 * HOP)
    monkeypatch.setattr("spectrotools.ops.harmonic_sum._PRODUCTS", 4 * HOP * 8)
    for cut, expected in zip(both(), whole, strict=True):
        assert_close(cut, expected, 64, np.float64)


@pytest.mark.parametrize("start", ["silence", "sound"])
def test_two_hundred_steps_of_adam_lower_a_loss(start, rng):
    f0_hz, amplitudes, distribution = controls(rng, 25, 6, np.float32)
    target = st.harmonic_synthesis(f0_hz, amplitudes, distribution, **GRID)
    level = 0.0 if start == "silence" else 0.5
    learnt = [tf.Variable(level + 0 * amplitudes), tf.Variable(0.1 + 0 * distribution)]
    adam = tf.keras.optimizers.Adam(0.02)

    @tf.function
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            sound = st.harmonic_synthesis(f0_hz, *learnt, **GRID)
            loss = tf.reduce_mean((sound - target) ** 2)
        adam.apply_gradients(zip(tape.gradient(loss, learnt), learnt, strict=True))
        return loss

    first, last = float(step()), [float(step()) for _ in range(199)][-1]
    assert last < 0.01 * first


def test_a_stream_of_ten_minutes_has_no_click_at_a_block_edge():
    frames, hop, block = 37500, 256, 250
    time = np.arange(frames + 1) * hop / RATE
    f0_hz = (220.0 + 20.0 * np.sin(2 * np.pi * 0.3 * time)).astype(np.float32)
    grid = {"sample_rate": RATE, "hop_length": hop, "length": block * hop}
    ones, flat = np.ones(block + 1, np.float32), np.ones((block + 1, 3), np.float32) / 3
    phase, parts = None, []
    for first in range(0, frames, block):
        piece = f0_hz[first : first + block + 1]
        sound, phase = st.harmonic_synthesis(
            piece, ones, flat, initial_phase=phase, return_phase=True, **grid
        )
        parts.append(sound.numpy())
    stream = np.concatenate(parts)
    whole = st.harmonic_synthesis(
        f0_hz, np.ones_like(f0_hz), np.ones((frames + 1, 3), np.float32) / 3,
        sample_rate=RATE, hop_length=hop, length=frames * hop,
    )  # fmt: skip
    assert error_db(stream, whole.numpy()) < -130
    bends = np.abs(np.diff(stream.astype(np.float64), 3))  # a click is a jump in a derivative
    edges = np.arange(block * hop, len(stream), block * hop)
    beside = np.add.outer(edges, [-3, -2, -1]).ravel()
    at_edges, elsewhere = np.max(bends[beside]), np.max(np.delete(bends, beside))
    assert at_edges <= 1.01 * elsewhere
    assert at_edges < 4 * np.median(np.max(bends[: len(bends) // 256 * 256].reshape(-1, 256), 1))


BAD = {
    "f0_hz and amplitudes and .* at least one frame": {"f0_hz": [], "amplitudes": [], "d": (0, 2)},
    r"f0_hz must be \[..., frames\]; got \(\)": {"f0_hz": 440.0},
    r"harmonic_distribution must be \[..., frames, n\]; got \(2,\)": {"d": (2,)},
    "f0_hz and amplitudes and .* must broadcast; got": {"f0_hz": [[1.0], [1.0]], "d": (3, 1, 2)},
    r"hop_length, of which more frames make do with less, must be in \[1, 65536\]; got 65537": {
        "hop_length": 65537,
    },
    "f0_hz and amplitudes and harmonic_distribution must have the same": {"f0_hz": [1.0, 2.0]},
    "harmonic_distribution must have at least one partial": {"d": (1, 0)},
    "sample_rate must be above 0 Hz; got 0": {"sample_rate": 0},
    "hop_length must be an integer of at least 1; got 0": {"hop_length": 0},
    r"length must be in \[0, 64\] for 1 frames of f0_hz at hop_length=64": {"length": 65},
    "length must be an integer of at least 0; got -1": {"length": -1},
    "interpolation must be one of 'cosine', 'linear'; got 'window'": {"interpolation": "window"},
    "nyquist must be one of 'hard', 'smooth'; got 'soft'": {"nyquist": "soft"},
    "f0_hz must be floating point; got int32.*as in 440.0": {"f0_hz": [440]},
    r"f0_hz must .* int64\. It becomes so by tf.cast\(f0_hz, tf.flo": {"f0_hz": np.array([440])},
}


@pytest.mark.parametrize("message", BAD)
def test_what_is_wrong_is_named(message):
    settings = {"f0_hz": [440.0], "amplitudes": [1.0], "d": (1, 2), **GRID, **BAD[message]}
    shape = settings.pop("d")
    with pytest.raises(ValueError, match=message):
        st.harmonic_synthesis(harmonic_distribution=tf.ones(shape), **settings)


def test_sinusoids_of_different_number_are_named():
    with pytest.raises(ValueError, match=r"the same number of sinusoids; got \(2, 3\)"):
        st.sinusoidal_synthesis(tf.ones([4, 2]), tf.ones([4, 3]), **GRID)
    with pytest.raises(
        ValueError, match="frequencies_hz and amplitudes must have the same number"
    ):
        st.sinusoidal_synthesis(tf.ones([4, 2]), tf.ones([5, 2]), **GRID)


def test_an_unknown_number_of_harmonics_is_named():
    function = tf.function(
        lambda d: st.harmonic_synthesis([1.0], [1.0], d, **GRID),
        input_signature=[tf.TensorSpec([None, None])],
    )
    with pytest.raises(ValueError, match="harmonic_distribution must have a known number"):
        function(tf.ones([1, 2]))


def test_settings_of_partials_are_checked():
    with pytest.raises(ValueError, match="n_harmonics must be an integer of at least 1; got 0"):
        st.harmonic_frequencies([1.0], 0)
    with pytest.raises(ValueError, match="sample_rate must be above 0 Hz"):
        st.normalize_harmonics([[1.0]], [1.0], sample_rate=-1)
