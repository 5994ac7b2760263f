#!/usr/bin/env python3
"""A client of the Container Runtime Interface, as small as the tests need: cri.py SOCKET COMMAND ARGUMENTS.

Calls of gRPC are HTTP/2 requests; here one connection carries one call, headers are sent as literals, and of the answer only
its messages are read. Messages are lists of (field, value) as runtime/v1/api.proto numbers them.
"""
import socket
import struct
import sys


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def encode(fields):
    out = b""
    for field, value in fields:
        if isinstance(value, int):
            out += varint(field << 3) + varint(value)
            continue
        data = value.encode() if isinstance(value, str) else encode(value)
        out += varint(field << 3 | 2) + varint(len(data)) + data
    return out


def decode(data):
    """The fields of a message: numbers, or bytes, the last one of a number."""
    fields, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = number()
        if tag & 7 == 0:
            fields[tag >> 3] = number()
        elif tag & 7 == 2:
            size = number()
            fields[tag >> 3] = data[at:at + size]
            at += size
        else:
            at += 8 if tag & 7 == 1 else 4
    return fields


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def call(path, method, fields):
    def header(name, value):
        return bytes([0, len(name)]) + name.encode() + bytes([len(value)]) + value.encode()

    headers = b"".join(header(name, value) for name, value in [
        (":method", "POST"), (":scheme", "http"), (":path", "/runtime.v1.RuntimeService/" + method), (":authority", "localhost"),
        ("content-type", "application/grpc"), ("te", "trailers")])
    message = encode(fields)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(60)
    connection.connect(path)
    connection.sendall(
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(1, 4, 1, headers)
        + frame(0, 1, 1, b"\0" + struct.pack(">I", len(message)) + message))
    stream = connection.makefile("rb")
    body, trailers = b"", b""
    while True:
        head = stream.read(9)
        if len(head) < 9:
            break
        payload = stream.read(int.from_bytes(head[:3], "big"))
        if head[3] == 4 and not head[4] & 1:
            connection.sendall(frame(4, 1, 0, b""))
        if head[3] == 0:
            body += payload
        if head[3] == 1:
            trailers = payload
        if head[3] in (0, 1) and head[4] & 1:
            break
    if len(body) < 5:
        sys.exit(f"{method} failed: {trailers!r}")
    return decode(body[5:])


def pod(name, logs):
    return [(1, [(1, name), (2, name + "-uid"), (3, "drydock-test")]), (3, logs), (8, [(2, [(1, [(1, 2)])])])]


def main(path, command, *arguments):
    def of(container):
        return [(1, container)]

    if command == "run-pod":
        name, handler, logs = arguments
        print(call(path, "RunPodSandbox", [(1, pod(name, logs)), (2, handler)])[1].decode())
    elif command == "create":
        pod_id, pod_name, logs, name, image, memory, *words = arguments
        config = [(1, [(1, name)]), (2, [(1, image)])] + [(3, word) for word in words] + [(11, name + ".log")]
        config += [(15, [(1, [(4, int(memory))])])] if int(memory) else []
        print(call(path, "CreateContainer", [(1, pod_id), (2, config), (3, pod(pod_name, logs))])[1].decode())
    elif command == "cycle":
        name, handler, logs, image, *words = arguments
        sandbox = call(path, "RunPodSandbox", [(1, pod(name, logs)), (2, handler)])[1].decode()
        config = [(1, [(1, name)]), (2, [(1, image)])] + [(3, word) for word in words] + [(11, name + ".log")]
        container = call(path, "CreateContainer", [(1, sandbox), (2, config), (3, pod(name, logs))])[1].decode()
        call(path, "StartContainer", of(container))
        call(path, "StopPodSandbox", of(sandbox))
        call(path, "RemovePodSandbox", of(sandbox))
        print("done")
    elif command == "exec":
        container, *words = arguments
        answer = call(path, "ExecSync", of(container) + [(2, word) for word in words] + [(3, 20)])
        print(answer.get(1, b"").decode().strip(), answer.get(3, 0))
    elif command == "stats":
        stats = decode(call(path, "ContainerStats", of(arguments[0]))[1])
        print(decode(decode(stats[2])[2])[1] > 0, decode(decode(stats[3])[2])[1] > 0)
    elif command == "status":
        status = decode(call(path, "ContainerStatus", of(arguments[0]))[1])
        print(["created", "running", "exited", "unknown"][status.get(3, 0)], status.get(7, 0), status.get(10, b"").decode())
    elif command == "stop":
        call(path, "StopContainer", of(arguments[0]) + [(2, int(arguments[1]))])
    else:
        methods = {"start": "StartContainer", "remove": "RemoveContainer", "stop-pod": "StopPodSandbox", "remove-pod": "RemovePodSandbox"}
        call(path, methods[command], of(arguments[0]))


main(*sys.argv[1:])
