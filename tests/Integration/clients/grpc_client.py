"""Calls every method of tests/Integration/GrpcInterop with grpcio and raw bytes. Usage: grpc_client.py HOST:PORT"""
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc


def unary(channel, method, request, **options):
    """Returns (code, text, reply)."""
    try:
        return 0, "", channel.unary_unary("/test.Interop/" + method)(request, **options)
    except grpc.RpcError as error:
        return error.code().value[0], error.details(), None


def stream(channel, method, request):
    """Returns (code, text, messages)."""
    messages = []
    try:
        for message in channel.unary_stream("/test.Interop/" + method)(request):
            messages.append(message)
        return 0, "", messages
    except grpc.RpcError as error:
        return error.code().value[0], error.details(), messages


def check(address, compression):
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(address, options=options, compression=compression) as channel:
        for size in (0, 1, 16384, 70000, 5 << 20):
            request = bytes(i % 251 for i in range(size))
            assert unary(channel, "Echo", request) == (0, "", request), size
        assert stream(channel, "Count", b"1000") == (0, "", [str(i).encode() for i in range(1000)])
        code, text, messages = stream(channel, "Fail", b"2")
        assert (code, text, len(messages)) == (10, '100% broken: "ü"', 2), (code, text)
        assert stream(channel, "Fail", b"0") == (10, '100% broken: "ü"', [])
        assert unary(channel, "Sleep", b"", timeout=0.1)[0] == 4
        assert unary(channel, "Nope", b"")[:2] == (12, "unknown method Nope for service test.Interop")
        cancelled = channel.unary_unary("/test.Interop/Sleep").future(b"")
        cancelled.cancel()
        with ThreadPoolExecutor(64) as pool:
            requests = [bytes([i]) * 1024 for i in range(64)] * 4
            assert all(a == (0, "", r) for r, a in zip(requests, pool.map(lambda r: unary(channel, "Echo", r), requests)))


for encoding in (grpc.Compression.NoCompression, grpc.Compression.Gzip):
    check(sys.argv[1], encoding)
print("ok")
