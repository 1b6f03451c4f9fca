"""The public names, and nothing else."""

from .adversarial import AdversarialLoss as AdversarialLoss
from .adversarial import HingeGAN as HingeGAN
from .adversarial import LeastSquaresGAN as LeastSquaresGAN
from .adversarial import MinimaxGAN as MinimaxGAN
from .adversarial import WassersteinGAN as WassersteinGAN
from .feature_matching import FeatureMatching as FeatureMatching
from .gradient_penalty import gradient_penalty as gradient_penalty
from .loss import Loss as Loss
from .ratios import DC as DC
from .ratios import ESR as ESR
from .ratios import SDSDR as SDSDR
from .ratios import SISDR as SISDR
from .ratios import SNR as SNR
from .waveform import L1 as L1
from .waveform import L2 as L2
from .waveform import LogCosh as LogCosh
