import time

from kerasgen.callbacks import TimeLeft


def lines_of(monkeypatch, seconds, epochs, initial_epoch=0):
    """What is said of epochs that take so many seconds each."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    lines = []
    callback = TimeLeft(lines.append)
    callback.set_params({"epochs": epochs})
    callback.on_train_begin()
    for epoch, taken in enumerate(seconds, initial_epoch):
        callback.on_epoch_begin(epoch)
        now[0] += taken
    return lines


def test_the_first_epoch_does_not_count(monkeypatch):
    assert lines_of(monkeypatch, [60, 12, 30, 9], 32) == [
        "An epoch takes 12 seconds, the 30 that are left about 6 minutes."
    ]
    # A run that goes on at its eleventh.
    assert lines_of(monkeypatch, [60, 0.5, 3], 20, 10) == [
        "An epoch takes 0.5 seconds, the 8 that are left about 4 seconds."
    ]


def test_nothing_is_said_of_what_is_over(monkeypatch):
    assert lines_of(monkeypatch, [60, 12], 2) == []
    assert lines_of(monkeypatch, [60], 1) == []
