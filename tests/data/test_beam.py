"""Preparation on Apache Beam, where the extra ``beam`` is installed."""

import importlib.util

import pytest

import spectrotools as st

from .small import CUTS, FEATURES, contents, folder_of

pytestmark = [
    pytest.mark.outside_program,
    pytest.mark.skipif(not importlib.util.find_spec("apache_beam"), reason="no Apache Beam"),
    pytest.mark.filterwarnings("ignore"),  # Beam's own
]

SETTINGS = dict(
    features=FEATURES, cuts=CUTS, shares={"train": 0.5, "valid": 0.5}, shard_seconds=1.5
)


def test_the_direct_runner_gives_the_same_bytes(tmp_path):
    from spectrotools.data import beam

    recordings = folder_of(tmp_path / "sounds")
    expected = st.data.prepare(recordings, tmp_path / "here", **SETTINGS)
    found = beam.prepare(recordings, tmp_path / "there", **SETTINGS)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert found.statistics == expected.statistics
    assert beam.prepare(recordings, tmp_path / "there", **SETTINGS) == found


def test_a_run_that_stopped_goes_on(tmp_path, monkeypatch):
    from spectrotools.data import beam

    recordings = folder_of(tmp_path / "sounds")
    with monkeypatch.context() as patched:
        patched.setattr(beam, "finish", lambda plan, work: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            beam.prepare(recordings, tmp_path / "there", **SETTINGS)
    for folder in ("here", "there"):
        st.data.prepare(recordings, tmp_path / folder, **SETTINGS)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
