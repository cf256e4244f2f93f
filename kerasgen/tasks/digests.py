"""A few letters that tell data from others."""

import hashlib

import numpy as np


def digest(*parts):
    """Eight letters, of bytes or arrays."""
    found = hashlib.sha256()
    for part in parts:
        is_array = not isinstance(part, bytes)
        found.update(np.ascontiguousarray(part) if is_array else part)
    return found.hexdigest()[:8]
