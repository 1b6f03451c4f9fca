"""Run every benchmark and write BENCHMARKS.md: ``python -m benchmarks [SUBJECT...]``."""

import argparse
import importlib
import pathlib

from . import harness

SUBJECTS = ("stft", "companding")
HEADER = """# Benchmarks

Made by `make bench`. Contenders of a table run in one process, interleaved in bursts after a
burn-in; medians and minima in milliseconds. `ratio` is the median over the first row's, so that
2.00 is twice as slow. `error dB` is the largest error at any element against a float64
reference, relative to its peak. All peers compute the same frames and bins of the same audio.

"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", choices=[*SUBJECTS, []], default=[])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("BENCHMARKS.md"))
    arguments = parser.parse_args()
    parts = []
    for subject in arguments.subjects or SUBJECTS:
        tables = importlib.import_module(f"benchmarks.{subject}").tables()
        for table in tables:
            print(table, flush=True)
            parts.append(table)
    arguments.out.write_text(HEADER + harness.machine() + "\n\n" + "\n".join(parts))


if __name__ == "__main__":
    main()
