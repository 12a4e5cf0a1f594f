# A client of the Open Inference Protocol in numpy's own bytes: python3 clients.py ADDRESS. Prints one line where all is right.

import json
import sys

import numpy
import requests

address = sys.argv[1]
x = numpy.random.default_rng(1).standard_normal((5, 3)).astype(numpy.float32)


def infer(tensor, datatype, binary):
    header = json.dumps(
        {
            "inputs": [
                {
                    "name": "x",
                    "datatype": datatype,
                    "shape": list(tensor.shape),
                    "parameters": {"binary_data_size": tensor.nbytes},
                }
            ],
            "outputs": [{"name": "twice", "parameters": {"binary_data": binary}}],
        }
    ).encode()
    response = requests.post(
        f"{address}/v2/models/one/infer",
        data=header + tensor.tobytes(),
        headers={"Inference-Header-Content-Length": str(len(header)), "Content-Type": "application/octet-stream"},
    )
    response.raise_for_status()
    if not binary:
        output = response.json()["outputs"][0]
        return numpy.array(output["data"], dtype=numpy.float32).reshape(output["shape"])
    length = int(response.headers["Inference-Header-Content-Length"])
    output = json.loads(response.content[:length])["outputs"][0]
    return numpy.frombuffer(response.content[length:], dtype=numpy.float32).reshape(output["shape"])


for dtype, datatype in [("float32", "FP32"), ("float64", "FP64"), ("float16", "FP16")]:
    given = x.astype(dtype)
    expected = given.astype(numpy.float32) * 2
    for binary in (True, False):
        assert numpy.array_equal(infer(given, datatype, binary), expected), (datatype, binary)
for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
    given = numpy.arange(6).reshape(2, 3).astype(dtype)
    assert numpy.array_equal(infer(given, dtype.upper(), True), given.astype(numpy.float32) * 2), dtype
print("all answers are right")
