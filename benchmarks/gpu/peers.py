"""The plain torch forms beside what is measured, on the same GPU in the same run."""

import gc
from collections.abc import Callable, Sequence

import numpy as np

from .agreement import disagreement
from .rows import Peer, seconds_of

try:
    import torch

    from .torch_forms import FORMS, LOSSES
except ImportError:  # a machine without it has no peer
    torch = None
    FORMS, LOSSES = {}, set()

__all__ = ["beside"]


def beside(name: str, arrays: dict[str, list[np.ndarray]], judge: str, *, on_gpu: bool) -> Peer:
    """Run torch's form of a program, if there is one.

    Args:
        name: of the program.
        arrays: of its blob: ``"input"``, ``"constant"``, ``"result"``.
        judge: how results are held beside each other.
        on_gpu: whether to time it, where torch has a GPU too.
    """
    form, _, way = name.rpartition(", ")
    form = form if form in FORMS else name
    if torch is None or form not in FORMS:
        return Peer()
    told = FORMS[form][1]
    # All digits of float32 here as there.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    try:
        return _seen(form, way, arrays, judge, on_gpu and torch.cuda.is_available())
    except torch.cuda.OutOfMemoryError:
        return Peer(f"{told}: out of memory")
    finally:  # for ours, and for the next
        gc.collect()
        if on_gpu and torch.cuda.is_available():
            torch.cuda.empty_cache()


def _seen(form: str, way: str, arrays: dict, judge: str, on_gpu: bool) -> Peer:
    function, told, same = FORMS[form]
    place = torch.device("cuda" if on_gpu else "cpu")
    inputs = [torch.from_numpy(array).to(place) for array in arrays["input"]]
    constants = [
        torch.from_numpy(array).to(place if array.dtype.kind == "f" else "cpu")
        for array in arrays["constant"]
    ]

    def call() -> tuple:
        if way == "forward and backward":
            return _graded(function, inputs, constants, by_last=form in LOSSES)
        result = function(*inputs, *constants)
        return result if isinstance(result, tuple) else (result,)

    off = None
    if same:
        results = [np.asarray(each.detach().cpu().resolve_conj()) for each in call()]
        off = disagreement(judge, results, arrays["result"], arrays["input"])
    if not on_gpu:
        return Peer(told, off)
    torch.cuda.reset_peak_memory_stats()
    milliseconds = 1e3 * seconds_of(call, lambda _: torch.cuda.synchronize())
    return Peer(told, off, milliseconds, torch.cuda.max_memory_allocated() / 1e6)


def _graded(function: Callable, inputs: Sequence, constants: Sequence, *, by_last: bool) -> tuple:
    """The gradients of half a result's energy; of a loss its values, and that by the sound."""
    fixed = inputs[:-1] if by_last else []
    leaves = [tensor.detach().requires_grad_() for tensor in inputs[len(fixed) :]]
    result = function(*fixed, *leaves, *constants)
    if by_last:
        return result, *torch.autograd.grad(result.sum(), leaves)
    return torch.autograd.grad(result, leaves, grad_outputs=result.detach())
