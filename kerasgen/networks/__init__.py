"""Networks by name: encoders, decoders, generators and discriminators."""

from kerasgen.networks.build import NETWORKS
from kerasgen.networks.build import build
from kerasgen.networks.build import option_names
from kerasgen.networks.check import check_network

__all__ = ["NETWORKS", "build", "check_network", "option_names"]
