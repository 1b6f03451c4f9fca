"""What gin may configure: one tuple, named by subject.

The originals stay as they are: whoever calls ``STFT`` in Python is never touched by a global
setting. What a run builds by gin, it builds by :func:`configured`.
"""

import functools
from collections.abc import Callable
from typing import Any

import gin

from ..data.features import Features
from ..data.synthetic_notes import SyntheticNotes
from ..data.with_notes import WithNotes
from ..report import clipwise, streamed, synthesis
from ..report.evaluation import Evaluation
from ..report.resynth import Report
from ..transforms.stft import STFT
from .examples import examples_in
from .held_out import HeldOut
from .instruments import (
    ddsp_autoencoder,
    dilated_autoencoder,
    inverse_synthesis,
    midi_autoencoder,
    sinusoidal_autoencoder,
)
from .loop_settings import LoopSettings
from .training import Training

__all__ = ["CONFIGURABLES", "configured", "name_of", "register"]

CONFIGURABLES: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("transforms", STFT),
    ("round_trips", streamed.stft),
    ("round_trips", streamed.cqt),
    ("round_trips", streamed.magnitude_if),
    ("round_trips", streamed.mdct),
    ("round_trips", streamed.pqmf),
    ("round_trips", clipwise.gansynth),
    ("round_trips", clipwise.gansynth_mel),
    ("round_trips", clipwise.magnitude),
    ("round_trips", clipwise.log_mel),
    ("round_trips", synthesis.harmonic_noise),
    ("round_trips", streamed.mu_law),
    ("round_trips", streamed.linear),
    ("report", Report),
    ("evaluation", Evaluation),
    ("evaluation", HeldOut),
    ("data", Features),
    ("data", SyntheticNotes),
    ("data", WithNotes),
    ("data", examples_in),
    ("models", ddsp_autoencoder),
    ("models", dilated_autoencoder),
    ("models", midi_autoencoder),
    ("models", sinusoidal_autoencoder),
    ("models", inverse_synthesis),
    ("training", LoopSettings),
    ("training", Training),
)


@functools.cache
def register() -> None:
    """Make every configurable known to gin; more than once is as good as once."""
    for subject, configurable in CONFIGURABLES:
        gin.external_configurable(configurable, name=name_of(configurable), module=subject)


def name_of(configurable: Callable[..., Any]) -> str:
    """What a configuration calls it."""
    return getattr(configurable, "gin_name", configurable.__name__)


def configured(configurable: Callable[..., Any]) -> Callable[..., Any]:
    """The version of a function or class whose arguments gin fills in.

    What is not in the tuple has no settings, and is returned as it is.
    """
    register()
    if any(configurable is known for _, known in CONFIGURABLES):
        return gin.get_configurable(configurable)
    return configurable
