"""Rows by the tile: a function of many rows, a few of them in memory at a time."""

import functools
from collections.abc import Callable, Hashable
from typing import Any

import tensorflow as tf

from .numerics import has_gpu, sizes, with_shape

__all__ = ["over_tiles", "tile_rows", "total_over_tiles"]

_FEWEST = 64  # rows in a tile, where they fit the budget
_ON_GPU = 8  # times the budget, which is that of a CPU's cache, so that all cores have work


def tile_rows(row_size: int, budget: int, rows: int | None = None) -> int:
    """How many rows of ``row_size`` numbers to take at a time, within a budget of numbers.

    Fewer where there are fewer ``rows``, but in coarse steps: each costs a compilation. A GPU
    has a larger budget.
    """
    budget *= _ON_GPU if has_gpu() else 1
    most = 1 << (max(budget // max(row_size, 1), 1).bit_length() - 1)
    if rows is None:
        return most
    enough = _FEWEST
    while enough < rows:
        enough *= 4
    return min(most, enough)


@functools.lru_cache(maxsize=256)
def _fused(kernel: Callable, on_gpu: bool, **settings: Hashable) -> Any:
    """One function for all who call with these settings, so that XLA compiles it once.

    Where it runs is for the kernel to ask; here it only tells one function from another.
    """
    bound = functools.partial(kernel, **settings)
    return tf.function(lambda *parts: bound(*parts), jit_compile=True, autograph=False)


def over_tiles(
    kernel: Callable,
    *tensors: tf.Tensor,
    tile: int,
    shared: tuple[tf.Tensor, ...] = (),
    **settings: Hashable,
) -> tf.Tensor:
    """Apply a function of rows to tiles of them, each compiled by XLA into one loop.

    What the function makes on its way from its arguments to its result then stays in registers
    and caches. Tiles have one size, so that XLA compiles once whatever the number of rows.

    Args:
        kernel: from shared tensors and tensors ``[tile, ...]``, and settings by keyword, to one
            tensor ``[tile, ...]``, with no gradient. It is a function of a module.
        *tensors: ``[rows, ...]`` each, of known sizes but for the rows.
        tile: rows at a time.
        shared: tensors that every tile is given whole.
        **settings: of the kernel.

    Returns:
        ``[rows, ...]``.
    """
    fused = _fused(kernel, has_gpu(), **settings)
    rows = sizes(tensors[0])[0]
    if isinstance(rows, int) and rows == tile:
        return fused(*shared, *tensors)
    # The last tile is that of the last rows; some of them may be done twice.
    spare = max(tile - rows, 0) if isinstance(rows, int) else tf.maximum(tile - rows, 0)
    tensors = tuple(_with_zeros(tensor, [spare, 0]) for tensor in tensors)
    tiles = _tile_count(rows, tile)

    def done_from(number: tf.Tensor) -> tf.Tensor:
        start = tf.minimum(number * tile, rows + spare - tile)
        return fused(*shared, *(_rows_of(tensor, start, tile) for tensor in tensors))

    parts = [tf.TensorSpec([tile, *tensor.shape[1:]], tensor.dtype) for tensor in tensors]
    given = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in shared]
    result = fused.get_concrete_function(*given, *parts).structured_outputs
    done = tf.map_fn(
        done_from,
        tf.range(tiles),
        fn_output_signature=tf.TensorSpec(result.shape, result.dtype),
        parallel_iterations=1,
    )
    done = tf.reshape(done, [tiles * tile, *result.shape[1:]])
    before = (tiles - 1) * tile
    return tf.concat([done[:before], done[tiles * tile - (rows - before) :]], axis=0)


def total_over_tiles(
    kernel: Callable, total: tf.Tensor, *tensors: tf.Tensor, tile: int, **settings: Hashable
) -> tf.Tensor:
    """Add to a total, tile by tile, what rows have to give.

    Args:
        kernel: from the total so far and tensors ``[tile, ...]`` to the total with what they
            give, as in :func:`over_tiles`; rows of zeros give nothing.
        total: ``[...]``, what is added to.
        *tensors: ``[rows, ...]`` each, of known sizes but for the rows.
        tile: rows at a time.
        **settings: of the kernel.

    Returns:
        a tensor like the total.
    """
    fused = _fused(kernel, has_gpu(), **settings)
    rows = sizes(tensors[0])[0]
    tiles = _tile_count(rows, tile)
    tensors = tuple(_with_zeros(tensor, [0, tiles * tile - rows]) for tensor in tensors)

    def with_tile(so_far: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        return fused(so_far, *(_rows_of(part, number * tile, tile) for part in tensors))

    return tf.foldl(with_tile, tf.range(tiles), total, parallel_iterations=1)


def _tile_count(rows: Any, tile: int) -> Any:
    """At least one, for a loop without any would not be understood by ``tf.vectorized_map``."""
    count = -(-rows // tile)
    return max(count, 1) if isinstance(count, int) else tf.maximum(count, 1)


def _rows_of(tensor: tf.Tensor, start: Any, tile: int) -> tf.Tensor:
    """So many rows of a tensor, which TensorFlow does not copy."""
    size = [tile, *tensor.shape[1:]]
    return with_shape(tf.slice(tensor, [start] + [0] * (len(size) - 1), size), size)


def _with_zeros(tensor: tf.Tensor, rows: list[Any]) -> tf.Tensor:
    """A tensor with so many rows of zeros before and after."""
    if all(isinstance(count, int) and count == 0 for count in rows):
        return tensor
    return tf.pad(tensor, [rows] + [[0, 0]] * (tensor.shape.rank - 1))
