"""What every op shares: checked inputs, working precision, one function for each setting."""

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

__all__ = [
    "compiled",
    "complex_dtype",
    "custom_gradient",
    "flatten_leading",
    "has_gpu",
    "is_for_xla_on_cpu",
    "real_tensor",
    "sizes",
    "with_shape",
    "working_dtype",
]


_SOUND = ("audio", "block", "click")  # names of arguments that may come as PCM


def real_tensor(name: str, value: Any) -> tf.Tensor:
    """Return ``value`` as a floating-point tensor, or say how to make it one."""
    try:
        tensor = tf.convert_to_tensor(value)
    except (TypeError, ValueError) as error:
        rule = f"{name} must be a tensor, an array, or numbers that make one"
        raise ValueError(f"{rule}; got {type(value).__name__}: {error}") from error
    if tensor.dtype.is_floating:
        return tensor
    cure = ""
    if tensor.dtype.is_integer and not hasattr(value, "dtype"):
        cure = " Whole numbers are written with a point, as in 440.0."
    elif tensor.dtype.is_integer:
        cure = f" It becomes so by tf.cast({name}, tf.float32)."
        if name in _SOUND and tensor.dtype in (tf.int8, tf.int16, tf.int32):
            scale = -tensor.dtype.min
            cure = f" PCM becomes audio in [-1, 1) by tf.cast({name}, tf.float32) / {scale}."
    raise ValueError(f"{name} must be floating point; got {tensor.dtype.name}.{cure}")


def working_dtype(dtype: tf.DType) -> tf.DType:
    """The precision to compute in: half precision is computed in float32, the rest as it is."""
    return tf.float32 if dtype in (tf.float16, tf.bfloat16) else dtype


def complex_dtype(dtype: tf.DType) -> tf.DType:
    """The complex type whose parts are of a float32 or float64 type."""
    return tf.complex128 if dtype == tf.float64 else tf.complex64


def sizes(tensor: tf.Tensor) -> tuple[Any, ...]:
    """The sizes of a tensor of known rank: numbers where known, scalar tensors where not."""
    if tensor.shape.is_fully_defined():
        return tuple(tensor.shape)
    dynamic = tf.shape(tensor)
    return tuple(dynamic[i] if size is None else size for i, size in enumerate(tensor.shape))


def with_shape(tensor: tf.Tensor, shape: Any) -> tf.Tensor:
    """The tensor, of sizes that are true and may not be known to the graph.

    Nothing is checked when it runs; ``tf.ensure_shape`` has no forward mode in a graph.
    """
    tensor = tf.identity(tensor)
    tensor.set_shape(shape)
    return tensor


def flatten_leading(
    tensor: tf.Tensor, keep: int
) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Fold all axes but the last ``keep`` into one, and give the function that unfolds them.

    Args:
        tensor: ``[..., *kept]``, of known or unknown rank.
        keep: how many trailing axes to leave alone.

    Returns:
        ``[batch, *kept]``, and a function from any ``[batch, *new]`` to ``[..., *new]``.
    """
    rank = tensor.shape.rank
    if rank == keep + 1:
        return tensor, lambda result: result
    kept = tensor.shape[rank - keep :] if rank is not None else [None] * keep
    leading = tensor.shape[: rank - keep] if rank is not None else tf.TensorShape(None)
    dynamic = tf.shape(tensor)
    split = tf.size(dynamic) - keep if rank is None else rank - keep
    # The batch is counted, not left to reshape as -1, which an empty tensor leaves undecided.
    batch = tf.reduce_prod(dynamic[:split])
    flat = tf.reshape(tensor, tf.concat([[batch], dynamic[split:]], axis=0))
    flat = with_shape(flat, [leading.num_elements(), *kept])

    def unfold(result: tf.Tensor) -> tf.Tensor:
        shape = tf.concat([dynamic[:split], tf.shape(result)[1:]], axis=0)
        unfolded = tf.reshape(result, shape)
        return with_shape(unfolded, leading.concatenate(result.shape[1:]))

    return flat, unfold


def compiled(function: Callable) -> Callable:
    """Run ``function`` eagerly as one ``tf.function``, and as a part of a graph that is traced.

    Tensors are its positional arguments, settings (hashable) its keyword-only ones. Eagerly there
    is one ``tf.function`` for each choice of settings, in a bounded cache; shapes that vary are
    generalised after the second trace, so a loop over clips of every length costs two traces and
    no compilation by XLA. In a graph it is no function of its own: of one, XLA would take the
    constants that a gradient needs, such as the axis of a concatenation, for results of all its
    arguments, and compile the gradient anew for every new value of them.
    """

    @functools.lru_cache(maxsize=256)
    def traced(count: int, /, **settings: Any) -> Callable:  # of so many tensors: None is none
        bound = functools.partial(function, **settings)
        return tf.function(bound, reduce_retracing=True, autograph=False)

    @tf.autograph.experimental.do_not_convert  # which would cost half a second of the first call
    @functools.wraps(function)
    def call(*tensors: Any, **settings: Any) -> Any:
        if tf.executing_eagerly():
            return traced(len(tensors), **settings)(*tensors)
        return function(*tensors, **settings)

    return call


def custom_gradient(function: Callable) -> Callable:
    """``tf.custom_gradient``, which in a graph is a function of its own.

    That carries the gradient into a SavedModel and into forward mode. The function holds little
    more than its result: XLA has to know before it runs what a gradient takes from inside it.
    """
    known = tf.custom_gradient(function)

    @tf.autograph.experimental.do_not_convert
    @functools.wraps(function)
    def call(*tensors: Any) -> Any:
        if tf.executing_eagerly():
            return known(*tensors)
        return tf.function(known, autograph=False)(*tensors)

    return call


def has_gpu() -> bool:
    """Whether TensorFlow has a GPU, on which what is traced now is then taken to run."""
    return bool(tf.config.list_logical_devices("GPU"))


def is_for_xla_on_cpu() -> bool:
    """Whether what is traced now goes through XLA, and where there is no GPU.

    TensorFlow keeps the former to itself: should its name change, what is lost is speed.
    """
    graph = tf.compat.v1.get_default_graph()
    while graph is not None:
        context = getattr(graph, "_get_control_flow_context", lambda: None)()
        if context is not None and context.IsXLAContext():
            return not has_gpu()
        graph = getattr(graph, "outer_graph", None)
    return False
