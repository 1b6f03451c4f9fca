"""A bar that people see while a program works."""

import contextlib
from collections.abc import Callable, Iterator

from tqdm import tqdm

__all__ = ["Progress", "progress_bar"]

Progress = Callable[[str, float], None]  # what is being done, and how much more was


@contextlib.contextmanager
def progress_bar(total: float) -> Iterator[Progress]:
    """Show a bar on the standard error if that is a terminal, and nothing in a pipe.

    Args:
        total: of what is to be done, such as seconds of sound.

    Yields:
        A function to tell what is being done, and how much more of the total was done.
    """
    layout = "{desc} {percentage:3.0f}% |{bar}| {elapsed} < {remaining}"
    with tqdm(total=total, disable=None, leave=False, bar_format=layout) as bar:

        def progress(doing: str, done: float) -> None:
            bar.set_description_str(doing, refresh=False)
            bar.update(done)

        yield progress
