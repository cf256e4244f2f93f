"""Texts as data: whose they are, their parts, windows and documents."""

import itertools

import numpy as np
import pytest

from kerasgen import data
from kerasgen.data.batch_source import counters_of

TEXT = "".join(chr(ord("a") + i % 7) for i in range(1000))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_parts_are_the_text_in_its_order(file):
    parts = [data.read_text(file, s) for s in ("train", "validation", "test")]
    assert list(map(len, parts)) == [900, 50, 50]
    assert (
        "".join(parts) == TEXT == data.read_text(file, "train+validation+test")
    )


def test_windows_cover_the_text_once(file):
    batches = data.load_text(
        file, length=16, batch_size=4, seed=0, drop_remainder=False
    )
    epochs = [np.concatenate(list(batches)) for _ in range(2)]
    assert len(batches) == len(list(batches))
    for epoch in epochs:
        assert epoch.shape == ((900 - 15) // 16, 16)
        texts = batches.tokenizer.decode(epoch)
        assert all(text in TEXT for text in texts)
    assert not np.array_equal(*epochs)
    # Another run of the same epoch.
    (counter,) = counters_of(batches)
    counter.start(0)
    np.testing.assert_array_equal(np.concatenate(list(batches)), epochs[0])


def test_windows_in_order(file):
    batches = data.load_text(file, "test", length=10, shuffle=False)
    found = batches.tokenizer.decode(np.concatenate(list(batches)))
    assert "".join(found) == TEXT[950:]


def test_windows_do_not_overlap(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("".join(map(chr, range(0x4E00, 0x4E00 + 400))))
    batches = data.load_text(path, length=8, seed=3, drop_remainder=False)
    tokens = np.concatenate(list(batches))
    assert len(np.unique(tokens)) == tokens.size
    np.testing.assert_array_equal(np.diff(tokens, axis=1), 1)


def test_documents_are_whole_and_end(tmp_path):
    path = tmp_path / "poems.txt"
    poems = [f"poem {n}\nof two lines" for n in range(40)]
    path.write_text("\n\n".join(poems) + "\n\n\n")
    assert data.read_text(path, "train", documents=True) == poems[:36]
    batches = data.load_text(path, documents=True, shuffle=False, batch_size=9)
    tokens = np.concatenate(list(batches))
    assert batches.tokenizer.decode(tokens) == poems[:36]
    assert batches.length == len(poems[-1]) + 1
    assert (tokens[:, -1] == 0).all()
    with pytest.raises(ValueError, match="at least 21, for"):
        data.load_text(path, documents=True, length=20)


def test_folders_are_their_files(tmp_path):
    for name in "ba":
        (tmp_path / f"{name}.txt").write_text(f"{name * 30}\n")
    text = data.read_text(tmp_path, "train+validation+test")
    assert text == f"{'a' * 30}\n\n{'b' * 30}"


@pytest.fixture
def by_class(tmp_path):
    for name, word in (("verse", "rose"), ("prose", "violet")):
        (tmp_path / name).mkdir()
        texts = [f"{word} {n}" for n in range(20)]
        (tmp_path / name / "all.txt").write_text("\n\n".join(texts))
    return tmp_path


def test_folders_in_a_folder_are_classes(by_class):
    found = data.load_text(by_class, batch_size=6, seed=0, labels=True)
    assert found.class_names == ["prose", "verse"]
    batches = list(found)
    labels = np.concatenate([labels for _, labels in batches])
    texts = found.tokenizer.decode(np.concatenate([t for t, _ in batches]))
    assert sorted(np.bincount(labels)) == [18, 18]
    for text, label in zip(texts, labels):
        assert text.startswith(("violet", "rose")[label])
    # Each class has its own share in each part.
    held_out = data.read_text(by_class, "validation+test")
    assert held_out == ["violet 18", "violet 19", "rose 18", "rose 19"]
    without = data.load_text(by_class, "test", shuffle=False)
    assert without.tokenizer.decode(next(iter(without))) == held_out[1::2]


def test_labels_where_there_are_none_are_refused(by_class):
    for arguments in (
        {"name": "sums"},
        {"name": by_class, "documents": False},
        {"name": by_class / "verse"},
    ):
        with pytest.raises(ValueError, match="folder of classes"):
            data.load_text(**arguments, labels=True)


def test_sums_are_right_and_parts_do_not_meet():
    parts = [
        data.read_text("sums", split)
        for split in ("train", "validation", "test")
    ]
    assert list(map(len, parts)) == [9000, 500, 500]
    every = list(itertools.chain(*parts))
    assert len(set(every)) == 10_000
    # Nor is a sum in one part whose summands change places in another.
    unordered = [
        {tuple(sorted(text.split("=")[0].split("+"))) for text in part}
        for part in parts
    ]
    assert not unordered[0] & (unordered[1] | unordered[2])
    assert not unordered[1] & unordered[2]
    for text in every[::97]:
        summands, total = text.split("=")
        assert sum(map(int, summands.split("+"))) == int(total)


def test_python_topics_need_no_download():
    assert len(data.read_text("python_topics")) > 300_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "shakespear"}, "tiny_shakespeare"),
        ({"name": "sums", "split": "half"}, "train, validation, test"),
        ({"name": "sums", "length": 0}, "positive integer"),
        ({"name": "python_topics", "length": 10**6}, "leave a window"),
    ],
)
def test_wrong_arguments_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        data.load_text(**arguments)


def test_other_encodings_and_empty_files_are_refused(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("é".encode("latin-1") * 9)
    with pytest.raises(ValueError, match="Save it as UTF-8"):
        data.load_text(path)
    path.write_text("\n\n")
    with pytest.raises(ValueError, match="which has none"):
        data.load_text(path)
