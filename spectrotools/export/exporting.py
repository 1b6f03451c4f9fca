"""Writing a trained model as what other programs load."""

import json
from pathlib import Path
from typing import Any

from .._validate import check, integer, one_of
from ..models.autoencoder import Autoencoder
from ..report.staging import staged
from .description import Format, described, rate_of
from .lite import write_lite
from .player import Player
from .saved_model import write_saved_model
from .stream import write_stream
from .target import check_target, description_of

__all__ = ["export"]


def export(
    model: Autoencoder,
    path: str | Path,
    *,
    format: Format,
    block: int = 16,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write a model as a file that plays without this package.

    ================  ============================================  =======================
    ``format``        what is written                               late by
    ================  ============================================  =======================
    ``saved_model``   a folder; clips of any number and length      nothing
    ``stream``        a folder; blocks of any number of frames      a hop
    ``tflite``        a file; blocks of ``block`` frames,           a hop
                      of built-in operations alone
    ================  ============================================  =======================

    Blocks are of one voice, and their noise is that of :func:`spectrotools.white_noise`. Beside
    it is written ``path`` with ``.json`` at its end: rate, hop, inputs, latency, state. Both
    appear when they are whole, or not at all.

    Args:
        model: built.
        path: where to.
        format: see the table.
        block: frames of a block of ``tflite``, at least 1.
        overwrite: whether to replace a model that is there.

    Returns:
        what the JSON file says.

    Raises:
        ValueError: if ``model`` is no autoencoder, or a part of it cannot be exported so.
        OSError: if ``path`` is taken, or cannot be written.

    Example:
        >>> import pathlib, tempfile
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> from spectrotools.export.exporting import export
        >>> model = st.models.Autoencoder.preset("tiny")
        >>> sound = model({"f0_hz": tf.ones([1, 2]), "loudness_db": tf.zeros([1, 2])})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     facts = export(model, pathlib.Path(folder) / "tiny", format="stream")
        >>> facts["latency_ms"], sorted(facts["inputs"])
        (4.0, ['f0_hz', 'loudness_db'])
    """
    check(isinstance(model, Autoencoder), "model must be an Autoencoder", type(model).__name__)
    one_of("format", format, Format)
    block = integer("block", block, 1)
    rate, path = rate_of(model), Path(path)
    check_target(path, folder=format != "tflite", overwrite=overwrite)
    with staged(path.parent) as folder:
        player = _written(model, folder / path.name, format, block)
        facts = described(
            model, format, player, sample_rate=rate, block=block if format == "tflite" else None
        )
        text = json.dumps(facts, indent=2) + "\n"
        (folder / description_of(path).name).write_text(text, encoding="utf-8")
    return facts


def _written(model: Autoencoder, path: Path, kind: Format, block: int) -> Player | None:
    if kind == "saved_model":
        write_saved_model(model, path)
        return None
    return write_lite(model, path, block) if kind == "tflite" else write_stream(model, path)
