"""The pieces of script that a page asks for one by one, given to the next page as one file, compressed.

JupyterLab's part of a page comes in some eighty pieces, and which ones only the page itself finds out. So the first
page tells: what it asked for is packed, and a page that finds all pieces there asks for none of them.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from pathlib import Path

from tornado.web import HTTPError, RequestHandler

SETTLED_SECONDS = 5
"""So long after the last new piece the pieces are packed: then a page has what it needs."""

HEAD_BYTES = 300
PIECE = re.compile(rb"""\s*(?:/\*.*?\*/\s*)?(?:"use strict";)?\s*\(self(?:\.|\[")\w*[cC]hunk""", re.DOTALL)
"""How webpack and rspack begin a piece: it adds itself to a list, whether or not somebody waits for it already."""


class Scripts:
    """Which pieces were asked for, and their packs.

    Attributes
    ----------
    newest : str
        The name of the pack for the next page; empty before a page has told what it needs.
    """

    def __init__(self) -> None:
        self.newest = ""
        self._pieces: dict[Path, None] = {}
        self._packs: dict[str, bytes] = {}
        self._packing: asyncio.TimerHandle | None = None
        self._task: asyncio.Task | None = None

    def asked_for(self, path: Path) -> None:
        """Remember a file that a page was given, if it is a piece of script."""
        if path in self._pieces or path.suffix != ".js":
            return
        with path.open("rb") as file:
            if not PIECE.match(file.read(HEAD_BYTES)):
                return
        self._pieces[path] = None
        if self._packing is not None:
            self._packing.cancel()
        self._packing = asyncio.get_running_loop().call_later(SETTLED_SECONDS, self._pack)

    def pack(self, name: str) -> bytes:
        """A pack, compressed by gzip.

        Raises
        ------
        KeyError
            There is none of that name.
        """
        return self._packs[name]

    def _pack(self) -> None:
        self._task = asyncio.ensure_future(self._make(list(self._pieces)))

    async def _make(self, pieces: list[Path]) -> None:
        packed = await asyncio.to_thread(_packed, pieces)
        name = hashlib.sha256(packed).hexdigest()[:16]
        self._packs[name] = packed
        self.newest = name


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
