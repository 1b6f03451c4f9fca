"""What the documentation shows runs: README fences here, docstrings by pytest itself."""

import doctest
import inspect
import pathlib
import re

import pytest

import spectrotools as st

ROOT = pathlib.Path(__file__).parents[1]
FENCES = re.findall(
    r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S
)
FOLDERS = ("effects", "layers", "losses", "metrics", "models", "synths")
PUBLIC = {name: getattr(st, name) for name in sorted(st.__all__)}
for folder in FOLDERS:
    made = getattr(st, folder)
    PUBLIC |= {f"{folder}.{name}": getattr(made, name) for name in made.__all__}
PUBLIC = {name: thing for name, thing in PUBLIC.items() if callable(thing)}


@pytest.mark.parametrize("number", range(len(FENCES)))
def test_readme_fence_runs(number):
    assert "assert " in FENCES[number], "a fence of the README ends by checking what it claims"
    exec(compile(FENCES[number], f"README.md, fence {number}", "exec"), {})


@pytest.mark.parametrize("name", PUBLIC)
def test_public_docstring_has_a_checked_example(name):
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(PUBLIC[name]))
    assert any(example.want for example in examples)


def described_arguments() -> list:
    """Each public argument, with its documentation; a shorthand's are those of its class."""
    cases, shorthands = [], (st.stft, st.istft, st.cqt, st.icqt)
    for name, thing in PUBLIC.items():
        if getattr(thing, "_is_protocol", False):  # which nobody makes
            continue
        for argument, parameter in inspect.signature(thing).parameters.items():
            if parameter.kind is not parameter.VAR_KEYWORD and thing not in shorthands:
                cases.append(
                    pytest.param(inspect.getdoc(thing), argument, id=f"{name} {argument}")
                )
    return cases


@pytest.mark.parametrize(("docstring", "argument"), described_arguments())
def test_public_argument_is_described(docstring, argument):
    assert re.search(rf"^    \*?{argument}: ", docstring, re.M)
