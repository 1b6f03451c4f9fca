"""Time contenders side by side in one process, and print what was seen as a table.

All contenders of a table take turns in short bursts, each after a burn-in that lets the
scheduler spread its threads, so that a slow minute of the machine slows them alike. Medians are
reported; the first call (tracing, compiling, planning) is timed apart.
"""

import dataclasses
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata

import numpy as np

BURN_IN_SECONDS = 0.06
BURST_CALLS = 8
BURST_SECONDS = 0.5


@dataclasses.dataclass
class Case:
    """One contender: a call, and what makes an error in dB of its result, if anything does."""

    name: str
    call: Callable[[], object]
    error: Callable[[object], float] | None = None


def modes(name: str, function: Callable, *arguments: object) -> dict[str, Callable]:
    """A function as users call it: eagerly, in a graph, under XLA."""
    import tensorflow as tf

    graph, xla = tf.function(function), tf.function(function, jit_compile=True)
    return {
        f"{name} eager": lambda: function(*arguments),
        f"{name} graph": lambda: graph(*arguments),
        f"{name} XLA": lambda: xla(*arguments),
    }


def _burst(call: Callable[[], object]) -> list[float]:
    """Seconds of a few calls in a row, after a burn-in."""
    begin = time.perf_counter()
    while time.perf_counter() - begin < BURN_IN_SECONDS:
        call()
    seconds: list[float] = []
    while len(seconds) < BURST_CALLS and sum(seconds) < BURST_SECONDS:
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return seconds


def compare(
    title: str, cases: list[Case], audio_seconds: float, rounds: int = 9, note: str = ""
) -> str:
    """Time all cases in turn; return a Markdown table, the first case's median being 1.00x.

    The note says what in this table is other than the head of the file promises.
    """
    first, errors, seconds = {}, {}, {case.name: [] for case in cases}
    for case in cases:
        start = time.perf_counter()
        result = case.call()
        first[case.name] = time.perf_counter() - start
        errors[case.name] = f"{case.error(result):.0f}" if case.error else ""
    for _ in range(rounds):
        for case in cases:
            seconds[case.name] += _burst(case.call)
    base = statistics.median(seconds[cases[0].name])
    lines = [
        f"### {title}",
        "",
        *([note, ""] if note else []),
        "| case | median ms | min ms | ratio | x real time | first call ms | error dB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for case in cases:
        median = statistics.median(seconds[case.name])
        lines.append(
            f"| {case.name} | {1e3 * median:.2f} | {1e3 * min(seconds[case.name]):.2f} "
            f"| {median / base:.2f} | {audio_seconds / median:.0f} "
            f"| {1e3 * first[case.name]:.0f} | {errors[case.name]} |"
        )
    return "\n".join([*lines, ""])


def error_db(result: np.ndarray, reference: np.ndarray) -> float:
    """Largest error relative to the reference's peak, dB."""
    error = np.max(np.abs(np.asarray(result) - reference))
    with np.errstate(divide="ignore"):  # -inf: equal to the last bit
        return float(20 * np.log10(error / np.max(np.abs(reference))))


def peak_memory(module: str, case: str) -> float:
    """MiB by which one call of a case, in a fresh process, raises the peak over its inputs."""
    command = [sys.executable, "-m", module, "--peak", case]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(result.stdout.split()[-1])


def print_peak(call: Callable[[], object]) -> None:
    """The other end of :func:`peak_memory`: call, and print the growth of the peak in MiB."""
    base = peak_mib()
    kept = call()
    print(peak_mib() - base)
    del kept


def peak_mib() -> float:
    """Most memory this process ever had; rusage would count that of the process before exec."""
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024


def machine() -> str:
    """One paragraph on what the figures were measured with."""
    packages = ("tensorflow", "torch", "librosa", "scipy", "numpy", "nnAudio")
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    return (
        f"{_processor()}, {os.cpu_count()} cores, no GPU used, {platform.system()}, "
        f"Python {platform.python_version()}; {versions}."
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as info:
            names = [line.split(":")[1].strip() for line in info if "model name" in line]
        return names[0]
    except (OSError, IndexError):
        return platform.processor() or platform.machine()
