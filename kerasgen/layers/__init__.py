"""What networks are made of, beyond the layers of Keras."""

from kerasgen.layers.adaptive_augmentation import AdaptiveAugmentation
from kerasgen.layers.causal_attention import CausalSelfAttention
from kerasgen.layers.code_density import CodeDensity
from kerasgen.layers.diff_augment import diff_augment
from kerasgen.layers.fast_convolutions import FastConv2D
from kerasgen.layers.fast_convolutions import FastConv2DTranspose
from kerasgen.layers.fast_convolutions import convolution_layers
from kerasgen.layers.group_normalization import AdaptiveGroupNormalization
from kerasgen.layers.normalization import NORMALIZATIONS
from kerasgen.layers.normalization import BatchNormalization
from kerasgen.layers.normalization import batch_moments
from kerasgen.layers.normalization import normalize
from kerasgen.layers.normalization import updating_moments
from kerasgen.layers.residual_blocks import first_block
from kerasgen.layers.residual_blocks import residual_block
from kerasgen.layers.self_attention import self_attention
from kerasgen.layers.spectral_normalization import with_unit_norm
from kerasgen.layers.transformer import Transformer
from kerasgen.layers.vector_quantizer import VectorQuantizer
from kerasgen.layers.vector_quantizer import straight_through

__all__ = [
    "NORMALIZATIONS",
    "AdaptiveAugmentation",
    "AdaptiveGroupNormalization",
    "BatchNormalization",
    "CausalSelfAttention",
    "CodeDensity",
    "FastConv2D",
    "FastConv2DTranspose",
    "Transformer",
    "VectorQuantizer",
    "batch_moments",
    "convolution_layers",
    "diff_augment",
    "first_block",
    "normalize",
    "residual_block",
    "self_attention",
    "straight_through",
    "updating_moments",
    "with_unit_norm",
]
