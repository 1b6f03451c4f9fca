"""Run exported programs under JAX, and print the table: ``python -m benchmarks.gpu.run DIR``.

Needs JAX and NumPy; where torch sees a GPU, its plain forms are timed beside (peers.py). Every
result is held beside TensorFlow's on the CPU, and the exit code is 1 where one is too far off.
On a machine without a GPU, results are compared and nothing is timed.
"""

import argparse
import dataclasses
import json
import pathlib
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import jax
import jax.export
import numpy as np

from . import peers
from .agreement import LIMITS, disagreement

BURN_IN, CALLS = 3, 20
NOT_MEASURED = "not measured"


@dataclasses.dataclass(frozen=True)
class Row:
    """What was seen of one program; None is what was not measured."""

    name: str
    size: str
    off: float
    limit: float
    milliseconds: float | None
    floor: float | None
    peer: float | None
    megabytes: float | None

    def cells(self) -> list[str]:
        def told(value: float | None, form: str) -> str:
            return NOT_MEASURED if value is None else form.format(value)

        over_floor = self.milliseconds and self.floor and self.milliseconds / self.floor
        over_peer = self.milliseconds and self.peer and self.peer / self.milliseconds
        return [
            self.name,
            self.size,
            told(self.milliseconds, "{:.3f}"),
            told(self.floor, "{:.3f}"),
            told(over_floor, "{:.1f}"),
            told(self.peer, "{:.3f}"),
            told(over_peer, "{:.1f}"),
            told(self.megabytes, "{:.0f}"),
            f"{self.off:.1e} of {self.limit:.0e}",
        ]


HEAD = ["program", "size", "ms", "floor ms", "over floor", "torch ms", "torch over ours"]
HEAD += ["peak MB", "off by, of at most"]


def seconds_of(call: Callable[[], object]) -> float:
    """The median time of a call, until its result is there."""
    for _ in range(BURN_IN):
        jax.block_until_ready(call())
    times = []
    for _ in range(CALLS):
        start = time.perf_counter()
        jax.block_until_ready(call())
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def copy_bandwidth() -> float:
    """Bytes a second that a GPU reads and writes, of 1 GB."""
    block = jax.numpy.zeros([2**27], np.float32)
    double = jax.jit(lambda values: values * 2)
    return 2 * block.nbytes / seconds_of(lambda: double(block))


def measure(folder: pathlib.Path, entry: dict[str, str], bandwidth: float | None) -> Row:
    """Run one program, compare its results, and time it where there is a GPU."""
    arrays = np.load(folder / f"{entry['file']}.npz")
    inputs, wanted = ([arrays[k] for k in arrays.files if k.startswith(p)] for p in ("in", "re"))
    blob = jax.export.deserialize(bytearray((folder / f"{entry['file']}.blob").read_bytes()))
    placed = [jax.device_put(array) for array in inputs]
    program = jax.jit(blob.call).lower(*placed).compile()
    results = [np.asarray(each) for each in program(*placed)]
    moved = sum(array.nbytes for array in (*inputs, *wanted))
    timed = bandwidth is not None
    return Row(
        name=entry["name"],
        size=entry["size"],
        off=disagreement(entry["judge"], results, wanted, inputs),
        limit=LIMITS[entry["judge"]],
        milliseconds=1e3 * seconds_of(lambda: program(*placed)) if timed else None,
        floor=1e3 * moved / bandwidth if timed else None,
        peer=peers.milliseconds(entry["name"], inputs, BURN_IN, CALLS) if timed else None,
        megabytes=(program.memory_analysis().temp_size_in_bytes + moved) / 1e6 if timed else None,
    )


def table(rows: Sequence[Row]) -> str:
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.run", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, metavar="DIR")
    folder = parser.parse_args().folder
    device = jax.devices()[0]
    bandwidth = copy_bandwidth() if device.platform != "cpu" else None
    told = f"{bandwidth / 1e9:.0f} GB/s copied" if bandwidth else "no GPU, so nothing is timed"
    print(f"{device.device_kind}, jax {jax.__version__}; {told}.\n")
    entries = json.loads((folder / "manifest.json").read_text())
    rows = [measure(folder, entry, bandwidth) for entry in entries]
    print(table(rows))
    sys.exit(any(row.off > row.limit for row in rows))


if __name__ == "__main__":
    main()
