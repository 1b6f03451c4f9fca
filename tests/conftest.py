"""Fixtures that several folders of tests share."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

_KINDS = {"flac": "PCM_16", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III", "aiff": "PCM_16"}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write ``[channels, samples]`` to a file of the temporary directory."""

    def write(
        name: str, audio: np.ndarray, sample_rate: int = 8000, subtype: str | None = None
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        subtype = subtype or _KINDS.get(path.suffix[1:], "FLOAT")
        soundfile.write(path, np.atleast_2d(audio).T, sample_rate, subtype=subtype)
        return path

    return write
