"""Run all programs by TensorFlow on its GPU: ``python -m benchmarks.gpu.resident``.

Results are held beside TensorFlow's on the CPU; the exit code is 1 where one is too far off, and
2 where TensorFlow sees no GPU. ``--device CPU:0`` tries the road on any machine.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from .agreement import LIMITS, disagreement
from .export import SIZES
from .programs import Program, all_programs

BURN_IN, CALLS = 3, 20
HEAD = "| program | size | XLA ms | graph ms | peak MB | off by, of at most |\n" + "|---" * 6 + "|"


def milliseconds(function: tf.types.experimental.PolymorphicFunction, tensors: list) -> float:
    """The median time of a call, until a number of its result is here."""
    times = []
    for _ in range(BURN_IN + CALLS):
        start = time.perf_counter()
        results = function(*tensors)
        for result in results:
            tf.reshape(result, [-1])[0].numpy()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times[BURN_IN:])


def row(program: Program, size: str, device: str) -> tuple[str, bool]:
    """What was seen of one program, and whether its result is right."""
    with tf.device("CPU:0"):
        wanted = [each.numpy() for each in program.function(*map(tf.constant, program.inputs))]
    with tf.device(device):
        tensors = [tf.identity(tf.constant(array)) for array in program.inputs]
        compiled = tf.function(program.function, jit_compile=True)
        graph = tf.function(program.function)
        results = [np.asarray(each) for each in compiled(*tensors)]
        peak = _megabytes(device, lambda: compiled(*tensors))
        times = [milliseconds(function, tensors) for function in (compiled, graph)]
    off, limit = (
        disagreement(program.judge, results, wanted, program.inputs),
        LIMITS[program.judge],
    )
    cells = [program.name, size, *(f"{each:.3f}" for each in times), peak]
    return f"| {' | '.join(cells)} | {off:.1e} of {limit:.0e} |", off <= limit


def _megabytes(device: str, call: Callable[[], object]) -> str:
    if not device.startswith("GPU"):
        return "not measured"
    tf.config.experimental.reset_memory_stats(device)
    call()
    return f"{tf.config.experimental.get_memory_info(device)['peak'] / 1e6:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.resident", description=__doc__)
    parser.add_argument("--device", default="GPU:0")
    parser.add_argument("--size", choices=SIZES, action="append", help="by default all")
    options = parser.parse_args()
    if options.device.startswith("GPU") and not tf.config.list_physical_devices("GPU"):
        parser.error(
            "TensorFlow sees no GPU here; see benchmarks/gpu/__init__.py for the other road"
        )
    right = True
    for size in options.size or SIZES:
        print(HEAD)
        for program in all_programs(*SIZES[size]):
            line, fits = row(program, size, options.device)
            print(line, flush=True)
            right &= fits
    sys.exit(not right)


if __name__ == "__main__":
    main()
