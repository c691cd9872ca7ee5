#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seed corpus of fuzz_mqtt: one conversation per file, on each road. Run from the project's
root."""
import pathlib

FOLDER = pathlib.Path("tests/fuzz/corpus/fuzz_mqtt")
UP, DOWN = 0, 1
PROVEN, WEBSOCKET, MIDSTREAM = 1, 2, 4


def text(value):
    value = value.encode()
    return len(value).to_bytes(2, "big") + value


def packet(first, *parts):
    body, length = b"".join(parts), b""
    rest = len(body)
    while True:
        rest, digit = rest >> 7, rest & 127
        length += bytes([digit | (128 if rest else 0)])
        if not rest:
            return bytes([first]) + length + body


def props(*parts):
    body = b"".join(parts)
    return bytes([len(body)]) + body


def user():
    return b"\x26" + text("k") + text("v")


ID = b"\0\7"
OLD = [
    (UP, packet(0x10, text("MQTT"), b"\4\xee\0\x3c", text("me"), text("last/will"), text("bye"), text("user"), text("pw"))),
    (DOWN, packet(0x20, b"\0\0")),
    (UP, packet(0x82, ID, text("a/#"), b"\1", text("$share/g/+/b"), b"\2")),
    (DOWN, packet(0x90, ID, b"\1\x80")),
    (UP, packet(0x32, text("a/b"), ID, b"21.5")),
    (DOWN, packet(0x40, ID)),
    (DOWN, packet(0x34, text("a/b"), ID, b'{"a":[1,true,{"b":-2e3}],"c":"\\"","d":null}')),
    (UP, packet(0x50, ID)),
    (DOWN, packet(0x62, ID)),
    (UP, packet(0x70, ID)),
    (DOWN, packet(0x31, text("$SYS/broker/version"), b"mosquitto version 2")),
    (UP, packet(0x30, text("spBv1.0/g/NBIRTH/e"), bytes.fromhex("0801120a0a016110012004500518 00".replace(" ", "")))),
    (UP, packet(0xA2, ID, text("a/#"))),
    (DOWN, packet(0xB0, ID)),
    (UP, packet(0xC0)),
    (DOWN, packet(0xD0)),
    (UP, packet(0xE0)),
]
NEW = [
    (UP, packet(0x10, text("MQTT"), b"\5\xc6\0\x3c",
                props(b"\x11\0\0\0\x78\x21\0\x14\x27\0\0\x10\0\x22\0\x0a\x19\1\x17\0", user()), text(""),
                props(b"\x18\0\0\0\5\1\1\2\0\0\0\5\3", text("t"), b"\x08", text("r"), b"\x09", text("c")),
                text("will"), text("bye"), text("user"), text("pw"))),
    (DOWN, packet(0x20, b"\1\0", props(b"\x12", text("auto"), b"\x13\0\x1e\x22\0\5\x24\1\x25\1\x28\1\x29\1\x2a\1"))),
    (UP, packet(0xF0, b"\x19", props(b"\x15", text("SCRAM"), b"\x16", text("x")))),
    (DOWN, packet(0xF0, b"\x18", props(b"\x15", text("SCRAM"), b"\x16", text("y")))),
    (UP, packet(0x82, ID, props(b"\x0b\7", user()), text("a/#"), b"\x2d")),
    (DOWN, packet(0x90, ID, props(b"\x1f", text("ok")), b"\1")),
    (UP, packet(0x30, text("long/topic"), props(b"\x23\0\3"), b"1")),
    (UP, packet(0x32, text(""), ID, props(b"\x23\0\3\1\1"), b"2")),
    (DOWN, packet(0x40, ID, b"\x10", props(user()))),
    (UP, packet(0x34, text(""), ID, props(b"\x23\0\3"), b"x" * 300)),
    (DOWN, packet(0x50, ID, b"\x97")),
    (DOWN, packet(0x62, ID, b"\0")),
    (UP, packet(0x70, ID, b"\x92", props(b"\x1f", text("no")))),
    (UP, packet(0xA2, ID, props(user()), text("a/#"))),
    (DOWN, packet(0xB0, ID, props(), b"\x11")),
    (DOWN, packet(0xE0, b"\x8e", props(b"\x1c", text("other"), b"\x1f", text("moved")))),
]
ODD = [
    (UP, b"\xff\xff\xff\xff\xff" + packet(0x30, text("plant/level"), b"1")),
    (UP, packet(0x36, text("a"), ID) + packet(0xC0)),
    (UP, packet(0x30, text("a/+/b"), b"\0")),
    (DOWN, packet(0x82, ID, text("a#"), b"\7")),
    (UP, b"\x30\xff\xff\xff\x7f" + text("big") + b"x" * 200),
]


def step(side, data, control=0):
    if len(data) > 255:
        return bytes([side | control | 32]) + len(data).to_bytes(2, "big") + data
    return bytes([side | control, len(data)]) + data


def frame(side, data, first=0x82):
    head = bytes([first])
    mask = 0x80 if side == UP else 0
    head += bytes([mask | len(data)]) if len(data) < 126 else bytes([mask | 126]) + len(data).to_bytes(2, "big")
    if side == DOWN:
        return head + data
    return head + b"\1\2\3\4" + bytes(byte ^ (i & 3) + 1 for i, byte in enumerate(data))


UPGRADE = [
    (UP, b"GET /mqtt HTTP/1.1\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"),
    (DOWN, b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"),
]


def write(name, flow, steps, control=0):
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / name).write_bytes(bytes([flow]) + b"".join(step(side, data, control) for side, data in steps))


for name, steps in (("old", OLD), ("new", NEW), ("odd", ODD)):
    write(name, PROVEN, steps)
    write(name + "-midstream", MIDSTREAM, steps[2:], control=2)
    framed = [(side, frame(side, data)) for side, data in steps if len(data) < 65536]
    write(name + "-websocket", PROVEN | WEBSOCKET, UPGRADE + framed)
    pieces = [(side, frame(side, data[i:i + 3], 0)) for side, data in steps for i in range(0, len(data), 3)]
    write(name + "-websocket-pieces", PROVEN | WEBSOCKET, UPGRADE + pieces)
for side, data in (OLD + NEW + ODD):
    write("%02x-%s-%d" % (data[0], "up" if side == UP else "down", len(data)), MIDSTREAM, [(side, data)])
