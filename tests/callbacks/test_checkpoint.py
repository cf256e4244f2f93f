"""Checkpoints: whole ones only are used, and nothing is lost by the others."""

import itertools
import random
import shutil

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen.callbacks import Checkpoint
from kerasgen.callbacks import CheckpointWarning
from kerasgen.callbacks import checkpoint as checkpoint_module
from kerasgen.callbacks import history_file as history_module
from kerasgen.callbacks import latest_checkpoint
from kerasgen.callbacks import sample_grid as sample_grid_module
from kerasgen.utils import checksums
from tests.utils.test_locks import holder


def build():
    keras.utils.set_random_seed(0)
    model = kerasgen.VAE(
        (8, 8, 1), 2, network_options={"hidden_units": [8]}, seed=0
    )
    # Tracing would take longer than all the steps.
    model.compile(run_eagerly=True)
    return model


@pytest.fixture
def model():
    return build()


@pytest.fixture(scope="module")
def digits(digits):
    """A batch an epoch, in a data set that is built once."""
    return kerasgen.data.from_arrays(digits[:8], batch_size=8, seed=0)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_checkpoints_keep_the_newest(model, digits, tmp_path):
    checkpoint = Checkpoint(tmp_path, keep=2)
    model.fit(digits, epochs=3, callbacks=[checkpoint], verbose=0)
    assert names(tmp_path) == ["epoch_0002.keras", "epoch_0003.keras"]
    path, epoch = latest_checkpoint(tmp_path)
    assert (path.name, epoch) == ("epoch_0003.keras", 3)
    loaded = keras.saving.load_model(path)
    for a, b in zip(model.weights, loaded.weights):
        np.testing.assert_array_equal(a, b)


def test_checkpoints_come_every_few_epochs_and_at_the_end(
    model, digits, tmp_path
):
    checkpoint = Checkpoint(tmp_path, keep=9, every=2)
    model.fit(digits, epochs=5, callbacks=[checkpoint], verbose=0)
    found = [name.removesuffix(".keras") for name in names(tmp_path)]
    assert found == ["epoch_0000", "epoch_0002", "epoch_0004", "epoch_0005"]


def test_there_is_a_checkpoint_before_the_first_epoch(model, digits, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.fit(digits, callbacks=[Checkpoint(tmp_path), Stop()], verbose=0)
    assert latest_checkpoint(tmp_path) == (tmp_path / "epoch_0000.keras", 0)


def test_a_failed_write_leaves_the_last_checkpoint(
    model, digits, tmp_path, monkeypatch
):
    model.fit(digits, callbacks=[Checkpoint(tmp_path)], verbose=0)

    def write_half(path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(model, "save", write_half)
    with pytest.raises(OSError, match="disk full"):
        model.fit(
            digits,
            initial_epoch=1,
            epochs=2,
            callbacks=[Checkpoint(tmp_path)],
            verbose=0,
        )
    assert names(tmp_path) == ["epoch_0000.keras", "epoch_0001.keras"]
    keras.saving.load_model(tmp_path / "epoch_0001.keras")


def test_no_checkpoint_is_none(tmp_path):
    assert latest_checkpoint(tmp_path / "nowhere") is None
    assert latest_checkpoint(tmp_path) is None


def test_checkpoints_of_another_run_are_not_mixed_in(model, digits, tmp_path):
    model.fit(digits, epochs=2, callbacks=[Checkpoint(tmp_path)], verbose=0)
    with pytest.raises(FileExistsError, match="of 2 epochs"):
        model.fit(digits, epochs=1, callbacks=[Checkpoint(tmp_path)], verbose=0)
    assert names(tmp_path) == ["epoch_0001.keras", "epoch_0002.keras"]


def test_a_kill_before_the_oldest_is_removed_leaves_no_trace(
    model, digits, tmp_path
):
    def fit(**options):
        checkpoint = Checkpoint(tmp_path, restore=True)
        model.fit(digits, callbacks=[checkpoint], verbose=0, **options)

    fit(epochs=1)
    oldest = tmp_path / "epoch_0000.keras"
    content = oldest.read_bytes()
    fit(epochs=2)
    assert not oldest.exists()
    oldest.write_bytes(content)
    fit(epochs=2)
    assert names(tmp_path) == ["epoch_0001.keras", "epoch_0002.keras"]


# === Damage ===


def truncated(content, generator):
    return content[: generator.randrange(1, len(content))]


def empty(content, generator):
    return b""


def flipped(content, generator):
    content = bytearray(content)
    content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
    return bytes(content)


def zeroed(content, generator):
    """A block that never reached the disk."""
    start = generator.randrange(len(content) // 4096) * 4096
    return content[:start] + bytes(4096) + content[start + 4096 :]


@pytest.mark.parametrize("damaged", [truncated, empty, flipped, zeroed])
def test_the_one_before_a_damaged_one_is_used(model, digits, tmp_path, damaged):
    model.fit(digits, epochs=2, callbacks=[Checkpoint(tmp_path)], verbose=0)
    newest = tmp_path / "epoch_0002.keras"
    content = newest.read_bytes()
    generator = random.Random(0)
    for _ in range(50):
        newest.write_bytes(damaged(content, generator))
        with pytest.warns(CheckpointWarning, match="epoch_0002.keras is dam"):
            found = latest_checkpoint(tmp_path)
        assert found == (tmp_path / "epoch_0001.keras", 1)
    newest.write_bytes(content)
    assert latest_checkpoint(tmp_path) == (newest, 2)


def test_where_all_are_damaged_there_is_none(model, digits, tmp_path):
    model.fit(digits, epochs=2, callbacks=[Checkpoint(tmp_path)], verbose=0)
    for path in tmp_path.iterdir():
        path.write_bytes(b"")
    with pytest.warns(CheckpointWarning) as warnings:
        assert latest_checkpoint(tmp_path) is None
    assert len(warnings) == 2
    with pytest.warns(CheckpointWarning):
        build().fit(
            digits, epochs=1, callbacks=[Checkpoint(tmp_path)], verbose=0
        )
    assert names(tmp_path) == ["epoch_0000.keras", "epoch_0001.keras"]


@pytest.mark.filterwarnings("ignore::kerasgen.callbacks.CheckpointWarning")
@pytest.mark.parametrize("every", [1, 2])
def test_training_goes_on_from_the_one_before(digits, tmp_path, every):
    whole = build()
    whole.fit(digits, epochs=7, verbose=0)
    checkpoint = Checkpoint(tmp_path, keep=2, every=every, restore=True)
    build().fit(digits, epochs=4, callbacks=[checkpoint], verbose=0)
    newest = tmp_path / "epoch_0004.keras"
    newest.write_bytes(newest.read_bytes()[:-1])
    before = tmp_path / f"epoch_{4 - every:04d}.keras"
    assert latest_checkpoint(tmp_path) == (before, 4 - every)
    kept = before.read_bytes()

    class Watch(keras.callbacks.Callback):
        """The last whole one stays until it is the second to last."""

        def on_epoch_begin(self, epoch, logs=None):
            path, _ = latest_checkpoint(tmp_path)
            assert path.read_bytes() == kept or epoch > 4 - every

    history = build().fit(
        digits, epochs=7, callbacks=[Watch(), checkpoint], verbose=0
    )
    assert history.epoch == list(range(4 - every, 7))
    path, epoch = latest_checkpoint(tmp_path)
    assert epoch == 7
    assert_equal(keras.saving.load_model(path), whole)


def test_damaged_ones_do_not_count_among_the_kept(model, digits, tmp_path):
    class Damage(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch >= 1:
                (tmp_path / f"epoch_{epoch + 1:04d}.keras").write_bytes(b"")

    model.fit(
        digits,
        epochs=4,
        callbacks=[Checkpoint(tmp_path, keep=2), Damage()],
        verbose=0,
    )
    # Two and three were damaged and are gone; four was damaged at last.
    assert names(tmp_path) == [
        "epoch_0001.keras",
        "epoch_0004.keras",
    ]


# === Restoring ===


def assert_equal(first, second):
    """The same weights and optimizer slots, bit for bit."""
    for a, b in itertools.chain(
        zip(first.weights, second.weights, strict=True),
        *(
            zip(a.variables, b.variables, strict=True)
            for a, b in zip(first.optimizers, second.optimizers, strict=True)
        ),
    ):
        np.testing.assert_array_equal(a, b)


def test_restore_goes_on_where_it_stopped(digits, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    whole = build()
    expected = whole.fit(digits, epochs=4, verbose=0)
    checkpoint = Checkpoint(tmp_path, restore=True)
    with pytest.raises(KeyboardInterrupt):
        build().fit(digits, epochs=4, callbacks=[checkpoint, Stop()], verbose=0)
    model = build()
    found = model.fit(digits, epochs=4, callbacks=[checkpoint], verbose=0)
    assert found.epoch == [2, 3]
    assert found.history["loss"] == expected.history["loss"][2:]
    assert_equal(model, whole)
    # The same program once more has nothing to do, and the same model.
    model = build()
    model.fit(digits, epochs=4, callbacks=[checkpoint], verbose=0)
    assert_equal(model, whole)
    # What is trained after that begins where the user says.
    again = model.fit(digits, epochs=1, verbose=0)
    assert again.epoch == [0]


def test_a_later_fit_begins_where_it_says(model, digits, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    checkpoint = Checkpoint(tmp_path, restore=True)
    model.fit(digits, epochs=2, callbacks=[checkpoint], verbose=0)
    with pytest.raises(KeyboardInterrupt):
        model.fit(digits, epochs=4, callbacks=[checkpoint, Stop()], verbose=0)
    assert model.fit(digits, verbose=0).epoch == [0]


def test_workers_that_are_not_the_chief_write_nothing(
    model, digits, tmp_path, monkeypatch
):
    """They train as the chief does."""
    for module in (checkpoint_module, history_module, sample_grid_module):
        monkeypatch.setattr(module, "is_chief", lambda strategy: False)
    callbacks = [
        kerasgen.callbacks.HistoryFile(tmp_path / "history.csv"),
        Checkpoint(tmp_path / "checkpoints"),
        kerasgen.callbacks.SampleGrid(
            tmp_path / "samples", log_dir=tmp_path / "logs", animation=True
        ),
    ]
    model.fit(digits, epochs=2, verbose=0, callbacks=callbacks)
    assert not list(tmp_path.iterdir())


# === Of what a checkpoint is ===


def fit(model, digits, folder, epochs=2, **options):
    checkpoint = Checkpoint(folder, **options)
    return model.fit(digits, epochs=epochs, callbacks=[checkpoint], verbose=0)


def others():
    """Models other than that of `build`, and what tells them from it."""
    options = {"hidden_units": [8]}
    yield kerasgen.Autoencoder((8, 8, 1), 2, network_options=options), "kind"
    yield kerasgen.VAE((8, 8, 1), 3, network_options=options), "latent_dim"
    yield kerasgen.BetaVAE((8, 8, 1), 2, network_options=options), "kind"
    options = {"hidden_units": [9]}
    yield kerasgen.VAE((8, 8, 1), 2, network_options=options), "hidden_units"


@pytest.mark.parametrize("restore", [False, True])
@pytest.mark.parametrize("number", range(4))
def test_one_of_another_model_is_refused(digits, tmp_path, restore, number):
    other, words = list(others())[number]
    other.compile(run_eagerly=True)
    fit(build(), digits, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="of another model") as error:
        fit(other, digits, tmp_path, 4, restore=restore)
    assert words in str(error.value)
    after = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert after == before


def test_parts_may_be_frozen_and_classes_named_later(tmp_path):
    images, labels = kerasgen.data.load_arrays("digits")
    model = kerasgen.ConditionalVAE((8, 8, 1), num_classes=10, seed=0)
    model.compile(run_eagerly=True)
    for epochs in (1, 2):
        model.fit(
            images[:8],
            labels[:8],
            batch_size=8,
            initial_epoch=epochs - 1,
            epochs=epochs,
            callbacks=[Checkpoint(tmp_path, restore=True)],
            verbose=0,
        )
        model.encoder.trainable = False
        model.class_names = list("abcdefghij")
        model.compile(run_eagerly=True)
    assert names(tmp_path)[-1] == "epoch_0002.keras"


def test_older_ones_of_others_stay(digits, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    fit(build(), digits, first, 1, settings={"data": "a"})
    fit(build(), digits, second, 1, settings={"data": "b"})
    shutil.copy(first / "epoch_0000.keras", second)
    model = keras.saving.load_model(second / "epoch_0001.keras")
    options = {"restore": True, "settings": {"data": "b"}}
    fit(model, digits, second, 3, **options)
    kept, *newest = names(second)
    assert newest == ["epoch_0002.keras", "epoch_0003.keras"]
    assert (second / kept).read_bytes() == (first / kept).read_bytes()


def test_own_networks_are_known_by_their_weights(digits, tmp_path):
    def build_own(units):
        encoder = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Flatten(),
                keras.layers.Dense(units),
                keras.layers.Dense(4),
            ]
        )
        model = kerasgen.VAE((8, 8, 1), 2, encoder=encoder, seed=0)
        model.compile(run_eagerly=True)
        return model

    fit(build_own(5), digits, tmp_path)
    # Keras calls its layers otherwise, and a user may choose no seed.
    again = fit(build_own(5), digits, tmp_path, 3, restore=True)
    assert again.epoch == [2]
    with pytest.raises(ValueError, match="weights"):
        fit(build_own(6), digits, tmp_path, 4, restore=True)


def test_one_of_other_settings_is_refused(digits, tmp_path):
    settings = {"data": "digits", "size": (8, 8)}
    fit(build(), digits, tmp_path, settings=settings)
    again = {"restore": True, "settings": settings}
    assert fit(build(), digits, tmp_path, 3, **again).epoch == [2]
    again["settings"] = settings | {"data": "mnist"}
    with pytest.raises(ValueError, match="data: 'digits' then, 'mnist' now"):
        fit(build(), digits, tmp_path, 4, **again)


def test_one_with_another_name_is_refused(digits, tmp_path):
    fit(build(), digits, tmp_path)
    (tmp_path / "epoch_0001.keras").rename(tmp_path / "epoch_9999.keras")
    with pytest.raises(ValueError, match="it is of 1 epochs"):
        latest_checkpoint(tmp_path)
    with pytest.raises(ValueError, match="epoch_0001.keras again"):
        fit(build(), digits, tmp_path, 4, restore=True)
    assert names(tmp_path) == ["epoch_0002.keras", "epoch_9999.keras"]


def test_one_that_says_nothing_of_itself_is_refused(digits, tmp_path):
    """As those of older versions."""
    path = tmp_path / "epoch_0003.keras"
    build().save(path)
    checksums.add_checksum(path)
    with pytest.raises(ValueError, match="does not say which run"):
        latest_checkpoint(tmp_path)


def test_links_to_nothing_and_folders_are_passed_over(digits, tmp_path):
    fit(build(), digits, tmp_path)
    (tmp_path / "epoch_0003.keras").symlink_to("nowhere")
    (tmp_path / "epoch_0004.keras").mkdir()
    with pytest.warns(CheckpointWarning):
        assert latest_checkpoint(tmp_path)[1] == 2
    with pytest.warns(CheckpointWarning):
        assert fit(build(), digits, tmp_path, 5, restore=True).epoch[0] == 2
    assert names(tmp_path) == [
        "epoch_0004.keras",
        "epoch_0004.keras.folder",
        "epoch_0005.keras",
    ]


# === One training at a time ===


def test_a_folder_of_another_process_is_refused(digits, tmp_path):
    with holder(tmp_path) as process:
        with pytest.raises(BlockingIOError, match=f"process {process.pid} on"):
            fit(build(), digits, tmp_path)
    assert latest_checkpoint(tmp_path) is None
    fit(build(), digits, tmp_path)
    assert names(tmp_path) == ["epoch_0001.keras", "epoch_0002.keras"]


def test_a_training_that_was_broken_off_is_started_again(digits, tmp_path):
    """In the same process, such as that of a notebook."""

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    checkpoint = Checkpoint(tmp_path, restore=True)
    with pytest.raises(KeyboardInterrupt):
        build().fit(digits, epochs=2, callbacks=[checkpoint, Stop()], verbose=0)
    assert fit(build(), digits, tmp_path, restore=True).epoch == [1]
