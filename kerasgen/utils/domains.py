"""Names of the two domains that a model translates between."""


def other_domain(name):
    """`"source"` for `"target"`, and `"target"` for `"source"`."""
    return "source" if name == "target" else "target"
