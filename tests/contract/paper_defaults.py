"""What the papers say that each model's arguments are, beside the code.

A model that is named after a paper is that of the paper: where a default
departs from it, this table has to be changed too, with a reason.
"""

from kerasgen.models import MODELS

PAPER_DEFAULTS = {
    # Section 3: the generator maximizes log D; one step of D to one of G.
    "GAN": {"loss": "non_saturating", "discriminator_steps": 1},
    # Section 4: 100 latents.
    "DCGAN": {"loss": "non_saturating", "network": "dcgan", "latent_dim": 100},
    # Equation 9, targets 0 and 1.
    "LSGAN": {"loss": "least_squares", "network": "dcgan"},
    # Algorithm 1.
    "WGAN": {
        "loss": "wasserstein",
        "weight_clipping": 0.01,
        "discriminator_steps": 5,
    },
    # Algorithm 1; section 4: both sides.
    "WGANGP": {
        "loss": "wasserstein",
        "gradient_penalty": 10.0,
        "gradient_penalty_sides": 2,
        "discriminator_steps": 5,
    },
    # Equations 16 and 17; table 3: five steps; 128 latents.
    "SNGAN": {
        "loss": "hinge",
        "spectral_normalization": True,
        "discriminator_steps": 5,
        "latent_dim": 128,
    },
    # Equations 2 and 3: one gamma for both penalties.
    "R3GAN": {
        "loss": "relativistic",
        "r1": 1.0,
        "r2": 1.0,
        "ema_momentum": 0.999,
    },
    # Section 2: cross entropies of equal weight.
    "ACGAN": {"class_loss_weight": 1.0, "network": "dcgan"},
    "ConditionalGAN": {"conditioning": "projection"},
    # Appendix C.1, MNIST: one code of ten, two continuous, 62 of noise.
    "InfoGAN": {
        "latent_dim": 62,
        "num_categories": 10,
        "num_continuous": 2,
        "information_weight": 1.0,
    },
    # PacGAN2.
    "PacGAN": {"packing": 2, "loss": "non_saturating"},
    # Section 4.1: 50 latents.
    "BiGAN": {"latent_dim": 50, "label_smoothing": 0.0},
    # Section 3.3 and appendix 6.2: lambda = 100.
    "Pix2Pix": {"network": "unet", "l1_weight": 100.0},
    # Section 3 and appendix C: 256 places, tau = 0.07, equal weights.
    "CUT": {
        "network": "resnet",
        "num_patches": 256,
        "temperature": 0.07,
        "contrast_weight": 1.0,
        "identity_contrast_weight": 1.0,
    },
    # Liu et al., section 5; Tong et al., algorithm 3.
    "FlowTranslation": {"network": "unet", "coupling": "optimal_transport"},
    # Section 4: least squares, lambda = 10, fifty past fakes; section 5.2: the
    # identity loss is for paintings.
    "CycleGAN": {
        "network": "resnet",
        "cycle_weight": 10.0,
        "identity_weight": 0.0,
        "buffer_size": 50,
    },
    # Equation 23; Ho and Salimans, table 1: 10% or 20% of labels left out.
    "FlowMatching": {"times": "uniform", "class_dropout": 0.1},
    # Salimans and Ho, section 4 and appendix D.
    "Diffusion": {
        "schedule": "cosine",
        "prediction": "velocity",
        "weighting": "uniform",
    },
    # Table 1: a quarter of intervals; samples in one step.
    "MeanFlow": {"share_of_intervals": 0.25, "num_steps": 1},
    # Ones and zeros.
    "PixelCNN": {"levels": 2, "network": "pixelcnn"},
    "ImageGPT": {"levels": 2, "network": "transformer"},
    # What is drawn is what was learned.
    "GPT": {"temperature": 1.0, "top_k": None, "top_p": 1.0},
    # Equation 3 and appendix C.1.
    "VAE": {"beta": 1.0, "likelihood": "bernoulli", "kl_annealing_steps": 0},
    "ConditionalVAE": {"beta": 1.0, "likelihood": "bernoulli"},
    # Equation 4, without the capacity that Burgess et al. add.
    "BetaVAE": {"beta": 4.0, "capacity": None},
    # Section 6: 6 on dSprites.
    "BetaTCVAE": {"beta": 6.0},
    # Table 1: 1, 5 and 50.
    "IWAE": {"num_importance_samples": 5, "beta": 1.0},
    # Section 5: 500.
    "VampPriorVAE": {"num_pseudo_inputs": 500, "beta": 1.0},
    # Section 3.2 and appendix A.1.
    "VQVAE": {"commitment_cost": 0.25, "codebook": "ema", "ema_decay": 0.99},
    # Cross entropy, as pixels are in [0, 1].
    "Autoencoder": {"loss": "binary_cross_entropy"},
    # Section 4.1: 25% of the pixels set to 0.
    "DenoisingAutoencoder": {"corruption": "masking", "corruption_level": 0.25},
    # Equation 7.
    "ContractiveAutoencoder": {"contraction_weight": 0.1, "jacobian": "auto"},
    # Section 3: rho = 0.05.
    "SparseAutoencoder": {"sparsity_target": 0.05},
    # Section 2.
    "AdversarialAutoencoder": {"adversarial_loss": "non_saturating"},
    # Section 4.3: 10 latents; section 3.1.2: k-means.
    "DEC": {
        "latent_dim": 10,
        "initialization": "kmeans",
        "loss": "squared_error",
    },
    # Section 5.2.
    "IDEC": {"latent_dim": 10, "gamma": 0.1, "loss": "squared_error"},
    # Section 4.2: 10 latents.
    "VaDE": {"latent_dim": 10, "beta": 1.0},
}


def of(model_class):
    """The row of a class, or that of the nearest parent that has one."""
    named = {model: name for name, model in _classes().items()}
    for parent in model_class.__mro__:
        row = PAPER_DEFAULTS.get(named.get(parent))
        if row is not None:
            return row
    return {}


def _classes():
    return {model.__name__: model for model in MODELS.values()}
