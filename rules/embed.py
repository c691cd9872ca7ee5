#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts rule files into the program: writes a C array of their bytes.

usage: embed.py OUTPUT FILE...
"""
import os
import sys


def c_array(data):
    """The bytes as character constants: a string literal may not be that long in ISO C."""
    rows = [data[at : at + 16] for at in range(0, len(data), 16)]
    return ",\n".join("\t" + ", ".join("%d" % byte for byte in row) for row in rows)


def main(output, files):
    files = sorted(files, key=os.path.basename)
    arrays = ""
    table = ""
    for number, path in enumerate(files):
        with open(path, "rb") as file:
            data = file.read()
        if not data or max(data) > 126:
            sys.exit("%s: a built-in rule file is ASCII and not empty" % path)
        arrays += "static const char file_%d[] = {\n%s,\n};\n\n" % (number, c_array(data))
        table += '\t{"rules/%s", file_%d, sizeof(file_%d)},\n' % (
            os.path.basename(path),
            number,
            number,
        )
    with open(output, "w", encoding="ascii") as file:
        file.write('#include "builtin.h"\n\n' + arrays)
        file.write("const struct rules_builtin rules_builtin[] = {\n%s\t{NULL, NULL, 0},\n};\n" % table)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
