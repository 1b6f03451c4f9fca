"""How TensorFlow is imported by programs that people look at."""

import contextlib
import importlib
import os
from typing import Any

from .recordings import quiet_stderr

__all__ = ["import_tensorflow", "import_without_gpu"]


def import_tensorflow() -> Any:
    """Import TensorFlow without its start-up lines, unless the person asked for them."""
    asked = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") < "3"
    # Its first lines come before it looks at that variable.
    with contextlib.nullcontext() if asked else quiet_stderr():
        tensorflow = importlib.import_module("tensorflow")
    if not asked:
        tensorflow.get_logger().setLevel("ERROR")
    return tensorflow


def import_without_gpu() -> None:
    """Import TensorFlow for a process that is one of many, among which no GPU can be shared."""
    import_tensorflow().config.set_visible_devices([], "GPU")
