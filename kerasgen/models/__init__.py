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
    "adversarial_autoencoder": AdversarialAutoencoder,
    "autoencoder": Autoencoder,
    "contractive_autoencoder": ContractiveAutoencoder,
    "denoising_autoencoder": DenoisingAutoencoder,
    "sparse_autoencoder": SparseAutoencoder,
    "wgan_gp": WGANGP,
    "wgan": WGAN,
    "sngan": SNGAN,
    "r3gan": R3GAN,
    "pacgan": PacGAN,
    "lsgan": LSGAN,
    "infogan": InfoGAN,
    "dcgan": DCGAN,
    "conditional_gan": ConditionalGAN,
    "bigan": BiGAN,
    "acgan": ACGAN,
    "gan": GAN,
    "beta_tcvae": BetaTCVAE,
    "beta_vae": BetaVAE,
    "conditional_vae": ConditionalVAE,
    "iwae": IWAE,
    "vae": VAE,
    "vamp_prior_vae": VampPriorVAE,
    "vqvae": VQVAE,
}

__all__ = [
    "AdversarialAutoencoder",
    "Autoencoder",
    "ContractiveAutoencoder",
    "DenoisingAutoencoder",
    "SparseAutoencoder",
    "WGANGP",
    "WGAN",
    "SNGAN",
    "R3GAN",
    "PacGAN",
    "LSGAN",
    "InfoGAN",
    "DCGAN",
    "ConditionalGAN",
    "BiGAN",
    "ACGAN",
    "GAN",
    "BetaTCVAE",
    "BetaVAE",
    "ConditionalVAE",
    "IWAE",
    "MODELS",
    "VAE",
    "VampPriorVAE",
    "VQVAE",
    "GenerativeModel",
]
