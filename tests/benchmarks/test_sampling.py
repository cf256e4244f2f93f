"""What the comparison of saved models takes from them and from their cards."""

import math

import pytest

import kerasgen
from kerasgen.loading import saved_models
from tests.benchmarks.loading import load


@pytest.fixture(scope="module")
def sampling():
    return load("sampling")


def test_every_card_is_read(sampling):
    assert saved_models()
    for folder in saved_models().values():
        card = sampling.read_card((folder / "README.md").read_text("utf-8"))
        assert int(card["minutes"]) > 0
        bits, distance = card.get(sampling.BITS), card.get("frechet distance")
        # Images have a distance, texts have bits, and none has both.
        assert (distance is None) != (bits is None), folder.name
        assert math.isfinite(float(bits or distance)), folder.name


def test_a_card_without_minutes_is_refused(sampling):
    with pytest.raises(ValueError, match="no minutes of training"):
        sampling.read_card("# vae_mnist\n\n| recall | 0.9 |\n")


def test_times_are_of_each_number_asked_for(sampling, monkeypatch):
    asked = []
    clock = iter(range(1000))
    model = kerasgen.VAE((4, 4, 1), latent_dim=2, seed=0)

    def generate(number, seed):
        asked.append((number, seed))
        # The first round, and the third of 64, are slow.
        slow = seed == 0 or (number, seed) == (64, 3)
        for _ in range(50 if slow else number // 64):
            next(clock)

    monkeypatch.setattr(model, "generate", generate)
    monkeypatch.setattr(sampling.time, "perf_counter", lambda: next(clock))
    times = sampling.milliseconds({"vae": model}, rounds=3)
    assert asked == [(n, s) for s in range(4) for n in (1, 64)]
    assert list(times["vae"]) == [1000.0, 2000.0]
    card = {"minutes": "5", "recall": "0.9"}
    columns = {"Recall": "recall", "Nats": "log likelihood"}
    row = sampling.row("vae", model, card, times["vae"], columns)
    assert row[:-1] == ["`vae`", "5", "0.9", "-", "1,000", "2,000"]
    assert row[-1] == f"{model.count_params():,}"
    header = sampling.header("image", columns)
    assert header[4:6] == ["1 image, ms", "64 images, ms"]
    assert len(header) == len(row)
