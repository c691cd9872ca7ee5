# SPDX-License-Identifier: Apache-2.0
"""What the tests that listen have in common: a network namespace of their own, patience, and frames to play there."""
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import time

SKIP = 77
PATIENCE = 90  # seconds after which what is waited for does not come any more


def isolate(*more):
    """Begins the script again in namespaces of its own (`more`: those beside the network's, as unshare has them)."""
    if os.environ.get("BITTERN_ALONE"):
        return
    name, words = pathlib.Path(sys.argv[0]).name, ["unshare", "-n", *more]
    if os.geteuid() or not shutil.which("unshare") or not shutil.which("ip"):
        print(name + ": needs root, unshare and ip: skipped", file=sys.stderr)
        sys.exit(SKIP)
    if subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        print(name + ": no namespaces here: skipped", file=sys.stderr)
        sys.exit(SKIP)
    os.execvpe("unshare", [*words, sys.executable, *sys.argv], {**os.environ, "BITTERN_ALONE": "1"})


def wait_for(what, is_there, every=0.05):
    """What `is_there` says, once it is true of something."""
    end = time.monotonic() + PATIENCE
    while not (found := is_there()):
        if time.monotonic() > end:
            raise AssertionError("waited in vain for " + what)
        time.sleep(every)
    return found


def frames(path):
    """Of a capture file in pcap, little end first."""
    data, at = pathlib.Path(path).read_bytes(), 24
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16:at + 16 + size]
        at += 16 + size
