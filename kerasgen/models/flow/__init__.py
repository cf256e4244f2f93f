"""Flows and diffusion: data from noise, along a path, step by step."""
