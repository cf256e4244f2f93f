"""What the tests of one class share, made by the first that asks for it."""

import functools
import weakref

_results = weakref.WeakKeyDictionary()


def shared(make):
    """A method without arguments that runs once a class of tests.

    Tests may read what it returns, and must not change it.
    """

    @functools.wraps(make)
    def result(self):
        results = _results.setdefault(type(self), {})
        if make not in results:
            results[make] = make(self)
        return results[make]

    return result


def forget(test_class):
    """Frees what the tests of a class have shared."""
    _results.pop(test_class, None)
