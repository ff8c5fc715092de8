"""The pieces of script that a page asks for one by one, given to the next page as one file, compressed.

JupyterLab's part of a page comes in some eighty pieces, and which ones only the page itself finds out. So the first
page tells: what it asked for is packed, and a page that finds all pieces there asks for none of them.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import logging
import re
from pathlib import Path

from tornado.web import HTTPError, RequestHandler

logger = logging.getLogger(__name__)

SETTLED_SECONDS = 5
"""So long after the last new piece the pieces are packed: then a page has what it needs."""

MOST_PACKS = 3
"""Older ones are dropped."""

HEAD_BYTES = 300
PIECE = re.compile(rb"""\s*(?:/\*.*?\*/\s*)?(?:"use strict";)?\s*\(self(?:\.|\[")\w*[cC]hunk""", re.DOTALL)
"""How webpack and rspack begin a piece: it adds itself to a list, whether or not somebody waits for it already."""


class Scripts:
    """Which pieces were asked for, and their packs.

    Attributes
    ----------
    newest : str
        The name of the pack for the next page; empty where there is none.
    """

    def __init__(self) -> None:
        self.newest = ""
        self._pieces: dict[tuple[int, int], Path] = {}
        self._packs: dict[str, bytes] = {}
        self._waiting: asyncio.TimerHandle | None = None
        self._packing: asyncio.Task | None = None

    def asked_for(self, path: Path) -> None:
        """Remember a file that a page was given, if it is a piece of script."""
        if path.suffix != ".js":
            return
        try:
            file = path.stat()
            key = file.st_dev, file.st_ino  # a file may have several names
            if key in self._pieces or not _is_piece(path):
                return
        except OSError:  # gone since
            return
        self._pieces[key] = path
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.get_running_loop().call_later(SETTLED_SECONDS, self._pack)

    def pack(self, name: str) -> bytes:
        """A pack, compressed by gzip.

        Raises
        ------
        KeyError
            There is none of that name; a page without it asks for each piece.
        """
        return self._packs[name]

    async def packed(self) -> None:
        """Wait for a packing that has begun."""
        if self._packing is not None:
            await self._packing

    def _pack(self) -> None:
        self._packing = asyncio.ensure_future(self._make(dict(self._pieces)))

    async def _make(self, pieces: dict[tuple[int, int], Path]) -> None:
        try:
            packed = await asyncio.to_thread(_packed, sorted(pieces.values()))
        except OSError as error:
            # Perhaps other versions were put in their place: what was packed of the old ones would not fit to them.
            logger.warning("%s", error)
            self.newest = ""
            self._packs.clear()
            self._pieces.clear()
            return
        name = hashlib.sha256(packed).hexdigest()[:16]
        self._packs[name] = packed
        if pieces == self._pieces:  # else a later pack is on its way, or there already
            self.newest = name
        while len(self._packs) > MOST_PACKS:
            del self._packs[next(iter(self._packs))]


def _is_piece(path: Path) -> bool:
    with path.open("rb") as file:
        return PIECE.match(file.read(HEAD_BYTES)) is not None


def _packed(pieces: list[Path]) -> bytes:
    # each in a function of its own: "use strict" at its beginning is for it alone
    whole = b"".join(b"(function(){" + path.read_bytes() + b"\n}());\n" for path in pieces)
    return gzip.compress(whole, compresslevel=6, mtime=0)


class Noticed:
    """Put before a handler of files: what it gives to a page is noticed."""

    def on_finish(self) -> None:
        given = getattr(self, "absolute_path", None)
        if given and self.get_status() in (200, 304):
            self.settings["workshop_scripts"].asked_for(Path(given))
        super().on_finish()


class PackHandler(RequestHandler):
    """Gives a pack. Its name changes with what it holds, so that a browser need not ask again."""

    def get(self, name: str) -> None:
        try:
            pack = self.settings["workshop_scripts"].pack(name)
        except KeyError:
            raise HTTPError(404) from None
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.set_header("Vary", "Accept-Encoding")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(pack)
        else:
            self.finish(gzip.decompress(pack))
