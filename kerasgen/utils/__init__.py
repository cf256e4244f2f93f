"""Seeds, image grids and small checks; imports nothing of kerasgen."""
