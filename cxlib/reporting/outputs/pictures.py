"""Pictures that a notebook holds: decoded, and looked at once, so that none that is broken reaches a file."""

from __future__ import annotations

import base64
import binascii
import io
import struct
import warnings
import zlib

from PIL import Image

KINDS = ("PNG", "JPEG")

# What Pillow raises over a picture that is none, is cut off, lies about its size, or would fill the memory.
_BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip


def decoded_picture(content: str) -> bytes:
    """The bytes of a picture that is held in base64; nothing where it is none that can be drawn.

    >>> decoded_picture("AAAA")
    b''
    """
    try:
        decoded = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return decoded if _can_be_drawn(decoded) else b""


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of a picture, in pixels.

    Raises
    ------
    OSError
        It is none.
    """
    with Image.open(io.BytesIO(content), formats=KINDS) as picture:
        return picture.size


def _can_be_drawn(content: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=KINDS) as picture:
                picture.verify()  # the sums that a PNG holds of its parts
            with Image.open(io.BytesIO(content), formats=KINDS) as picture:
                picture.load()
                return min(picture.size) > 0
    except _BROKEN:
        return False
