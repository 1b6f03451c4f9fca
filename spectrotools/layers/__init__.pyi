"""The public names, and nothing else."""

from .bounds import Bounded as Bounded
from .bounds import Positive as Positive
from .dilated_convolutions import DilatedConvStack as DilatedConvStack
from .fully_connected import FullyConnected as FullyConnected
from .matrices import LowRank as LowRank
from .matrices import Orthogonal as Orthogonal
from .parameters import Expression as Expression
from .parameters import Parameter as Parameter
from .processor import Processor as Processor
from .processor import custom_objects as custom_objects
from .processor_group import ProcessorGroup as ProcessorGroup
from .scaled import Scaled as Scaled
