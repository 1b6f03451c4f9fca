"""The public names, and nothing else."""

from .audio_folder import AudioFolder as AudioFolder
from .cuts import Cuts as Cuts
from .examples import Examples as Examples
from .features import Features as Features
from .preparing import Prepared as Prepared
from .preparing import prepare as prepare
from .rendering import render as render
from .shards import Shards as Shards
from .synthetic_notes import SyntheticNotes as SyntheticNotes
from .with_notes import WithNotes as WithNotes
