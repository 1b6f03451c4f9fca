"""Run exported programs under JAX, and print the table: ``python -m benchmarks.gpu.run DIR``.

Needs JAX and NumPy; where there is torch, its plain forms run beside (torch_forms.py). Every
result is held beside TensorFlow's on the CPU, and the exit code is 1 where one is too far off.
On a machine without a GPU, results are compared and nothing is timed.
"""

import argparse
import functools
import json
import os
import pathlib
import sys

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # torch needs the same memory

import jax
import jax.export
import numpy as np

from .agreement import disagreement
from .peers import beside
from .rows import Row, print_rows, seconds_of


def copy_bandwidth() -> float:
    """Bytes a second that a GPU reads and writes, of half a GB each."""
    block = jax.numpy.zeros([2**27], np.float32)
    double = jax.jit(lambda values: values * 2)
    return 2 * block.nbytes / seconds_of(lambda: double(block), jax.block_until_ready)


def _run(
    blob: jax.export.Exported, inputs: list[np.ndarray], moved: int, bandwidth: float | None
) -> tuple[list[np.ndarray], dict[str, float]]:
    """The results of a program, and what was measured; its memory is free again after that."""
    placed = [jax.device_put(array) for array in inputs]
    program = jax.jit(blob.call).lower(*placed).compile()
    results = [np.asarray(each) for each in program(*placed)]
    if bandwidth is None:
        return results, {}
    return results, {
        "milliseconds": 1e3 * seconds_of(lambda: program(*placed), jax.block_until_ready),
        "floor": 1e3 * moved / bandwidth,
        "megabytes": (program.memory_analysis().temp_size_in_bytes + moved) / 1e6,
    }


def measure(folder: pathlib.Path, entry: dict[str, str], bandwidth: float | None) -> Row:
    """Run one program, compare its results, and time it where there is a GPU."""
    known, judge = np.load(folder / f"{entry['file']}.npz"), entry["judge"]
    arrays = {
        kind: [known[name] for name in known.files if name.startswith(kind)]
        for kind in ("input", "constant", "result")
    }
    moved = sum(array.nbytes for array in (*arrays["input"], *arrays["result"]))
    blob = jax.export.deserialize(bytearray((folder / f"{entry['file']}.blob").read_bytes()))
    results, timed = _run(blob, arrays["input"], moved, bandwidth)
    return Row(
        name=entry["name"],
        size=entry["size"],
        judge=judge,
        off=disagreement(judge, results, arrays["result"], arrays["input"]),
        peer=beside(entry["name"], arrays, judge, on_gpu=bandwidth is not None),
        **timed,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.run", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, metavar="DIR")
    folder = parser.parse_args().folder
    device = jax.devices()[0]
    bandwidth = copy_bandwidth() if device.platform != "cpu" else None
    told = f"{bandwidth / 1e9:.0f} GB/s copied" if bandwidth else "no GPU, so nothing is timed"
    print(f"{device.device_kind}, jax {jax.__version__}; {told}.\n")
    entries = json.loads((folder / "manifest.json").read_text())
    measures = (
        (entry["name"], functools.partial(measure, folder, entry, bandwidth)) for entry in entries
    )
    sys.exit(not print_rows(measures))


if __name__ == "__main__":
    main()
