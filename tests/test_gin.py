"""Gin configurations: found, parsed strictly, and held to be used."""

import inspect
import re
from pathlib import Path

import pytest

import gin
import spectrotools as st
from spectrotools.report import streamed
from spectrotools.report.evaluation import Evaluation
from spectrotools.report.resynth import Report
from spectrotools.train import configs
from spectrotools.train.configurables import CONFIGURABLES, configured, name_of, register


@pytest.fixture(autouse=True)
def forget():
    yield
    gin.clear_config()


def test_gin_is_gin_config_and_the_folder_beside_the_package_is_no_module():
    assert hasattr(gin, "parse_config")
    assert not list(configs.folder().rglob("*.py"))


def test_every_packaged_configuration_is_found_and_names_only_what_exists():
    root = Path(__file__).parents[1] / "gin"
    files = {
        path.relative_to(root).with_suffix("").as_posix(): path for path in root.rglob("*.gin")
    }
    assert configs.names() == sorted(files)
    for name, path in files.items():
        assert configs.find(name).samefile(path)
        assert configs.find(f"{name}.gin").samefile(path)
        configs.parse(name, bindings=["data = '.'"])  # it refuses what it does not know


def test_resynth_binds_each_number_once():
    text = configs.find("resynth").read_text(encoding="utf-8")
    for value in ("2048", "512"):
        assert len(re.findall(rf"\b{value}\b", text)) == 1
    configs.parse("resynth")
    stft = configured(streamed.stft)().transform_at(16000)
    assert stft == st.STFT(n_fft=2048, hop_length=512)
    assert configured(Report)().stft == stft


def test_evaluate_binds_each_number_once():
    text = configs.find("evaluate").read_text(encoding="utf-8")
    for value in ("60.0", "1200.0"):
        assert len(re.findall(rf"\b{re.escape(value)}\b", text)) == 1
    configs.parse("evaluate", bindings=["fmax = 900.0"])
    evaluation = configured(Evaluation)(measures=("snr",))
    assert evaluation == Evaluation(measures=("snr",), fmax=900.0)


def test_a_persons_settings_come_on_top_and_reach_all_that_share_them(tmp_path):
    file = tmp_path / "mine.gin"
    file.write_text("hop_length = 128\nmu_law.bits = 6\n")
    given = configs.parse("resynth", [str(file)], ["n_fft = 1024"])
    places = {"hop_length": f"{file} (line 1)", "mu_law.bits": f"{file} (line 2)"}
    assert given == places | {"n_fft": "--set 'n_fft = 1024'"}
    trips = [configured(trip)() for trip in (streamed.stft, streamed.mu_law)]
    assert (
        trips[0].transform_at(16000)
        == configured(Report)().stft
        == st.STFT(n_fft=1024, hop_length=128)
    )
    assert trips[1].bits == 6
    configs.check_all_used(given)


def test_a_file_may_include_its_neighbour(tmp_path):
    (tmp_path / "inner.gin").write_text("n_fft = 4096\n")
    (tmp_path / "outer.gin").write_text("include 'inner.gin'\n")
    assert list(configs.parse("resynth", [str(tmp_path / "outer.gin")])) == ["n_fft"]


def test_settings_do_not_outlive_their_run_or_touch_the_originals():
    configs.parse("resynth", bindings=["STFT.n_fft = 64", "STFT.hop_length = 16"])
    assert st.STFT(n_fft=512) == st.STFT(n_fft=512, hop_length=128)
    configs.parse("resynth")
    assert configured(streamed.stft)().transform_at(16000).n_fft == 2048


def test_unused_settings_are_refused_and_packaged_ones_are_not():
    given = configs.parse("resynth", bindings=["mu_law.bits = 4", "n_fft = 1024", "other = 3"])
    configured(streamed.stft)()
    message = (
        r"^--set 'mu_law.bits = 4': mu_law\.bits, --set 'other = 3': other set, but nothing in"
    )
    with pytest.raises(ValueError, match=message):
        configs.check_all_used(given)
    given = configs.parse("resynth", bindings=["mu_law.bits = 8"])  # as packaged: says nothing new
    assert given == {}


@pytest.mark.parametrize(
    ("binding", "message"),
    [
        ("STFT.nfft = 3", r"--set 'STFT.nfft = 3': .*'STFT' doesn't have a parameter .*'nfft'"),
        (
            "SFTF.n_fft = 3",
            r"--set .*: No configurable matching 'SFTF'; the nearest name is 'STFT'\.$",
        ),
        ("n_fft = ", r"--set .*: Unable to parse value"),
        ("n_fft = (", r"--set 'n_fft = \(': EOF in multi-line statement\.$"),
        ("import os", r"--set 'import os': a configuration may import nothing outside .* 'os'\.$"),
        ("n_fft == 3", r"--set .*: Couldn't parse statement"),
        ("STFT.n_fft = @none()", r"--set .*: No configurable matching reference '@none\(\)'"),
        ("STFT.n_fft = @LogMell()", r"'@LogMell\(\)'; the nearest name is 'log_mel'"),
    ],
)
def test_what_gin_cannot_read_is_said_in_one_sentence(binding, message):
    with pytest.raises(ValueError, match=message) as caught:
        configs.parse("resynth", bindings=[binding])
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path):
    file = tmp_path / "mine.gin"
    file.write_bytes(b"n_fft = 64  # \xff")
    with pytest.raises(ValueError, match=r"mine\.gin: 'utf-8' codec can't decode"):
        configs.parse("resynth", [str(file)])


def test_an_error_in_a_file_has_its_line(tmp_path):
    file = tmp_path / "mine.gin"
    file.write_text("n_fft = 64\n\nSTFT.hop = 3\n")
    with pytest.raises(ValueError, match=r"mine\.gin: .*'hop' \(line 3\)\.$"):
        configs.parse("resynth", [str(file)])


def test_a_missing_configuration_lists_the_known_ones(tmp_path):
    message = r"^a configuration must be the path of a \.gin file or one of .*resynth; got "
    with pytest.raises(ValueError, match=rf"{message}'resinth'; the nearest name is 'resynth'\.$"):
        configs.find("resinth")
    with pytest.raises(ValueError, match=r"got '.*none\.gin'"):
        configs.find(str(tmp_path / "none.gin"))


def test_what_is_configurable_is_listed_once_and_has_settings():
    register()
    register()
    assert len({function for _, function in CONFIGURABLES}) == len(CONFIGURABLES)
    for subject, function in CONFIGURABLES:
        settings = inspect.signature(function).parameters
        assert settings
        for setting in settings:
            name = f"{subject}.{name_of(function)}.{setting}"
            configs.parse("resynth", bindings=[f"{name} = 'given'"])
            assert gin.query_parameter(name) == "given"
    assert configured(streamed.a_law) is streamed.a_law


def test_without_a_packaged_folder_the_one_beside_the_package_is_used(monkeypatch, tmp_path):
    package = tmp_path / "spectrotools"
    (tmp_path / "gin").mkdir()
    package.mkdir()
    monkeypatch.setattr(configs.resources, "files", lambda name: package)
    assert configs.folder() == tmp_path / "gin"
    (package / "gin" / "papers").mkdir(parents=True)
    (package / "gin" / "papers" / "x.gin").write_text("n_fft = 1\n")
    assert configs.folder() == package / "gin"
    assert configs.names() == ["papers/x"]
    assert configs.find("papers/x") == package / "gin" / "papers" / "x.gin"
