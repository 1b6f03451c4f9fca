"""The version of the package and of what it stands on."""

import platform
import sys
from importlib import metadata

__all__ = ["__version__", "show_versions"]

try:
    __version__ = metadata.version("spectrotools")
except metadata.PackageNotFoundError:  # a source tree on the path, never installed
    __version__ = "0+unknown"

_DEPENDENCIES = (
    "tensorflow",
    "keras",
    "numpy",
    "scipy",
    "librosa",
    "gin-config",
    "soundfile",
    "soxr",
)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def show_versions() -> None:
    """Print the versions that a bug report needs: Python, machine, packages and devices.

    Example:
        >>> import spectrotools as st
        >>> st.show_versions()  # doctest: +ELLIPSIS
        spectrotools: ...
    """
    import tensorflow as tf

    lines = {"spectrotools": __version__, "python": sys.version.split()[0]}
    lines["platform"] = platform.platform()
    lines |= {name: _version(name) for name in _DEPENDENCIES}
    devices = [device.device_type for device in tf.config.list_physical_devices()]
    lines["devices"] = ", ".join(devices)
    for name, value in lines.items():
        print(f"{name}: {value}")
