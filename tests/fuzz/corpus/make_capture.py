#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes fuzz_capture/: one small capture file per shape that src/capture reads."""
import pathlib
import struct

HERE = pathlib.Path(__file__).parent / "fuzz_capture"


def pcap(order, magic, linktype, records, version=(2, 4)):
    out = struct.pack(order + "IHHIIII", magic, *version, 0, 0, 65535, linktype)
    for seconds, ticks, captured, wire in records:
        out += struct.pack(order + "IIII", seconds, ticks, captured, wire) + b"\x5a" * captured
    return out


def block(order, kind, body):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order, linktype, snap=0, options=b""):
    return block(order, 1, struct.pack(order + "HHI", linktype, 0, snap) + options)


def clock(order, resolution, offset):
    return (struct.pack(order + "HHB3x", 9, 1, resolution)
            + struct.pack(order + "HHq", 14, 8, offset) + struct.pack(order + "HH", 0, 0))


def enhanced(order, ident, ticks, data):
    head = struct.pack(order + "IIIII", ident, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data) + 4)
    return block(order, 6, head + data)


def section_with_all(order):
    return (section(order)
            + interface(order, 1, 16, clock(order, 9, 5)) + interface(order, 101, 0, clock(order, 0x94, -5))
            + interface(order, 127)
            + block(order, 5, b"\1\2\3\4\5\6\7\10") + block(order, 0x0BAD, b"custom block")
            + enhanced(order, 0, 1700000000123456789, b"\0" * 60)
            + enhanced(order, 1, 12345678, b"\x45" + b"\0" * 27)
            + block(order, 3, struct.pack(order + "I", 99) + b"s" * 16)
            + block(order, 2, struct.pack(order + "HHIIII", 0, 0, 1, 2, 5, 9) + b"old!!"))


SEEDS = {
    "pcap_little": pcap("<", 0xA1B2C3D4, 1, [(1, 2, 60, 60), (2, 3, 30, 1500), (3, 0, 0, 0)]),
    "pcap_big": pcap(">", 0xA1B2C3D4, 0x54000001, [(1, 2, 60, 60), (2, 3, 14, 1500)]),
    "pcap_nano": pcap("<", 0xA1B23C4D, 101, [(1700000000, 999999999, 40, 40)]),
    "pcap_old_version": pcap("<", 0xA1B2C3D4, 1, [(1, 2, 60, 60)], (2, 2)),
    "pcap_cut": pcap("<", 0xA1B2C3D4, 1, [(1, 2, 60, 60)])[:-1],
    "pcap_lie": pcap("<", 0xA1B2C3D4, 1, [(1, 2, 60, 60)]) + b"\xff" * 32,
    "pcapng_little": section_with_all("<"),
    "pcapng_big": section_with_all(">"),
    "pcapng_sections": section_with_all("<") + section_with_all(">") + section_with_all("<"),
    "pcapng_cut": section_with_all("<")[:-3],
}

HERE.mkdir(exist_ok=True)
for name, content in SEEDS.items():
    (HERE / name).write_bytes(content)
