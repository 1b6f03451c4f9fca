"""Run all programs by TensorFlow on its GPU: ``python -m benchmarks.gpu.resident``.

Results are held beside TensorFlow's on the CPU; the exit code is 1 where one is too far off, and
2 where TensorFlow sees no GPU. ``--device CPU:0`` tries the road on any machine.
"""

import argparse
import functools
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from .agreement import disagreement
from .export import SIZES
from .peers import beside
from .programs import Program, all_programs
from .rows import Row, print_rows, seconds_of


def _wait(_: object) -> None:
    tf.test.experimental.sync_devices()


def copy_bandwidth(device: str) -> float:
    """Bytes a second that a GPU reads and writes, of half a GB each."""
    with tf.device(device):
        block = tf.zeros([2**27])
        double = tf.function(lambda values: values * 2, jit_compile=True)
        return 2 * 2**29 / seconds_of(lambda: double(block), _wait)


def measure(program: Program, size: str, device: str, bandwidth: float | None) -> Row:
    """What was seen of one program."""
    with tf.device("CPU:0"):
        wanted = [each.numpy() for each in program.function(*map(tf.constant, program.inputs))]
    arrays = {
        "input": list(program.inputs),
        "constant": list(program.constants),
        "result": wanted,
    }
    with tf.device(device):
        tensors = [tf.identity(tf.constant(array)) for array in program.inputs]
        compiled = tf.function(program.function, jit_compile=True)
        results = [np.asarray(each) for each in compiled(*tensors)]
        timed: dict[str, float] = {}
        if bandwidth is not None:
            tf.config.experimental.reset_memory_stats(device)
            moved = sum(array.nbytes for array in (*program.inputs, *wanted))
            timed = {
                "milliseconds": 1e3 * seconds_of(lambda: compiled(*tensors), _wait),
                "floor": 1e3 * moved / bandwidth,
                "megabytes": tf.config.experimental.get_memory_info(device)["peak"] / 1e6,
            }
    return Row(
        name=program.name,
        size=size,
        judge=program.judge,
        off=disagreement(program.judge, results, wanted, program.inputs),
        peer=beside(program.name, arrays, program.judge, on_gpu=bandwidth is not None),
        **timed,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.resident", description=__doc__)
    parser.add_argument("--device", default="GPU:0")
    parser.add_argument("--size", choices=SIZES, action="append", help="by default all")
    options = parser.parse_args()
    on_gpu, cards = options.device.startswith("GPU"), tf.config.list_physical_devices("GPU")
    if on_gpu and not cards:
        parser.error(
            "TensorFlow sees no GPU here; see benchmarks/gpu/__init__.py for the other road"
        )
    for card in cards:  # torch needs some of the same memory
        tf.config.experimental.set_memory_growth(card, True)
    # Products are of all digits of float32: TensorFlow has a GPU round factors to 11 bits.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    bandwidth, told = None, "no GPU, so nothing is timed"
    if on_gpu:
        bandwidth = copy_bandwidth(options.device)
        card = cards[int(options.device.partition(":")[2] or 0)]
        name = tf.config.experimental.get_device_details(card)["device_name"]
        told = f"{name}, {bandwidth / 1e9:.0f} GB/s copied"
    print(f"tensorflow {tf.__version__}; {told}.\n")
    measures = (
        (program.name, functools.partial(measure, program, size, options.device, bandwidth))
        for size in options.size or SIZES
        for program in all_programs(*SIZES[size])
    )
    sys.exit(not print_rows(measures))


if __name__ == "__main__":
    main()
