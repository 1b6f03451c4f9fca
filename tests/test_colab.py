"""The notebooks: each is what its source makes, runs up to its claims, and installs itself."""

import os
import shutil
import subprocess
import sys
import sysconfig
import types
import venv
from importlib import metadata, util
from pathlib import Path

import jupytext
import nbclient
import nbformat
import pytest

import spectrotools

FOLDER = Path(__file__).parents[1] / "colab"
SOURCES = sorted(FOLDER.glob("*.py"))
SHORTER = {"08_timbre_transfer": ("STEPS = 300", "STEPS = 12")}  # training takes minutes
each = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def tagged(notebook, tag: str):
    (cell,) = (cell for cell in notebook.cells if tag in cell.metadata.get("tags", []))
    return cell


def test_every_notebook_has_its_source():
    assert [path.stem for path in SOURCES] == [
        path.stem for path in sorted(FOLDER.glob("*.ipynb"))
    ]


@each
def test_notebook_is_what_its_source_makes(source):
    expected = jupytext.read(source)
    notebook = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    nbformat.validate(notebook)
    for key in ("cell_type", "source"):
        assert [cell[key] for cell in notebook.cells] == [cell[key] for cell in expected.cells]
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells]
    assert tags == [cell.metadata.get("tags", []) for cell in expected.cells]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert notebook.metadata.colab == {"name": source.stem + ".ipynb", "provenance": []}
    assert notebook.metadata.kernelspec.name == "python3"
    assert "assert" in code[-1].source


def test_every_notebook_installs_itself_in_the_same_way():
    cells = {tagged(jupytext.read(source), "install").source for source in SOURCES}
    assert len(cells) == 1


@each
def test_notebook_runs_and_its_claims_hold(source, tmp_path):
    notebook = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    tagged(notebook, "install").source = ""
    if source.stem in SHORTER:
        before, after = SHORTER[source.stem]
        parameters = tagged(notebook, "parameters")
        assert before in parameters.source
        parameters.source = parameters.source.replace(before, after)
    place = {"metadata": {"path": str(tmp_path)}}
    execute = nbclient.NotebookClient(notebook, timeout=300, resources=place).execute
    try:
        execute(env=environment())
    except nbclient.exceptions.CellTimeoutError:  # a kernel was seen to hang at its first import
        execute(env=environment())
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        last_line = cell.source.splitlines()[-1] if cell.source else ""
        if last_line.startswith("play("):
            assert 'src="data:audio/flac;base64,' in shown(cell)["text/html"]
        if last_line.startswith("show") or "plt.subplots" in cell.source:
            assert shown(cell)["image/png"].startswith("iVBOR")


def shown(cell) -> dict[str, str]:
    """What a cell shows, by MIME type."""
    return {
        kind: value for output in cell.outputs for kind, value in output.get("data", {}).items()
    }


def environment() -> dict[str, str]:
    """That of this process, with the package that is tested, and pictures as a person has them."""
    package = str(Path(spectrotools.__file__).parents[1])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    inherited = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    return {**inherited, "PYTHONPATH": path}


@pytest.fixture
def run_install(monkeypatch):
    """Run the install cell of a notebook where the package is found so; give pip's arguments."""
    commands = []

    def run(command, check):
        assert check
        commands.append(command)

    def run_cell(source, found, **settings):
        monkeypatch.setattr(util, "find_spec", lambda name: found)
        monkeypatch.setattr(subprocess, "run", run)
        code = tagged(jupytext.read(source), "install").source
        for name, value in settings.items():
            assert f'{name} = ".."' in code
            code = code.replace(f'{name} = ".."', f"{name} = {value!r}")
        exec(compile(code, source.name, "exec"), {})
        return commands

    return run_cell


@each
def test_where_the_package_is_nothing_is_installed(source, run_install):
    assert run_install(source, util.find_spec("spectrotools")) == []


@each
@pytest.mark.parametrize(
    "found", [None, types.SimpleNamespace(origin=None)], ids=["nothing", "a clone's folder"]
)
def test_install_keeps_tensorflow_and_numpy(source, found, run_install, monkeypatch):
    monkeypatch.chdir(FOLDER)
    kept = [f"{name}=={metadata.version(name)}" for name in ("numpy", "tensorflow")]
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    assert run_install(source, found) == [[*pip, str(FOLDER.parent.resolve()), *kept]]


@each
def test_install_takes_an_address(source, run_install, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    address = "git+ssh://somewhere/spectrotools.git"
    (command,) = run_install(source, None, SOURCE=address)
    assert address in command


@each
def test_install_says_what_to_do_where_no_clone_is(source, run_install, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no spectrotools in '\.\.'\. Run '!git clone"):
        run_install(source, None)


@each
def test_install_finds_a_clone_that_was_made_here(source, run_install, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spectrotools").mkdir()
    (tmp_path / "spectrotools" / "setup.cfg").touch()
    (command,) = run_install(source, None)
    assert str(tmp_path.resolve() / "spectrotools") in command


@pytest.mark.slow
@each
def test_beside_a_fresh_clone_the_notebook_installs_itself(source, tmp_path):
    clone = tmp_path / "content" / "spectrotools"
    for name in ("spectrotools", "gin"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(FOLDER.parent / name, clone / name, ignore=ignored)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(FOLDER.parent / name, clone)
    fresh = tmp_path / "fresh"
    venv.create(fresh, with_pip=True)
    python = fresh / ("Scripts" if os.name == "nt" else "bin") / "python"
    # What this environment has counts as installed there, all but an editable spectrotools.
    site = sysconfig.get_path("purelib", vars={"base": str(fresh), "platbase": str(fresh)})
    Path(site, "theirs.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    cell = tagged(jupytext.read(source), "install").source
    check = "import spectrotools; print(spectrotools.__file__)"
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [python, "-c", f"{cell}\n{check}"],
        cwd=clone.parent,
        env=inherited | {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == Path(site, "spectrotools", "__init__.py")
