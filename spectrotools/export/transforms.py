"""Writing a transform as what other programs load."""

import json
from pathlib import Path
from typing import Any, Literal, get_args

from .._validate import check, integer, one_of
from .._versions import __version__
from ..report.staging import staged
from ..transforms.log_mel import LogMel
from ..transforms.magnitude_if import MagnitudeIF
from .lite import convert
from .lite_transforms import lite_ways
from .saved_model import save_signatures
from .target import check_target, description_of
from .ways import Exportable, traced, whole_ways

__all__ = ["Format", "export_transform"]

Format = Literal["saved_model", "tflite"]


def export_transform(
    transform: Exportable,
    path: str | Path,
    *,
    format: Format,
    length: int | None = None,
    inverse: bool | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write a transform as a file that computes it without this package.

    ================  ======================  ===============================================
    ``format``        signatures              what is written
    ================  ======================  ===============================================
    ``saved_model``   ``serving_default``,    a folder; ``audio`` ``[batch, time]`` of any
                      ``inverse``             number and length
    ``tflite``        ``forward``,            a file; ``audio`` ``[1, length]``,
                      ``inverse``             of built-in operations alone
    ================  ======================  ===============================================

    The first signature gives, and ``inverse`` takes,

    * of an :class:`STFT`: ``real`` and ``imaginary``, ``[batch, frames, n_fft // 2 + 1]``;
    * of a :class:`LogMel`: ``log_mel``, ``[batch, frames, n_mels]``. It has no ``inverse``, for
      the phase is lost, and magnitudes come back by iteration alone;
    * of a :class:`MagnitudeIF` of ``phase="float"``: ``magnitude_if``, ``[batch, frames, bins,
      2]``, log-magnitude and instantaneous frequency; for TensorFlow Lite, of an STFT and in no
      convention.

    ``inverse`` gives ``audio``; in a SavedModel it also takes ``length``, its samples, int32. All
    is float32. TensorFlow Lite transforms frames of a power of two fast, others by matrices, and
    computes in float32 what an STFT of few or badly fitting windows computes in float64. Rounding
    is relative to the loudest bin of a frame: far below it, logarithms and phases are not those of
    the transform to the last digits, which have no meaning there.

    Beside it is written ``path`` with ``.json`` at its end: the settings, and the shapes of what
    each signature takes and gives. Both appear when they are whole, or not at all.

    Args:
        transform: an :class:`STFT`, :class:`LogMel` or :class:`MagnitudeIF`.
        path: where to.
        format: see the table.
        length: samples of a sound, at least 1: for ``tflite``, and only there.
        inverse: whether to write the way back; None is where there is one.
        overwrite: whether to replace a model that is there.

    Returns:
        what the JSON file says.

    Raises:
        ValueError: if an argument is out of its range, or ``transform`` cannot be exported so.
        OSError: if ``path`` is taken, or cannot be written.

    Example:
        >>> import pathlib, tempfile
        >>> import spectrotools as st
        >>> from spectrotools.export.transforms import export_transform
        >>> mel = st.LogMel.preset("hifigan")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "mel.tflite"
        ...     facts = export_transform(mel, path, format="tflite", length=22050)
        >>> facts["signatures"]["forward"]["outputs"]
        {'log_mel': [1, 86, 80]}
    """
    _check_transform(transform)
    one_of("format", format, Format)
    length = _checked_length(length, format)
    rule = "inverse must be False or None for a LogMel, which has no exact way back"
    check(not (inverse and isinstance(transform, LogMel)), rule, inverse)
    ways = whole_ways(transform) if length is None else lite_ways(transform, length)
    ways = ways._replace(inverse=None) if inverse is False else ways
    path = Path(path)
    check_target(path, folder=length is None, overwrite=overwrite)
    functions = traced(ways, [None, None] if length is None else [1, length])
    names = ("serving_default" if length is None else "forward", "inverse")
    signatures = dict(zip(names, functions, strict=False))
    facts = _described(transform, format, signatures)
    with staged(path.parent) as folder:
        write = save_signatures if length is None else convert
        write((), folder / path.name, signatures)
        text = json.dumps(facts, indent=2) + "\n"
        (folder / description_of(path).name).write_text(text, encoding="utf-8")
    return facts


def _check_transform(transform: Any) -> None:
    rule = "transform must be an STFT, a LogMel or a MagnitudeIF"
    check(isinstance(transform, get_args(Exportable)), rule, type(transform).__name__)
    if isinstance(transform, MagnitudeIF):
        rule = "phase must be 'float' to be exported: both pictures are in one tensor"
        check(transform.phase == "float", rule, transform.phase)


def _checked_length(length: int | None, kind: Format) -> int | None:
    if kind == "tflite":
        return integer("length", length, 1)
    rule = "length must be None for format='saved_model', which takes any"
    check(length is None, rule, length)
    return None


def _described(transform: Exportable, kind: Format, signatures: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": kind,
        "spectrotools_version": __version__,
        "transform": {"class_name": type(transform).__name__, "config": transform.get_config()},
        "signatures": {
            name: {
                "inputs": _shapes(function.structured_input_signature[1]),
                "outputs": _shapes(function.structured_outputs),
            }
            for name, function in signatures.items()
        },
    }


def _shapes(tensors: dict[str, Any]) -> dict[str, list[int | None]]:
    return {name: tensor.shape.as_list() for name, tensor in sorted(tensors.items())}
