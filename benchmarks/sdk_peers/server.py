"""A web server over a folder as the peers' own services would serve it: one file, one server, several front doors.

    /store/…  /files/…   plain files: ranges, ETag, x-goog-hash as the storage behind Kaggle sends it
    /hub/…               the folder `files` as a Hugging Face dataset repository
    /kaggle/…            the folder `files` as a Kaggle dataset
    /owid/…              the folder `files` as a catalogue of Our World in Data

The last three answer what the real clients ask when they download a dataset, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.loopback import listening
from benchmarks.sdk_peers.market import DATASET

CHUNK = 1 << 18


@dataclass(frozen=True)
class Answer:
    """What a front door replies: a file, or a document."""

    file: Path | None = None
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


def _hub(files: Path, rest: str) -> Answer:
    """Hugging Face: resolve, revision, tree and paths-info of one repository, whose commit is named by its content."""
    commit = commit_of(files)
    if match := re.fullmatch(rf"datasets/{DATASET}/resolve/[^/]+/(.+)", rest):
        file = files / match[1]
        if not file.is_file():
            return Answer(status=404, headers={"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
        return Answer(file=file, headers={"X-Repo-Commit": commit})
    if re.fullmatch(rf"api/datasets/{DATASET}(/revision/[^/]+)?", rest):
        siblings = [{"rfilename": entry["path"]} for entry in _tree(files)]
        return Answer(document={"id": DATASET, "sha": commit, "siblings": siblings, "private": False, "tags": []})
    if re.fullmatch(rf"api/datasets/{DATASET}/(tree|paths-info)/[^/]+(/.*)?", rest):
        return Answer(document=_tree(files))
    if rest == "api/agent-harnesses":  # the client asks once a day which programs it may be run by
        return Answer(document={"standardEnvVars": [], "harnesses": {}})
    return Answer(status=404, document={"error": "Not found"})


def _kaggle(files: Path, rest: str, body: dict[str, Any]) -> Answer:
    """Kaggle: the version of a dataset, and a redirect to where one of its files is stored."""
    if rest.endswith("/GetDataset"):
        return Answer(document={"ref": DATASET, "currentVersionNumber": kaggle_version(files)})
    if rest.endswith("/DownloadDataset"):
        return Answer(status=302, headers={"Location": f"/files/{body['fileName']}"})
    return Answer(status=404, document={"code": 404, "message": "Not found"})


def kaggle_version(files: Path) -> int:
    """A number that is another one whenever the files are others."""
    return int(commit_of(files)[:6], 16)


def _owid(files: Path, rest: str) -> Answer:
    """Our World in Data: a table by the last part of its path, and a description that says nothing."""
    name = rest.rpartition("/")[2]
    return Answer(document={}) if name.endswith(".meta.json") else Answer(file=files / name)


def _tree(files: Path) -> list[dict[str, Any]]:
    return [
        {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": _digest(path, "sha1").hex()}
        for path in sorted(files.iterdir())
        if path.is_file()
    ]


def commit_of(files: Path) -> str:
    """What the repository is at, for as long as its files stay as they are."""
    return hashlib.sha1(json.dumps(_tree(files)).encode()).hexdigest()


def _digest(path: Path, algorithm: str) -> bytes:
    stat = path.stat()
    return _hash(path, algorithm, stat.st_mtime_ns, stat.st_size)


@cache
def _hash(path: Path, algorithm: str, _changed: int, _size: int) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).digest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: ClassVar[Path]

    def _exchange(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        door, _, rest = self.path.lstrip("/").partition("?")[0].partition("/")
        match door:
            case "hub":
                answer = _hub(self.folder / "files", rest)
            case "kaggle":
                answer = _kaggle(self.folder / "files", rest, json.loads(body or b"{}"))
            case "owid":
                answer = _owid(self.folder / "files", rest)
            case _:
                answer = Answer(file=self.folder / door / rest)
        if answer.file is None:
            document = b"" if answer.document is None else json.dumps(answer.document).encode()
            kind = {"Content-Type": "application/json"} if document else {}
            self._begin(answer.status, {**answer.headers, **kind, "Content-Length": str(len(document))})
            if self.command != "HEAD":
                self.wfile.write(document)
        elif answer.file.is_file():
            self._send_file(answer.file, answer.headers)
        else:
            self._begin(404, {"Content-Length": "0"})

    do_GET = do_HEAD = do_POST = _exchange

    def _send_file(self, path: Path, headers: dict[str, str]) -> None:
        size = path.stat().st_size
        md5 = base64.b64encode(_digest(path, "md5")).decode()
        headers = {
            **headers,
            "Accept-Ranges": "bytes",
            "Content-Type": "application/octet-stream",
            "ETag": f'"{_digest(path, "sha1").hex()}"',
            "x-goog-hash": f"md5={md5}",
        }
        span = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        start, end = 0, size - 1
        if span and span[1]:
            start, end = int(span[1]), min(int(span[2] or end), end)
        elif span:
            start = max(0, size - int(span[2]))
        if start > end:
            return self._begin(416, {"Content-Range": f"bytes */{size}", "Content-Length": "0"})
        if span:
            headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        self._begin(206 if span else 200, {**headers, "Content-Length": str(end - start + 1)})
        if self.command != "HEAD":
            self._copy(path, start, end + 1)
        return None

    def _copy(self, path: Path, start: int, stop: int) -> None:
        with path.open("rb") as file:
            file.seek(start)
            while chunk := file.read(min(CHUNK, stop - file.tell())):
                try:
                    self.wfile.write(chunk)
                except OSError:  # the client has gone
                    self.close_connection = True
                    return

    def _begin(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """The proxy in front keeps the record."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; gives the URL."""
    with listening(type("Handler", (_Handler,), {"folder": folder})) as url:
        yield url
