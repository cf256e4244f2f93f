"""Models that find clusters while they learn latents."""
