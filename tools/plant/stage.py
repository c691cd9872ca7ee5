# SPDX-License-Identifier: Apache-2.0
"""What the plants written in Python share: the moment when all of them begin."""
import pathlib
import time


def curtain(start):
    """Says that this host is ready, and waits for time 0, which the file `start` will name."""
    pathlib.Path("ready").touch()
    while not pathlib.Path(start).exists():
        time.sleep(0.1)
    return float(pathlib.Path(start).read_text())
