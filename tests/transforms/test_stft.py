"""STFT against librosa, torch's definition, tf.signal, SciPy and closed forms; every refusal."""

import json
import warnings

import librosa
import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from spectrotools.ops import fourier
from spectrotools.ops.windows import nola_ratio, window_samples
from tests.tolerances import assert_close, error_db

GEOMETRIES = [(512, 128, 512), (512, 100, 400), (511, 128, 511), (400, 160, 400), (512, 170, 301)]
LENGTHS = [513, 700, 5000, 5119, 5120]


def by_definition(audio, stft, starts):
    """The transform's defining sum in NumPy, of frames that start at given places."""
    window = np.zeros(stft.n_fft)
    window[(stft.n_fft - stft.win_length) // 2 :][: stft.win_length] = scipy.signal.get_window(
        stft.window, stft.win_length
    )
    frames = np.stack([audio[start : start + stft.n_fft] for start in starts])
    return np.fft.rfft(frames * window)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("n_fft", "hop", "win"), GEOMETRIES)
def test_librosa_convention_is_librosa(n_fft, hop, win, length, rng):
    audio = rng.standard_normal(length)
    stft = st.STFT(n_fft=n_fft, hop_length=hop, win_length=win, convention="librosa")
    expected = librosa.stft(audio, n_fft=n_fft, hop_length=hop, win_length=win).T
    assert_close(stft(audio), expected, 64, np.float64)


@pytest.mark.parametrize("pad_mode", ["reflect", "edge", "symmetric"])
def test_librosa_pad_modes(pad_mode, rng):
    audio = rng.standard_normal(2000)
    stft = st.STFT(n_fft=512, convention="librosa", pad_mode=pad_mode)
    expected = librosa.stft(audio, n_fft=512, hop_length=128, pad_mode=pad_mode).T
    assert_close(stft(audio), expected, 64, np.float64)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("n_fft", "hop", "win"), GEOMETRIES)
def test_tf_convention_is_tf_signal(n_fft, hop, win, length, rng):
    audio = rng.standard_normal(length)
    stft = st.STFT(n_fft=n_fft, hop_length=hop, win_length=win, convention="tf")
    assert_close(stft(audio), tf.signal.stft(audio, win, hop, n_fft), 64, np.float64)


@pytest.mark.parametrize("length", [*LENGTHS, 1, 300])
@pytest.mark.parametrize(("n_fft", "hop", "win"), GEOMETRIES)
def test_ddsp_convention_is_tf_signal_padded_at_its_end(n_fft, hop, win, length, rng):
    audio = rng.standard_normal(length)
    stft = st.STFT(n_fft=n_fft, hop_length=hop, win_length=win, convention="ddsp")
    expected = tf.signal.stft(audio, win, hop, n_fft, pad_end=True)
    assert_close(stft(audio), expected, 64, np.float64)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("n_fft", "hop", "win"), GEOMETRIES)
def test_torch_convention_is_the_definition_that_torch_documents(n_fft, hop, win, length, rng):
    audio = rng.standard_normal(length)
    stft = st.STFT(n_fft=n_fft, hop_length=hop, win_length=win, convention="torch")
    padded = np.pad(audio, n_fft // 2, mode="reflect")
    starts = range(0, len(padded) - n_fft + 1, hop)
    assert_close(stft(audio), by_definition(padded, stft, starts), 64, np.float64)


@pytest.mark.parametrize("length", [1024, 8192, 8300])
def test_hifigan_convention_is_its_published_arithmetic(length, rng):
    audio = rng.standard_normal(length)
    stft = st.STFT(n_fft=1024, hop_length=256, convention="hifigan")
    padded = np.pad(audio, (1024 - 256) // 2, mode="reflect")
    starts = range(0, len(padded) - 1024 + 1, 256)
    result = stft(audio)
    assert result.shape[0] == length // 256
    assert_close(result, by_definition(padded, stft, starts), 64, np.float64)


@pytest.mark.parametrize(("n_fft", "hop", "win"), GEOMETRIES)
def test_default_is_scipys_transform_of_the_same_frames(n_fft, hop, win, rng):
    audio = rng.standard_normal(3001)
    stft = st.STFT(n_fft=n_fft, hop_length=hop, win_length=win)
    end = np.pad(audio, (n_fft // 2, 2 * n_fft))
    starts = np.arange(stft.num_frames(3001)) * hop
    assert starts[-1] >= 3001 > starts[-2]  # the last frame is centred on the end or just past it
    assert_close(stft(audio), by_definition(end, stft, starts), 64, np.float64)
    peer = scipy.signal.ShortTimeFFT(
        stft.window_samples, hop, fs=1.0, mfft=n_fft, fft_mode="onesided", phase_shift=None
    )
    slices = peer.stft(audio, p0=0, p1=stft.num_frames(3001)).T
    assert_close(stft(audio), slices, 64, np.float64)


def test_frame_counts_of_the_docstring_table():
    settings = {"n_fft": 1024, "hop_length": 256}
    for length in (0, 1, 1023, 1024, 1025, 5119, 5120, 5121):
        counts = {
            None: 1 + -(-length // 256),
            "librosa": 1 + length // 256,
            "torch": 1 + length // 256,
            "hifigan": length // 256,
            "tf": max(1 + (length - 1024) // 256, 0),
            "ddsp": -(-length // 256),
        }
        for convention, count in counts.items():
            stft = st.STFT(**settings, convention=convention)
            assert stft.num_frames(length) == count, (convention, length)
            assert int(stft.num_frames(tf.constant(length))) == count
            if length >= 2:
                assert stft(np.zeros(length)).shape == (count, 513)


def test_min_length_is_where_the_frame_count_steps():
    for convention in (None, "librosa", "torch", "hifigan", "tf", "ddsp"):
        for n_fft, hop in ((1024, 256), (1023, 200)):
            stft = st.STFT(n_fft=n_fft, hop_length=hop, convention=convention)
            for frames in (2, 3, 9):
                shortest = stft.min_length(frames)
                assert stft.num_frames(shortest) == frames
                assert stft.num_frames(shortest - 1) == frames - 1


@pytest.mark.parametrize(
    ("convention", "interior"),
    [
        ("librosa", (0, 0)),
        ("torch", (0, 0)),
        ("hifigan", (0, 0)),
        ("tf", (64, 64)),
        ("ddsp", (64, 0)),
    ],
)
def test_conventions_invert_what_their_frames_see(convention, interior, rng):
    stft = st.STFT(n_fft=1024, hop_length=256, convention=convention)
    audio = rng.uniform(-1, 1, 256 * 40).astype(np.float32)
    restored = stft.inverse(stft(audio), length=len(audio)).numpy()
    inside = slice(interior[0], len(audio) - interior[1])
    assert error_db(restored[inside], audio[inside]) <= -100


def test_default_lengths():
    coefficients = np.zeros([9, 513], np.complex64)
    for convention, length in {None: 2048, "librosa": 2048, "hifigan": 2304, "tf": 3072}.items():
        stft = st.STFT(n_fft=1024, hop_length=256, convention=convention)
        assert stft.inverse(coefficients).shape == (length,)


def test_a_tone_stands_in_its_bin_and_on_its_time():
    stft = st.STFT(n_fft=512, hop_length=128)
    tone = np.cos(2 * np.pi * 1000.0 * np.arange(16000) / 16000)
    magnitude = np.abs(stft(tone))
    bins = np.argmax(magnitude, axis=-1)
    assert np.all(stft.frequencies(16000)[bins] == 1000.0)
    assert magnitude[20, bins[20]] == pytest.approx(np.sum(stft.window_samples) / 2)
    click = np.zeros(16000)
    click[stft.hop_length * 50] = 1.0
    loudest = int(np.argmax(np.sum(np.abs(stft(click)) ** 2, axis=-1)))
    assert stft.times(200, 16000)[loudest] == pytest.approx(128 * 50 / 16000)


def test_times_of_conventions_without_centring():
    assert st.STFT(n_fft=512, hop_length=128, convention="tf").times(2, 1000.0) == pytest.approx(
        [0.256, 0.384]
    )
    assert st.STFT(n_fft=512, hop_length=128, convention="hifigan").times(1, 1.0) == [64.0]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_bad_sample_spoils_its_own_frames_only(bad, rng):
    stft = st.STFT(n_fft=64, hop_length=16)
    audio = rng.standard_normal(1000)
    expected = stft(audio).numpy()
    audio[500] = bad
    spoilt = np.any(~np.isfinite(stft(audio).numpy()), axis=-1)
    starts = np.arange(len(spoilt)) * 16 - 32
    assert np.array_equal(spoilt, (starts <= 500) & (500 < starts + 64))
    assert_close(stft(audio).numpy()[~spoilt], expected[~spoilt], 64, np.float64)


def test_ten_second_float32_signal_stays_exact_to_the_last_sample(rng):
    stft = st.STFT(n_fft=1024, hop_length=256)
    audio = rng.uniform(-1, 1, 480_001).astype(np.float32)
    assert error_db(stft.inverse(stft(audio), length=480_001).numpy(), audio) <= -125


@pytest.mark.parametrize("hop", [96, 100, 105])
def test_documented_bound_holds_where_the_constructor_warns(hop, rng):
    with pytest.warns(UserWarning, match=r"hop_length=\d+ makes the inverse imprecise"):
        stft = st.STFT(n_fft=112, hop_length=hop)
    assert stft.conditioning < 1e-2
    for dtype in (np.float32, np.float64):
        audio = rng.choice([-1.0, 1.0], 3000).astype(dtype)
        bound = 8 * np.finfo(dtype).eps / np.sqrt(stft.conditioning)
        assert np.max(np.abs(stft.inverse(stft(audio), length=3000) - audio)) <= bound


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_fft": 0}, r"n_fft must be an integer in \[1, 16777216\]; got 0\."),
        ({"n_fft": 512.0}, r"n_fft must be an integer in \[1, 16777216\]; got 512\.0\."),
        ({"n_fft": 10**9}, r"n_fft must be an integer in \[1, 16777216\]; got 1000000000\."),
        ({"n_fft": True}, r"n_fft must be an integer in \[1, 16777216\]; got True\."),
        ({"n_fft": 64, "hop_length": 0}, r"hop_length must be an integer in \[1, 64\]; got 0\."),
        ({"n_fft": 64, "hop_length": 65}, r"hop_length must be an integer in \[1, 64\]; got 65\."),
        ({"n_fft": 64, "win_length": 65}, r"win_length must be an integer in \[1, 64\]; got 65\."),
        ({"n_fft": 64, "window": "foo"}, r"window must be a name or a tuple .*; got 'foo'\."),
        ({"n_fft": 64, "window": ("kaiser",)}, r"window must be a name or a tuple"),
        ({"n_fft": 64, "pad_mode": "wrap"}, r"pad_mode must be one of 'constant', .*'wrap'\."),
        ({"n_fft": 64, "convention": "kapre"}, r"convention must be one of 'librosa', .*'kapre'"),
        ({"n_fft": 64, "hop_length": 64}, r"hop_length=64 leaves samples unseen .*got 0\.0\."),
        (
            {"n_fft": 64, "convention": "tf", "pad_mode": "reflect"},
            r"pad_mode must be 'constant' in convention 'tf'; got 'reflect'\.",
        ),
    ],
)
def test_constructor_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        st.STFT(**settings)


def test_calls_refuse(rng):
    stft = st.STFT(n_fft=64, hop_length=16)
    coefficients = stft(rng.standard_normal(100))
    with pytest.raises(ValueError, match="audio must have a time axis"):
        stft(tf.constant(1.0))
    with pytest.raises(ValueError, match="audio must be floating point; got string"):
        stft(tf.constant(["a"]))
    with pytest.raises(ValueError, match="audio must be floating point; got complex128"):
        stft(np.zeros(100, np.complex128))
    with pytest.raises(ValueError, match=r"audio must have at least one sample for pad_mode"):
        st.STFT(n_fft=64, pad_mode="reflect")(np.zeros(0))
    for wrong in (tf.math.real(coefficients), coefficients[:, :32], coefficients[0]):
        with pytest.raises(ValueError, match=r"coefficients must be complex .* = 33\]; got"):
            stft.inverse(wrong)
    for length in (96, 113, np.int64(500), tf.constant(5000), tf.Variable(96, dtype=tf.int64)):
        with pytest.raises(ValueError, match=r"length must be in \[97, 112\] for 8 frames"):
            stft.inverse(coefficients, length=length)
    for length in (-1, True, 100.0, tf.constant(100.0)):
        with pytest.raises(ValueError, match="length must be an integer of at least 0; got"):
            stft.inverse(coefficients, length=length)
    with pytest.raises(ValueError, match="pad_mode must be 'constant' to stream"):
        st.STFT(n_fft=64, pad_mode="edge").initial_state()


def test_functions_are_the_transform(rng):
    audio = rng.standard_normal(500)
    settings = {"n_fft": 64, "hop_length": 20, "window": "hamming"}
    coefficients = st.stft(audio, **settings)
    np.testing.assert_array_equal(coefficients, st.STFT(**settings)(audio))
    assert_close(st.istft(coefficients, length=500, **settings), audio, 16, np.float64)


def test_a_variable_and_a_list_are_audio(rng):
    audio = rng.standard_normal(100).astype(np.float32)
    stft = st.STFT(n_fft=32)
    np.testing.assert_array_equal(stft(tf.Variable(audio)), stft(audio))
    np.testing.assert_array_equal(stft(audio.tolist()), stft(audio))


def test_eager_calls_of_many_lengths_trace_twice(monkeypatch):
    stft = st.STFT(n_fft=48, hop_length=7)
    traces = []
    for name in ("frame", "overlap_add"):
        original = getattr(fourier, name)

        def counting(*arguments, name=name, original=original):
            traces.append(name)
            return original(*arguments)

        monkeypatch.setattr(fourier, name, counting)
    for length in range(100, 120):
        stft.inverse(stft(np.zeros(length, np.float32)), length=length)
    assert sorted(traces) == ["frame"] * 2 + ["overlap_add"] * 2


def test_a_length_that_only_the_graph_knows_is_checked_there(rng):
    stft = st.STFT(n_fft=64, hop_length=16)
    coefficients = stft(rng.standard_normal(100))
    unknown = tf.TensorSpec([None, None], tf.complex128)
    inverse = tf.function(
        lambda values, length: stft.inverse(values, length=length),
        input_signature=[unknown, tf.TensorSpec([], tf.int64)],
    )
    assert inverse(coefficients, 100).shape == (100,)
    for length in (96, 113, -5):
        with pytest.raises(tf.errors.InvalidArgumentError, match="length must be one whose num"):
            inverse(coefficients, length)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"not compatible with expected"):
        inverse(coefficients[:, :32], 100)


def test_a_stream_checks_its_blocks_and_its_length(rng):
    stft = st.STFT(n_fft=64, hop_length=16)
    block = rng.standard_normal((2, 100))
    heard, seen = stft.initial_state((2,)), stft.initial_inverse_state((2,))
    for wrong in (block, block[:1].astype(np.float32)):
        with pytest.raises(ValueError, match=r"block must have the batch shape \(2,\) and the"):
            stft.step(wrong, heard)
        with pytest.raises(ValueError, match=r"coefficients must have the batch shape \(2,\)"):
            stft.inverse_step(stft(wrong), seen)
    _, seen = stft.inverse_step(stft(block.astype(np.float32)), seen)
    for length in (1, 96, 113, 5000):
        with pytest.raises(ValueError, match=r"length must be in \[97, 112\] for 8 frames"):
            stft.inverse_flush(seen, length=length)
    half, _ = stft.step(block.astype(np.float16), heard)
    assert half.dtype == tf.complex64


@pytest.mark.parametrize(
    "window",
    [["kaiser", 8], ("kaiser", np.float32(8)), ("general_cosine", [0.5, 0.5])],
    ids=["list", "NumPy number", "nested list"],
)
def test_a_window_of_any_spelling_makes_a_value(window):
    stft = st.STFT(n_fft=64, window=window)
    plain = (window[0], 8.0) if window[0] == "kaiser" else ("general_cosine", (0.5, 0.5))
    assert stft == st.STFT(n_fft=64, window=plain)
    assert hash(stft) == hash(st.STFT(n_fft=64, window=plain))
    assert st.STFT.from_config(json.loads(json.dumps(stft.get_config()))) == stft


def test_counts_of_frames_and_samples_are_checked():
    stft = st.STFT(n_fft=64, hop_length=16)
    with pytest.raises(ValueError, match=r"length must be an integer of at least 0; got -500\."):
        stft.num_frames(-500)
    with pytest.raises(ValueError, match=r"length must be an integer of at least 0; got 10\.5\."):
        stft.num_frames(10.5)
    for method in (stft.frequencies, lambda rate: stft.times(3, rate)):
        with pytest.raises(ValueError, match=r"sample_rate must be above 0 Hz; got 0\."):
            method(0)
    peer = st.STFT(n_fft=64, hop_length=16, convention="tf")
    assert (peer.min_length(0), peer.min_length(1), stft.min_length(1)) == (0, 64, 0)
    assert peer.num_frames(np.int64(100)) == 3
    assert peer.inverse(np.zeros([0, 33], np.complex64)).shape == (0,)


def test_what_is_warned_of_and_what_is_refused():
    window = window_samples("hann", 1000, 1000, 0)
    ratios = {hop: nola_ratio(window, hop) for hop in range(800, 999)}

    def hop_near(ratio):
        return min(ratios, key=lambda hop: abs(np.log(ratios[hop] / ratio)))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        st.STFT(n_fft=1000, hop_length=hop_near(0.0105))
    for ratio in (0.0095, 3e-6):
        with pytest.warns(UserWarning, match="makes the inverse imprecise"):
            st.STFT(n_fft=1000, hop_length=hop_near(ratio))
    with pytest.raises(ValueError, match="leaves samples unseen"):
        st.STFT(n_fft=1000, hop_length=hop_near(8e-7))


@pytest.mark.parametrize("n_fft", [1009, 4093, 2**16])
def test_float32_is_exact_at_awkward_and_large_sizes(n_fft, rng):
    stft = st.STFT(n_fft=n_fft)
    audio = rng.choice([-1.0, 1.0], 4 * stft.n_fft + 5).astype(np.float32)
    assert error_db(stft.inverse(stft(audio), length=len(audio)).numpy(), audio) <= -125


@pytest.mark.parametrize("hop", [600, 700, 800])
def test_float32_is_exact_where_windows_overlap_little(hop, rng):
    stft = st.STFT(n_fft=1000, hop_length=hop)
    assert 1e-2 <= stft.conditioning < 0.4
    audio = rng.choice([-1.0, 1.0], 20_000).astype(np.float32)
    assert error_db(stft.inverse(stft(audio), length=len(audio)).numpy(), audio) <= -125


@pytest.mark.parametrize(("n_fft", "hop"), [(4093, 1023), (1000, 800)])
def test_a_float32_stream_is_as_exact_as_the_whole(n_fft, hop, rng):
    stft = st.STFT(n_fft=n_fft, hop_length=hop)
    audio = rng.choice([-1.0, 1.0], 30_000).astype(np.float32)
    heard, seen, parts = stft.initial_state(), stft.initial_inverse_state(), []
    for block in np.split(audio, [9_000, 12_000, 25_000]):
        coefficients, heard = stft.step(block, heard)
        part, seen = stft.inverse_step(coefficients, seen)
        parts.append(part)
    part, seen = stft.inverse_step(stft.flush(heard), seen)
    parts += [part, stft.inverse_flush(seen, length=len(audio))]
    assert error_db(tf.concat(parts, 0).numpy(), audio) <= -125
