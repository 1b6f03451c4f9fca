"""Running the command line from tests: in this process, or in one of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

import spectrotools
from spectrotools import cli

PATH = str(Path(spectrotools.__file__).parents[1])


def two_recordings() -> None:
    """Write ``a.wav`` in stereo and ``b.wav`` in mono, a third of a second each."""
    rng = np.random.default_rng(0)
    for name, shape in (("a.wav", (3000, 2)), ("b.wav", (2500, 1))):
        soundfile.write(name, 0.1 * rng.normal(size=shape), 8000, subtype="PCM_16")


def resynth(*arguments: str) -> int:
    return cli.main(["resynth", *arguments])


def fails(capfd, message: str, *arguments: str, code: int = 2) -> None:
    """Check that a command writes one sentence to stderr, and nothing else anywhere."""
    before = sorted(os.walk("."))
    try:
        returned = cli.main([*arguments])
    except SystemExit as leaving:
        returned = leaving.code
    out, err = capfd.readouterr()
    assert returned == code, err
    assert out == ""
    assert re.fullmatch(rf"spectrotools: {message}\n", err), err
    assert sorted(os.walk(".")) == before


def environment() -> dict[str, str]:
    """That of a person, in which this very package is found."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    return kept | {"PYTHONPATH": PATH}


def run(*arguments: str, **settings) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "spectrotools", *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        **settings,
    )
