"""What a person installs: the wheel, its pins, the bundled files, and what importing costs."""

import configparser
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tensorflow as tf

import spectrotools as st

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = sorted((ROOT / "spectrotools" / "recordings").glob("*.flac"))
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")


def run(*arguments, cwd=ROOT, **environment):
    return subprocess.run(
        list(map(str, arguments)),
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def python(code, **settings):
    return run(sys.executable, "-c", code, **settings)


def packaged_files():
    """Every file that belongs into the wheel, by its name there."""
    trees = {"spectrotools": ROOT / "spectrotools", "spectrotools/gin": ROOT / "gin"}
    return {
        f"{name}/{path.relative_to(tree).as_posix()}"
        for name, tree in trees.items()
        for path in tree.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """A wheel made from a copy: what an earlier build left beside the tree would slip in."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("spectrotools", "gin"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    built = run(*pip, "--wheel-dir", folder / "dist", folder)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = (folder / "dist").glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """The wheel, installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index"]
    done = run(*pip, "--target", folder, wheel)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == packaged_files(), "see packages and package_data in setup.cfg"


def test_the_wheel_tells_version_licence_and_readme(wheel):
    assert wheel.name == f"spectrotools-{SETUP['metadata']['version']}-py3-none-any.whl"
    (record,) = (n for n in zipfile.ZipFile(wheel).namelist() if n.endswith("/METADATA"))
    text = zipfile.ZipFile(wheel).read(record).decode()
    assert "License-Expression: Apache-2.0\n" in text
    assert (ROOT / "README.md").read_text(encoding="utf-8").strip() in text
    assert (
        zipfile.ZipFile(wheel).read(record.replace("METADATA", "licenses/LICENSE"))
        == (ROOT / "LICENSE").read_bytes()
    )


def test_the_command_runs_from_any_directory(installed, tmp_path):
    command = shutil.which("spectrotools", path=installed / "bin")
    version = run(command, "--version", cwd=tmp_path, PYTHONPATH=str(installed))
    assert version.stdout == f"spectrotools {SETUP['metadata']['version']}\n", version.stderr
    configs = run(command, "configs", cwd=tmp_path, PYTHONPATH=str(installed))
    expected = [p.relative_to(ROOT / "gin").with_suffix("") for p in (ROOT / "gin").rglob("*.gin")]
    assert configs.stdout.split() == sorted(path.as_posix() for path in expected), configs.stderr


def test_the_installed_package_finds_its_own_files(installed, tmp_path):
    code = (
        "from spectrotools.data.recordings import bundled\n"
        "from spectrotools.train.configs import folder, names\n"
        "print(*bundled(), *(folder() / f'{name}.gin' for name in names()), sep='\\n')"
    )
    found = python(code, cwd=tmp_path, PYTHONPATH=str(installed))
    paths = [Path(line) for line in found.stdout.splitlines()]
    assert [path.name for path in paths if path.suffix == ".flac"] == [p.name for p in RECORDINGS]
    assert any(path.suffix == ".gin" for path in paths), found.stderr
    assert all(path.is_file() and installed in path.parents for path in paths)


def test_importing_loads_nothing_heavy():
    heavy = ("gin", "jinja2", "keras", "librosa", "matplotlib", "numpy", "scipy", "tensorflow")
    loaded = python(f"import spectrotools, sys; print(sorted({set(heavy)} & set(sys.modules)))")
    assert loaded.stdout == "[]\n", loaded.stderr


def test_import_gin_means_gin_config_from_the_repository():
    found = python("import gin; print(gin.__file__)")
    expected = metadata.distribution("gin-config").locate_file("gin/__init__.py")
    assert Path(found.stdout.strip()) == Path(str(expected))


def test_what_windows_lacks_is_named_in_no_other_file():
    lacking = r"%-[a-zA-Z]\b|^(import|from) (fcntl|pty|pwd|resource|termios)\b|os\.[gs]eteuid"
    files = [*(ROOT / "spectrotools").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    found = {path.name for path, text in texts.items() if re.search(lacking, text, re.MULTILINE)}
    assert found == {"test_posix.py"}


def test_another_keras_backend_is_refused():
    refused = python("import spectrotools", KERAS_BACKEND="jax")
    assert refused.returncode == 1
    assert refused.stderr.strip().splitlines()[-1] == (
        "ImportError: spectrotools runs on TensorFlow: KERAS_BACKEND must be 'tensorflow' or "
        "unset; got 'jax'. Unset it before Python starts."
    )


def test_show_versions(capsys):
    st.show_versions()
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["spectrotools"] == st.__version__
    assert lines["python"] == sys.version.split()[0]
    assert lines["tensorflow"] == tf.__version__
    assert lines["numpy"] == np.__version__
    assert "CPU" in lines["devices"]


def pins(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-oldest.txt"])
def test_pins_name_releases_and_no_place(name):
    for line in pins(name):
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; [^/@]+)?", line), line


def requirements(extras):
    text = SETUP["options"]["install_requires"]
    text += "".join(SETUP["options.extras_require"][extra] for extra in extras)
    names = (re.match(r"[\w.-]+", line) for line in text.split())
    return {re.sub(r"[_.]", "-", name.group().lower()) for name in names}


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("constraints.txt", ["gpu", "test", "notebook", "bench"]),
        ("constraints-oldest.txt", ["test", "notebook"]),
    ],
)
def test_every_requirement_is_pinned(name, extras):
    assert requirements(extras) <= {line.split("==")[0] for line in pins(name)}


def test_the_oldest_pins_are_the_lower_bounds():
    oldest = dict(line.split(" ;")[0].split("==") for line in pins("constraints-oldest.txt"))
    for line in SETUP["options"]["install_requires"].split():
        name, bound = line.split(">=")
        pinned = oldest[name.replace("_", "-")]
        assert re.sub(r"(\.0)+$", "", pinned) == re.sub(r"(\.0)+$", "", bound), name


def test_recordings_are_credited_and_small():
    credited = re.findall(
        r"`(\w+\.flac)`", (RECORDINGS[0].parent / "CREDITS.md").read_text(encoding="utf-8")
    )
    assert sorted(credited) == [path.name for path in RECORDINGS]
    assert sum(path.stat().st_size for path in RECORDINGS) < 1_000_000


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recordings_are_well_cut(path):
    audio, sample_rate = soundfile.read(path, always_2d=True)
    level = np.max(np.abs(audio), axis=1)
    heard = np.flatnonzero(level > 1e-3) / sample_rate
    assert 2.0 < len(audio) / sample_rate < 6.0
    assert 20 * np.log10(level.max()) == pytest.approx(-1.0, abs=0.01)
    assert np.max(np.abs(audio.mean(axis=0))) < 1e-4
    assert heard[0] < 0.1
    assert len(audio) / sample_rate - heard[-1] < 0.1
    assert max(level[0], level[-1]) < 1e-3


SKIPS = """
import pytest

def test_skips():
    pytest.skip("a reason")

@pytest.mark.skipif(True, reason="another reason")
def test_is_marked_skip():
    pass

@pytest.mark.outside_program
def test_may_skip():
    pytest.skip("no such program")

@pytest.mark.xfail(reason="a known fault")
def test_fails_as_expected():
    raise ValueError
"""


def test_only_tests_of_outside_programs_may_skip(tmp_path):
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = outside_program")
    (tmp_path / "test_some.py").write_text(SKIPS)
    (tmp_path / "test_whole_file.py").write_text("import pytest\npytest.importorskip('nothing')")
    options = ["-p", "no:cacheprovider", "--continue-on-collection-errors"]
    done = run(sys.executable, "-m", "pytest", *options, cwd=tmp_path)
    counts = re.findall(r"\d+ [a-z]+", done.stdout.splitlines()[-1])
    assert counts == ["1 failed", "1 skipped", "1 xfailed", "2 errors"], done.stdout
    assert "skipped test_some.py::test_may_skip: Skipped: no such program" in done.stdout
    assert "this one said: Skipped: another reason" in done.stdout
