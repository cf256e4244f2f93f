"""Zip files that tell whether they are as they were written.

A zip file may end with a comment. A sealed one ends with the digest of all that
is before it, so that it needs no second file, and stays what it was to
everything that reads zip files, `keras.saving.load_model` among them. The
checksums that zip files have anyway do not cover all of their bytes.
"""

import hashlib
import os
import zipfile

_NAME = b"sha256:"
_LENGTH = len(_NAME) + 2 * hashlib.sha256().digest_size
_CHUNK = 2**20


def seal(path):
    """Seals a zip file, such as a `.keras` file.

    Args:
        path: str or `pathlib.Path`. Its comment is replaced.
    """
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = bytes(_LENGTH)
    with open(path, "r+b") as stream:
        stream.write(_seal_of(stream))


def is_sealed(path):
    """Whether a file is whole: sealed, and since then not changed by a byte.

    Args:
        path: str or `pathlib.Path` of any file.
    """
    if os.path.getsize(path) < _LENGTH:
        return False
    with open(path, "rb") as stream:
        return _seal_of(stream) == stream.read()


def _seal_of(stream):
    """The seal of all before its place, which is where the stream then is."""
    end = stream.seek(-_LENGTH, os.SEEK_END)
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(min(_CHUNK, end - stream.tell())):
        digest.update(chunk)
    return _NAME + digest.hexdigest().encode()
