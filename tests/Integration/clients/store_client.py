"""Asks a store everything with grpcio and prints one JSON document. Usage: store_client.py HOST:PORT TENANT BATCH_SIZE"""
import base64
import json
import os
import subprocess
import sys
import tempfile

import grpc

HERE = os.path.dirname(os.path.abspath(__file__))
PROTOS = ("storeapi.proto", "infoapi.proto")
address, tenant, batch_size = sys.argv[1], sys.argv[2], int(sys.argv[3])

generated = tempfile.TemporaryDirectory()
subprocess.run(
    ["protoc", "-I", HERE, "--python_out", generated.name, "--grpc_out", generated.name,
     "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin", *PROTOS], check=True)
sys.path.insert(0, generated.name)
sys.dont_write_bytecode = True
import infoapi_pb2  # noqa: E402
import infoapi_pb2_grpc  # noqa: E402
import storeapi_pb2 as api  # noqa: E402
import storeapi_pb2_grpc  # noqa: E402

MIN_TIME, MAX_TIME = -2**63, 2**63 - 1
MATCHERS = [
    api.LabelMatcher(type=api.LabelMatcher.EQ, name="tenant_id", value=tenant),
    api.LabelMatcher(type=api.LabelMatcher.NEQ, name="__name__", value=""),
]


def pairs(label_set):
    return [[label.name, label.value] for label in label_set.labels]


def read_series(store):
    request = api.SeriesRequest(min_time=MIN_TIME, max_time=MAX_TIME, matchers=MATCHERS, response_batch_size=batch_size)
    for reply in store.Series(request, timeout=30):
        kind = reply.WhichOneof("result")
        if kind == "series":
            yield reply.series
        elif kind == "batch":
            yield from reply.batch.series
        else:
            raise ValueError(f"unexpected {kind}: {reply.warning}")


with grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", -1)]) as channel:
    store = storeapi_pb2_grpc.StoreStub(channel)
    about = infoapi_pb2_grpc.InfoStub(channel).Info(infoapi_pb2.InfoRequest(), timeout=5)
    names = store.LabelNames(api.LabelNamesRequest(start=MIN_TIME, end=MAX_TIME, matchers=MATCHERS), timeout=30)
    jobs = store.LabelValues(api.LabelValuesRequest(label="job", start=MIN_TIME, end=MAX_TIME, matchers=MATCHERS), timeout=30)
    print(json.dumps({
        "component": about.ComponentType,
        "labelSets": [pairs(label_set) for label_set in about.label_sets],
        "minTime": str(about.store.min_time),
        "maxTime": str(about.store.max_time),
        "sharding": about.store.supports_sharding,
        "withoutReplicaLabels": about.store.supports_without_replica_labels,
        "databases": [pairs(database.labels) for database in about.store.tsdb_infos],
        "exemplars": about.HasField("exemplars"),
        "status": about.HasField("status"),
        "names": list(names.names),
        "jobs": list(jobs.values),
        "series": [{
            "labels": pairs(series),
            "chunks": [[api.Chunk.Encoding.Name(chunk.raw.type), base64.b64encode(chunk.raw.data).decode()] for chunk in series.chunks],
        } for series in read_series(store)],
    }))
