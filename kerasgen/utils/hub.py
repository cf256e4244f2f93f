"""Models on the Hugging Face hub, by addresses such as `hf://owner/name`."""

import contextlib
import dataclasses
import os
import pathlib
import re

_PREFIX = "hf://"
# A `pathlib.Path` of an address has one slash less.
_ADDRESS = re.compile(
    r"hf:/{1,2}(?P<repository>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)"
    r"(?:@(?P<revision>[\w.][\w./-]*))?",
    re.ASCII,
)
# What is downloaded of a repository, whatever else it holds: nothing that
# could be run, and little that could be large.
DOWNLOADED = ("model.keras", "config.json", "report.json")
# What may be pushed; of these, those that a push has not are removed.
PUSHED = (*DOWNLOADED, "README.md", "samples.png", "samples.txt")


@dataclasses.dataclass(frozen=True)
class Address:
    """Where a model is.

    Args:
        repository: str, `"owner/name"`.
        revision: str, a branch, a tag or a commit; or `None` for the newest.
    """

    repository: str
    revision: str | None = None

    def __str__(self):
        at = "" if self.revision is None else f"@{self.revision}"
        return f"{_PREFIX}{self.repository}{at}"

    @property
    def name(self):
        """The name without its owner."""
        return self.repository.split("/")[1]


def is_address(name):
    """Whether a str or `pathlib.Path` is meant as an address of the hub."""
    return pathlib.PurePath(name).as_posix().startswith("hf:/")


def parse(name):
    """The address that a str or `pathlib.Path` is.

    Raises:
        ValueError: if it is none.
    """
    text = name if isinstance(name, str) else pathlib.PurePath(name).as_posix()
    found = _ADDRESS.fullmatch(text)
    # A revision is part of paths in the cache.
    if found is None or ".." in text.split("@")[-1].split("/"):
        raise ValueError(
            "An address of the hub must be hf://OWNER/NAME, or "
            f"hf://OWNER/NAME@REVISION. Received: {text}."
        )
    return Address(**found.groupdict())


def local(name):
    """A path as it is, and of an address the folder that it is downloaded to.

    Args:
        name: str or `pathlib.Path`.

    Returns:
        `name`, or `pathlib.Path` of a folder with a `model.keras`, which is
        not to be written to: it is of the hub's cache.

    Raises:
        ValueError: for what is meant as an address, and is none.
        ImportError: without huggingface_hub.
        OSError: if it cannot be had, with what can be done.
    """
    return download(parse(name)) if is_address(name) else name


def download(address):
    """Downloads what is in `DOWNLOADED`, where it is not in the cache yet.

    Args:
        address: `Address`.

    Returns:
        `pathlib.Path` of the folder; see `local` for this and for errors.
    """
    hub = _library()
    with _errors_in_words(address):
        folder = hub.snapshot_download(
            address.repository,
            revision=address.revision,
            allow_patterns=list(DOWNLOADED),
            endpoint=_endpoint(),
        )
    folder = pathlib.Path(folder)
    if not (folder / "model.keras").is_file():
        raise FileNotFoundError(
            f"{address} holds no model.keras, and so no model of kerasgen. "
            "`kerasgen push` puts one there."
        )
    return folder


def check_may_push(address):
    """Raises at once for what a push would end with.

    Args:
        address: `Address`.

    Raises:
        ValueError: for an address with a revision.
        ImportError: without huggingface_hub.
        PermissionError: without a token.
    """
    if address.revision is not None:
        raise ValueError(
            "A model is pushed as the newest revision: the address must be "
            f"{_PREFIX}{address.repository}. Received: {address}."
        )
    if _library().get_token() is None:
        raise PermissionError(
            f"There is no token to push {address} with. Make one that may "
            "write, on the page https://huggingface.co/settings/tokens, and "
            "give it to `hf auth login`, or as the variable HF_TOKEN."
        )


def push(address, contents, message, private=False):
    """Puts files into a repository, as one commit.

    The repository is made if it is not there. Files in `PUSHED` that an
    earlier push has left, and this one has not, are removed.

    Args:
        address: `Address`, without a revision.
        contents: dict from a name in `PUSHED` to bytes, or `pathlib.Path` of a
            file.
        message: str. What the commit says.
        private: bool. Whether a new repository is private.

    Returns:
        (str, the address of the page, and str, the commit).

    Raises:
        ValueError: if it is to be private, and is there and is not.
        OSError: if it cannot be done, with what can be.
    """
    check_may_push(address)
    hub = _library()
    api = hub.HfApi(endpoint=_endpoint())
    name = address.repository
    with _errors_in_words(address):
        # Without a wish, an organization has its own rule.
        page = api.create_repo(name, private=private or None, exist_ok=True)
        there = api.model_info(name)
        if private and not there.private:
            raise ValueError(
                f"{address} is there already, and public: nothing is pushed. "
                "Make it private in its settings first, or leave --private "
                "out."
            )
        before = {file.rfilename for file in there.siblings or ()}
        commit = api.create_commit(
            name,
            [
                *(hub.CommitOperationAdd(*item) for item in contents.items()),
                *(
                    hub.CommitOperationDelete(stale)
                    for stale in PUSHED
                    if stale in before and stale not in contents
                ),
            ],
            commit_message=message,
        )
    return str(page), commit.oid


def _library():
    try:
        import huggingface_hub
    except ImportError as error:
        raise ImportError(
            "Models of the hub are had through the library huggingface_hub, "
            'which is not installed: pip install "kerasgen-zoo[hub]".'
        ) from error
    return huggingface_hub


def _endpoint():
    """Another server than huggingface.co, or `None`.

    The library reads the variable too, but once, when it is imported.
    """
    return os.environ.get("HF_ENDPOINT") or None


@contextlib.contextmanager
def _errors_in_words(address):
    from huggingface_hub import errors

    place = _endpoint() or "https://huggingface.co"
    page = f"{place.rstrip('/')}/{address.repository}"
    log_in = "`hf auth login`, or the variable HF_TOKEN, gives a token"
    try:
        yield
    except errors.GatedRepoError as error:
        raise PermissionError(
            f"{address} is given to those who accept its terms: do so at "
            f"{page}. {log_in} of who did."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise FileNotFoundError(
            f"There is no {address}, or it is private and the token that was "
            f"given, if any, may not read it. Look at {page}. {log_in} for a "
            "private one."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise FileNotFoundError(
            f"There is no revision {address.revision} of {_PREFIX}"
            f"{address.repository}. It must be a branch, a tag or a whole "
            f"commit: see {page}/commits/main."
        ) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        if status in (401, 403):
            raise PermissionError(
                f"The token may not do this with {address} "
                f"({_first_line(error)}). {log_in} that may."
            ) from error
        raise ConnectionError(
            f"{place} has refused {address}: {_first_line(error)}"
        ) from error
    # The first of those that are not in the cache, the others of the network.
    except (
        errors.LocalEntryNotFoundError,
        errors.OfflineModeIsEnabled,
        errors.HTTPError,
    ) as error:
        raise ConnectionError(
            f"{place} cannot be reached ({_first_line(error)}), and what is "
            f"wanted of {address} is not in the cache. Look at the network, "
            "and at the variables HF_ENDPOINT and HF_HUB_OFFLINE."
        ) from error


def _first_line(error):
    """In short, what a library says on many lines."""
    cause = error.__cause__ or error
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return lines[0].strip()
