"""Chromium, driven through chromedriver's WebDriver protocol.

It is JSON over HTTP.
"""

import base64
import io
import json
import shutil
import time
import urllib.request

import numpy as np
import pytest
from PIL import Image

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next(filter(None, map(shutil.which, _BROWSERS)), None)
NEEDS_BROWSER = pytest.mark.skipif(
    BROWSER is None or shutil.which("chromedriver") is None,
    reason="needs Chromium and chromedriver",
)
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # The standard's key.


class Browser:
    """A session of chromedriver."""

    def __init__(self, address, profile):
        self._address = address
        arguments = ["headless", "no-sandbox", "disable-gpu"]
        arguments += [f"user-data-dir={profile}", "window-size=1200,1000"]
        options = {"binary": BROWSER, "args": arguments}
        found = self._ask(
            "POST",
            "/session",
            capabilities={"alwaysMatch": {"goog:chromeOptions": options}},
        )
        self._address += f"/session/{found['sessionId']}"

    def _ask(self, method, path, **body):
        request = urllib.request.Request(
            self._address + path,
            json.dumps(body).encode() if method == "POST" else None,
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)["value"]

    def quit(self):
        self._ask("DELETE", "")

    def open(self, url):
        self._ask("POST", "/url", url=url)

    def _element(self, css):
        found = self._ask("POST", "/element", using="css selector", value=css)
        return f"/element/{found[_ELEMENT]}"

    def click(self, css):
        """A real click of the mouse, which fails where it cannot be clicked."""
        self._ask("POST", f"{self._element(css)}/click")

    def type(self, css, text):
        self._ask("POST", f"{self._element(css)}/value", text=text)

    def run(self, script, *arguments):
        return self._ask("POST", "/execute/sync", script=script, args=arguments)

    def drag(self, css, *points):
        """Draws over an element; points are from its centre, in pixels."""
        found = self._ask("POST", "/element", using="css selector", value=css)
        moves = [
            {"type": "pointerMove", "origin": found, "x": x, "y": y}
            for x, y in points
        ]
        moves.insert(1, {"type": "pointerDown", "button": 0})
        moves.append({"type": "pointerUp", "button": 0})
        mouse = {"type": "pointer", "id": "mouse", "actions": moves}
        self._ask("POST", "/actions", actions=[mouse])

    def resize(self, width, height):
        """Has a window of that size, of a phone for example."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1}
        self._ask(
            "POST",
            "/goog/cdp/execute",
            cmd="Emulation.setDeviceMetricsOverride",
            params={**size, "mobile": width < 500},
        )

    def resize_back(self):
        """Has the window that there was at first."""
        self._ask(
            "POST",
            "/goog/cdp/execute",
            cmd="Emulation.clearDeviceMetricsOverride",
            params={},
        )

    def download_to(self, folder):
        """Has files that are downloaded come into a folder."""
        self._ask(
            "POST",
            "/goog/cdp/execute",
            cmd="Browser.setDownloadBehavior",
            params={"behavior": "allow", "downloadPath": str(folder)},
        )

    def screenshot(self):
        """RGB array of what is to be seen."""
        file = base64.b64decode(self._ask("GET", "/screenshot"))
        return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))

    def pixels(self, css):
        """The red of a canvas, an array of shape (height, width).

        Empty where the page has not made the canvas yet.
        """
        width, height, values = self.run(
            "const c = document.querySelector(arguments[0]);"
            "if (!c) return [0, 0, []];"
            "const d = c.getContext('2d');"
            "const found = d.getImageData(0, 0, c.width, c.height).data;"
            "return [c.width, c.height, Array.from(found)];",
            css,
        )
        return np.array(values, np.uint8).reshape(height, width, 4)[..., 0]


def until(condition):
    """Waits for a condition that is soon true."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the page did not change"
        time.sleep(0.02)


def downloaded(browser, folder, name):
    """What a click downloaded as a PNG file, the red of it.

    Call `browser.download_to(folder)` before.
    """
    until(lambda: (folder / name).is_file())
    return np.asarray(Image.open(folder / name).convert("RGB"))[..., 0]


def errors(browser):
    """What the page says that went wrong."""
    return browser.run(
        "return [...document.querySelectorAll('.error')]"
        ".map(e => e.textContent).join('')"
    )


def levels(images):
    """As a canvas keeps them: rounded, as the standard says."""
    return np.round(np.asarray(images)[..., 0] * 255)


def louder(network):
    """Untrained, it draws nearly the same grey image from all latents."""
    for weight in network.trainable_weights:
        weight.assign(3 * weight)
