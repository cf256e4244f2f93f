"""Playgrounds that are asked by clients."""

import threading

from kerasgen.serving.client import Client
from kerasgen.serving.exported_model import ExportedModel
from kerasgen.serving.playground import PlaygroundServer


class served:
    """A client of a playground of an export."""

    def __init__(self, folder):
        self.server = PlaygroundServer(ExportedModel(folder, "it"), port=0)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=[0.01]).start()
        return Client(self.server.url, "it")

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
