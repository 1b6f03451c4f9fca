"""Medians of windows that slide, by a network of minima and maxima.

A tile of windows next to each other shares all but a few of its values. Those shared are sorted
once, and of them only as many can be a median as there are windows. Each half of the tile then
shares more: its new values, sorted as well, are merged in, and half of the candidates fall out,
until a window is left with one. At a width of 31 that takes some 36 minima and maxima a median.

References:
    Adams, "Fast median filters using separable sorting networks", ACM TOG 40(4), 2021, of which
    this is the case of one dimension. Batcher, "Sorting networks and their applications", 1968.
"""

from collections.abc import Callable

import tensorflow as tf

from .numerics import custom_gradient, sizes

__all__ = ["median_filter"]

Sorted = list[tf.Tensor]  # tensors of one shape, none of which is anywhere above the next


def median_filter(values: tf.Tensor, width: int) -> tf.Tensor:
    """Take medians along the first axis.

    The gradient goes to whatever equals the median, in equal parts.

    Args:
        values: ``[count, columns]``, float32 or float64.
        width: values in a window, odd.

    Returns:
        ``[count - width + 1, columns]``.
    """
    if width == 1:
        return values

    @custom_gradient
    def medians(values: tf.Tensor) -> tuple:
        result = _medians(values, width)
        return result, lambda upstream: _gradient(upstream, values, result, width)

    return medians(values)


def _gradient(upstream: tf.Tensor, values: tf.Tensor, medians: tf.Tensor, width: int) -> tf.Tensor:
    count, total = sizes(medians)[0], sizes(values)[0]
    seen = [values[place : place + count] for place in range(width)]
    share = upstream / tf.add_n([_equal(part, medians) for part in seen])
    around = [[width - 1, width - 1], [0, 0]]
    share, medians = tf.pad(share, around), tf.pad(medians, around)
    cuts = [slice(place, place + total) for place in range(width)]
    return tf.add_n([share[cut] * _equal(values, medians[cut]) for cut in cuts])


def _equal(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.equal(first, second), first.dtype)


def _medians(values: tf.Tensor, width: int) -> tf.Tensor:
    total, columns = sizes(values)
    count, middle = total - width + 1, (width + 1) // 2
    tile = 1 << (middle.bit_length() - 1)  # windows that share a core
    tiles = -(-count // tile)
    beyond = -(-width // tile)
    padded = tf.pad(values, [[0, (tiles + beyond) * tile - total], [0, 0]])
    grid = tf.reshape(padded, [tiles + beyond, tile, columns])

    def run(start: int, size: int) -> Sorted:
        """So many values from a place of each tile on, sorted, ``[tiles, columns]`` each."""
        if size > 1:
            return _merge(run(start, size // 2), run(start + size // 2, size - size // 2))
        later, place = divmod(start, tile)
        return [grid[later : later + tiles, place]]

    core = run(tile - 1, width - tile + 1)
    results = _of_tile(run, core[middle - tile : middle], 0, width)
    return tf.reshape(tf.stack(results, axis=1), [tiles * tile, columns])[:count]


def _of_tile(
    run: Callable[[int, int], Sorted], candidates: Sorted, first: int, width: int
) -> list[tf.Tensor]:
    """The medians of as many windows as there are candidates, from the ``first`` one on."""
    if len(candidates) == 1:
        return candidates
    half = len(candidates) // 2
    left, right = run(first + half - 1, half), run(first + width, half)
    return [
        *_of_tile(run, _middle(candidates, left), first, width),
        *_of_tile(run, _middle(candidates, right), first + half, width),
    ]


def _middle(many: Sorted, few: Sorted) -> Sorted:
    """The middle third of values and half as many, both of them sorted."""
    half = len(few)
    kept = [tf.maximum(a, b) for a, b in zip(many[:half], reversed(few), strict=True)]
    pairs = zip(_bitonic(kept), reversed(many[half:]), strict=True)
    return _bitonic([tf.minimum(a, b) for a, b in pairs])


def _bitonic(values: Sorted) -> Sorted:
    """Sort values, a power of 2 of them, that rise and then fall, or fall and then rise."""
    if len(values) == 1:
        return values
    half = len(values) // 2
    pairs = list(zip(values[:half], values[half:], strict=True))
    low, high = ([order(a, b) for a, b in pairs] for order in (tf.minimum, tf.maximum))
    return [*_bitonic(low), *_bitonic(high)]


def _merge(first: Sorted, second: Sorted) -> Sorted:
    """Batcher's merge by odd and even places, of any lengths."""
    if not first or not second:
        return [*first, *second]
    if len(first) == len(second) == 1:
        return [tf.minimum(first[0], second[0]), tf.maximum(first[0], second[0])]
    even, odd = _merge(first[::2], second[::2]), _merge(first[1::2], second[1::2])
    paired = min(len(even) - 1, len(odd))
    merged = even[:1]
    for a, b in zip(even[1 : 1 + paired], odd[:paired], strict=True):
        merged += [tf.minimum(a, b), tf.maximum(a, b)]
    return [*merged, *even[1 + paired :], *odd[paired:]]
