"""The forest: SciPy's maximum spanning tree, and the sum of steps along it."""

import numpy as np
import scipy.sparse
import tensorflow as tf

from spectrotools.ops.spanning_forest import integrate_along_forest


def test_forest_is_the_heap_where_paths_agree(rng):
    # Steps that are differences of a phase sum to it on any path: so on both, but for the roots.
    phase = rng.uniform(-5, 5, (12, 9))
    weights = rng.uniform(0.5, 1, (12, 9)).astype(np.float32)
    ahead, up = np.diff(phase, axis=0), np.diff(phase, axis=1)
    units = [(part[None] * 2**20).round().astype(np.int32) for part in (ahead, up)]
    total = integrate_along_forest(tf.constant(weights[None]), *units).numpy()[0] / 2**20
    np.testing.assert_allclose(total - total[0, 0], phase - phase[0, 0], atol=1e-4)


def test_forest_is_the_maximum_spanning_forest(rng):
    weights = rng.uniform(0, 1, (7, 6)).astype(np.float32)
    weights[2:4, 3] = 0.0  # two places without weight stay alone
    ahead, up = (rng.integers(-1000, 1000, shape) for shape in ((6, 6), (7, 5)))
    found = integrate_along_forest(
        tf.constant(weights[None]), ahead[None].astype(np.int32), up[None].astype(np.int32)
    ).numpy()[0]
    edges = scipy.sparse.lil_array((42, 42))
    for frame, bin_ in np.ndindex(7, 6):
        for other in ((frame + 1, bin_), (frame, bin_ + 1)):
            if other[0] < 7 and other[1] < 6:
                ends = sorted([weights[frame, bin_], weights[other]])
                strength = ends[0] * np.sqrt(ends[1])
                if strength > 0:
                    edges[frame * 6 + bin_, other[0] * 6 + other[1]] = 2.0 - strength
    tree = scipy.sparse.csgraph.minimum_spanning_tree(edges.tocsr()).tocoo()
    assert tree.nnz == 39
    for one, two in zip(tree.row, tree.col, strict=True):
        one, two = sorted((one, two))
        step = ahead[one // 6, one % 6] if two - one == 6 else up[one // 6, one % 6]
        assert found.flat[two] - found.flat[one] == step
