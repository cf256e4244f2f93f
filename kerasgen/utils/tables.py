"""Files in which people read numbers."""

import numpy as np

from kerasgen.utils import files


def save_rows(path, rows):
    """Writes rows of numbers, comma-separated, a line a row.

    Args:
        path: str or `pathlib.Path`.
        rows: array of shape `(n, length)`.
    """
    with files.atomic_path(path) as scratch:
        np.savetxt(scratch, rows, fmt="%.6g", delimiter=",")


def save_tokens(path, tokens):
    """Writes sequences of integers, a line a sequence.

    Args:
        path: str or `pathlib.Path`.
        tokens: int array of shape `(n, length)`.
    """
    with files.atomic_path(path) as scratch:
        np.savetxt(scratch, tokens, fmt="%d")


def save_texts(path, texts):
    """Writes texts one after the other, with a line between them.

    Args:
        path: str or `pathlib.Path`.
        texts: list of str, or of bytes in UTF-8.
    """
    with files.atomic_path(path) as scratch:
        scratch.write_text(joined(texts) + "\n", encoding="utf-8")


def joined(texts):
    """Texts, of str or of bytes in UTF-8, with a line between them."""
    texts = [t.decode() if isinstance(t, bytes) else t for t in texts]
    return f"\n{40 * '-'}\n".join(texts)
