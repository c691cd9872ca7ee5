# SPDX-License-Identifier: Apache-2.0
"""What the measuring tools share: a release build, large captures made of small ones, processes
measured, and Suricata in a root of its own."""

import hashlib
import json
import os
import pathlib
import resource
import select
import shutil
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
PCAPS = TOP / "pcaps"
TOOL = pathlib.Path(sys.argv[0]).name

# The usual mix, for repeat-capture: about 118 bytes a packet, of which one in two belongs to Modbus, one in
# eight each to DNP3 and MQTT, one in four to OPC UA. Masters hold their connections for ever, what
# publishes and browses comes and goes.
MIX = ["-l", "modbus-plant-learn", "modbus-plant-normal", "-x9", "dnp3-made",
       "-f", "-x1", "modbus-roads", "mqtt-plant-learn", "mqtt-plant-normal",
       "-x4", "opcua-plant-learn", "opcua-plant-normal"]


def say(text):
    print(text, file=sys.stderr)


def fail(text):
    sys.exit(f"{TOOL}: {text}")


def must(*command):
    done = subprocess.run([str(word) for word in command], cwd=TOP, text=True, capture_output=True)
    if done.returncode:
        fail(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def mix():
    """MIX as repeat-capture takes it."""
    for word in MIX:
        if word.startswith("-x"):
            yield from ("-x", word[2:])
        else:
            yield word if word.startswith("-") else PCAPS / f"{word}.pcap"


class Bench:
    """A build folder, and in it the folder bench/ with the tools' programs and captures."""

    def __init__(self, folder, *programs):
        self.build = pathlib.Path(folder).resolve()
        self.work = self.build / "bench"
        self.bittern = self.build / "src/cli/bittern"
        if not (self.build / "build.ninja").exists():
            must("meson", "setup", self.build, "--buildtype=release", "-Db_lto=true")
        kind = {option["name"]: option["value"] for option in
                json.loads(must("meson", "introspect", "--buildoptions", self.build))}
        if kind["buildtype"] != "release" or kind["b_sanitize"] != "none":
            fail(f"{folder}: not a plain release build; remove it, or name another with --build")
        must("ninja", "-C", self.build, "src/cli/bittern")
        self.work.mkdir(exist_ok=True)
        for program in programs:
            source, binary = TOP / f"tools/{program}.c", self.work / program
            if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
                must("gcc", "-std=gnu17", "-O2", "-Wall", "-o", binary, source, "-lpcap")

    def capture(self, words, mib, sites):
        """The file that repeat-capture makes of them: once, and an older one makes room."""
        words = [str(word) for word in words]
        files = [os.stat(word) for word in words if os.path.isfile(word)]
        recipe = [mib, sites, words, (TOP / "tools/repeat-capture.c").read_text(),
                  [(file.st_size, file.st_mtime) for file in files]]
        name = hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:12]
        capture = self.work / f"{name}.pcap"
        if not capture.exists():
            for old in self.work.glob("*.pcap"):
                old.unlink()
            half = capture.with_suffix(".part")
            must(self.work / "repeat-capture", "-k", sites, "-s", mib, half, *words)
            half.rename(capture)
        return capture

    def learn(self, capture):
        """A baseline of all of the capture."""
        baseline = capture.with_suffix(".yaml")
        must(self.bittern, "learn", "--quiet", capture, "-o", baseline)
        return baseline


class Suricata:
    """Suricata in the root that tools/suricata-root makes; the bench's folder is its /mnt."""

    ENTER = ('root=$1; mount --bind "$2" "$root/mnt" && shift 2 && exec chroot "$root" '
             'suricata -c /mnt/suricata.yaml -k none -l /mnt/suricata "$@"')

    def __init__(self, root, bench):
        self.root, self.work = pathlib.Path(root).resolve(), bench.work
        self.log = self.work / "suricata"
        if not (self.root / "usr/bin/suricata").exists():
            fail(f"{root}: no Suricata in it; tools/suricata-root {root} makes it")
        if os.geteuid():
            fail("Suricata in a root of its own needs root")
        self.log.mkdir(exist_ok=True)
        shutil.copy(TOP / "tools/suricata.yaml", self.work)

    def command(self, *words):
        """Files named in it are in the bench's folder."""
        inside = [f"/mnt/{word.name}" if isinstance(word, pathlib.Path) else word for word in words]
        return ["unshare", "--mount", "sh", "-c", self.ENTER, "sh", self.root, self.work, *inside]

    def counters(self):
        """What its last run counted, by name."""
        found = {}
        for line in (self.log / "stats.log").read_text().splitlines():
            words = [word.strip() for word in line.split("|")]
            if len(words) == 3 and words[2].isdigit():
                found[words[0]] = int(words[2])
        return found


def memory_now(pid):
    """Peak and anonymous KiB of a running process; 0 when it is too late to ask."""
    sizes = {}
    try:
        for line in open(f"/proc/{pid}/status"):
            key, _, value = line.partition(":")
            if key in ("VmHWM", "RssAnon"):
                sizes[key] = int(value.split()[0])
    except (OSError, ValueError):
        pass
    return sizes.get("VmHWM", 0), sizes.get("RssAnon", 0)


def measure(command, work):
    """One run: seconds, seconds of processor time, peak and anonymous memory in KiB.

    The kernel's own figure (ru_maxrss) is exact, but a child inherits what its parent had, so for
    the very small the sampled one is taken. A mapped file counts as memory of the process while it is
    in the page cache; anonymous memory is what only the process can free, sampled.
    """
    inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open(work / "stderr", "w+b") as said:
        begin = time.monotonic()
        child = subprocess.Popen([str(word) for word in command], cwd=TOP,
                                 stdout=subprocess.DEVNULL, stderr=said)
        peak = anonymous = 0
        ended = select.poll()
        handle = os.pidfd_open(child.pid)
        ended.register(handle, select.POLLIN)
        while not ended.poll(10):
            high, own = memory_now(child.pid)
            peak, anonymous = max(peak, high), max(anonymous, own)
        seconds = time.monotonic() - begin
        os.close(handle)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            fail(f"{' '.join(map(str, command))}: exit status {child.returncode}\n"
                 + said.read().decode(errors="replace"))
    if usage.ru_maxrss > inherited:
        peak = usage.ru_maxrss
    return seconds, usage.ru_utime + usage.ru_stime, peak, anonymous


def last_stats(lines):
    """The last stats event of a stream of event lines (bytes)."""
    found = None
    for line in lines:
        if b'"event_type":"stats"' in line:
            found = line
    return json.loads(found)["stats"] if found else None
