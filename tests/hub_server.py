"""A server that stands in for huggingface.co, as huggingface_hub asks it.

It answers the calls of `create_repo`, `model_info`, `create_commit` (the card
is looked at; small files come in the commit, large ones by LFS before it) and
`snapshot_download` (the tree of a revision; HEAD and GET of files, large ones
through a redirect), with the headers and the codes of errors that the library
tells cases by. What it was asked is kept.
"""

import base64
import hashlib
import http.server
import json
import re
import threading
import urllib.parse

import yaml

TOKEN = "hf_of_ada"
_FILES = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
_API = re.compile(r"/api/models/([^/]+/[^/]+)(?:/(\w+)/([^/]+))?")
_BATCH = re.compile(r"/([^/]+/[^/]+)\.git/info/lfs/objects/batch")


class HubServer(http.server.ThreadingHTTPServer):
    """Use it as a context; `url` is its address."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        # Name: {"private": bool, "commits": [(id, message, {path: bytes})]}.
        self.repositories = {}
        self.large = {}  # Contents by the digests that LFS knows them by.
        self.asked = []  # Method and path of each request.

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def files(self, name):
        """Contents of the newest revision by their paths."""
        return self.repositories[name]["commits"][-1][2]

    def commit(self, name, files, message=""):
        """Adds a revision; returns its id."""
        repository = self.repositories[name]
        commits = repository["commits"]
        identity = hashlib.sha1(f"{name} {len(commits)}".encode()).hexdigest()
        commits.append((identity, message, files))
        return identity

    def create(self, name, private=False):
        self.repositories[name] = {"private": private, "commits": []}
        self.commit(name, {})


def is_large(path):
    return path.endswith(".keras")


class _Refusal(Exception):
    """An answer that is an error: status, and the code of the hub."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        address = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(address.path)
        self.server.asked.append(f"{self.command} {path}")
        try:
            self._route(path)
        except _Refusal as refusal:
            status, code = refusal.args
            headers = {"X-Error-Code": code, "X-Error-Message": code}
            self._send(json.dumps({"error": code}).encode(), status, **headers)

    do_GET = do_HEAD = do_POST = do_PUT = _answer

    def log_message(self, *_):
        pass

    def _send(self, content, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _send_json(self, value, status=200):
        self._send(
            json.dumps(value).encode(), status, Content_Type="application/json"
        )

    def _route(self, path):
        if path == "/api/validate-yaml":
            self._validate()
        elif path == "/api/repos/create":
            self._create()
        elif path.startswith("/lfs/"):
            self._large(path.removeprefix("/lfs/"))
        elif found := _BATCH.fullmatch(path):
            self._batch(found[1])
        elif found := _FILES.fullmatch(path):
            self._file(*found.groups())
        elif found := _API.fullmatch(path):
            self._api(*found.groups())
        else:
            raise _Refusal(404, "NotFound")

    def _check_token(self):
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise _Refusal(401, "Unauthorized")

    def _repository(self, name, revision="main"):
        """(repository, id, message, files) of a revision."""
        repository = self.server.repositories.get(name)
        is_owner = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if repository is None or repository["private"] and not is_owner:
            raise _Refusal(404, "RepoNotFound")
        for commit in reversed(repository["commits"]):
            if revision in ("main", commit[0]):
                return repository, *commit
        raise _Refusal(404, "RevisionNotFound")

    def _validate(self):
        content = json.loads(self.body)["content"]
        metadata = yaml.safe_load(content.split("---")[1])
        errors = []
        for entry in metadata.get("model-index", ()):
            for result in entry["results"]:
                if not {"task", "dataset", "metrics"} <= set(result):
                    errors.append({"message": "a result lacks something"})
        self._send_json({"errors": errors, "warnings": []})

    def _create(self):
        self._check_token()
        asked = json.loads(self.body)
        name = f"{asked['organization']}/{asked['name']}"
        answer = {"url": f"{self.server.url}/{name}", "name": name}
        if asked["organization"] != "ada":
            raise _Refusal(403, "Forbidden")
        if name in self.server.repositories:
            self._send_json(answer, 409)
            return
        self.server.create(name, asked.get("visibility") == "private")
        self._send_json(answer)

    def _api(self, name, action, revision):
        if action == "preupload":
            self._check_token()
            files = json.loads(self.body)["files"]
            modes = [
                {
                    "path": file["path"],
                    "uploadMode": "lfs"
                    if is_large(file["path"])
                    else "regular",
                    "shouldIgnore": False,
                }
                for file in files
            ]
            self._send_json({"files": modes})
        elif action == "commit":
            self._check_token()
            self._commit(name)
        elif action == "tree":
            _, _, _, files = self._repository(name, revision)
            self._send_json([_entry(*item) for item in files.items()])
        else:
            repository, identity, _, files = self._repository(
                name, revision or "main"
            )
            self._send_json(
                {
                    "id": name,
                    "sha": identity,
                    "private": repository["private"],
                    "siblings": [{"rfilename": path} for path in files],
                }
            )

    def _commit(self, name):
        _, _, _, files = self._repository(name)
        files = dict(files)
        message = ""
        for line in self.body.splitlines():
            item = json.loads(line)
            value = item["value"]
            if item["key"] == "header":
                message = value["summary"]
            elif item["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif item["key"] == "lfsFile":
                files[value["path"]] = self.server.large[value["oid"]]
            elif item["key"] == "deletedFile":
                del files[value["path"]]
        identity = self.server.commit(name, files, message)
        url = f"{self.server.url}/{name}/commit/{identity}"
        self._send_json({"commitUrl": url, "commitOid": identity})

    def _batch(self, name):
        self._check_token()
        objects = [
            {
                **asked,
                "actions": {
                    "upload": {"href": f"{self.server.url}/lfs/{asked['oid']}"}
                },
            }
            for asked in json.loads(self.body)["objects"]
        ]
        self._send_json({"transfer": "basic", "objects": objects})

    def _large(self, digest):
        if self.command == "PUT":
            if hashlib.sha256(self.body).hexdigest() != digest:
                raise _Refusal(400, "BadDigest")
            self.server.large[digest] = self.body
            self._send(b"")
            return
        self._send(self.server.large[digest], ETag=f'"{digest}"')

    def _file(self, name, revision, path):
        _, identity, _, files = self._repository(name, revision)
        if path not in files:
            raise _Refusal(404, "EntryNotFound")
        content = files[path]
        headers = {"X-Repo-Commit": identity}
        if not is_large(path):
            self._send(content, ETag=f'"{_blob(content)}"', **headers)
            return
        digest = hashlib.sha256(content).hexdigest()
        self.server.large[digest] = content
        # The library follows no redirect to another host before it has these
        # headers.
        elsewhere = self.server.url.replace("127.0.0.1", "localhost")
        self._send(
            b"",
            302,
            Location=f"{elsewhere}/lfs/{digest}",
            X_Linked_ETag=f'"{digest}"',
            X_Linked_Size=str(len(content)),
            **headers,
        )


def _entry(path, content):
    """A file, as the tree of a revision lists it."""
    entry = {
        "type": "file",
        "path": path,
        "size": len(content),
        "oid": _blob(content),
    }
    if is_large(path):
        digest = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 132}
    return entry


def _blob(content):
    """The digest that git knows a file by."""
    header = f"blob {len(content)}\0".encode()
    return hashlib.sha1(header + content).hexdigest()
