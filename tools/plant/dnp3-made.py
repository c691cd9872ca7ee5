#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""DNP3 made by hand: no stack of others speaks here, only the frames below, over real TCP.

    dnp3-made.py captures                 what can be recorded: name, seconds
    dnp3-made.py needs                    what it runs besides Python: nothing
    dnp3-made.py nodes CAPTURE            who takes part: name, MAC, address, TTL
    dnp3-made.py run CAPTURE NODE START   plays one of them, with time 0 at START

It is there to measure with, and to have the usual exchanges in one place: integrity poll, class
polls, events with times, unsolicited reports, time, select before operate, set-points. What it
proves of a dissector is only that both were written with the same reading of IEEE 1815.
"""
import math
import socket
import struct
import sys
import time

from stage import curtain

OUTSTATION = "10.60.0.11"
NODES = {  # name: MAC, address, TTL
    "outstation": ("00:30:a7:1a:60:11", OUTSTATION, 64),
    "station": ("00:1b:1b:1a:60:05", "10.60.0.5", 128),
}
SECONDS = 24
PORT = 20000
MASTER, REMOTE = 1, 10          # link addresses

READ, WRITE, SELECT, OPERATE, DIRECT, CONFIRM = 1, 2, 3, 4, 5, 0
RESPONSE, UNSOLICITED = 129, 130
FIRST_FINAL, ASKS_CONFIRM, UNASKED = 0xC0, 0x20, 0x10
EVENTS = b"\x3c\x02\x06\x3c\x03\x06\x3c\x04\x06"        # classes 1, 2, 3: all of each
ALL = EVENTS + b"\x3c\x01\x06"                          # and class 0


def crc(block):
    """CRC-16/DNP, little end first."""
    value = 0
    for byte in block:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA6BC if value & 1 else 0)
    return struct.pack("<H", ~value & 0xFFFF)


def frames(control, to, source, fragment):
    """The link frames of an application fragment: transport octet, blocks of 16, a CRC each."""
    out, number = b"", 0
    for at in range(0, len(fragment), 249):
        part = fragment[at:at + 249]
        ends = (0x40 if at == 0 else 0) | (0x80 if at + 249 >= len(fragment) else 0)
        data = bytes((ends | number & 0x3F,)) + part
        head = struct.pack("<HBBHH", 0x6405, 5 + len(data), control, to, source)
        out += head + crc(head)
        for block in range(0, len(data), 16):
            out += data[block:block + 16] + crc(data[block:block + 16])
        number += 1
    return out


def receive(sock):
    """One whole fragment, or None at the end."""
    fragment = b""
    while True:
        head = sock.recv(10, socket.MSG_WAITALL)
        if len(head) < 10:
            return None
        left, data = head[2] - 5, b""
        while left:
            size = min(left, 16)
            data += sock.recv(size + 2, socket.MSG_WAITALL)[:size]
            left -= size
        fragment += data[1:]
        if data[0] & 0x80:
            return fragment


def now_ms():
    return struct.pack("<Q", int(time.time() * 1000))[:6]


# --- the outstation ----------------------------------------------------------

class Feeder:
    """Eight switches, six measurements, two counters; what changes becomes an event."""

    def __init__(self):
        self.tick, self.closed, self.setpoint, self.answered = 0, True, 400, 0

    def analogs(self):
        swing = math.sin(self.tick / 6)
        return [round(2300 + 20 * swing), 2298, 2301, round(self.setpoint + 9 * swing), 500, 96]

    def static(self):
        """Group 1 variation 2, group 20 variation 1, group 30 variation 1; 1-octet ranges."""
        out = struct.pack("BBBBB", 1, 2, 0, 0, 7)
        out += bytes(0x01 | (0x80 if i % 2 or self.closed else 0) for i in range(8))
        out += struct.pack("BBBBB", 20, 1, 0, 0, 1)
        out += b"".join(struct.pack("<BI", 1, 81250 + self.tick * i) for i in (1, 2))
        out += struct.pack("BBBBB", 30, 1, 0, 0, 5)
        return out + b"".join(struct.pack("<Bi", 1, value) for value in self.analogs())

    def events(self):
        """Group 32 variation 3 (with time), group 2 variation 2; 2-octet indexes."""
        self.tick += 1
        values = self.analogs()
        out = struct.pack("<BBBH", 32, 3, 0x28, 2)
        for index in (0, 3):
            out += struct.pack("<HBi", index, 1, values[index]) + now_ms()
        if self.tick % 5 == 0:
            out += struct.pack("<BBBHHB", 2, 2, 0x28, 1, 2, 0x81 if self.closed else 1) + now_ms()
        return out

    def answer(self, function, objects):
        """The objects of the answer, and the internal indications."""
        if function == READ:
            return (self.events() + (self.static() if b"\x3c\x01" in objects else b"")), 0
        if function in (SELECT, OPERATE, DIRECT):
            if objects[0] == 12 and function != SELECT:
                self.closed = objects[6] & 0xC0 != 0x80
            elif objects[0] == 41:
                self.setpoint = struct.unpack_from("<h", objects, 5)[0]
            return objects, 0
        return b"", 0


def serve():
    with socket.create_server(("0.0.0.0", PORT)) as listener:
        sock, _ = listener.accept()
        feeder, unasked = Feeder(), 0
        while (fragment := receive(sock)) is not None:
            control, function, objects = fragment[0], fragment[1], fragment[2:]
            if function == CONFIRM:
                continue
            told, indications = feeder.answer(function, objects)
            confirm = ASKS_CONFIRM if function == READ else 0
            sock.sendall(frames(0x44, MASTER, REMOTE, struct.pack(
                "<BBH", FIRST_FINAL | confirm | control & 15, RESPONSE, indications) + told))
            feeder.answered += 1
            if feeder.answered % 10 == 0:
                time.sleep(0.3)
                unasked = unasked + 1 & 15
                sock.sendall(frames(0x44, MASTER, REMOTE, struct.pack(
                    "<BBH", FIRST_FINAL | ASKS_CONFIRM | UNASKED | unasked, UNSOLICITED, 0)
                    + feeder.events()))
    time.sleep(3600)  # the recording ends us


# --- the station -------------------------------------------------------------

def breaker(close):
    """Group 12 variation 1: latch on or off at index 2, once, for 500 ms."""
    return struct.pack("<BBBBBBBIIB", 12, 1, 0x17, 1, 2, 0x41 if close else 0x81, 1, 500, 0, 0)


def setpoint(value):
    """Group 41 variation 2: 16 bits at index 3."""
    return struct.pack("<BBBBBhB", 41, 2, 0x17, 1, 3, value, 0)


def questions(turn):
    """What is asked in one second."""
    yield READ, ALL if turn % 10 == 0 else EVENTS
    if turn % 8 == 3:
        yield DIRECT, setpoint(380 + turn)
    if turn % 10 == 6:
        for function in (SELECT, OPERATE):
            yield function, breaker(turn % 20 == 6)
    if turn == 2:
        yield WRITE, struct.pack("BBBB", 50, 1, 7, 1) + now_ms()


def ask(start):
    time.sleep(max(0, start + 1 - time.time()))
    sock = socket.create_connection((OUTSTATION, PORT))
    number = 0
    for turn in range(SECONDS):
        for function, objects in questions(turn):
            number = number + 1 & 15
            sock.sendall(frames(0xC4, REMOTE, MASTER,
                                bytes((FIRST_FINAL | number, function)) + objects))
            while True:
                fragment = receive(sock)
                if fragment[0] & ASKS_CONFIRM:
                    sock.sendall(frames(0xC4, REMOTE, MASTER, bytes(
                        (FIRST_FINAL | fragment[0] & (UNASKED | 15), CONFIRM))))
                if fragment[1] == RESPONSE:
                    break
        time.sleep(max(0, start + 2 + turn - time.time()))
    time.sleep(3600)  # the recording ends us


def main():
    command, *args = sys.argv[1:] or ["help"]
    if command == "captures":
        print("dnp3-made", SECONDS)
    elif command == "needs":
        pass
    elif command == "nodes":
        for node, facts in NODES.items():
            print(node, *facts)
    elif command == "run":
        start = curtain(args[2])
        serve() if args[1] == "outstation" else ask(start)
    else:
        sys.exit(__doc__)


main()
