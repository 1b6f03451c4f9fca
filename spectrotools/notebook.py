"""Helpers for notebooks: play a sound, record one, draw one, and redraw in place.

IPython and matplotlib are imported when something is shown, not before.
"""

from __future__ import annotations

import base64
import html
import io
import math
import sys
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import soxr
import tensorflow as tf

from ._validate import check, integer
from .ops.numerics import real_tensor, working_dtype

if TYPE_CHECKING:
    from IPython.display import HTML
    from matplotlib.figure import Figure

    from .report.pictures import Analysis
    from .transforms.stft import STFT

__all__ = ["Live", "decode_recording", "play", "record", "show", "show_phase"]

_COLUMNS = 600  # of a picture of audio


def play(audio: Any, *, sample_rate: int, label: str = "") -> HTML:
    """Make a player of a sound, which a notebook shows where it ends a cell.

    The sound is as loud as it is: it is turned down only where it would clip, and then the
    caption says by how much. The player holds 16-bit samples, and the notebook the player.

    Args:
        audio: ``[time]``, or ``[channels, time]`` of one or two channels; full scale [-1, 1].
        sample_rate: Hz, an integer.
        label: a caption.

    Returns:
        The player.

    Raises:
        ValueError: if ``audio`` is not floating point, not finite, empty, or of another shape, or
            ``sample_rate`` is not a positive integer.

    Example:
        >>> import spectrotools.notebook as notebook
        >>> import tensorflow as tf
        >>> player = notebook.play(tf.fill([100], 2.0), sample_rate=16000, label="a constant")
        >>> "a constant, turned down 6.0 dB to fit" in player.data
        True
    """
    from IPython.display import HTML

    from .report import figures

    samples = _audio("audio", audio, ranks=(1, 2))
    gain = figures.clip_gain(float(np.abs(samples).max()))
    clip = figures.clip(samples, integer("sample_rate", sample_rate, 1), label, gain)
    turned = f"turned down {-20 * math.log10(gain):.1f} dB to fit" if gain < 1 else ""
    caption = html.escape(", ".join(filter(None, [label, turned])))
    return HTML(  # type: ignore[no-untyped-call]
        f'<figure style="margin: 0"><figcaption>{caption}</figcaption>'
        f'<audio controls preload="metadata" src="{clip.uri}"></audio></figure>'
    )


def record(seconds: float, *, sample_rate: int) -> np.ndarray:
    """Record from the microphone of whoever looks at the notebook, in Google Colab.

    A button appears under the cell; recording begins when it is pressed. The browser's echo
    cancellation, noise suppression and gain control are asked to stay away.

    Args:
        seconds: how long, above 0.
        sample_rate: Hz, of the result; the browser records at its own rate.

    Returns:
        float32 ``[time]`` of ``seconds * sample_rate`` samples, to within one.

    Raises:
        ValueError: if ``seconds`` or ``sample_rate`` is not positive.
        RuntimeError: outside Colab, where cells cannot ask the browser; or if the browser could
            not record, in its words.
    """
    check(0 < seconds < math.inf, "seconds must be above 0 and finite", seconds)
    integer("sample_rate", sample_rate, 1)
    try:
        from google.colab import output  # type: ignore[import-untyped]
    except ImportError as error:
        raise RuntimeError(
            "record needs Google Colab, where a cell can ask the browser for its microphone. "
            "Elsewhere record a file with another program and read it by soundfile.read(path)."
        ) from error
    script = resources.files("spectrotools.report").joinpath("record.js").read_text("utf-8")
    answer = output.eval_js(f"({script})({float(seconds)})")
    return decode_recording(answer, sample_rate=sample_rate)


def decode_recording(answer: Mapping[str, Any], *, sample_rate: int) -> np.ndarray:
    """Make audio of what the browser answered.

    Args:
        answer: ``samples``, little-endian float32 in base64, and their ``sample_rate`` in Hz; or
            an ``error``.
        sample_rate: Hz, of the result.

    Returns:
        float32 ``[time]``.

    Raises:
        RuntimeError: if the answer is an error.
    """
    if "error" in answer:
        raise RuntimeError(f"the browser could not record: {answer['error']}.")
    samples = np.frombuffer(base64.b64decode(answer["samples"]), "<f4").astype(np.float32)
    return soxr.resample(samples, answer["sample_rate"], sample_rate)


def show(
    sound: Any,
    transform: STFT | None = None,
    *,
    sample_rate: int,
    title: str = "",
    top_db: float | None = None,
) -> Figure:
    """Draw the levels of a sound over time and frequency: its spectrogram.

    Audio is drawn as one hears it, rows evenly spaced in pitch; the coefficients of a transform
    are drawn as they are, bin by bin. 0 dB is a sine of full scale on a row, and 100 dB are
    shown; between two rows it is drawn a few dB fainter.

    Args:
        sound: audio ``[time]``, or the coefficients ``[frames, bins]`` of ``transform``, or
            their magnitudes.
        transform: the STFT that made the coefficients.
        sample_rate: Hz, an integer.
        title: what is written above.
        top_db: the brightest level, dB; None is the next ten above the loudest. Pictures to
            compare should share it.

    Returns:
        A figure, which a notebook shows where it ends a cell.

    Raises:
        ValueError: if ``sound`` is neither audio nor what ``transform`` gives.

    Example:
        >>> import spectrotools as st
        >>> import spectrotools.notebook as notebook
        >>> import tensorflow as tf
        >>> stft = st.STFT(n_fft=512)
        >>> figure = notebook.show(stft(tf.ones([8000])), stft, sample_rate=8000, title="Ones")
        >>> figure.axes[0].get_title()
        'Ones'
    """
    from .report import drawing

    analysis = _analysed(sound, transform, sample_rate)
    return _shown(drawing.levels(analysis, title=title, top_db=top_db))


def show_phase(
    sound: Any, transform: STFT | None = None, *, sample_rate: int, title: str = ""
) -> Figure:
    r"""Draw how phase turns: instantaneous frequency minus the frequency of the row.

    Near a partial all rows measure the frequency of that partial, so a tone is a band that goes
    from red, below it, to blue, above. Of audio the turn is measured over one sample, of
    coefficients from frame to frame :math:`t`: the frequency of bin :math:`k` is

    .. math:: f = f_k + \frac{f_s}{2 \pi H}
              \mathrm{wrap}(\arg S[t + 1, k] - \arg S[t, k] - 2 \pi f_k H / f_s)

    with the ``hop_length`` :math:`H`. What is 60 dB below the loudest is left black.

    Args:
        sound: audio ``[time]``, or the coefficients ``[frames, bins]`` of ``transform``.
        transform: the STFT that made the coefficients.
        sample_rate: Hz, an integer.
        title: what is written above.

    Returns:
        A figure, which a notebook shows where it ends a cell.

    Raises:
        ValueError: if ``sound`` is neither audio nor what ``transform`` gives, or is magnitudes.
    """
    from .report import drawing, pictures

    analysis = _analysed(sound, transform, sample_rate)
    check(np.iscomplexobj(analysis.spectrum), "sound must have a phase", "magnitudes")
    if transform is None:
        later, hop_length = (
            pictures.analyse(_audio("sound", sound)[0], sample_rate, _COLUMNS, later=1),
            1,
        )
        limit = pictures.deviation_range(sample_rate)
    else:
        later, hop_length = drawing.next_frame(analysis), transform.hop_length
        limit = sample_rate / (2 * hop_length)
    return _shown(drawing.deviation(analysis, later, hop_length, limit=limit, title=title))


class Live:
    """A place in a cell's output that is drawn anew while a loop runs.

    Drawing costs tens of milliseconds, so a training loop updates it every so many steps.

    Example:
        >>> import spectrotools.notebook as notebook
        >>> live = notebook.Live()
        >>> for step in (100, 200):
        ...     live.update(f"step {step}")
        step 100
        step 200
    """

    def __init__(self) -> None:
        self._handles: list[Any] = []

    def update(self, *contents: Any) -> None:
        """Show figures, players or whatever a notebook can show, in place of the last ones."""
        from IPython.display import DisplayHandle

        for index, content in enumerate(contents):
            if index < len(self._handles):
                self._handles[index].update(content)
            else:
                self._handles.append(DisplayHandle())  # type: ignore[no-untyped-call]
                self._handles[index].display(content)


def _audio(name: str, audio: Any, ranks: tuple[int, ...] = (1,)) -> np.ndarray:
    """Checked audio, float32 or float64 ``[channels, time]``."""
    tensor = real_tensor(name, audio)
    shape = tuple(tensor.shape)
    channels = shape[0] if len(shape) == 2 else 1
    form = "[time]" + " or [channels, time] of one or two channels" * (2 in ranks)
    fits = len(shape) in ranks and channels in (1, 2) and shape[-1] > 0
    check(fits, f"{name} must be {form}, at least one sample long", shape)
    samples = tf.cast(tensor, working_dtype(tensor.dtype)).numpy().reshape(channels, -1)
    bad = samples[~np.isfinite(samples)]
    check(bad.size == 0, f"{name} must hold finite numbers", float(bad[0]) if bad.size else None)
    return samples


def _analysed(sound: Any, transform: STFT | None, sample_rate: int) -> Analysis:
    from .report import drawing, pictures

    integer("sample_rate", sample_rate, 1)
    if transform is None:
        return pictures.analyse(_audio("sound", sound)[0], sample_rate, _COLUMNS)
    coefficients = np.asarray(sound)
    bins = transform.n_fft // 2 + 1
    fits = coefficients.ndim == 2 and coefficients.shape[1] == bins and len(coefficients) > 0
    check(fits, f"sound must be [frames, bins = {bins}] of the transform", coefficients.shape)
    return drawing.analysis_of(coefficients, transform, sample_rate)


def _shown(figure: Figure) -> Figure:
    """Let a notebook show figures that pyplot has never seen, unless it can already."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        formatters = shell.display_formatter.formatters
        if not any(type(figure) in formatter for formatter in formatters.values()):
            formatters["image/png"].for_type(type(figure), _png)
    return figure


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
