"""Companding."""

import functools

import numpy as np

import spectrotools as st

from .entry import SMOOTH, Entry
from .inputs import codes


def _companding() -> list[Entry]:
    codecs = {
        f"mu_law {convention}": ("mu_law", {"convention": convention}, convention)
        for convention in ("wavenet", "midpoint", "nsynth", "librosa", "g711")
    }
    codecs |= {"a_law": ("a_law", {}, "g711"), "linear": ("linear", {"bits": 8}, "nsynth")}
    entries = []
    for label, (law, settings, kind) in codecs.items():
        signed = kind in ("nsynth", "librosa")
        low, high, dtype = (-128, 127, np.int8) if signed else (0, 255, np.uint8)
        for action, traits, source in (
            ("encode", {"codes", "xla"}, None),
            ("decode", {"codes", "xla"}, codes(low, high, dtype)),
        ):
            call = functools.partial(getattr(st, f"{law}_{action}"), **settings)
            name = f"{law}_{action}"
            entries.append(Entry(label.replace(law, name), call, frozenset(traits), input=source))
    halved = lambda audio: st.straight_through(audio, audio / 2)  # noqa: E731
    entries.append(Entry("straight_through", halved, frozenset({"xla", "linear"})))
    expand = lambda compressed, length: st.mu_law_expand(compressed)  # noqa: E731
    entries.append(Entry("mu_law_compress", st.mu_law_compress, SMOOTH, inverse=expand))
    compress = lambda audio, length: st.mu_law_compress(audio)  # noqa: E731
    entries.append(Entry("mu_law_expand", st.mu_law_expand, SMOOTH, inverse=compress))
    return entries


ENTRIES = [*_companding()]
