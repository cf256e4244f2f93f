"""Networks by name: encoders, decoders, generators and the like."""

from kerasgen.networks.build import BACKBONES
from kerasgen.networks.build import GRIDS
from kerasgen.networks.build import NETWORKS
from kerasgen.networks.build import SEQUENCES
from kerasgen.networks.build import TRANSLATORS
from kerasgen.networks.build import build
from kerasgen.networks.build import option_names
from kerasgen.networks.check import check_network
from kerasgen.networks.frozen_classifier import frozen_classifier
from kerasgen.networks.grids import default_grid_shape
from kerasgen.networks.grids import grid_decoder
from kerasgen.networks.grids import grid_encoder
from kerasgen.networks.joint import joint_discriminator
from kerasgen.networks.pixelcnn import pixelcnn
from kerasgen.networks.pixelcnn import sample_codes

__all__ = [
    "BACKBONES",
    "GRIDS",
    "NETWORKS",
    "SEQUENCES",
    "TRANSLATORS",
    "build",
    "check_network",
    "default_grid_shape",
    "frozen_classifier",
    "grid_decoder",
    "grid_encoder",
    "joint_discriminator",
    "option_names",
    "pixelcnn",
    "sample_codes",
]
