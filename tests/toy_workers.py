"""What a process of the fuzz run may do instead of its work. It imports next to nothing, so that it begins at once."""

import os
import signal
import time


def crash(connection, *_):
    connection.recv()
    os._exit(7)


def hang(connection, *_):
    connection.recv()
    signal.setitimer(signal.ITIMER_PROF, 0.05)
    while True:
        time.monotonic()
