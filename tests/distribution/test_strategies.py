"""Strategies by name, and who writes files."""

import types

import pytest
import tensorflow as tf

from kerasgen import distribution
from kerasgen.distribution.strategies import described

Resolver = tf.distribute.cluster_resolver.SimpleClusterResolver


def test_one_device():
    made = distribution.strategy("none")
    assert made.num_replicas_in_sync == 1
    assert distribution.is_chief(made)
    assert described(made) in ("the CPU", "1 GPU")


def test_parts_of_the_cpu():
    made = distribution.strategy("mirrored", devices=2)
    assert isinstance(made, tf.distribute.MirroredStrategy)
    assert made.num_replicas_in_sync == 2
    assert distribution.is_chief(made)
    total = made.reduce("SUM", made.run(lambda: tf.constant(2.0)), axis=None)
    assert total == 4.0
    assert "2" in described(made)


@pytest.mark.parametrize(
    "name, devices, words",
    [
        ("both", None, "mirrored"),
        ("none", 2, "must be 1"),
        ("mirrored", 0, "devices=0"),
        ("mirrored", 99, "must be at most"),
        ("multiworker", None, "TF_CONFIG"),
    ],
)
def test_what_is_not_there(name, devices, words, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.delenv("SLURM_STEP_ID", raising=False)
    with pytest.raises(ValueError, match=words):
        distribution.strategy(name, devices)


@pytest.mark.parametrize(
    "jobs, task_type, task_id, expected",
    [
        ({"worker": ["a:1", "b:1"]}, "worker", 0, True),
        ({"worker": ["a:1", "b:1"]}, "worker", 1, False),
        ({"chief": ["c:1"], "worker": ["a:1"]}, "chief", 0, True),
        ({"chief": ["c:1"], "worker": ["a:1"]}, "worker", 0, False),
        ({"worker": ["a:1"], "evaluator": ["e:1"]}, "evaluator", 0, False),
    ],
)
def test_who_writes(jobs, task_type, task_id, expected):
    resolver = Resolver(
        tf.train.ClusterSpec(jobs), task_type=task_type, task_id=task_id
    )
    strategy = types.SimpleNamespace(cluster_resolver=resolver)
    assert distribution.is_chief(strategy) is expected


def test_slurm_names_the_machines(monkeypatch):
    """The variables of a step of two tasks on two nodes, as `srun` sets."""
    from kerasgen.distribution.strategies import _cluster_resolver

    monkeypatch.delenv("TF_CONFIG", raising=False)
    for name, value in {
        "PROCID": "1",
        "STEP_ID": "0",
        "STEP_NUM_TASKS": "2",
        "STEP_NODELIST": "node[1-2]",
        "STEP_TASKS_PER_NODE": "1(x2)",
    }.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    monkeypatch.setenv("PATH", "")  # Without a program that counts GPUs.
    resolver = _cluster_resolver()
    workers = resolver.cluster_spec().as_dict()["worker"]
    assert [each.split(":")[0] for each in workers] == ["node1", "node2"]
    assert (resolver.task_type, resolver.task_id) == ("worker", 1)
    strategy = types.SimpleNamespace(cluster_resolver=resolver)
    assert not distribution.is_chief(strategy)
