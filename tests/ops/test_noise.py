"""Noise against the published generator, and against what its distribution says."""

import itertools

import numpy as np
import pytest
import scipy.special
import scipy.stats
import tensorflow as tf

import spectrotools as st

_MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
_WEYL = 0x9E3779B9, 0xBB67AE85


def philox(counter: tuple[int, ...], key: tuple[int, ...]) -> list[int]:
    """Philox-4x32-10 of Salmon et al., section 3.3: four words of a counter and a key."""
    c, k = list(counter), list(key)
    for _ in range(10):
        (high0, low0), (high1, low1) = (
            divmod(m * x, 2**32) for m, x in zip(_MULTIPLIERS, c[::2], strict=True)
        )
        c = [high1 ^ c[1] ^ k[0], low1, high0 ^ c[3] ^ k[1], low0]
        k = [(word + step) % 2**32 for word, step in zip(k, _WEYL, strict=True)]
    return c


def words(seed: int, item: int, start: int, count: int) -> np.ndarray:
    """Words of an item's stream, unsigned."""
    key = seed % 2**32, seed // 2**32 % 2**32
    found = []
    for place in range(start, start + count):
        group = place // 4 + 2**63
        counter = group % 2**32, group // 2**32, item % 2**32, item // 2**32
        found.append(philox(counter, key)[place % 4])
    return np.array(found, np.uint64)


def signed(unsigned: np.ndarray) -> np.ndarray:
    return unsigned.astype(np.uint32).view(np.int32).astype(np.float64)


def test_the_generator_of_these_tests_has_its_known_answers():
    # The vectors of Random123 1.14, tests/kat_vectors, philox4x32 10.
    assert philox((0,) * 4, (0,) * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    ones = (2**32 - 1,)
    assert philox(ones * 4, ones * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    digits = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)
    assert philox(*digits) == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]


@pytest.mark.parametrize("seed", [0, 7, -1, 2**40 + 3, -(2**63)])
@pytest.mark.parametrize("start", [0, 1, 3, 5, -6, 2**40 + 2, -(2**61)])
def test_white_noise_is_philox_of_seed_item_and_place(seed, start):
    noise = st.white_noise([2, 9], seed=seed, start=start, dtype=tf.float64)
    expected = [signed(words(seed, item, start, 9)) * 2.0**-31 for item in range(2)]
    np.testing.assert_array_equal(noise, expected)


def test_normal_noise_is_the_inverse_of_its_distribution_at_the_words():
    drawn = np.concatenate([signed(words(3, item, 0, 400)) for item in range(2)])
    expected = scipy.special.ndtri((drawn + 2.0**31 + 0.5) * 2.0**-32)
    noise = st.white_noise([2, 400], seed=3, distribution="normal", dtype=tf.float64)
    np.testing.assert_allclose(np.ravel(noise), expected, rtol=1e-13, atol=1e-13)
    single = st.white_noise([2, 400], seed=3, distribution="normal")
    np.testing.assert_allclose(np.ravel(single), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [("uniform", scipy.stats.uniform(-1, 2)), ("normal", scipy.stats.norm())],
)
def test_white_noise_is_of_its_distribution_and_white(distribution, expected):
    noise = st.white_noise(100_000, seed=0, distribution=distribution).numpy().astype(float)
    assert scipy.stats.kstest(noise, expected.cdf).pvalue > 0.01
    spectrum = np.abs(np.fft.rfft(noise)[1:-1]) ** 2
    assert scipy.stats.kstest(spectrum / (expected.var() * 1e5), "expon").pvalue > 0.01


@pytest.mark.parametrize("dtype", [tf.float32, tf.float16, tf.bfloat16])
def test_every_precision_rounds_the_same_noise(dtype):
    exact = st.white_noise([3, 50], seed=5, dtype=tf.float64)
    noise = st.white_noise([3, 50], seed=5, dtype=dtype)
    assert noise.dtype == dtype
    np.testing.assert_array_equal(noise, tf.cast(tf.cast(exact, tf.float32), dtype))


def noises(shape, **settings):
    yield st.white_noise(shape, **settings)
    yield st.white_noise(shape, distribution="normal", **settings)
    yield st.velvet_noise(shape, sample_rate=44100, density=1700.3, **settings)


@pytest.mark.parametrize("kind", range(3), ids=["uniform", "normal", "velvet"])
def test_no_two_seeds_or_items_have_anything_in_common(kind):
    """As much as chance gives and no more, at one time and at any distance in time."""
    count, seeds = 2**14, [0, 1, 2, 3, -1, 2**32, 2**32 + 1, 2**62]
    rows = np.concatenate([list(noises([3, count], seed=seed))[kind] for seed in seeds])
    rows = rows.astype(float) / np.linalg.norm(rows, axis=1, keepdims=True)
    pairs = np.triu_indices(len(rows), 1)
    together = np.sqrt(count) * (rows @ rows.T)[pairs]
    assert scipy.stats.kstest(together, "norm").pvalue > 0.01
    spectra = np.fft.rfft(rows, 2 * count)
    apart = np.fft.irfft(spectra[pairs[0]] * np.conj(spectra[pairs[1]]), 2 * count)
    # Of nine million, 5.5 deviations are to be expected; one stream in another would be a hundred.
    assert np.sqrt(count) * np.max(np.abs(apart)) < 6.5


@pytest.mark.parametrize("cuts", [[0, 1, 2, 3, 4, 5, 300], [0, 64, 128, 300], [0, 0, 299, 300]])
def test_noise_in_blocks_is_the_whole(cuts):
    first = 2**33 + 1
    blocks = [
        list(noises([2, end - begin], seed=1, start=first + begin))
        for begin, end in itertools.pairwise(cuts)
    ]
    results = zip(noises([2, 300], seed=1, start=first), *blocks, strict=True)
    for (whole, *parts), rounding in zip(results, [0, 1e-6, 0], strict=True):
        np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, rtol=rounding, atol=0)


@pytest.mark.parametrize("compiled", [False, True])
def test_uniform_and_velvet_noise_are_the_same_to_the_bit_in_a_graph(compiled):
    def draw(start):
        return [*noises([3, 1000], seed=[1, 2], start=start)][::2]

    run = tf.function(draw, jit_compile=compiled)
    for start in (0, 5, -77):
        for result, eager in zip(run(tf.constant(start)), draw(start), strict=True):
            np.testing.assert_array_equal(result, eager)


def test_a_seed_of_two_words_is_the_number_they_make():
    pairs = {(7, 0): 7, (-1, -1): -1, (3, 2): 2 * 2**32 + 3}
    for pair, number in pairs.items():
        expected = st.white_noise(20, seed=number)
        np.testing.assert_array_equal(st.white_noise(20, seed=pair), expected)
        np.testing.assert_array_equal(st.white_noise(20, seed=tf.constant(pair)), expected)
    np.testing.assert_array_equal(
        st.white_noise(20, seed=tf.constant(7)), st.white_noise(20, seed=7)
    )


def test_shapes_are_numbers_or_tensors_and_known_sizes_stay_known():
    expected = st.white_noise([2, 3, 8], seed=0)
    for shape in ((2, 3, 8), np.array([2, 3, 8]), tf.constant([2, 3, 8]), [2, tf.constant(3), 8]):
        np.testing.assert_array_equal(st.white_noise(shape, seed=0), expected)
    np.testing.assert_array_equal(st.white_noise(np.int64(8), seed=0), expected[0, 0])
    assert st.white_noise([2, 0, 8], seed=0).shape == (2, 0, 8)
    assert st.white_noise([2, 0], seed=0).shape == (2, 0)
    graph = tf.function(lambda: st.white_noise([2, 3, 8], seed=0)).get_concrete_function()
    assert graph.outputs[0].shape == (2, 3, 8)


@pytest.mark.parametrize(("rate", "density"), [(16000, 2000.0), (44100, 1700.3), (100, 100)])
def test_velvet_noise_has_one_impulse_of_either_sign_in_every_cell(rate, density):
    noise = st.velvet_noise([4, 20_000], seed=2, sample_rate=rate, density=density).numpy()
    assert set(np.unique(noise)) <= {-1.0, 0.0, 1.0}
    cells = int(20_000 * density / rate)
    edges = np.floor(np.arange(cells + 1) * (rate / density)).astype(int)
    for item in noise:
        np.testing.assert_array_equal(np.add.reduceat(np.abs(item[: edges[-1]]), edges[:-1]), 1)
    signs = noise[noise != 0]
    assert scipy.stats.binomtest(int(np.sum(signs > 0)), len(signs)).pvalue > 0.01


def test_impulses_of_velvet_noise_are_anywhere_in_their_cell():
    noise = st.velvet_noise([8, 80_000], seed=0, sample_rate=16000, density=2000).numpy()
    counts = np.bincount(np.nonzero(noise)[1] % 8, minlength=8)
    assert scipy.stats.chisquare(counts).pvalue > 0.01
    both = noise * st.white_noise([8, 80_000], seed=0).numpy()
    assert abs(np.sum(both)) < 3 * np.sqrt(np.sum(np.abs(noise)) / 3)  # made of other words


def velvet(seed: int, item: int, start: int, count: int, cell: int) -> np.ndarray:
    """The definition in Python's integers, of a cell in parts of 2**-16 of a sample."""
    noise, first = np.zeros(count), (start << 16) // cell
    for m in range(first, ((start + count) << 16) // cell + 1):
        left, right = (edge * cell >> 16 for edge in (m, m + 1))
        share, sign = (int(word) for word in words(seed, 2**32 + item, 2 * m, 2))
        place = left + (share * (right - left) >> 32) - start
        if 0 <= place < count:
            noise[place] = 1.0 if sign < 2**31 else -1.0
    return noise


@pytest.mark.parametrize("density", [2000.0, 1700.3, 16000.0])
@pytest.mark.parametrize("start", [0, -7, 2**41, 2**47 - 30, 2**53 + 1, -(2**61), 2**61])
def test_velvet_noise_is_philox_of_its_cells_however_late(start, density):
    grid = {"sample_rate": 16000, "density": density}
    noise = st.velvet_noise([2, 60], seed=7, start=start, **grid)
    cell = round(16000 / density * 2**16)
    np.testing.assert_array_equal(noise, [velvet(7, item, start, 60, cell) for item in (0, 1)])
    late = tf.function(lambda place: st.velvet_noise([2, 60], seed=7, start=place, **grid))
    np.testing.assert_array_equal(late(tf.constant(start, tf.int64)), noise)


@pytest.mark.parametrize("seed", [None, True, 1.5, 2**63, [1, 2, 3], [1.0, 2.0]])
def test_noise_without_a_whole_seed_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be an integer of 64 bits, or an integer ten"):
        st.white_noise(10, seed=seed)


@pytest.mark.parametrize(
    "seed",
    [
        [2**32 + 7, 0],
        [0, -(2**31) - 1],
        [2**64, 0],
        np.array([7, 2**32]),
        tf.constant([2**40, 0], tf.int64),
        np.array([2**63, 0], np.uint64),
        np.uint64(2**63 + 5),
        tf.constant(2**63, tf.uint64),
    ],
)
def test_a_seed_of_more_bits_than_are_used_is_refused(seed):
    with pytest.raises(ValueError, match=r"seed must be .* tensor \[2\] of 32 bits each; got"):
        st.white_noise(5, seed=seed)
    with pytest.raises(ValueError, match=r"seed must be .* tensor \[2\] of 32 bits each; got"):
        tf.function(lambda: st.white_noise(5, seed=seed))()


def test_words_of_a_seed_are_of_either_sign():
    expected = st.white_noise(20, seed=[-1, -(2**31)])
    for kind in (np.int64, np.uint32, np.uint64):
        seed = np.array([2**32 - 1, 2**31], kind)
        np.testing.assert_array_equal(st.white_noise(20, seed=seed), expected)
    for seed in (np.uint64(7), np.int8(7), tf.constant(7, tf.uint8)):
        np.testing.assert_array_equal(st.white_noise(20, seed=seed), st.white_noise(20, seed=7))


def test_noise_cannot_be_asked_for_without_a_seed():
    with pytest.raises(TypeError, match="required keyword-only argument: 'seed'"):
        st.white_noise(10)
    with pytest.raises(TypeError, match="required keyword-only argument: 'seed'"):
        st.velvet_noise(10, sample_rate=16000, density=2000)
    with pytest.raises(TypeError, match="required keyword-only argument: 'seed'"):
        st.filtered_noise(np.ones([1, 5]), hop_length=64)


def test_bad_arguments_are_refused_by_name():
    with pytest.raises(ValueError, match="distribution must be one of 'uniform', 'normal'; got"):
        st.white_noise(10, seed=0, distribution="pink")
    with pytest.raises(ValueError, match="shape must be an integer of at least 0; got -1"):
        st.white_noise([2, -1], seed=0)
    with pytest.raises(ValueError, match=r"shape must have a time axis; got \[\]"):
        st.white_noise([], seed=0)
    with pytest.raises(ValueError, match="dtype must be floating point; got 'int16'"):
        st.white_noise(10, seed=0, dtype=tf.int16)
    with pytest.raises(ValueError, match="start must be an integer in"):
        st.white_noise(10, seed=0, start=0.5)
    for place in (2**61 + 1, -(2**61) - 1):
        with pytest.raises(ValueError, match=rf"start must be an integer in .*; got {place}"):
            st.white_noise(10, seed=0, start=place)
    with pytest.raises(ValueError, match="start must be an integer; got 'float32'"):
        st.white_noise(10, seed=0, start=tf.constant(0.5))
    settings = {"seed": 0, "sample_rate": 16000, "density": 2000}
    with pytest.raises(ValueError, match="sample_rate must be above 0 Hz; got 0"):
        st.velvet_noise(10, **{**settings, "sample_rate": 0})
    with pytest.raises(ValueError, match="sample_rate must be finite; got inf"):
        st.velvet_noise(10, **{**settings, "sample_rate": float("inf")})
    for density in (0, 16001, float("nan")):
        with pytest.raises(ValueError, match="density must be above 0 and at most sample_rate=16"):
            st.velvet_noise(10, **{**settings, "density": density})
    with pytest.raises(ValueError, match=r"density must be at least 2\*\*-30 of sample_rate; got"):
        st.velvet_noise(10, **{**settings, "density": 1e-9})
