#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seed corpus of fuzz_modbus from the exchanges of tests/unit/test_modbus.c: one file per
exchange, one with all of them, one with stray bytes and a CRC. Run from the project's root."""
import pathlib
import re

SOURCE = pathlib.Path("tests/unit/test_modbus.c").read_text()
FOLDER = pathlib.Path("tests/fuzz/corpus/fuzz_modbus")


def adu(pdu, tid):
    body = bytes([17]) + bytes.fromhex(pdu)
    return tid.to_bytes(2, "big") + bytes(2) + len(body).to_bytes(2, "big") + body


def step(control, data):
    if len(data) > 255:
        return bytes([control | 32]) + len(data).to_bytes(2, "big") + data
    return bytes([control, len(data)]) + data


table = SOURCE[SOURCE.index("exchanges[] = {"):SOURCE.index("#define EXCHANGES")]
pairs = re.findall(r'\{"([0-9a-f ]+)",\s*"([0-9a-f ]+)",\s*"(\w+)"', table)
FOLDER.mkdir(parents=True, exist_ok=True)
whole = b"\1"
for number, (request, answer, name) in enumerate(pairs):
    steps = step(0, adu(request, number)) + step(1, adu(answer, number))
    (FOLDER / f"{number:02}-{name}").write_bytes(b"\1" + steps)
    whole += steps
(FOLDER / "all").write_bytes(whole)
odd = adu("03 0000 0001", 1) + b"\xde\xad" + adu("03 0000 0001", 2) + adu("5a 00 31 0001 0100 9001" + "61" * 400, 3)
(FOLDER / "odd").write_bytes(b"\0" + step(2, odd) + step(9, adu("83 02", 2)) + step(20, adu("83 02", 2)))
