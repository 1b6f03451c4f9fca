"""The public names, and nothing else."""

from ._versions import __version__ as __version__
from ._versions import show_versions as show_versions
from .ops.companding import a_law_decode as a_law_decode
from .ops.companding import a_law_encode as a_law_encode
from .ops.companding import linear_decode as linear_decode
from .ops.companding import linear_encode as linear_encode
from .ops.companding import mu_law_compress as mu_law_compress
from .ops.companding import mu_law_decode as mu_law_decode
from .ops.companding import mu_law_encode as mu_law_encode
from .ops.companding import mu_law_expand as mu_law_expand
from .ops.companding import straight_through as straight_through
from .transforms.stft import STFT as STFT
from .transforms.stft import istft as istft
from .transforms.stft import stft as stft
