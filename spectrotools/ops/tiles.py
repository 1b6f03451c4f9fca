"""Rows by the tile: a function of many rows, a few of them in memory at a time."""

import functools
from collections.abc import Callable, Hashable
from typing import Any

import tensorflow as tf

from .numerics import sizes

__all__ = ["over_tiles", "tile_rows"]

_FEWEST = 64  # rows in a tile, where they fit the budget


def tile_rows(row_size: int, budget: int, rows: int | None = None) -> int:
    """How many rows of ``row_size`` numbers to take at a time, within a budget of numbers.

    Fewer where there are fewer ``rows``, but in coarse steps: each costs a compilation.
    """
    most = 1 << (max(budget // max(row_size, 1), 1).bit_length() - 1)
    if rows is None:
        return most
    enough = _FEWEST
    while enough < rows:
        enough *= 4
    return min(most, enough)


@functools.lru_cache(maxsize=256)
def _fused(kernel: Callable, **settings: Hashable) -> Any:
    """One function for all who call with these settings, so that XLA compiles it once."""
    bound = functools.partial(kernel, **settings)
    return tf.function(lambda *parts: bound(*parts), jit_compile=True, autograph=False)


def over_tiles(
    kernel: Callable, *tensors: tf.Tensor, tile: int, **settings: Hashable
) -> tf.Tensor:
    """Apply a function of rows to tiles of them, each compiled by XLA into one loop.

    What the function makes on its way from its arguments to its result then stays in registers
    and caches. Tiles have one size, so that XLA compiles once whatever the number of rows.

    Args:
        kernel: from tensors ``[tile, ...]``, and settings by keyword, to one tensor
            ``[tile, ...]``, with no gradient. It is a function of a module.
        *tensors: ``[rows, ...]`` each, of known sizes but for the rows.
        tile: rows at a time.
        **settings: of the kernel.

    Returns:
        ``[rows, ...]``.
    """
    fused = _fused(kernel, **settings)
    rows = sizes(tensors[0])[0]
    if isinstance(rows, int) and rows == tile:
        return fused(*tensors)
    tiles = -(-rows // tile)
    cut = []
    for tensor in tensors:
        ends = [[0, tiles * tile - rows]] + [[0, 0]] * (tensor.shape.rank - 1)
        cut.append(tf.reshape(tf.pad(tensor, ends), [tiles, tile, *tensor.shape[1:]]))
    specs = [tf.TensorSpec(part.shape[1:], part.dtype) for part in cut]
    result = fused.get_concrete_function(*specs).structured_outputs
    done = tf.map_fn(
        lambda parts: fused(*parts),
        tuple(cut),
        fn_output_signature=tf.TensorSpec(result.shape, result.dtype),
        parallel_iterations=1,
    )
    return tf.reshape(done, [tiles * tile, *result.shape[1:]])[:rows]
