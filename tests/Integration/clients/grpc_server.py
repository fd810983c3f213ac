"""Serves the methods of tests/Integration/GrpcInterop with grpcio. Prints its port, then runs until its input ends."""
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import grpc


def fail(context):
    context.abort(grpc.StatusCode.ABORTED, '100% broken: "ü"')


def count(request, _context):
    for i in range(int(request)):
        yield str(i).encode()


def fail_after(request, context):
    for i in range(int(request)):
        yield str(i).encode()
    fail(context)


METHODS = {
    "Echo": grpc.unary_unary_rpc_method_handler(lambda request, _context: request),
    "Refuse": grpc.unary_unary_rpc_method_handler(lambda _request, context: fail(context)),
    "Sleep": grpc.unary_unary_rpc_method_handler(lambda _request, _context: time.sleep(2) or b""),
    "Count": grpc.unary_stream_rpc_method_handler(count),
    "Fail": grpc.unary_stream_rpc_method_handler(fail_after),
}

server = grpc.server(ThreadPoolExecutor(64), options=[("grpc.max_receive_message_length", -1)])
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Interop", METHODS)])
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
sys.stdin.read()
server.stop(0)
