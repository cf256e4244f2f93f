"""How fast images come out of a generator, by each way of asking for them.

    python benchmarks/serving.py latency [--model flow_matching]
    python benchmarks/serving.py load [--server http://localhost:8501]

latency: one generator (DCGAN's, 28 x 28 pixels), or one flow (8 steps of Heun's
method through the U-Net of the recipe), asked for by Keras, by the exported
signature, and by other runtimes where they are installed
(`pip install -e ".[runtimes]"`). Ways take turns, so that a slow moment of the
machine meets all of them. Batch 1: median and 99th percentile; batch 64:
images a second, from the median. It fails where the exported signature takes
more than half as long as Model.predict, or 1.2 times as long as tf.function, by
the medians at batch 1.

load: 64 clients at once, each with seeds of its own, against the server of
`kerasgen playground`, and against TensorFlow Serving where --server names one
that serves the same model. Each answer is compared with the model's own.
"""

import argparse
import concurrent.futures
import contextlib
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
from common import say
from common import write_table

LARGE_BATCH = 64
MODELS = "dcgan", "flow_matching"
# How long the exported signature may take, of the medians of others.
LIMITS = {"Model.predict": 0.5, "tf.function": 1.2}


def main():
    options = parse_arguments()
    if options.command == "latency":
        latency(options)
    else:
        load(options)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("latency").add_argument
    add(
        "--model",
        choices=MODELS,
        default="dcgan",
        help=f"of {', '.join(MODELS)} [dcgan]",
    )
    add("--filters", type=int, default=32, help="next to the image [32]")
    add("--calls", type=int, default=500, help="of batch 1, each way [500]")
    add("--large-calls", type=int, default=50, help="of batch 64 [50]")
    add("--out", type=pathlib.Path, default="runs/serving")
    add = commands.add_parser("load").add_argument
    add(
        "--saved-model",
        default="vae_mnist",
        help="a name, or a folder of model.keras and versions [vae_mnist]",
    )
    add("--clients", type=int, default=64, help="[64]")
    add("--requests", type=int, default=20, help="of each client [20]")
    add("--server", help="TensorFlow Serving, such as http://localhost:8501")
    add("--model", help="its name for the saved model [the same]")
    add("--out", type=pathlib.Path, default="runs/serving")
    return parser.parse_args()


# === Latency ===


def latency(options):
    model = built(options.model, options.filters)
    say(f"{options.model} of {model.count_params():,} parameters")
    with tempfile.TemporaryDirectory() as folder:
        ways = ways_to_ask(model, model.export(folder))
        expected = model.decode(latents_of(model, LARGE_BATCH))
        for name, ask in ways.items():
            found = np.asarray(ask(latents_of(model, LARGE_BATCH)))
            np.testing.assert_allclose(
                found, expected, rtol=0, atol=1e-5, err_msg=name
            )
        small = seconds(ways, latents_of(model, 1), options.calls)
        large = seconds(
            ways, latents_of(model, LARGE_BATCH), options.large_calls
        )
    write_latencies(options.out / f"latency_{options.model}.md", small, large)
    slow = too_slow(small)
    if slow:
        sys.exit("\n".join(slow))


def built(name, filters):
    """A model that was not trained; a flow draws by 8 steps."""
    import keras

    import kerasgen

    keras.utils.set_random_seed(0)
    if name == "dcgan":
        return kerasgen.DCGAN(
            (28, 28, 1), 64, network_options={"filters": filters}, seed=0
        )
    return kerasgen.FlowMatching(
        (28, 28, 1),
        network_options={"filters": (filters, 2 * filters)},
        num_steps=8,
        seed=0,
    )


def write_latencies(path, small, large):
    reference = np.median(small["tf.function"])
    write_table(
        path,
        ["Way", "Median, batch 1", "99th percentile", "Of tf.function"]
        + ["Images a second, batch 64"],
        [
            [
                name,
                f"{1e3 * np.median(times):.2f} ms",
                f"{1e3 * np.percentile(times, 99):.2f} ms",
                f"{np.median(times) / reference:.2f}",
                f"{LARGE_BATCH / np.median(large[name]):,.0f}",
            ]
            for name, times in small.items()
        ],
    )


def too_slow(times):
    """Lines that say of what the exported signature takes too much."""
    served = np.median(times["exported signature"])
    ratios = {
        name: served / np.median(times[name])
        for name in LIMITS
        if name in times
    }
    return [
        f"The exported signature takes {ratio:.2f} of {name}'s time at batch "
        f"1, over {LIMITS[name]:g}."
        for name, ratio in ratios.items()
        if not ratio <= LIMITS[name]
    ]


def latents_of(model, number):
    shape = (number, *model.latent_shape)
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def ways_to_ask(model, version):
    """Functions from latents to images, by name."""
    import tensorflow as tf

    from kerasgen.serving.c_api import Session
    from kerasgen.serving.saved_model import SavedModel

    loaded = tf.saved_model.load(str(version))
    served = loaded.signatures["serving_default"]
    bare = tf.function(model.data_from_latents, reduce_retracing=True)
    signature = SavedModel(version).signatures["serving_default"]
    session = Session(version)
    feed = signature.inputs["latents"].tensor_name
    fetch = signature.outputs["images"].tensor_name
    if model.can("discriminate"):
        ways = {
            "Model.predict": lambda x: model.generator.predict(x, verbose=0),
            "model(x)": lambda x: model.generator(x, training=False),
        }
    else:
        ways = {"Model.decode": model.decode}
    ways |= {
        "tf.function": lambda x: bare(tf.constant(x)),
        "exported signature": lambda x: served(latents=tf.constant(x))[
            "images"
        ],
        "C API": lambda x: session.run({feed: x}, [fetch])[0],
    }
    for name, load_runtime in (
        ("onnxruntime", with_onnxruntime),
        ("OpenVINO", with_openvino),
    ):
        try:
            ways[name] = load_runtime(version, loaded)
        except ImportError as error:
            say(f"Without {name}: {error}")
    return ways


def with_onnxruntime(version, loaded):
    import onnxruntime
    import tensorflow as tf
    import tf2onnx.convert

    served = loaded.signatures["serving_default"]
    _, specs = served.structured_input_signature
    specs = list(specs.values())
    function = tf.function(
        lambda latents: served(latents=latents)["images"], input_signature=specs
    )
    graph, _ = tf2onnx.convert.from_function(function, specs, opset=18)
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    [given] = session.get_inputs()
    return lambda x: session.run(None, {given.name: x})[0]


def with_openvino(version, loaded):
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(
        core.read_model(str(version)),
        "CPU",
        # By itself it may compute in bfloat16.
        {"INFERENCE_PRECISION_HINT": "f32"},
    )
    return lambda x: compiled(x)[0]


def seconds(ways, latents, calls):
    """Times of each way, taken in turns."""
    times = {name: [] for name in ways}
    for call in range(calls + 5):
        for name, ask in ways.items():
            start = time.perf_counter()
            ask(latents)
            if call >= 5:  # The first ones trace and allocate.
                times[name].append(time.perf_counter() - start)
    return times


# === Load ===


def load(options):
    import kerasgen
    from kerasgen.loading import saved_models

    given = options.saved_model
    expected = kerasgen.load(given).generate(options.clients, seed=0)
    folder = saved_models().get(given, pathlib.Path(given)).resolve()
    name = folder.name
    rows = []
    with playground(folder) as url:
        rows.append(["playground", *of_load(url, name, expected, options)])
    if options.server:
        served = options.model or name
        found = of_load(options.server, served, expected, options)
        rows.append(["TensorFlow Serving", *found])
    write_table(
        options.out / "load.md",
        ["Server", "Requests", "Errors", "Wrong answers", "A second"]
        + ["Median", "99th percentile"],
        rows,
    )
    if any(row[2] or row[3] for row in rows):
        sys.exit("There were errors or wrong answers.")


@contextlib.contextmanager
def playground(folder):
    """The address of a playground in a process of its own."""
    command = [sys.executable, "-m", "kerasgen", "playground", str(folder)]
    process = subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        for line in process.stdout:  # Until it has started, or ended.
            url = re.search(r"http://\S+", line)
            if url:
                break
        else:
            sys.exit(f"The playground of {folder} did not start: see above.")
        yield url[0]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def of_load(url, model, expected, options):
    """Cells of a table: what happened to all requests."""
    from kerasgen.serving.address import parse_address
    from kerasgen.serving.rest_transport import RestTransport
    from kerasgen.serving.transport import ModelAddress

    server = parse_address(url, ("http",), "url", "http://HOST:PORT")
    transport = RestTransport(server, ModelAddress(model))
    outputs = {
        name: {"dtype": "float32", "shape": None}
        for name in ("images", "latents")
    }

    def client(number):
        """Asks for its own image again and again."""
        seeds = np.array([[0, number]], np.int32)
        times, errors, wrong = [], 0, 0
        for _ in range(options.requests):
            start = time.perf_counter()
            try:
                found = transport.predict(
                    "generate", {"seeds": seeds}, outputs, timeout=60
                )
            except (OSError, ValueError, RuntimeError) as error:
                say(f"Client {number}: {error}")
                errors += 1
                continue
            times.append(time.perf_counter() - start)
            difference = np.abs(found["images"][0] - expected[number]).max()
            wrong += not difference <= 1e-5
        return times, errors, wrong

    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(options.clients) as pool:
        results = list(pool.map(client, range(options.clients)))
    elapsed = time.perf_counter() - start
    times = [moment for result in results for moment in result[0]]
    middle, high = np.percentile(times, [50, 99]) if times else (np.nan,) * 2
    return [
        options.clients * options.requests,
        sum(errors for _, errors, _ in results),
        sum(wrong for _, _, wrong in results),
        f"{len(times) / elapsed:.0f}",
        f"{1e3 * middle:.0f} ms",
        f"{1e3 * high:.0f} ms",
    ]


if __name__ == "__main__":
    main()
