#!/usr/bin/env python3
"""Writes a module of 20,000 functions, each of which _start calls before it prints a line: large.py FILE."""
import sys

FUNCTIONS, TEXT = 20000, b"hello large\n"


def number(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def section(kind, content):
    return bytes([kind]) + number(len(content)) + content


def body(code):
    code = b"\0" + code + b"\x0b"
    return number(len(code)) + code


def function(index):
    # Sums of squares of what is given, xor a constant, times over: nothing that a compiler could leave out.
    step = b"\x20\0\x20\0\x6c\x41" + number(index % 60 + 1) + b"\x73\x20\0\x6a\x21\0"
    return body(step * 12 + b"\x20\0")


def named(name):
    return number(len(name)) + name


calls = b"".join(b"\x10" + number(1 + index) for index in range(FUNCTIONS))
start = body(b"\x41\1" + calls + b"\x1a" + b"\x41\1\x41\0\x41\1\x41\4\x10\0\x1a")
types = b"\3" + b"\x60\0\0" + b"\x60\1\x7f\1\x7f" + b"\x60\4\x7f\x7f\x7f\x7f\1\x7f"
data = b"\x0c\0\0\0" + bytes([len(TEXT)]) + b"\0\0\0" + b"\0\0\0\0" + TEXT
module = b"\0asm\1\0\0\0" + b"".join([
    section(1, types),
    section(2, b"\1" + named(b"wasi_snapshot_preview1") + named(b"fd_write") + b"\0\2"),
    section(3, number(FUNCTIONS + 1) + b"\1" * FUNCTIONS + b"\0"),
    section(5, b"\1\0\1"),
    section(7, b"\2" + named(b"memory") + b"\2\0" + named(b"_start") + b"\0" + number(FUNCTIONS + 1)),
    section(10, number(FUNCTIONS + 1) + b"".join(function(index) for index in range(FUNCTIONS)) + start),
    section(11, b"\1\0\x41\0\x0b" + number(len(data)) + data),
])
with open(sys.argv[1], "wb") as file:
    file.write(module)
