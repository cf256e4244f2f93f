"""kerasgen."""
