"""Models that draw a datum part by part, each from those before it."""
