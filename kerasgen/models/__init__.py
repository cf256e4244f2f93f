"""The models; importing this registers them with Keras."""

from kerasgen.utils.backend import require_tensorflow_backend

require_tensorflow_backend()

from kerasgen.models.autoencoder.adversarial_autoencoder import (  # noqa: E402
    AdversarialAutoencoder,
)
from kerasgen.models.autoencoder.autoencoder import Autoencoder  # noqa: E402
from kerasgen.models.autoencoder.contractive_autoencoder import (  # noqa: E402
    ContractiveAutoencoder,
)
from kerasgen.models.autoencoder.denoising_autoencoder import (  # noqa: E402
    DenoisingAutoencoder,
)
from kerasgen.models.autoencoder.sparse_autoencoder import SparseAutoencoder  # noqa: E402
from kerasgen.models.clustering.dec import DEC  # noqa: E402
from kerasgen.models.clustering.idec import IDEC  # noqa: E402
from kerasgen.models.clustering.vade import VaDE  # noqa: E402
from kerasgen.models.divergence import DivergenceError  # noqa: E402
from kerasgen.models.finite import NotFiniteError  # noqa: E402
from kerasgen.models.gan.acgan import ACGAN  # noqa: E402
from kerasgen.models.gan.bigan import BiGAN  # noqa: E402
from kerasgen.models.gan.conditional_gan import ConditionalGAN  # noqa: E402
from kerasgen.models.gan.dcgan import DCGAN  # noqa: E402
from kerasgen.models.gan.gan import GAN  # noqa: E402
from kerasgen.models.gan.infogan import InfoGAN  # noqa: E402
from kerasgen.models.gan.lsgan import LSGAN  # noqa: E402
from kerasgen.models.gan.pacgan import PacGAN  # noqa: E402
from kerasgen.models.gan.r3gan import R3GAN  # noqa: E402
from kerasgen.models.gan.sngan import SNGAN  # noqa: E402
from kerasgen.models.gan.wgan import WGAN  # noqa: E402
from kerasgen.models.gan.wgan_gp import WGANGP  # noqa: E402
from kerasgen.models.generative_model import GenerativeModel  # noqa: E402
from kerasgen.models.vae.beta_tcvae import BetaTCVAE  # noqa: E402
from kerasgen.models.vae.beta_vae import BetaVAE  # noqa: E402
from kerasgen.models.vae.conditional_vae import ConditionalVAE  # noqa: E402
from kerasgen.models.vae.iwae import IWAE  # noqa: E402
from kerasgen.models.vae.vae import VAE  # noqa: E402
from kerasgen.models.vae.vamp_prior_vae import VampPriorVAE  # noqa: E402
from kerasgen.models.vae.vqvae import VQVAE  # noqa: E402

# The names of the command line.
MODELS = {
    "acgan": ACGAN,
    "adversarial_autoencoder": AdversarialAutoencoder,
    "autoencoder": Autoencoder,
    "beta_tcvae": BetaTCVAE,
    "beta_vae": BetaVAE,
    "bigan": BiGAN,
    "conditional_gan": ConditionalGAN,
    "conditional_vae": ConditionalVAE,
    "contractive_autoencoder": ContractiveAutoencoder,
    "dcgan": DCGAN,
    "dec": DEC,
    "denoising_autoencoder": DenoisingAutoencoder,
    "gan": GAN,
    "idec": IDEC,
    "infogan": InfoGAN,
    "iwae": IWAE,
    "lsgan": LSGAN,
    "pacgan": PacGAN,
    "r3gan": R3GAN,
    "sngan": SNGAN,
    "sparse_autoencoder": SparseAutoencoder,
    "vade": VaDE,
    "vae": VAE,
    "vamp_prior_vae": VampPriorVAE,
    "vqvae": VQVAE,
    "wgan": WGAN,
    "wgan_gp": WGANGP,
}

__all__ = [
    "ACGAN",
    "AdversarialAutoencoder",
    "Autoencoder",
    "BetaTCVAE",
    "BetaVAE",
    "BiGAN",
    "ConditionalGAN",
    "ConditionalVAE",
    "ContractiveAutoencoder",
    "DCGAN",
    "DEC",
    "DenoisingAutoencoder",
    "DivergenceError",
    "GAN",
    "GenerativeModel",
    "IDEC",
    "IWAE",
    "InfoGAN",
    "LSGAN",
    "MODELS",
    "NotFiniteError",
    "PacGAN",
    "R3GAN",
    "SNGAN",
    "SparseAutoencoder",
    "VAE",
    "VQVAE",
    "VaDE",
    "VampPriorVAE",
    "WGAN",
    "WGANGP",
]
