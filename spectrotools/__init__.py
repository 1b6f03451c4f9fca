"""Differentiable DSP and spectral representations in TensorFlow.

The public names and their types are listed in ``__init__.pyi``; each is imported on first
use, so that ``import spectrotools`` and the command line's ``--help`` cost no TensorFlow.
"""

import os as _os

import lazy_loader as _lazy

if _os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
    raise ImportError(
        "spectrotools runs on TensorFlow: KERAS_BACKEND must be 'tensorflow' or unset; "
        f"got {_os.environ['KERAS_BACKEND']!r}. Unset it before Python starts."
    )

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
