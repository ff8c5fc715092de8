"""Warm Pythons: a small server that has imported what a report needs, and forks a process for each that asks.

A report's notebook takes seconds to import pandas, altair and the compiled parts of cxlib. Where several reports are
made, a server does it once; every kernel is a fork of it: a process of its own, with nothing in it of the report
before. Where a system cannot fork safely, or the server fails, a plain process takes its place.

- `server.warm_server` starts it and ends it;
- `serving` is what runs in it;
- `warm_up` is what it imports;
- `forked` asks it for a process;
- `provisioner` makes a Jupyter kernel of one.
"""
