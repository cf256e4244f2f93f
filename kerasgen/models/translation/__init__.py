"""Models from images of one domain to images of another."""
