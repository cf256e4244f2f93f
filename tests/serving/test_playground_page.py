"""The page of the playground, used in a browser as a person does."""

import base64
import io
import json
import threading
import time

import numpy as np
import pytest
from PIL import Image

import kerasgen
from kerasgen import tasks
from kerasgen.serving.exported_model import ExportedModel
from kerasgen.serving.playground import PlaygroundServer
from tests.serving import made_up
from tests.serving.browser import NEEDS_BROWSER
from tests.serving.browser import downloaded
from tests.serving.browser import errors
from tests.serving.browser import levels
from tests.serving.browser import louder
from tests.serving.browser import until

pytestmark = NEEDS_BROWSER


CANVASES = (
    "return [...document.querySelectorAll('#grid canvas')].map(c => c.id)"
)


def serve(model):
    server = PlaygroundServer(model, port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def vae():
    model = kerasgen.VAE((8, 8, 1), 20, seed=0)
    louder(model.decoder)
    return model


@pytest.fixture(scope="module")
def page(vae, tmp_path_factory):
    """The address of a playground of a VAE."""
    folder = vae.export(tmp_path_factory.mktemp("export"))
    server = serve(ExportedModel(folder, "small vae"))
    yield server.url
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened(browser, page):
    """The browser, with all panels filled."""
    browser.open(page)
    until(lambda: browser.pixels("#way").shape == (8, 8))
    until(lambda: browser.pixels("#made").shape == (8, 8))
    until(lambda: browser.pixels("#decoded").shape == (8, 8))
    until(lambda: browser.pixels("#grid canvas").shape == (8, 8))
    return browser


def test_a_click_on_new_seed_draws_other_samples(opened, vae, tmp_path):
    before = opened.pixels("#grid canvas")
    np.testing.assert_allclose(before, levels(vae.generate(1, 0)[0]), atol=1)
    opened.click("#new-seed")
    until(lambda: (opened.pixels("#grid canvas") != before).any())
    seed = int(opened.run("return document.querySelector('#seed').value"))
    found = opened.pixels("#grid button:nth-child(2) canvas")
    np.testing.assert_allclose(found, levels(vae.generate(2, seed)[1]), atol=1)
    assert not errors(opened)
    picture = opened.screenshot()
    Image.fromarray(picture).save(tmp_path / "page.png")
    # Text, cards and images: neither blank nor of a few flat areas.
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 100
    assert picture.std() > 10


def test_a_number_of_samples_is_downloaded(opened, vae, tmp_path):
    opened.run("document.querySelector('#number').value = 0")
    opened.type("#number", "\ue003" * 2 + "7\ue007")
    until(lambda: len(opened.run(CANVASES)) == 7)
    opened.download_to(tmp_path)
    opened.click("#save")
    sheet = downloaded(opened, tmp_path, "small vae_seed_0.png")
    expected = levels(vae.generate(7, 0))
    assert sheet.shape == (24, 24)
    for place, image in enumerate(expected):
        row, column = divmod(place, 3)
        found = sheet[8 * row :, 8 * column :][:8, :8]
        np.testing.assert_allclose(found, image, atol=1)
    opened.run("document.querySelector('#number').value = 101")
    opened.run(
        "document.querySelector('#number').dispatchEvent(new Event('change'))"
    )
    until(lambda: "a whole number from 1 to 100" in errors(opened))


def test_sliders_go_on_from_a_sample(opened):
    before = opened.pixels("#decoded")
    sample = opened.pixels("#grid button:nth-child(3) canvas")
    assert np.abs(sample - before.astype(int)).max() > 20
    opened.click("#grid button:nth-child(3)")
    until(lambda: np.allclose(opened.pixels("#decoded"), sample, atol=1))


def test_the_way_between_seeds_is_a_great_circle(opened, vae):
    seeds = np.array([[1, 0], [2, 0]], "int32")
    ends = vae.latents_from_seeds(seeds).numpy()
    way = tasks.interpolate(vae, ends[:1], ends[1:], 9)[0]
    for place, image in enumerate(way, 1):
        found = opened.pixels(f"#strip canvas:nth-child({place})")
        np.testing.assert_allclose(found, levels(image), atol=1)
    np.testing.assert_allclose(opened.pixels("#way"), levels(way[4]), atol=1)
    opened.type("#share", "\ue010")
    until(lambda: np.allclose(opened.pixels("#way"), levels(way[8]), atol=1))
    assert np.abs(way[8] - way[4]).max() > 0.1


def test_a_slider_changes_the_decoded_image(opened, vae):
    before = opened.pixels("#decoded")
    latents = np.zeros((1, 20), "float32")
    np.testing.assert_allclose(before, levels(vae.decode(latents)[0]), atol=1)
    opened.click("#more")
    # A click at the middle of a slider gives 0; then End goes to its end.
    opened.type("#sliders label:nth-child(18) input", "\ue010")
    until(lambda: (opened.pixels("#decoded") != before).any())
    latents[0, 17] = 3
    np.testing.assert_allclose(
        opened.pixels("#decoded"), levels(vae.decode(latents)[0]), atol=1
    )
    opened.click("#reset")
    until(lambda: (opened.pixels("#decoded") == before).all())
    assert not errors(opened)


def test_sliders_of_directions(browser, vae, tmp_path):
    directions, _ = tasks.latent_directions(vae, num_directions=2)
    server = serve(ExportedModel(vae.export(tmp_path), "vae", directions))
    browser.open(server.url)
    until(lambda: browser.pixels("#decoded").shape == (8, 8))
    before = browser.pixels("#decoded")
    browser.type("#directions label:nth-child(2) input", "\ue010")
    until(lambda: (browser.pixels("#decoded") != before).any())
    expected = levels(vae.decode(3 * directions[1:])[0])
    np.testing.assert_allclose(browser.pixels("#decoded"), expected, atol=1)
    # The latents that it moves say so, and go on from there.
    shown = browser.run(
        "return [...document.querySelectorAll('#sliders output')]"
        ".map(e => Number(e.textContent))"
    )
    np.testing.assert_allclose(shown, 3 * directions[1, :16], atol=0.006)
    browser.click("#reset")
    until(lambda: (browser.pixels("#decoded") == before).all())
    amounts = "return document.querySelector('#directions').innerText"
    assert "3.00" not in browser.run(amounts)
    assert not errors(browser)
    server.shutdown()
    server.server_close()


def test_a_drawing_is_reconstructed(opened, vae):
    black = opened.pixels("#made")
    np.testing.assert_array_equal(opened.pixels("#seen"), 0)
    opened.drag("#pad", (-20, -20), (20, 20))
    until(lambda: (opened.pixels("#made") != black).any())
    seen = opened.pixels("#seen")
    assert seen[3, 3] > 128 and seen[4, 4] > 128
    assert seen[0, 7] == seen[7, 0] == 0
    expected = levels(vae.reconstruct(seen[None, ..., None] / 255.0)[0])
    until(lambda: np.allclose(opened.pixels("#made"), expected, atol=2))
    opened.click("#invert")
    until(lambda: np.allclose(opened.pixels("#seen"), 255 - seen, atol=1))
    assert not errors(opened)


def test_an_image_file_fills_the_pad(opened, tmp_path):
    image = np.zeros((16, 32, 3), np.uint8)
    image[:, 8:16] = 255  # The left half of the middle.
    Image.fromarray(image).save(tmp_path / "it.png")
    opened.type("#file", str(tmp_path / "it.png"))
    until(lambda: opened.pixels("#seen").any())
    seen = opened.pixels("#seen")
    assert seen[:, :3].min() > 230
    assert seen[:, 5:].max() < 25
    (tmp_path / "no.png").write_text("no image")
    opened.type("#file", str(tmp_path / "no.png"))
    until(lambda: "no.png is no image" in errors(opened))


def test_an_error_outlasts_work_that_began_before_it(opened, tmp_path):
    Image.new("RGB", (16, 16), "white").save(tmp_path / "it.png")
    (tmp_path / "no.png").write_text("no image")
    # Answers of the server come late.
    opened.run(
        "const ask = window.fetch, wait = (f) => setTimeout(f, 1000);"
        "window.answers = 0;"
        "window.fetch = async (...words) => {"
        "  await new Promise(wait);"
        "  return ask(...words).finally(() => { window.answers += 1; });"
        "};"
    )
    opened.type("#file", str(tmp_path / "it.png"))
    until(lambda: opened.pixels("#seen").any())
    opened.type("#file", str(tmp_path / "no.png"))
    until(lambda: opened.run("return window.answers") > 0)
    time.sleep(0.5)
    assert "no.png is no image" in errors(opened)


def test_a_dropped_image_fills_the_pad(opened):
    image = np.zeros((16, 16, 3), np.uint8)
    image[:8] = 255
    file = io.BytesIO()
    Image.fromarray(image).save(file, "png")
    not_left = opened.run(
        """
        const [name, content] = arguments;
        const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], name, {type: "image/png"}));
        const place = document.querySelector("#pad");
        return ["dragover", "drop"].map(kind => !place.dispatchEvent(
          new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true})
        ));
        """,
        "it.png",
        base64.b64encode(file.getvalue()).decode(),
    )
    # The browser would go to the file.
    assert not_left == [True, True]
    until(lambda: opened.pixels("#seen").any())
    seen = opened.pixels("#seen")
    assert seen[:3].min() > 230
    assert seen[5:].max() < 25
    assert not errors(opened)


def test_errors_are_shown_in_words(opened):
    opened.run("document.querySelector('#seed').value = -1")
    opened.run(
        "document.querySelector('#seed').dispatchEvent(new Event('change'))"
    )
    until(lambda: "A seed is a whole number" in errors(opened))
    opened.click("#new-seed")
    until(lambda: not errors(opened))


def test_it_fits_a_phone(opened):
    opened.resize(390, 844)
    widths = opened.run(
        "return [innerWidth, document.documentElement.scrollWidth,"
        "document.querySelector('#pad').getBoundingClientRect().width]"
    )
    opened.resize_back()
    assert widths[:2] == [390, 390]
    assert 200 < widths[2] < 390


def test_only_what_the_model_has_is_shown(browser, tmp_path):
    """A GAN of classes takes no images; its classes can be chosen."""
    model = kerasgen.ConditionalGAN((8, 8, 1), 3, latent_dim=3, seed=0)
    louder(model.generator)
    server = serve(ExportedModel(model.export(tmp_path), "gan"))
    browser.open(server.url)
    until(lambda: browser.pixels("#way").shape == (8, 8))
    shown = browser.run(
        "return [...document.querySelectorAll('section:not([hidden])')]"
        ".map(s => s.id)"
    )
    assert shown == ["samples", "explore", "between"]
    before = browser.pixels("#decoded")
    browser.type("#explore select", "2")
    until(lambda: (browser.pixels("#decoded") != before).any())
    expected = model.decode(np.zeros((1, 3), "float32"), labels=[2])
    np.testing.assert_allclose(
        browser.pixels("#decoded"), levels(expected[0]), atol=1
    )
    server.shutdown()
    server.server_close()
    browser.click("#random")
    until(lambda: "Is it still running?" in errors(browser))


class Detector:
    """Finds an anomaly in class 1, and two clusters."""

    name, version = "detector", "1"

    def describe(self):
        images = {
            "dtype": "float32",
            "shape": [None, 2, 3, 1],
            "kind": "images",
        }
        values = {"kind": "values"}
        result = {**values, "is_result": True}
        fields = {"is_anomaly": result, "scores": values}
        labels = {"dtype": "int32", "shape": [None], "kind": "labels"}
        return {
            "name": self.name,
            "num_classes": None,
            "signatures": {
                "is_anomaly": {
                    "inputs": {"images": images, "labels": labels},
                    "outputs": fields,
                },
                "assign": {
                    "inputs": {"images": images},
                    "outputs": {"clusters": result, "probabilities": values},
                },
            },
        }

    def predict(self, body):
        request = json.loads(body)
        assert np.shape(request["inputs"]["images"]) == (1, 2, 3, 1)
        outputs = {"clusters": [1], "probabilities": [[0.25, 0.75]]}
        if request["signature_name"] == "is_anomaly":
            labels = request["inputs"]["labels"]
            outputs = {"is_anomaly": labels, "scores": [0.5]}
        return 200, json.dumps({"outputs": outputs}).encode()


def test_anomalies_and_clusters_are_told(browser):
    server = serve(Detector())
    browser.open(server.url)

    def verdict():
        return browser.run("return document.querySelector('#yours').innerText")

    until(lambda: "75.0 %" in verdict())
    assert "Normal: score 0.5000" in verdict()
    assert "Cluster 1" in verdict()
    assert "Reconstruction" not in verdict()
    browser.type("#yours input.class", "\ue0131\ue007")
    until(lambda: "An anomaly: score 0.5000" in verdict())
    server.shutdown()
    server.server_close()


def text(browser, css):
    return browser.run(
        "return document.querySelector(arguments[0])?.innerText ?? ''", css
    )


@pytest.fixture
def made_up_page(browser, tmp_path):
    """The page of a model of tokens and of two domains."""
    server = serve(ExportedModel(made_up.export(tmp_path), "made up"))
    browser.open(server.url)
    yield browser
    server.shutdown()
    server.server_close()


def test_tokens_are_text(made_up_page):
    until(lambda: text(made_up_page, "#grid pre") == "0 1 2")
    assert text(made_up_page, "#grid pre:nth-child(3)") == "2 3 4"
    until(lambda: text(made_up_page, "[data-output=tokens]") == "1 1 1")

    def send(words):
        area = "document.querySelector('[data-input=tokens]')"
        made_up_page.run(f"{area}.value = arguments[0]", words)
        made_up_page.click("#send")

    send("4, 5 6")
    until(lambda: text(made_up_page, "[data-output=tokens]") == "5 6 0")
    assert text(made_up_page, "[data-output=means]").strip() == "5.000"
    for words, error in (("4 5", "must be 3 numbers"), ("4 5 7", "from 0 to")):
        send(words)
        until(lambda: error in errors(made_up_page))


def test_texts_go_on_from_prompts(browser, tmp_path):
    tokenizer = kerasgen.data.CharacterTokenizer("abc ")
    small = {"width": 8, "num_blocks": 1, "attention_heads": 2}
    model = kerasgen.GPT(6, tokenizer, network_options=small, seed=0)
    server = serve(ExportedModel(model.export(tmp_path), "texts"))
    browser.open(server.url)
    drawn = [t.strip() for t in model.generate(12, seed=0)]
    until(lambda: text(browser, "#grid pre").strip() == drawn[0])
    assert text(browser, "#grid pre:nth-child(3)").strip() == drawn[2]
    area = "document.querySelector('[data-input=prompts]')"
    browser.run(f"{area}.value = 'abba'")
    browser.click("#send")
    (expected,) = model.generate(seed=0, prompts="abba")
    output = "[data-output=texts]"
    until(lambda: text(browser, output).strip() == expected.strip())
    check_tokens_are_coloured(browser, model)
    server.shutdown()
    server.server_close()


def check_tokens_are_coloured(browser, model):
    def choose(endpoint):
        browser.run(
            "const e = document.querySelector('#endpoint');"
            "e.value = arguments[0]; e.dispatchEvent(new Event('change'))",
            endpoint,
        )
        area = "document.querySelector('[data-input=texts]')"
        browser.run(f"{area}.value = 'ab'")
        browser.click("#send")

    choose("log_likelihood")
    tokens = "#answers [data-output=tokens]"
    until(lambda: text(browser, tokens) == "ab")
    shares = np.exp(model.token_log_likelihoods("ab")[0])
    shown = browser.run(
        f"return [...document.querySelectorAll('{tokens} span')]"
        ".map(e => [e.title, getComputedStyle(e).backgroundColor])"
    )
    assert len(shown) == model.length
    for (title, _), name, share in zip(shown, ("a", "b", "end"), shares):
        assert title == f"{name}: {100 * share:.1f} %"
    assert len({colour for _, colour in shown[:4]}) > 1
    choose("next_token")
    likeliest = f"{100 * model.next_token('ab').max():.1f} %"
    until(lambda: likeliest in text(browser, f"{tokens} .bar:nth-child(1)"))


def test_an_image_goes_to_the_other_domain(made_up_page):
    target = "#yours canvas[data-signature=to_target]"
    until(lambda: made_up_page.pixels(target).shape == (4, 4))
    until(lambda: (made_up_page.pixels(target) == 255).all())
    # Of another size; the pad's picture is brought to it.
    source = "#yours canvas[data-signature=to_source]"
    until(lambda: (made_up_page.pixels(source) == 0).all())
    made_up_page.click("#invert")
    until(lambda: (made_up_page.pixels(target) == 0).all())
    until(lambda: (made_up_page.pixels(source) == 255).all())
    assert not errors(made_up_page)
    shown = made_up_page.run(
        "return [...document.querySelectorAll('section:not([hidden])')]"
        ".map(s => s.id)"
    )
    assert shown == ["samples", "yours", "ask"]


def test_rows_are_a_table(browser, tmp_path):
    model = kerasgen.VAE((3,), 2, seed=0)
    server = serve(ExportedModel(model.export(tmp_path), "rows"))
    browser.open(server.url)
    until(lambda: text(browser, "#decoded") and text(browser, "#way"))
    until(lambda: text(browser, "#grid button:nth-child(2) pre"))
    until(lambda: text(browser, "[data-output=latents]"))
    found = text(browser, "#grid button:nth-child(2) pre").split()
    expected = model.generate(2, seed=0)[1]
    np.testing.assert_allclose(np.float32(found), expected, rtol=1e-3)
    found = np.float32(text(browser, "#decoded").split())
    expected = model.decode(np.zeros((1, 2), "f"))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    assert not errors(browser)
    server.shutdown()
    server.server_close()
