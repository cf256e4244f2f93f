"""The models; importing this registers them with Keras."""

from kerasgen.utils.backend import require_tensorflow_backend

require_tensorflow_backend()

from kerasgen.models.gan.gan import GAN  # noqa: E402
from kerasgen.models.generative_model import GenerativeModel  # noqa: E402
from kerasgen.models.vae.vae import VAE  # noqa: E402

# The names of the command line.
MODELS = {"gan": GAN, "vae": VAE}

__all__ = ["GAN", "MODELS", "VAE", "GenerativeModel"]
