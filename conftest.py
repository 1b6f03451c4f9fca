"""What holds for every test and doctest: few threads, few words, nothing skipped in silence."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

# Read when TensorFlow, NumPy and Numba start; the workers of pytest-xdist share the cores.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for _threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

_RULE = "only a test marked outside_program may skip; this one said: "


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    report = yield
    may_skip = item.get_closest_marker("outside_program") or hasattr(report, "wasxfail")
    return report if may_skip else _unskipped(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[Any]:
    return _unskipped((yield))


def _unskipped(report: Any) -> Any:
    """Turn a skip into a failure."""
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", _RULE + str(reason)
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"skipped {report.nodeid}: {report.longrepr[2]}")
