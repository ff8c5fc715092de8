"""What one page asked for piece by piece, the next gets as one file."""

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor

import pytest

from cxlib.workshop.server import scripts
from cxlib.workshop.server.scripts import PIECE, Scripts

FIRST = b'"use strict";(self.webpackChunk_A=self.webpackChunk_A||[]).push([[1],{1:()=>{}}]);'
SECOND = (
    b'/*! For license information */\n(self["rspackChunk_b"] = self["rspackChunk_b"] || []).push([[2], {}])\n// end'
)


@pytest.fixture
def packed(monkeypatch):
    """What is packed after pages asked for these files, in this order."""
    monkeypatch.setattr(scripts, "SETTLED_SECONDS", 0.01)

    def pack(*rounds) -> list[tuple[str, str]]:
        async def ask():
            asked, packs = Scripts(), []
            pack.asked = asked
            for files in rounds:
                for file in files:
                    file() if callable(file) else asked.asked_for(file)
                await asyncio.sleep(0.05)
                await asked.packed()
                packs.append((asked.newest, gzip.decompress(asked.pack(asked.newest)).decode() if asked.newest else ""))
            return packs

        # in a thread of its own: the driver of browsers leaves a loop running in this one
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, ask()).result()

    return pack


@pytest.mark.parametrize("piece", [FIRST, SECOND, b"\n" + FIRST])
def test_a_piece_is_known_by_how_it_begins(piece):
    assert PIECE.match(piece)


@pytest.mark.parametrize("other", [b"var _JUPYTERLAB;(()=>{", b'"use strict";const self = 1;', b"", b"(self.x=1)"])
def test_what_does_something_by_itself_is_no_piece(other):
    assert not PIECE.match(other)


def test_pieces_are_packed_once_in_the_order_of_their_names_each_strict_for_itself_alone(packed, tmp_path):
    one, two, entry = tmp_path / "1.js", tmp_path / "2.js", tmp_path / "remoteEntry.js"
    one.write_bytes(FIRST)
    two.write_bytes(SECOND)
    entry.write_bytes(b"var _JUPYTERLAB;")
    ((name, text),) = packed([two, entry, one, two])
    assert text == "(function(){" + FIRST.decode() + "\n}());\n" + "(function(){" + SECOND.decode() + "\n}());\n"
    # a browser that has it from another day need not ask again
    assert packed([one, two]) == [(name, text)]


def test_when_a_file_is_gone_there_is_no_pack_until_pages_have_asked_anew(packed, tmp_path, caplog):
    one, two = tmp_path / "1.js", tmp_path / "2.js"
    one.write_bytes(FIRST)
    two.write_bytes(SECOND)
    before, during, after = packed([one], [two, one.unlink], [two])
    assert before[0] and during == ("", "")
    assert SECOND.decode() in after[1] and FIRST.decode() not in after[1]
    assert "1.js" in caplog.text


def test_old_packs_are_dropped(packed, tmp_path):
    files = [tmp_path / f"{n}.js" for n in range(5)]
    for n, file in enumerate(files):
        file.write_bytes(FIRST.replace(b"1", str(n).encode()))
    names = [name for name, _ in packed(*([file] for file in files))]
    assert len(set(names)) == 5
    assert packed.asked.pack(names[-1]) and packed.asked.pack(names[-scripts.MOST_PACKS])
    with pytest.raises(KeyError):
        packed.asked.pack(names[0])


def test_without_a_piece_there_is_no_pack(packed, tmp_path):
    style = tmp_path / "style.css"
    style.write_bytes(FIRST)  # not by its name
    assert packed([style]) == [("", "")]


def test_a_later_page_that_needs_more_gets_another_name(packed, tmp_path):
    one, two = tmp_path / "1.js", tmp_path / "2.js"
    one.write_bytes(FIRST)
    two.write_bytes(SECOND)
    before, after, same = packed([one], [two], [one])
    assert before[0] != after[0] == same[0]
    assert after[1].startswith(before[1])


def test_nobody_is_given_what_was_not_packed():
    with pytest.raises(KeyError):
        Scripts().pack("0123456789abcdef")
