"""A configuration's text, handed to gin piece by piece.

Gin would run any import and look for an included file in every folder it has ever heard of. Here
an include is found beside the file that has it or among the packaged ones, and an import is
refused unless it is of this package or was allowed.
"""

import contextlib
import difflib
import inspect
import logging
import re
import tokenize
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import gin
from gin import config_parser

from .._validate import check

__all__ = ["Reader", "nearest"]

_PACKAGE = "spectrotools"
_UNKNOWN = re.compile(r"No configurable matching (?:reference )?'@?(?:\w+/)*([\w.]+)")
_NO_PARAMETER = re.compile(r"Configurable '([\w.]+)' doesn't have a parameter named '(\w+)'")


class _Blind(config_parser.ParserDelegate):
    """Lets gin's parser read what nobody asks the values of, and notes the macros."""

    def __init__(self) -> None:
        self._macros: list[str] = []

    def taken(self) -> list[str]:
        """The macros that were noted since this was last asked."""
        macros, self._macros = self._macros, []
        return macros

    def configurable_reference(self, scoped_configurable_name: str, evaluate: bool) -> Any:
        return None

    def macro(self, macro_name: str) -> Any:
        self._macros.append(macro_name)


class Reader:
    """Reads configurations into gin.

    Args:
        root: of the packaged configurations, by which they include one another.
        known: what can be configured, by name.
        allow_imports: of any module; a configuration may then run any code.
    """

    def __init__(self, root: Path, known: dict[str, Any], allow_imports: bool):
        self._root = root
        self._known = known
        self._allow_imports = allow_imports
        self._macros: dict[str, str] = {}  # where each was first referred to
        self._places: dict[str, str] = {}  # where each name was last bound

    def read(self, path: Path, within: tuple[Path, ...] = ()) -> None:
        """Read a file, and the files that it includes where it does.

        Raises:
            ValueError: with the file and the line, if it cannot be parsed.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{path}: {error}.") from error
        self.parse(text, str(path), path.parent, (*within, path.resolve()))

    def parse(self, text: str, source: str, folder: Path, within: tuple[Path, ...] = ()) -> None:
        """Parse a text of which ``source`` tells where it is from.

        Raises:
            ValueError: with the source and the line, if it cannot be parsed.
        """
        lines, begin = text.splitlines(keepends=True), 0
        blind = _Blind()
        statements = []
        with self._told(source, text):
            for statement in config_parser.ConfigParser(text, blind):
                statements.append(statement)
                where = f"{source}{_line(text, statement.location.line_num)}"
                self._macros = dict.fromkeys(blind.taken(), where) | self._macros
                if isinstance(statement, config_parser.BindingStatement):
                    self._places[_key(statement.scope, statement.selector, statement.arg_name)] = (
                        where
                    )
        for statement in statements:
            if isinstance(statement, config_parser.ImportStatement):
                self._check_import(statement, source, text)
            if isinstance(statement, config_parser.IncludeStatement):
                end = statement.location.line_num - 1
                self._bind("\n" * begin + "".join(lines[begin:end]), source, text)
                where = f"{source}{_line(text, end + 1)}"
                self._include(statement.filename, folder, where, within)
                begin = end + 1
        self._bind("\n" * begin + "".join(lines[begin:]), source, text)

    def place_of(self, name: str) -> str:
        """Where a name was last bound, given as gin's own listing of a configuration has it."""
        scoped, _, argument = name.rpartition(".")
        scope, _, selector = (scoped or argument).rpartition("/")
        return self._places[_key(scope, selector, argument if scoped else "")]

    def check_macros(self, names: Collection[str]) -> None:
        """Refuse a macro that is not among the names that were given a value.

        Raises:
            ValueError: with the file, if there is one.
        """
        for macro in self._macros.keys() - names:
            hint = "; --data sets it" if macro == "data" else nearest(macro, names)
            raise ValueError(f"{self._macros[macro]}: %{macro} is not set{hint}.")

    def _bind(self, piece: str, source: str, text: str) -> None:
        with self._told(source, text), _unlogged():
            gin.parse_config(piece)

    def _include(self, name: str, folder: Path, where: str, within: tuple[Path, ...]) -> None:
        candidates = [folder / name, self._root / name]
        found = next((path for path in candidates if path.is_file()), None)
        if found is None:
            raise ValueError(f"{where}: there is no file {name!r} to include.")
        if found.resolve() in within:
            raise ValueError(f"{where}: {name!r} includes itself.")
        self.read(found, within)

    def _check_import(
        self, statement: config_parser.ImportStatement, source: str, text: str
    ) -> None:
        ours = statement.module.split(".")[0] == _PACKAGE
        check(
            ours or self._allow_imports,
            f"{source}{_line(text, statement.location.line_num)}: a configuration may import "
            f"nothing outside {_PACKAGE} unless --allow-imports is given",
            statement.module,
        )

    @contextlib.contextmanager
    def _told(self, source: str, text: str) -> Iterator[None]:
        """Tell of gin's errors in one sentence, with the place and the nearest name."""
        try:
            yield
        except (ValueError, SyntaxError, OSError, ImportError, tokenize.TokenError) as error:
            sentence, line = _said(error)
            where = _line(text, line) if line else ""
            nearest = self._nearest_to(sentence)
            raise ValueError(f"{source}: {sentence.rstrip('. ')}{nearest}{where}.") from error

    def _nearest_to(self, sentence: str) -> str:
        """The name that may have been meant."""
        if found := _NO_PARAMETER.search(sentence):
            owner = self._known.get(found[1].split(".")[-1])
            names = list(inspect.signature(owner).parameters) if owner else []
            return nearest(found[2], names)
        if found := _UNKNOWN.search(sentence):
            return nearest(found[1].split(".")[-1], list(self._known))
        return ""


def _key(scope: str, selector: str, argument: str | None) -> str:
    """A name whatever modules it is told with."""
    return f"{scope}/{selector.rpartition('.')[2]}.{argument or ''}"


def _said(error: Exception) -> tuple[str, int]:
    """What gin or Python's tokenizer says of a text, and of which line; 0 is not known."""
    if isinstance(error, tokenize.TokenError):
        return error.args[0], error.args[1][0]
    if isinstance(error, SyntaxError):
        return error.msg.splitlines()[0], error.lineno or 0
    sentence, _, place = str(error).partition("\n")
    line = re.search(r"line (\d+)", place)
    return sentence, int(line[1]) if line else 0


def nearest(name: str, names: Collection[str]) -> str:
    """The name that may have been meant, as the end of a sentence."""
    lowered = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name, names, n=1)
    close = close or difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return f"; the nearest name is '{lowered.get(close[0], close[0])}'" if close else ""


def _line(text: str, number: int) -> str:
    """The place in a text of more than one line."""
    return f" (line {number})" if "\n" in text.rstrip() else ""


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    """Let gin not log, in lines of its own, what it also raises."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        yield
    finally:
        logging.disable(before)
