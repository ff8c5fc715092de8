"""Pictures of a notebook: only those that can be drawn reach a file."""

import base64
import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cxlib.reporting.outputs.pictures import decoded_picture, size_of


def picture(kind="PNG", size=(3, 2)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, kind)
    return file.getvalue()


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and holds one pixel."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0\0"))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))
        for name, held in [*parts, (b"IEND", b"")]
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_kept_as_it_is(kind):
    content = picture(kind)
    assert decoded_picture(base64_of(content)) == content
    assert size_of(content) == (3, 2)
    assert decoded_picture(base64_of(png_of(1, 1))) == png_of(1, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0\0\0", b"\x89PNG\r\n\x1a\n", picture()[:20], picture()[:-20], picture("JPEG")[:200], png_of(0, 1),
        png_of(1, 0), png_of(2**31 - 1, 2**31 - 1), png_of(10_000, 10_000), picture("GIF"), b"<svg/>",
    ],
)  # fmt: skip
def test_a_broken_picture_is_none(content):
    assert decoded_picture(base64_of(content)) == b""


@pytest.mark.parametrize("text", ["AAA", "no picture!", "\ud800", "é"])
def test_what_is_no_base64_is_no_picture(text):
    assert decoded_picture(text) == b""


@given(st.integers(0, 10**6), st.binary(max_size=3))
def test_no_damage_goes_further_than_here(place, damage):
    whole = picture(size=(9, 9))
    place %= len(whole)
    damaged = whole[:place] + damage + whole[place + len(damage) :]
    found = decoded_picture(base64_of(damaged))
    assert found in (b"", damaged)
    if found:
        assert min(size_of(found)) > 0
