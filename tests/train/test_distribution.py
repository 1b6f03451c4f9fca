"""Many devices do what one would with the whole batch."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.report.commands import environment

SCRIPT = str(Path(__file__).with_name("devices.py"))


def start(kind: str, out: Path, **variables: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, SCRIPT, kind, str(out)],
        env=environment() | {"TF_CPP_MIN_LOG_LEVEL": "3"} | variables,
        stderr=subprocess.PIPE,
        text=True,
    )


def result(process: subprocess.Popen, out: Path) -> list[np.ndarray]:
    _, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    with np.load(f"{out}.npz") as arrays:
        return [arrays[name] for name in sorted(arrays.files)]


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    out = tmp_path_factory.mktemp("one") / "one"
    return result(start("one", out), out)


def assert_alike(one: list[np.ndarray], many: list[np.ndarray]) -> None:
    *ours, count = one
    *theirs, replicas = many
    assert (count, replicas) == (1, 2)
    assert len(ours) == len(theirs) == 8
    for a, b in zip(ours, theirs, strict=True):
        assert np.max(np.abs(a)) > 1e-3
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_two_devices_have_the_gradients_of_one_with_the_double_batch(one, tmp_path):
    out = tmp_path / "two"
    assert_alike(one, result(start("mirrored", out), out))


def free_ports() -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.mark.slow
def test_two_workers_have_the_gradients_of_one_with_the_double_batch(one, tmp_path):
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports()]}
    outs = [tmp_path / "first", tmp_path / "second"]
    workers = []
    for index, out in enumerate(outs):
        task = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        workers.append(start("worker", out, TF_CONFIG=json.dumps(task)))
    try:
        for worker, out in zip(workers, outs, strict=True):
            assert_alike(one, result(worker, out))
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    assert list(Path(f"{outs[0]}-run/checkpoints").iterdir())
    assert not Path(f"{outs[1]}-run/checkpoints").exists()
