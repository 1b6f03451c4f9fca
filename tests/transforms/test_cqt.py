"""The constant-Q transform: that it is exact, where its bins are, streams, gradients, refusals."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st
from tests.tolerances import assert_close, error_db

RATE = 8000


def parts_of(coefficients) -> list[np.ndarray]:
    parts = coefficients if isinstance(coefficients, tuple) else (coefficients,)
    return [np.asarray(part) for part in parts]


def redundancy(coefficients, length: int) -> float:
    return sum(2 * part.shape[-2] * part.shape[-1] for part in parts_of(coefficients)) / length


@pytest.mark.parametrize("layout", ["matrix", "octaves", "ragged"])
@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, -125.0), (np.float64, -290.0)])
@settings(max_examples=12, deadline=None)
@given(
    bins_per_octave=some.sampled_from([12, 24, 36, 48, 96]),
    rate=some.sampled_from([8000, 16000, 22050, 44100]),
    length=some.integers(1, 3000),
    gamma=some.sampled_from([0.0, 3.0, 25.0]),
    kind=some.sampled_from(["noise", "tones", "last click"]),
)
def test_every_sample_comes_back(layout, dtype, bound, bins_per_octave, rate, length, gamma, kind):
    cqt = st.CQT(
        sample_rate=rate, bins_per_octave=bins_per_octave, fmin=55.0, gamma=gamma, layout=layout
    )
    time = np.arange(length)
    audio = {
        "noise": np.random.default_rng(length).uniform(-1, 1, length),
        "tones": np.sin(0.05 * time) + np.sin(0.5 * time + 1),
        "last click": (time == length - 1).astype(float),
    }[kind].astype(dtype)
    restored = cqt.inverse(cqt(audio), length=length).numpy()
    assert restored.dtype == dtype
    assert error_db(restored, audio) <= bound


@pytest.mark.parametrize("layout", ["matrix", "octaves", "ragged"])
def test_energy_is_that_of_the_signal(layout, rng):
    cqt = st.CQT(sample_rate=RATE, layout=layout)
    audio = np.zeros(30000, np.float32)
    audio[12000:18000] = rng.standard_normal(6000)
    energy = sum(np.sum(np.abs(part.astype(np.complex128)) ** 2) for part in parts_of(cqt(audio)))
    assert energy == pytest.approx(np.sum(audio.astype(float) ** 2), rel=1e-6)


def test_layouts_differ_in_how_many_numbers_they_take():
    taken = {}
    for layout in ("matrix", "octaves", "ragged"):
        cqt = st.CQT(sample_rate=44100, layout=layout)
        taken[layout] = redundancy(cqt(np.zeros(2**18, np.float32)), 2**18)
    assert 2 < taken["ragged"] < taken["octaves"] < 5 < taken["matrix"] < 25


@pytest.mark.parametrize("bins_per_octave", [12, 48])
def test_a_tone_is_in_its_bin_and_as_strong_as_said(bins_per_octave):
    cqt = st.CQT(sample_rate=RATE, bins_per_octave=bins_per_octave)
    k = 3 * bins_per_octave + 5
    np.testing.assert_allclose(cqt.frequencies[k + 1], 32.703 * 2 ** (3 + 5 / bins_per_octave))
    tone = 0.5 * np.sin(2 * np.pi * cqt.frequencies[k + 1] * np.arange(40000) / RATE)
    frames = np.abs(cqt(tone))
    frames = frames[len(frames) // 2 - 50 : len(frames) // 2 + 50]
    expected = 0.5 * np.sqrt(cqt.hop_length / 2)
    np.testing.assert_allclose(frames[:, k + 1], expected, rtol=1e-3)
    assert np.max(np.delete(frames, k + 1, axis=1)) < 1e-3 * expected


@pytest.mark.parametrize("phase", ["signal", "band"])
def test_phase_turns_with_the_signal_or_with_what_it_is_off(phase):
    cqt = st.CQT(sample_rate=RATE, phase=phase)
    frequency = cqt.frequencies[41] * 1.004
    tone = np.cos(2 * np.pi * frequency * np.arange(40000) / RATE)
    turning = cqt(tone)[:, 41].numpy()[1000:1800]
    advance = np.angle(np.mean(turning[1:] * turning[:-1].conj())) / (2 * np.pi)
    base = cqt.frequencies[41] if phase == "band" else 0.0
    expected = (frequency - base) * cqt.hop_length / RATE
    assert (advance - expected + 0.5) % 1 - 0.5 == pytest.approx(0.0, abs=1e-5)
    # At frame 0 both are the phase of the tone itself, which is even about its start.
    assert np.abs(np.angle(cqt(tone)[0, 41].numpy())) < 1e-6


def test_a_click_at_the_end_is_not_heard_at_the_start():
    cqt = st.CQT(sample_rate=RATE)
    click = np.zeros(12 * RATE, np.float64)
    click[-1] = 1.0
    frames = np.abs(cqt(click))
    assert np.max(frames[:10]) < 1e-5 * np.max(frames)
    assert np.max(frames[:10]) < 1e-5  # of the click itself


def test_a_band_too_narrow_for_a_short_clip_stays_empty(rng):
    cqt = st.CQT(sample_rate=44100)
    frames = np.abs(cqt(rng.standard_normal(1000)))
    empty = np.flatnonzero(frames.max(axis=0) == 0)
    span = (cqt.num_frames(1000) - 1) * cqt.hop_length
    assert len(empty) > 0
    assert np.all(cqt.frequencies[empty] * (2 ** (1 / 12) - 2 ** (-1 / 12)) < 44100 / (2 * span))


def test_gamma_makes_low_bands_wider_and_shorter():
    click = np.zeros(32001)
    click[16000] = 1.0
    length = {}
    for gamma in (0.0, 20.0):
        cqt = st.CQT(sample_rate=RATE, gamma=gamma)
        energy = np.abs(cqt(click)[:, 5]) ** 2
        times = (np.arange(len(energy)) * cqt.hop_length - 16000) / RATE
        length[gamma] = np.sqrt(np.sum(times**2 * energy) / np.sum(energy))
    assert length[20.0] < length[0.0] / 3


def test_long_signals_go_in_slices_and_come_back(rng):
    cqt = st.CQT(sample_rate=RATE, fmin=500.0)
    there_and_back = tf.function(
        lambda audio: (cqt(audio), cqt.inverse(cqt(audio), length=tf.shape(audio)[1])),
        input_signature=[tf.TensorSpec([None, None], tf.float64)],
    )
    for length in (1, 9000, 30001):
        audio = rng.uniform(-1, 1, (2, length))
        sliced, restored = there_and_back(audio)
        whole = cqt(audio)
        assert sliced.shape == whole.shape
        assert error_db(sliced.numpy(), whole.numpy()) < -120
        assert error_db(restored.numpy(), audio) < -290


@pytest.mark.parametrize("layout", ["matrix", "octaves"])
@pytest.mark.parametrize("phase", ["signal", "band"])
@settings(max_examples=6, deadline=None)
@given(length=some.integers(1, 30000), cuts=some.lists(some.integers(0, 9000), max_size=5))
def test_a_stream_is_the_whole_both_ways(layout, phase, length, cuts):
    cqt = st.CQT(sample_rate=RATE, fmin=700.0, layout=layout, phase=phase)
    audio = np.random.default_rng(length).uniform(-1, 1, (2, length))
    state, found = cqt.initial_state((2,), tf.float64), []
    for block in np.split(audio, np.minimum(np.cumsum(cuts), length), axis=1):
        frames, state = cqt.step(block, state)
        found.append(parts_of(frames))
    found.append(parts_of(cqt.flush(state)))
    streamed = [np.concatenate(part, axis=1) for part in zip(*found, strict=True)]
    for part, whole in zip(streamed, parts_of(cqt(audio)), strict=True):
        assert part.shape == whole.shape
        assert np.max(np.abs(part - whole)) < 1e-6
    state, sound = cqt.initial_inverse_state((2,), tf.float64), []
    for fifth in range(5):
        block = [
            part[:, part.shape[1] * fifth // 5 : part.shape[1] * (fifth + 1) // 5]
            for part in streamed
        ]
        audio_part, state = cqt.inverse_step(
            block[0] if layout == "matrix" else tuple(block), state
        )
        sound.append(audio_part)
    sound.append(cqt.inverse_flush(state, length=length))
    assert np.max(np.abs(np.concatenate(sound, axis=1) - audio)) < 1e-6


def test_times_and_redundancy_are_those_of_the_coefficients():
    cqt = st.CQT(sample_rate=RATE)
    click = np.zeros(2**15)
    click[2**14] = 1.0
    frames = np.abs(cqt(click)).sum(axis=1)
    loudest = cqt.times(len(frames))[np.argmax(frames)]
    assert loudest == pytest.approx(2**14 / RATE, abs=cqt.hop_length / RATE)
    for layout in ("matrix", "octaves", "ragged"):
        cqt = st.CQT(sample_rate=RATE, layout=layout)
        assert redundancy(cqt(np.zeros(2**18)), 2**18) == pytest.approx(cqt.redundancy, rel=0.05)
    with pytest.raises(ValueError, match="layout must be 'matrix' for one hop; got 'ragged'"):
        cqt.times(3)


def test_a_larger_hop_analyses_only(rng):
    fine = st.CQT(sample_rate=RATE)
    audio = rng.standard_normal(fine.hop_length * 8 * 64 + 1)  # at both hops as long
    coarse = st.CQT(sample_rate=RATE, hop_length=fine.hop_length * 8)
    parts = coarse(audio), fine(audio)[::8] * np.sqrt(8)
    assert_close(parts[0][: len(parts[1])], parts[1][: len(parts[0])], 4096, np.float64)
    rule = (
        rf"hop_length must be at most {fine.hop_length} to be inverted.*; got {coarse.hop_length}"
    )
    with pytest.raises(ValueError, match=rule):
        coarse.inverse(coarse(audio))


def test_griffin_lim_finds_a_sound_of_constant_q_magnitudes():
    cqt = st.CQT(sample_rate=RATE, fmin=110.0)
    time = np.arange(8000) / RATE
    audio = sum(np.sin(2 * np.pi * f * time + f) for f in (220.0, 277.2, 329.6)).astype(np.float32)
    magnitudes = tf.abs(cqt(audio))
    _, trace = st.griffin_lim(
        magnitudes, cqt, length=8000, init="random", n_iter=30, return_trace=True
    )
    assert trace[30] < -15 < trace[0]


def test_one_line_functions_are_the_transform(rng):
    audio = rng.standard_normal(500)
    cqt = st.CQT(sample_rate=RATE, bins_per_octave=24)
    coefficients = st.cqt(audio, sample_rate=RATE, bins_per_octave=24)
    assert_close(coefficients, cqt(audio), 1, np.float64)
    restored = st.icqt(coefficients, length=500, sample_rate=RATE, bins_per_octave=24)
    assert_close(restored, audio, 512, np.float64)


def test_arguments_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"sample_rate must be above 0 Hz; got 0"):
        st.CQT(sample_rate=0)
    with pytest.raises(ValueError, match=r"bins_per_octave must be an integer in .*; got 0"):
        st.CQT(sample_rate=RATE, bins_per_octave=0)
    with pytest.raises(ValueError, match=r"fmin must be at most a bin below half .*; got 0\.0"):
        st.CQT(sample_rate=RATE, fmin=0.0)
    with pytest.raises(
        ValueError, match=r"fmax must be at most a bin below .*3775\.5.*; got 4000"
    ):
        st.CQT(sample_rate=RATE, fmax=4000.0)
    with pytest.raises(ValueError, match=r"gamma must be at least 0 Hz; got -1"):
        st.CQT(sample_rate=RATE, gamma=-1)
    with pytest.raises(ValueError, match=r"layout must be one of 'matrix'.*; got 'tree'"):
        st.CQT(sample_rate=RATE, layout="tree")
    with pytest.raises(ValueError, match="phase must be one of 'signal', 'band'; got 'none'"):
        st.CQT(sample_rate=RATE, phase="none")
    with pytest.raises(ValueError, match="hop_length must be None in layout 'octaves'; got 4"):
        st.CQT(sample_rate=RATE, layout="octaves", hop_length=4)
    cqt = st.CQT(sample_rate=RATE)
    with pytest.raises(
        ValueError, match=r"audio must have at least one sample; got .*\(0,\)|\[0\]"
    ):
        cqt(tf.zeros([0]))
    with pytest.raises(ValueError, match="audio must have a time axis"):
        cqt(tf.zeros([]))
    with pytest.raises(ValueError, match="audio must be floating point"):
        cqt(np.zeros(100, np.int16))
    coefficients = cqt(tf.zeros([100]))
    with pytest.raises(ValueError, match=r"coefficients must be complex .*; got 'float32"):
        cqt.inverse(tf.abs(coefficients))
    with pytest.raises(ValueError, match=r"length must be one whose num_frames.*; got 999"):
        cqt.inverse(coefficients, length=999)
    for fmin in (0.01, 1e-300):
        with pytest.raises(ValueError, match=r"fmin must be at least 0\.153 Hz at bins_per_oct"):
            st.CQT(sample_rate=RATE, fmin=fmin)
    with pytest.raises(ValueError, match="sample_rate must be a finite number of Hz; got inf"):
        st.CQT(sample_rate=np.inf)
    with pytest.raises(ValueError, match=r"fmax must be a finite number of Hz; got \[1\]"):
        st.CQT(sample_rate=RATE, fmax=[1])
    with pytest.raises(
        ValueError, match=r"hop_length must be an integer in \[1, 8192\]; got 1000"
    ):
        st.CQT(sample_rate=RATE, hop_length=1000000)
    assert st.CQT(sample_rate=RATE, hop_length=np.int64(4))(tf.zeros([100])).shape == (26, 85)
    with pytest.raises(ValueError, match="coefficients must have the frames of one length"):
        cqt.inverse(coefficients[:1])
    with pytest.raises(ValueError, match=r"coefficients must be complex \[\.\.\., frames, bins\]"):
        cqt.inverse(coefficients[0])
    octaves = st.CQT(sample_rate=RATE, layout="octaves")
    parts = octaves(tf.zeros([100000]))
    with pytest.raises(ValueError, match="coefficients must have the frames of one length"):
        octaves.inverse((parts[0][:-1], *parts[1:]))
    with pytest.raises(ValueError, match="coefficients must be a tuple of tensors, one for each"):
        octaves.inverse(parts[0])
    with pytest.raises(ValueError, match=r"coefficients must be complex .*, of \[1, 12"):
        octaves.inverse((parts[0][None], *parts[1:]))
    with pytest.raises(ValueError, match="transform must have one tensor of coefficients"):
        st.griffin_lim(parts, octaves, init="random")
