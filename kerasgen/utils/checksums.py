"""Zip files that tell whether they are as they were written.

A zip file may end with a comment. Here it is the SHA-256 of all that is before
it, so that the file needs no second one, and stays what it was to everything
that reads zip files, `keras.saving.load_model` among them. The checksums that
zip files have anyway do not cover all of their bytes.
"""

import hashlib
import os
import zipfile

_NAME = b"sha256:"
_LENGTH = len(_NAME) + 2 * hashlib.sha256().digest_size
_CHUNK = 2**20


def add_checksum(path):
    """Ends a zip file, such as a `.keras` file, with its checksum.

    Args:
        path: str or `pathlib.Path`. Its comment is replaced.
    """
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = bytes(_LENGTH)
    with open(path, "r+b") as stream:
        stream.write(_checksum_of(stream))


def has_valid_checksum(path):
    """Whether a file is whole: not a byte was changed since it got a checksum.

    Args:
        path: str or `pathlib.Path` of any file.
    """
    if os.path.getsize(path) < _LENGTH:
        return False
    with open(path, "rb") as stream:
        return _checksum_of(stream) == stream.read()


def _checksum_of(stream):
    """The checksum of all before its place, where the stream then is."""
    end = stream.seek(-_LENGTH, os.SEEK_END)
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(min(_CHUNK, end - stream.tell())):
        digest.update(chunk)
    return _NAME + digest.hexdigest().encode()
