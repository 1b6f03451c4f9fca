"""Codes against G.711's golden file, librosa and the published formulas; laws on every code."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

from spectrotools.ops import companding

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "g711.npz")
CONVENTIONS = ("wavenet", "midpoint", "nsynth", "librosa", "g711")
LAWS = (*CONVENTIONS, "a_law", "linear")
MODES = {
    "eager": lambda function: function,
    "graph": lambda function: tf.function(function, autograph=False),
    "xla": lambda function: tf.function(function, autograph=False, jit_compile=True),
}
DTYPES = (tf.float32, tf.float64)


def encode(audio, law, bits=8):
    if law == "a_law":
        return companding.a_law_encode(audio)
    if law == "linear":
        return companding.linear_encode(audio, bits=bits)
    return companding.mu_law_encode(audio, bits=bits, convention=law)


def decode(codes, law, bits=8, dtype=tf.float32):
    if law == "a_law":
        return companding.a_law_decode(codes, dtype=dtype)
    if law == "linear":
        return companding.linear_decode(codes, bits=bits, dtype=dtype)
    return companding.mu_law_decode(codes, bits=bits, convention=law, dtype=dtype)


def quantize(audio, law):
    audio = np.asarray(audio)
    return decode(encode(audio, law), law, dtype=audio.dtype)


def every_code(law, bits=8):
    lowest = -(2 ** (bits - 1)) if law in ("nsynth", "librosa", "linear") else 0
    return np.arange(lowest, lowest + 2**bits)


def noise(count=200_000, seed=0):
    """Samples at all levels from full scale down to -120 dB, both signs."""
    generator = np.random.default_rng(seed)
    return 10 ** generator.uniform(-6, 0, count) * generator.choice([-1.0, 1.0], count)


def compressed(audio, mu):
    """f(x), from its definition."""
    return np.sign(audio) * np.log1p(mu * np.abs(audio)) / np.log1p(mu)


def expanded(level, mu):
    """The inverse of f, from its definition."""
    return np.sign(level) * ((1 + mu) ** np.abs(level) - 1) / mu


# --- G.711: bit-equal to the standard library's codec -------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("law", "golden"), [("g711", "mu_law"), ("a_law", "a_law")])
def test_g711_is_bit_equal_on_every_sample_and_every_byte(law, golden, dtype, mode):
    samples = tf.constant(np.arange(-32768, 32768) / 32768, dtype)
    bytes_ = MODES[mode](lambda audio: encode(audio, law))(samples)
    np.testing.assert_array_equal(bytes_, GOLDEN[f"{golden}_bytes"])
    audio = MODES[mode](lambda codes: decode(codes, law, dtype=dtype))(np.arange(256))
    np.testing.assert_array_equal(audio * 32768, GOLDEN[f"{golden}_samples"])


@pytest.mark.parametrize("mode", MODES)
def test_g711_mu_law_has_two_zeros(mode):
    zeros = MODES[mode](lambda codes: decode(codes, "g711"))(np.array([0xFF, 0x7F]))
    np.testing.assert_array_equal(np.signbit(zeros), [False, True])
    np.testing.assert_array_equal(zeros, [0.0, 0.0])
    codes = MODES[mode](lambda audio: encode(audio, "g711"))(zeros)
    np.testing.assert_array_equal(codes, [0xFF, 0x7F])
    rounded = MODES[mode](lambda audio: encode(audio, "g711"))(np.array([-1e-6, 1e-6, -1e-30]))
    np.testing.assert_array_equal(rounded, [0xFF] * 3)  # as the integer 0 of 16-bit PCM


# --- the conventions are their peers' -----------------------------------------------------------


@pytest.mark.parametrize("bits", [1, 4, 8, 12, 16])
def test_wavenet_is_the_published_formula(bits):
    mu, audio = 2**bits - 1, noise()
    codes = np.floor((compressed(audio, mu) + 1) / 2 * mu + 0.5)
    np.testing.assert_array_equal(encode(audio, "wavenet", bits), codes)
    levels = expanded(every_code("wavenet", bits) / mu * 2 - 1, mu)
    decoded = decode(every_code("wavenet", bits), "wavenet", bits, tf.float64)
    np.testing.assert_allclose(decoded, levels, rtol=0, atol=1e-14)


@pytest.mark.parametrize("bits", [1, 4, 8, 10])
def test_librosa_is_librosa(bits):
    mu, audio = 2**bits - 1, np.concatenate([noise(), [-1.0, 0.0, 1.0]])
    codes = librosa.mu_compress(audio, mu=mu, quantize=True)
    np.testing.assert_array_equal(encode(audio, "librosa", bits), codes)
    levels = librosa.mu_expand(every_code("librosa", bits), mu=mu, quantize=True)
    decoded = decode(every_code("librosa", bits), "librosa", bits, tf.float64)
    np.testing.assert_allclose(decoded, levels, rtol=0, atol=1e-14)


@pytest.mark.parametrize(("convention", "lowest"), [("nsynth", -128), ("midpoint", 0)])
def test_nsynth_and_midpoint_cut_256_equal_cells(convention, lowest):
    audio, index = noise(), np.arange(-128, 128)
    cells = np.floor(compressed(audio, 255) * 128)
    np.testing.assert_array_equal(encode(audio, convention), cells - (-128 - lowest))
    levels = expanded((index + 0.5) / 128, 255)
    if convention == "nsynth":
        levels[index == 0] = 0.0
    decoded = decode(index - (-128 - lowest), convention, dtype=tf.float64)
    np.testing.assert_allclose(decoded, levels, rtol=0, atol=1e-14)


def test_landmarks_in_float32():
    """What torchaudio, librosa and Magenta gave when asked, but for +1 (theirs can be 128)."""
    audio = tf.constant([-1.0, -0.5, -0.001, 0.0, 0.001, 0.5, 1.0])
    landmarks = {
        "wavenet": [0, 16, 122, 128, 133, 239, 255],
        "librosa": [-128, -112, -5, 0, 5, 112, 127],
        "nsynth": [-128, -113, -6, 0, 5, 112, 127],
    }
    for convention, codes in landmarks.items():
        np.testing.assert_array_equal(encode(audio, convention), codes)


@pytest.mark.parametrize("convention", ["wavenet", "midpoint", "nsynth", "librosa"])
def test_float32_codes_are_the_float64_ones_but_at_edges(convention):
    audio = noise().astype(np.float32)
    single = encode(audio, convention).numpy().astype(int)
    double = encode(audio.astype(np.float64), convention).numpy().astype(int)
    assert np.abs(single - double).max() <= 1
    assert np.mean(single != double) < 5e-5


@pytest.mark.parametrize("bits", [1, 8, 16, 24])
def test_linear_is_two_s_complement_pcm(bits):
    audio, half = noise(), 2 ** (bits - 1)
    codes = np.clip(np.rint(audio * half), -half, half - 1)
    np.testing.assert_array_equal(encode(audio, "linear", bits), codes)
    some_codes = np.unique(codes).astype(int)
    np.testing.assert_array_equal(decode(some_codes, "linear", bits), some_codes / half)


# Signal-to-noise ratios that G.711 (standard library) and the formulas above have in NumPy.
SNR_DB = {
    "wavenet": [38.4, 37.4, 37.6, 37.4, 33.7, 30.1, 21.2],
    "midpoint": [37.4, 38.6, 38.3, 36.9, 34.0, 30.2, 21.3],
    "g711": [38.3, 37.2, 38.1, 34.7, 34.0, 27.1, 16.7],
    "a_law": [39.0, 36.4, 38.4, 36.7, 34.2, 24.3, 12.7],
}


@pytest.mark.parametrize("law", SNR_DB)
def test_snr_of_a_sine_at_each_level(law):
    sine = np.sin(2 * np.pi * 997 * np.arange(16000) / 16000)
    for level_db, expected in zip(range(0, -70, -10), SNR_DB[law], strict=True):
        audio = 10 ** (level_db / 20) * sine
        error = quantize(audio, law) - audio
        snr = 10 * np.log10(np.sum(audio**2) / np.sum(error.numpy() ** 2))
        assert snr == pytest.approx(expected, abs=0.06)


# --- laws that hold for every code --------------------------------------------------------------

LAW_AND_BITS = [
    *((law, bits) for law in ("wavenet", "midpoint", "nsynth") for bits in (1, 3, 8, 11, 16)),
    *(("librosa", bits) for bits in (1, 3, 8, 10)),
    *(("linear", bits) for bits in (1, 8, 16)),
    *(("g711", 8), ("a_law", 8)),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("law", "bits"), LAW_AND_BITS)
def test_encode_of_decode_is_every_code(law, bits, mode):
    codes = every_code(law, bits)

    def there_and_back(codes):
        return [encode(decode(codes, law, bits, dtype), law, bits) for dtype in DTYPES]

    for result in MODES[mode](there_and_back)(tf.constant(codes)):
        np.testing.assert_array_equal(result, codes)


@pytest.mark.parametrize(
    ("law", "dtype"),
    [(law, tf.float16) for law in LAWS]
    + [(law, tf.bfloat16) for law in LAWS if law != "librosa"],  # decodes too near its edges
)
def test_half_precision_keeps_all_8_bit_codes(law, dtype):
    audio = decode(every_code(law), law, dtype=dtype)
    assert audio.dtype == dtype
    np.testing.assert_array_equal(encode(audio, law), every_code(law))


def test_24_bit_pcm_survives_in_float32():
    codes = np.random.default_rng(0).integers(-(2**23), 2**23, 10_000)
    codes[:2] = -(2**23), 2**23 - 1
    np.testing.assert_array_equal(encode(decode(codes, "linear", 24), "linear", 24), codes)


@pytest.mark.parametrize("law", LAWS)
@given(some.lists(some.floats(-1.5, 1.5, width=32), min_size=2, max_size=50))
@settings(max_examples=30, deadline=None)
def test_quantisation_is_monotone_and_its_codes_are_fixed_points(law, samples):
    audio = np.sort(np.array(samples, np.float64))
    quantized = quantize(audio, law).numpy()
    assert np.all(np.diff(quantized) >= 0)
    np.testing.assert_array_equal(quantize(quantized, law), quantized)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("law", LAWS)
def test_saturation_and_nan(law, dtype, mode):
    audio = tf.constant([1.0, 1.5, np.inf, -1.0, -1.5, -np.inf, np.nan, -np.nan], dtype)
    audio = MODES[mode](lambda x: decode(encode(x, law), law))(audio).numpy()
    levels = decode(every_code(law), law).numpy()
    np.testing.assert_array_equal(audio[:3], levels.max())
    np.testing.assert_array_equal(audio[3:], levels.min())


@pytest.mark.parametrize("mode", MODES)
def test_the_sign_of_the_faintest_sample_decides_its_cell(mode):
    faint = tf.constant([1e-30, 0.0, -0.0, -1e-30])
    for law, codes in {"wavenet": [128, 128, 128, 127], "nsynth": [0, 0, 0, -1]}.items():
        result = MODES[mode](lambda audio, law=law: encode(audio, law))(faint)
        np.testing.assert_array_equal(result, codes)


@pytest.mark.parametrize(
    ("law", "value"),
    [
        ("wavenet", expanded(1 / 255, 255)),
        ("midpoint", expanded(1 / 256, 255)),
        ("a_law", 8 / 32768),
        *((law, 0.0) for law in ("nsynth", "librosa", "g711", "linear")),
    ],
)
def test_silence(law, value):
    np.testing.assert_allclose(quantize(np.zeros(5), law), np.full(5, value), rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_integers_that_are_no_codes_decode_to_nan(law, dtype, mode):
    codes = every_code(law)
    outside = [codes[0] - 1, codes[-1] + 1, dtype.min, dtype.max]
    codes = tf.constant([*outside, codes[0], codes[-1]], dtype)
    audio = MODES[mode](lambda codes: decode(codes, law))(codes)
    np.testing.assert_array_equal(np.isnan(audio), [True] * 4 + [False] * 2)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("law", LAWS)
def test_integers_beyond_int64_are_no_codes(law, mode):
    codes = tf.constant([2**63, 2**64 - 5, 2**64 - 1, 100], tf.uint64)
    audio = MODES[mode](lambda codes: decode(codes, law))(codes)
    np.testing.assert_array_equal(np.isnan(audio), [True, True, True, False])


def test_wavenet_codes_read_as_int8_do_not_pass_in_silence():
    codes = tf.constant([-1, 0, 127], tf.int8)
    np.testing.assert_array_equal(np.isnan(decode(codes, "wavenet")), [True, False, False])


@pytest.mark.parametrize(
    ("law", "bits", "dtype"),
    [
        *((law, 8, tf.uint8) for law in ("wavenet", "midpoint", "g711", "a_law")),
        *((law, 9, tf.int32) for law in ("wavenet", "midpoint")),
        *((law, 8, tf.int8) for law in ("nsynth", "librosa", "linear")),
        *((law, 9, tf.int16) for law in ("nsynth", "librosa", "linear")),
        *(("linear", bits, tf.int32) for bits in (17, 24)),
    ],
)
def test_codes_have_the_stated_type_and_range(law, bits, dtype):
    codes = encode(tf.constant([-1.0, 1.0]), law, bits)
    assert codes.dtype == dtype
    extremes = sorted(codes.numpy().tolist())
    if law == "a_law":
        assert extremes == [0x2A, 0xAA]
    elif law == "g711":
        assert extremes == [0x00, 0x80]
    else:
        assert extremes == [every_code(law, bits)[0], every_code(law, bits)[-1]]


# --- shapes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS)
def test_unknown_shapes_and_a_batch_equal_one_by_one(law):
    audio = noise(60).astype(np.float32).reshape(3, 20)
    signature = [tf.TensorSpec([None, None], tf.float32)]
    traced = tf.function(lambda x: decode(encode(x, law), law), input_signature=signature)
    for row, expected in zip(traced(audio), audio, strict=True):
        np.testing.assert_array_equal(row, quantize(expected, law))
    assert traced(np.zeros((2, 0), np.float32)).shape == (2, 0)


# --- gradients ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [tf.float16, tf.float32, tf.float64])
def test_straight_through_is_the_second_with_the_gradient_of_the_first(dtype, mode):
    audio = tf.constant([-1.5, -1.0, -0.3, 0.0, 0.7, 1.0, 2.0], dtype)
    weights = tf.constant([1.0, -2.0, 3.0, 4.0, -5.0, 6.0, 7.0], dtype)

    def value_and_gradient(audio):
        with tf.GradientTape() as tape:
            tape.watch(audio)
            coarse = companding.mu_law_decode(companding.mu_law_encode(audio), dtype=dtype)
            value = companding.straight_through(audio, coarse)
            loss = tf.reduce_sum(weights * value)
        return value, tape.gradient(loss, audio)

    value, gradient = MODES[mode](value_and_gradient)(audio)
    np.testing.assert_array_equal(value, decode(encode(audio, "wavenet"), "wavenet", dtype=dtype))
    np.testing.assert_array_equal(gradient, weights)


def test_straight_through_passes_nothing_to_what_was_quantised():
    audio = tf.constant([0.25, -0.5])
    with tf.GradientTape() as tape:
        tape.watch(audio)
        value = companding.straight_through(audio, audio / 2)
    np.testing.assert_array_equal(tape.gradient(value, audio), [1.0, 1.0])


def test_straight_through_refuses_what_does_not_fit():
    for other in (np.zeros(3, np.float64), np.zeros(4, np.float32)):
        with pytest.raises(ValueError, match="quantized must have the dtype and shape of audio"):
            companding.straight_through(np.zeros(3, np.float32), other)
    with pytest.raises(ValueError, match="quantized must be floating point; got int32"):
        companding.straight_through([0.5], [1])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("function", [companding.mu_law_compress, companding.mu_law_expand])
@pytest.mark.parametrize("mu", [1.0, 255.0, 65535.0])
def test_continuous_gradient_equals_central_differences(function, mu, mode):
    points = np.array([-1.2, -1.0, -0.3, -1e-3, 0.0, 1e-4, 0.5, 1.0, 1.5])

    def gradient(points):
        with tf.GradientTape() as tape:
            tape.watch(points)
            values = function(points, mu=mu)
        return tape.gradient(values, points)

    step = 1e-8
    ahead, behind = (function(points + side * step, mu=mu).numpy() for side in (1, -1))
    result = MODES[mode](gradient)(tf.constant(points))
    np.testing.assert_allclose(result, (ahead - behind) / (2 * step), rtol=2e-3)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32, tf.float64])
def test_continuous_slope_at_silence_is_finite_in_every_precision(dtype):
    slope = 255 / np.log(256)
    for function, expected in [
        (companding.mu_law_compress, slope),
        (companding.mu_law_expand, 1 / slope),
    ]:
        silence = tf.zeros([3], dtype)
        with tf.GradientTape() as tape:
            tape.watch(silence)
            values = function(silence)
        gradient = tape.gradient(values, silence)
        assert values.dtype == gradient.dtype == dtype
        np.testing.assert_array_equal(tf.cast(values, tf.float32), [0.0, 0.0, 0.0])
        eps = float(np.finfo(dtype.as_numpy_dtype).eps) if dtype != tf.bfloat16 else 2**-7
        np.testing.assert_allclose(tf.cast(gradient, tf.float64), [expected] * 3, rtol=2 * eps)


# --- the continuous pair ------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mu", [1e-3, 1.0, 255.0, 65535.0])
def test_compress_and_expand_are_librosa_s_and_each_other_s_inverse(mu, dtype, mode):
    audio = np.concatenate([noise(1000), 1e-20 * noise(1000), [-1.0, 0.0, 1.0]])
    audio = audio.astype(dtype.as_numpy_dtype)
    eps = np.finfo(audio.dtype).eps
    compress = MODES[mode](lambda x: companding.mu_law_compress(x, mu=mu))
    expand = MODES[mode](lambda y: companding.mu_law_expand(y, mu=mu))
    exact = librosa.mu_compress(audio.astype(np.float64), mu=mu, quantize=False)
    np.testing.assert_allclose(compress(audio), exact, rtol=8 * eps)
    np.testing.assert_allclose(expand(compress(audio)), audio, rtol=8 * eps * (1 + np.log1p(mu)))


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS)
def test_integer_audio_and_floating_codes_are_refused(law):
    with pytest.raises(ValueError, match=r"audio must be floating point; got int16.* / 32768"):
        encode(tf.constant([1, 2], tf.int16), law)
    with pytest.raises(ValueError, match="codes must be integers; got 'float32'"):
        decode([0.5, 1.0], law)
    with pytest.raises(ValueError, match="dtype must be floating point; got 'int16'"):
        decode([1, 2], law, dtype=tf.int16)


@pytest.mark.parametrize(
    ("law", "most"), [("wavenet", 16), ("midpoint", 16), ("nsynth", 16), ("librosa", 10)]
)
def test_bits_out_of_range_are_refused(law, most):
    for bits in (0, most + 1, 8.0, True):
        with pytest.raises(ValueError, match=rf"bits must be an integer in \[1, {most}\]"):
            encode([0.5], law, bits)
        with pytest.raises(ValueError, match=rf"bits must be an integer in \[1, {most}\]"):
            decode([1], law, bits)


def test_other_arguments_out_of_range_are_refused():
    with pytest.raises(ValueError, match="bits must be 8 with convention='g711'; got 7"):
        encode([0.5], "g711", 7)
    with pytest.raises(ValueError, match=r"bits must be an integer in \[1, 24\]; got 25"):
        encode([0.5], "linear", 25)
    with pytest.raises(ValueError, match=r"convention must be one of 'wavenet'.*; got 'torch'"):
        companding.mu_law_encode([0.5], convention="torch")
    for mu in (0.0, -1.0, 1e39, np.inf, np.nan):
        with pytest.raises(ValueError, match=r"mu must be in \(0, 2147483648\]; got"):
            companding.mu_law_compress([0.5], mu=mu)
        with pytest.raises(ValueError, match=r"mu must be in \(0, 2147483648\]; got"):
            companding.mu_law_expand([0.5], mu=mu)
    with pytest.raises(ValueError, match="compressed must be floating point; got int32"):
        companding.mu_law_expand([1])
