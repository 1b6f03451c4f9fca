"""Run the benchmarks: ``python -m benchmarks [SUBJECT...]``; without one, write BENCHMARKS.md."""

import argparse
import importlib
import pathlib
import subprocess
import sys

from . import harness

SUBJECTS = (
    "exactness",
    "stft",
    "lapped",
    "companding",
    "log_mel",
    "features",
    "phase_retrieval",
    "time_frequency",
    "constant_q",
    "oscillators",
    "oscillator_phase",
    "modulation",
    "harmonic_analysis",
    "wavetable",
    "signals",
    "noise",
    "controls",
    "filters",
    "convolution",
    "resampling",
    "effects",
    "reverberation",
    "loudness",
    "linear_prediction",
    "pitch",
    "processors",
    "autoencoder",
    "export",
    "losses",
    "metrics",
    "transport",
    "data",
)
LONG = ("learning",)  # which BENCHMARKS.md has no minutes for
HEADER = """# Benchmarks

Made by `make bench`, one subject by `python -m benchmarks SUBJECT`. Contenders of a table run
in one process, interleaved in bursts after a burn-in; medians and minima in milliseconds.
`ratio` is the median over the first row's, so that 2.00 is twice as slow. `error dB` is the
largest error at any element against a float64 reference, relative to its peak; `first call`
includes tracing and compiling. All peers compute the same frames and bins of the same audio.
Where a table differs, a sentence above it says so.

"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = (*SUBJECTS, *LONG)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(known)}")
    subjects = parser.parse_args().subjects
    for unknown in set(subjects) - set(known):
        parser.error(f"SUBJECT must be one of {', '.join(known)}; got {unknown!r}.")
    if subjects:
        for subject in subjects:
            for table in importlib.import_module(f"benchmarks.{subject}").tables():
                print(table, flush=True)
        return
    # Each in a process of its own, for TensorFlow gives back little of its memory.
    parts = [HEADER + harness.machine() + "\n\n"]
    for subject in SUBJECTS:
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks", subject], stdout=subprocess.PIPE, text=True
        ) as run:
            for line in run.stdout or ():
                print(line, end="", flush=True)
                parts.append(line)
        if run.returncode:
            sys.exit(run.returncode)
    pathlib.Path("BENCHMARKS.md").write_text("".join(parts).rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
