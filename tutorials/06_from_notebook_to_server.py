# %% [markdown]
# # 6. From notebook to server
#
# A trained model in a notebook is of use to the one who has the notebook. Here
# a small VAE of digits is made into something that a web page, a telephone or a
# colleague's program can ask for images: a folder that a server loads, a server
# and clients. Then it gets better, and the server has to learn of it.
#
# **You will learn**
#
# - what `model.export` writes, and why a server can do without Keras and
#   Python;
# - how a server that remembers nothing can still draw random images, and the
#   same ones as the notebook;
# - how to start TensorFlow Serving on the folder, and to ask it over REST and
#   gRPC;
# - how to publish a second version, try it, promote it, and go back;
# - what warm-up requests are for.
#
# TensorFlow Serving is a program of its own, and not part of this notebook. We
# write all that it is started with, and then ask a stand-in: the server of
# `kerasgen playground`, which answers the same REST requests. Where the two
# differ, the text says so.
#
# **Time** About a minute on 2 cores. With `"digits"` in place of `"mnist"` in
# the first cell, small images that need no network, it takes less.

# %%
import atexit
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.request

import keras
import matplotlib.pyplot as plt
import numpy as np
import psutil
import tensorflow as tf

import kerasgen
from kerasgen import plotting
from kerasgen import serving

SMOKE = "KERASGEN_SMOKE" in os.environ  # A run of seconds, for tests.
DATASET = "digits" if SMOKE else "mnist"  # "digits" needs no network.
NAME = f"vae_{DATASET}"

keras.utils.set_random_seed(0)
plt.rcParams["figure.dpi"] = 90
tf.get_logger().setLevel("ERROR")  # Without notes on files that are written.

images, _ = kerasgen.data.load_arrays(DATASET, "train")
test_images, _ = kerasgen.data.load_arrays(DATASET, "test")
data_shape = images.shape[1:]

# %% [markdown]
# ## 1. A model worth serving
#
# A small VAE with one hidden layer; tutorial 3 says what its losses mean. It
# gets a few epochs only: its second version, later, will get more.

# %%
model = kerasgen.VAE(
    data_shape,
    latent_dim=16,
    network="mlp",
    network_options={"hidden_units": [256]},
    binarization="dynamic",
    seed=0,
)
model.compile(jit_compile=True)
history = model.fit(
    images,
    batch_size=128,
    epochs=2 if SMOKE else 4,
    validation_data=test_images,
    verbose=0,
)
print(f"bound on test images {history.history['val_elbo'][-1]:.1f} nats")
plotting.show_images(model.generate(32, seed=0), 16, title="version 1")
plt.show()

# %% [markdown]
# ## 2. The folder
#
# `export` writes a *SavedModel*: the computations as a graph of TensorFlow's
# operations, and the weights. It goes into a folder called by its number, as
# servers want it.

# %%
versions = pathlib.Path("exports", NAME)
folder = model.export(versions)
print(folder)
for file in sorted(folder.rglob("*")):
    if file.is_file():
        size = file.stat().st_size
        print(f"{size:10,} bytes  {file.relative_to(folder)}")

# %% [markdown]
# `saved_model.pb` is the graph and `variables` are the weights. What lies in
# `assets.extra` is for those who take care of it: a description, the answers
# that Keras gave to a few requests, and requests to warm a server up.
#
# A model that is served is a set of functions of arrays, its *signatures*. The
# description says which there are.

# %%
about = json.loads((folder / "assets.extra/kerasgen.json").read_text())
for name, signature in about["signatures"].items():
    print(f"{name:16} {signature['description']}")
    for kind in ("inputs", "outputs"):
        for key, field in signature[kind].items():
            shape = ["n" if size is None else size for size in field["shape"]]
            print(f"{'':8}{kind[:-1]:7} {key} {field['dtype']} {shape}")

# %% [markdown]
# Every array has `n` rows, so that requests of several people can be computed
# at once. And none of the functions changes anything: a server may be restarted
# between two requests, or there may be ten of them. But then where do random
# images come from, if there is no generator of random numbers that goes on from
# request to request? The client sends the randomness along, as a pair of
# integers for each image. Image $i$ of seed $s$ is
#
# $$x_{s,i} = g(z_{s,i}), \qquad z_{s,i} = \Phi^{-1}(u(s, i)),$$
#
# where $u$ scrambles the pair into numbers between 0 and 1, one a latent,
# $\Phi^{-1}$ makes standard normal ones of them, and $g$ is the decoder.
# `model.generate(seed=s)` does just that, so the two must agree, in whatever
# order and company the rows are asked for.

# %%
served = tf.saved_model.load(str(folder)).signatures["generate"]
rows = [[0, 5], [7, 0], [0, 2], [1, 9], [0, 0], [7, 3], [2, 2], [0, 11]]
# Each is (seed, number of the image).
by_graph = served(seeds=tf.constant(rows))["images"].numpy()
by_keras = np.stack([model.generate(i + 1, seed=s)[i] for s, i in rows])
print(f"largest difference {np.abs(by_graph - by_keras).max():.1e}")
plotting.show_images(
    np.concatenate([by_keras, by_graph]), 8, title="above: Keras; below: graph"
)
plt.show()

# %% [markdown]
# ## 3. Looked over before it is served
#
# `export` keeps nothing that has not passed these rules, and `kerasgen
# check-export FOLDER` asks for them again: after a copy to another machine,
# say, or for SavedModels of other programs. For the last rule, a process of its
# own, without Keras or Python's TensorFlow, gives the recorded requests to
# TensorFlow's C library, and compares the answers.


# %%
def check(folder):
    for finding in serving.check_export(folder):
        print("FAULT" if finding.faults else "ok   ", finding.rule)
        for fault in finding.faults:
            print("      -", fault[:90])


check(folder)

# %% [markdown]
# ## 4. What TensorFlow Serving is started with
#
# `write_server_config` writes it, or `kerasgen export RUN DIR --serving-config
# serving` along with an export: which model and which versions, how requests
# are put together into batches, figures for Prometheus, and a file for Docker
# Compose.

# %%
readme = serving.write_server_config("serving", versions)
print(*sorted(path.name for path in readme.parent.iterdir()), sep="\n")
print("\n" + (readme.parent / "docker-compose.yml").read_text())

# %% [markdown]
# So on a machine with Docker, the server starts by `docker compose up` in that
# folder. Its `README.md` has the same as a `docker run` line, and a `curl` line
# for each signature. It begins like this:

# %%
print("\n".join(readme.read_text().splitlines()[:28]))

# %% [markdown]
# ## 5. A server in this notebook
#
# From here on, the stand-in answers. `kerasgen playground FOLDER` loads one
# version and listens; in a browser it shows a page with sliders, and to
# programs it speaks the REST interface of TensorFlow Serving. What it lacks:
# gRPC, batches made of several clients' requests, labels of versions, and
# speed. It runs in a process of its own, so that Keras's model in this notebook
# and the one that answers have nothing in common but the folder.


# %%
def start_server(folder):
    """Starts the playground on a free port; its process and its address."""
    command = [sys.executable, "-m", "kerasgen", "playground", str(folder)]
    process = subprocess.Popen(
        [*command, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    atexit.register(process.kill)  # Not to outlive this notebook.
    line = process.stdout.readline()  # The playground is at http://...
    return process, line.split()[4].rstrip("/")


server, url = start_server(folder)

# %% [markdown]
# A request is an HTTP `POST` of JSON to `/v1/models/NAME:predict`, and any
# language can make one. This is what the `curl` line of the README sends.

# %%
request = {
    "signature_name": "serving_default",
    "inputs": {"latents": [[0.0] * 16]},
}
with urllib.request.urlopen(
    f"{url}/v1/models/{NAME}:predict", json.dumps(request).encode()
) as answer:
    text = answer.read().decode()
print(json.dumps(request)[:76], "...")
print(text[:76], "...")
middle_of_latents = np.array(json.loads(text)["outputs"])
print("outputs:", middle_of_latents.shape)

# %% [markdown]
# From Python, `Client` does it: it has the methods of the model, sends many
# rows as several requests, and sends a request again where a server is away for
# a moment. It needs neither TensorFlow nor Keras.

# %%
client = serving.Client(url, NAME)
client.wait_until_ready()
some = test_images[:16]
answers = {
    "generate": (client.generate(100, seed=0), model.generate(100, seed=0)),
    "encode": (client.encode(some), model.encode(some)),
    "reconstruct": (client.reconstruct(some), model.reconstruct(some)),
}
for method, (theirs, ours) in answers.items():
    difference = np.abs(theirs - ours).max()
    print(f"{method:12} {theirs.shape!s:18} difference {difference:.1e}")
plotting.show_images(
    np.concatenate([some, client.reconstruct(some)]),
    16,
    title="test images, and what the server makes of them",
)
plt.show()

# %% [markdown]
# What is wrong is told before it is sent, or in the server's words:

# %%
for ask in (
    lambda: client.encode(some * 255),
    lambda: client.decode(np.zeros((1, 17))),
    lambda: client.assign(some),
    lambda: serving.Client(url, NAME, version=9).generate(1),
):
    try:
        ask()
    except (ValueError, LookupError) as error:
        message = str(error).replace(url, "http://...")
        message = message.replace(url.removeprefix("http://"), "...")
        print(f"{type(error).__name__}: {message}\n")

# %% [markdown]
# ## 6. REST, PNG or gRPC
#
# JSON writes each pixel as a decimal number. It need not: `generate_png` has
# the server draw and compress the images. And gRPC, TensorFlow Serving's other
# interface, sends the four bytes of each float. The sizes of one answer, per
# image:

# %%
drawn = client.generate(64, seed=0)
files = client.generate_png(64, seed=0)
sizes = {
    "JSON, numbers": len(json.dumps({"outputs": drawn.tolist()})),
    "JSON, PNG files in base64": len(
        json.dumps([{"b64": base64.b64encode(f).decode()} for f in files])
    ),
    "gRPC, floats": len(tf.make_tensor_proto(drawn).SerializeToString()),
    "gRPC, PNG files": len(tf.make_tensor_proto(files).SerializeToString()),
}
for name, size in sizes.items():
    print(f"{name:28} {size / 64:8,.0f} bytes an image")

# %% [markdown]
# A number between 0 and 1 takes some 24 characters in JSON, with its brackets
# and comma, and 4 bytes in gRPC. A PNG file has one byte a pixel, which is all
# that eyes need, and most of a digit's pixels are black, which compresses well.
# Base64 writes 3 bytes as 4 characters, the price of binary files in JSON.
#
# The client speaks both, and tells them apart by the address:
# `Client("grpc://localhost:8500", "vae_mnist")` asks TensorFlow Serving over
# gRPC, once `pip install "kerasgen-zoo[serving]"` has installed what that
# needs, and has the same methods. It is not run here, as the stand-in has no
# gRPC.
#
# The other thing that decides what an image costs is the number of rows in a
# request. The processor's time of both sides, for the same images in requests
# of different sizes (the clock on the wall would also count whatever else the
# machine was doing):

# %%
num_images = 64 if SMOKE else 1024


def server_seconds():
    used = psutil.Process(server.pid).cpu_times()
    return used.user + used.system


for max_batch_size in (1, 8, 64):
    asker = serving.Client(url, NAME, max_batch_size=max_batch_size)
    asker.generate_png(max_batch_size, seed=0)
    start = time.process_time(), server_seconds()
    asker.generate_png(num_images, seed=0)
    end = time.process_time(), server_seconds()
    ours, theirs = (1000 * (e - s) / num_images for s, e in zip(start, end))
    print(f"{max_batch_size:3} rows a request: client {ours:5.2f}", end=", ")
    print(f"server {theirs:5.2f} ms an image")

# %% [markdown]
# Most of the work for a single image is that of the request. In a request of 64
# rows an image costs both sides together less than a tenth of that. No client
# need collect rows for it: `batching.config` has TensorFlow Serving put
# requests of several clients together.
#
# ## 7. A second version
#
# The model trains on, and is exported again: as version 2, beside the first.
# The server loads every version that it finds in the folder. Its configuration
# has two labels, *stable* for what everybody is given and *canary* for the
# newest, which is to be tried out first.

# %%
model.fit(
    images,
    batch_size=128,
    initial_epoch=len(history.epoch),
    epochs=5 if SMOKE else 25,
    verbose=0,
)
second = model.export(versions)
serving.write_server_config("serving", versions)


def labels():
    for line in pathlib.Path("serving/models.config").read_text().splitlines():
        if "version" in line and "#" not in line:
            print(line.strip())


print(second)
labels()

# %% [markdown]
# TensorFlow Serving reads `models.config` anew every ten seconds, and takes it
# once the versions of its labels are loaded; `Client(..., label="canary")` then
# asks version 2, and `label="stable"` still version 1. A program that names no
# label is given the newest version at once, so the ones that matter name
# `stable`, as the lines of the README do. The stand-in knows one version, so we
# start a second one, and try the canary: the same 500 test images to both, and
# the same seeds.

# %%
second_server, second_url = start_server(second)
clients = {
    "stable": client,
    "canary": serving.Client(second_url, NAME),
}
num_tried = 50 if SMOKE else 500
found = {
    name: each.log_likelihood(test_images[:num_tried], seed=0)
    for name, each in clients.items()
}
for name, values in found.items():
    print(f"{name}: {values.mean():.2f} nats an image")
better = found["canary"] - found["stable"]
error = better.std() / np.sqrt(len(better))
print(f"canary minus stable {better.mean():.2f}, standard error {error:.2f}")
print(f"better on {(better > 0).mean():.0%} of the images")
plotting.show_images(
    np.concatenate([each.generate(16, seed=0) for each in clients.values()]),
    16,
    title="one seed: above stable, version 1; below canary, version 2",
)
plt.show()

# %% [markdown]
# The second version gives test images a higher likelihood, by about ten nats,
# which is far more than the standard error; and by eye, what it draws is drawn
# in firmer strokes. So it is promoted. To go back, the same function is called
# with the old number; no export is needed, for both versions are still loaded,
# and no program of a client is changed, for it asks for `stable`.

# %%
for stable in (2, 1, 2):
    serving.write_server_config("serving", versions, stable=stable)
    print("stable is now", stable)
    labels()

# %% [markdown]
# Old versions take room, on the disk and in the server's memory. `kerasgen
# export ... --keep N --serving-config serving` removes the oldest, but neither
# the one that is stable nor those that a label has named of late, as a server
# may not know better yet. `model.export(..., keep=2)` knows of no labels.
#
# Two versions side by side can be mixed up, too. Suppose that a program which
# copies folders to the server was stopped halfway, and left the graph of
# version 2 with the weights of version 1.

# %%
mixed = shutil.copytree(second, pathlib.Path("mixed", "2"))
shutil.rmtree(mixed / "variables")
shutil.copytree(folder / "variables", mixed / "variables")
tf.saved_model.load(str(mixed))  # Loads without complaint.
check(mixed)

# %% [markdown]
# Every shape and every name is right, and all rules but one are kept; only the
# recorded answers tell. That is why `export` records them.
#
# ## 8. Warm-up
#
# The first time that a graph is run, TensorFlow plans it: which operations to
# merge, where buffers go. Whoever asks first after a new version is loaded
# waits for that. The processor's time of the first call and the median of the
# next 20, on a freshly loaded version:

# %%
fresh = tf.saved_model.load(str(second)).signatures
inputs = {
    "seeds": tf.constant([[0, 0]]),
    "latents": tf.zeros((1, 16)),
    "images": tf.constant(test_images[:1]),
}
milliseconds = {}
for name, signature in fresh.items():
    _, specs = signature.structured_input_signature
    call = {key: inputs[key] for key in specs}
    times = []
    for _ in range(21):
        start = time.process_time()
        signature(**call)
        times.append(1000 * (time.process_time() - start))
    milliseconds[name] = times[0], np.median(times[1:])
    print(f"{name:16} first {times[0]:8.1f} ms,", end=" ")
    print(f"then {milliseconds[name][1]:6.1f} ms")

ax = plotting.new_axes((7, 3))
places = np.arange(len(milliseconds))
for offset, (label, column) in enumerate((("first", 0), ("later", 1))):
    heights = [both[column] for both in milliseconds.values()]
    ax.barh(places + 0.4 * offset, heights, 0.4, label=label)
ax.set_yticks(places + 0.2, milliseconds)
ax.set(xscale="log", xlabel="milliseconds of processor time a call")
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# The picture's axis is logarithmic: a first call costs some fifty to a
# hundred and fifty times what later ones do.
#
# That is what `assets.extra/tf_serving_warmup_requests` is for. TensorFlow
# Serving runs the requests in it, one a signature, before it gives anybody the
# new version. (The stand-in does not.)

# %%
requests = tf.data.TFRecordDataset(
    str(second / "assets.extra/tf_serving_warmup_requests")
)
print(len(list(requests)), "requests for", len(fresh), "signatures")
for process in (server, second_server):
    process.terminate()
    process.wait()

# %% [markdown]
# ## In short
#
# - `model.export("exports/vae_mnist")` writes the next version; for the model
#   of a run on the command line, `kerasgen export RUN exports/vae_mnist`.
# - `kerasgen check-export exports/vae_mnist` says whether it is sound.
# - `kerasgen export ... --serving-config serving` writes what TensorFlow
#   Serving is started with, `docker compose up` in that folder starts it, and
#   `--stable N` promotes a version or goes back to one.
# - `kerasgen playground exports/vae_mnist --open` shows it in a browser.
# - `kerasgen.serving.Client(address, name)` asks it from Python, `kerasgen
#   generate --server ADDRESS --model NAME` from the command line.
