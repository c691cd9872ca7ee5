# SPDX-License-Identifier: Apache-2.0
"""A cable in a network namespace of its own, a sensor at one end and a sender at the other: for
tools/bench-live and tools/soak."""

import atexit
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from measure import fail, last_stats, must

SENDER, SENSOR = "wire0", "tap0"
SENDER_CORE, SENSOR_CORE = 0, 1
PATIENCE = 120      # seconds for what is bound to come
USER = "nobody"     # whom bittern becomes
RING = "64 MiB"     # of a sensor: Suricata's in suricata.yaml is as large


def isolate():
    """From here on, this process in namespaces of its own, where the cable is."""
    if os.environ.get("BITTERN_WIRE"):
        subprocess.run(["mount", "-t", "sysfs", "none", "/sys"], check=True)
        must("ip", "link", "add", SENDER, "type", "veth", "peer", "name", SENSOR)
        for end in (SENDER, SENSOR):
            must("ip", "link", "set", end, "addrgenmode", "none", "arp", "off", "up")
        # Packets arrive on the sensor's core, as by a network card: not on that of who sends them.
        pathlib.Path(f"/sys/class/net/{SENSOR}/queues/rx-0/rps_cpus").write_text(f"{1 << SENSOR_CORE:x}")
        return
    if os.geteuid():
        fail("needs root: for a network namespace of its own")
    for program in ("unshare", "ip", "taskset"):
        if not shutil.which(program):
            fail(f"needs {program}")
    os.environ["BITTERN_WIRE"] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])


def wait_for(what, holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            fail(f"waited in vain for {what}")
        time.sleep(0.1)


def sockets():
    """Packet sockets that listen at the sensor's end."""
    index = str(socket.if_nametoindex(SENSOR))
    with open("/proc/net/packet", encoding="ascii") as table:
        return sum(line.split()[4] == index for line in table.readlines()[1:])


class Share:
    """A part of a core for the sensors, in percent: where even a slow sensor is faster than the sender."""

    PERIOD_US = 10_000

    def __init__(self, percent):
        place = pathlib.Path(tempfile.mkdtemp(prefix="bittern-share."))
        quota = self.PERIOD_US * percent // 100
        atexit.register(self.end, place)
        for kind, ways in (("cgroup2", []), ("cgroup", ["-o", "cpu"])):
            if subprocess.run(["mount", "-t", kind, *ways, "none", place], capture_output=True).returncode:
                continue
            offered = place / "cgroup.controllers"
            if kind == "cgroup" or "cpu" in offered.read_text().split():
                break
            must("umount", place)
        else:
            fail("--share needs control groups with the cpu controller")
        self.group = place / f"bittern-{os.getpid()}"
        if kind == "cgroup2":
            (place / "cgroup.subtree_control").write_text("+cpu")
        self.group.mkdir()
        if kind == "cgroup2":
            (self.group / "cpu.max").write_text(f"{quota} {self.PERIOD_US}")
        else:
            (self.group / "cpu.cfs_period_us").write_text(f"{self.PERIOD_US}")
            (self.group / "cpu.cfs_quota_us").write_text(f"{quota}")

    def end(self, place):
        subprocess.run(["rmdir", *place.glob(f"bittern-{os.getpid()}")], capture_output=True)
        subprocess.run(["umount", place], capture_output=True)
        place.rmdir()

    def hold(self, process):
        (self.group / "cgroup.procs").write_text(f"{process.pid}")


class Sensor:
    """A process at the sensor's end, on some cores. `seen()` after `end()`: packets seen and dropped."""

    share = None    # of these cores; None: all

    def __init__(self, name, command, cores, workers, ready, log):
        self.name, self.log = name, log
        with open(log, "wb") as said:
            self.process = subprocess.Popen(["taskset", "-c", cores, *map(str, command)], stdout=said,
                                            stderr=subprocess.STDOUT)
        if Sensor.share:
            Sensor.share.hold(self.process)
        wait_for(f"{name} to listen", lambda: self.alive() and sockets() >= workers and ready(self))

    def said(self):
        return pathlib.Path(self.log).read_text(errors="replace")

    def alive(self):
        if self.process.poll() is not None:
            fail(f"{self.name} ended with {self.process.returncode}: {self.said()}")
        return True

    def end(self):
        self.alive()
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(PATIENCE):
            fail(f"{self.name} ended with {self.process.returncode}: {self.said()}")


def is_confined(sensor):
    """bittern gives up what it does not need when all is open."""
    return re.search(r"^NoNewPrivs:\s+1$", pathlib.Path(f"/proc/{sensor.process.pid}/status").read_text(),
                     re.M)


class Bittern(Sensor):
    """With all it has: baseline, rules, inventory, events, a state file, metrics."""

    def __init__(self, bench, baseline, cores="1", workers=1):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="bittern-live."))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        shutil.chown(folder, USER, -1)  # who it becomes
        self.eve = bench.work / "live.json"
        self.eve.unlink(missing_ok=True)
        settings = bench.work / "live.yaml"
        settings.write_text(f"interfaces:\n  - name: {SENSOR}\n    ring: {RING}\nworkers: {workers}\n"
                            f"user: {USER}\nstats-interval: 10s\nstate: {folder}/state.db\n"
                            f"metrics: unix:{folder}/metrics\n")
        super().__init__("bittern", [bench.bittern, "run", "--config", settings, "--baseline", baseline,
                                     "--eve", self.eve], cores, workers, is_confined,
                         bench.work / "live.log")

    def seen(self):
        with open(self.eve, "rb") as lines:
            stats = last_stats(lines)
        return stats["decoder"]["pkts"], stats["capture"]["kernel_drops"]


class LiveSuricata(Sensor):
    def __init__(self, suricata, cores="1", workers=1):
        self.suricata = suricata
        command = suricata.command(f"--af-packet={SENSOR}", "--runmode", "workers",
                                   "--set", f"af-packet.0.threads={workers}")
        super().__init__("Suricata", command, cores, workers, lambda self: "Engine started" in self.said(),
                         suricata.log / "live.log")

    def seen(self):
        counted = self.suricata.counters()
        return counted.get("decoder.pkts", 0), counted.get("capture.kernel_drops", 0)


def send(bench, capture, rate, seconds, first, core="0"):
    """Packets sent, and the rate that it really was."""
    said = must("taskset", "-c", core, bench.work / "replay", SENDER, capture, rate, seconds, first)
    packets, spent = re.match(r"(\d+) packets in ([\d.]+) s", said).groups()
    return int(packets), int(packets) / float(spent)
