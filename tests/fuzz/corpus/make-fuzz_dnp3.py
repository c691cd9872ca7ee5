#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seed corpus of fuzz_dnp3 from the exchanges of tests/unit/test_dnp3.c: one file per
exchange, one with all of them, one with what is broken. Run from the project's root."""
import pathlib
import re

SOURCE = pathlib.Path("tests/unit/test_dnp3.c").read_text()
FOLDER = pathlib.Path("tests/fuzz/corpus/fuzz_dnp3")
TO_CLIENT, PAUSE, LONG = 1, 4, 32


def step(control, data):
    if len(data) > 255:
        return bytes([control | LONG]) + len(data).to_bytes(2, "big") + data
    return bytes([control, len(data)]) + data


def strings(text):
    """The C strings in it that are hexadecimal, those that stand together joined."""
    text = re.sub(r'"\s*"', "", text)
    return [bytes.fromhex(found) for found in re.findall(r'"((?:[0-9a-f]{2} ?)+)"', text)]


FOLDER.mkdir(parents=True, exist_ok=True)
table = SOURCE[SOURCE.index("exchanges[] = {"):SOURCE.index("EXCHANGES =")]
whole = b"\0"
for number, row in enumerate(table.split("\n\t{")[1:]):
    messages = strings(row)
    steps = step(PAUSE, messages[0])
    if len(messages) > 1:
        steps += step(TO_CLIENT, messages[1])
    (FOLDER / f"{number:02}").write_bytes(b"\0" + steps)
    whole += steps
(FOLDER / "all").write_bytes(whole)
table = SOURCE[SOURCE.index("broken[] = {"):SOURCE.index("START_TEST(test_broken)")]
(FOLDER / "broken").write_bytes(b"\0" + b"".join(
    step(message[1] >> 7, message) for message in strings(table) if len(message) > 1))
long = bytes.fromhex("c081 0000 1e02 01 0000 ff00") + bytes(256 * 3)
(FOLDER / "long").write_bytes(b"\1" + step(0, bytes.fromhex("c001 1e00 06")) + step(TO_CLIENT, long))
