"""Git over HTTP as a server speaks it: git's own http-backend behind a route of web.Server. Nothing is
asked for here; who pushes is who the request's Authorization says."""

import base64
import os
import subprocess

from harness import process


def login(handler):
    """The name and password of Basic, as the upstream saw them."""
    kind, _, value = handler.headers.get("Authorization", "").partition(" ")
    return base64.b64decode(value).decode().partition(":")[::2] if kind.lower() == "basic" else ("", "")


def make_repository(bare):
    """A bare repository with one commit, whose file says `first`."""
    process.run(["git", "init", "-q", "--bare", "-b", "main", bare])
    process.run(["git", "-C", bare, "config", "http.receivepack", "true"])
    work = bare.with_suffix(".work")
    process.run(["git", "clone", "-q", bare, work])
    (work / "README").write_text("first\n")
    process.run(["git", "-C", work, "checkout", "-q", "-b", "main"])
    process.run(["git", "-C", work, "add", "README"])
    commit(work, "first")
    process.run(["git", "-C", work, "push", "-q", "origin", "main"])
    return bare


def commit(work, message):
    process.run(["git", "-C", work, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qam", message])


def backend(folder):
    """A route that answers from the repositories in `folder`."""
    def answer(handler):
        path, _, query = handler.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(folder), "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": handler.command, "PATH_INFO": path, "QUERY_STRING": query,
            "CONTENT_TYPE": handler.headers.get("Content-Type", ""), "REMOTE_USER": login(handler)[0],
            "REMOTE_ADDR": "127.0.0.1", "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""), "CONTENT_LENGTH": str(len(handler.body))}
        done = subprocess.run(["git", "http-backend"], input=handler.body, stdout=subprocess.PIPE, check=True,
                              env=environment)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(fields.pop("Status", "200").split()[0])
        handler.answer(status, body, **{name.replace("-", "_"): value for name, value in fields.items()})

    return answer
