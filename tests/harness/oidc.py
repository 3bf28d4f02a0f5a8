"""A real OpenID Connect provider (tests/oidc), and a person with a browser who signs in at it."""

import html
import http.cookiejar
import pathlib
import re
import shutil
import ssl
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import certificates, process

FOLDER = process.ROOT / "tests/oidc"
SECRET = "a secret of the client, &=+%"


class Provider(process.Process):
    def __init__(self, redirect):
        if not shutil.which("node"):
            raise unittest.SkipTest("no node")
        if not (FOLDER / "node_modules/oidc-provider").exists():
            process.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], seconds=300, cwd=FOLDER)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-oidc-"))
        certificates.make(self.folder)
        self.port = process.free_port()
        self.issuer = f"https://localhost:{self.port}"
        super().__init__(["node", FOLDER / "provider.mjs", self.issuer, redirect, self.folder / "server.crt",
                          self.folder / "server.key"], self.folder / "log", cwd=FOLDER)

    def is_ready(self):
        return process.accepts(self.port)

    def __exit__(self, *failure):
        super().__exit__(*failure)
        shutil.rmtree(self.folder, ignore_errors=True)

    def spoil(self, how):
        """The ID tokens from now on are wrong in this way; `no`: they are right."""
        with urllib.request.urlopen(f"{self.issuer}/spoil/{how}", context=trusting()) as answer:
            assert answer.read().decode() == how


def trusting():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class _Stop(urllib.request.HTTPRedirectHandler):
    """Redirects are followed by hand: a test looks at them."""
    def redirect_request(self, *_):
        return None


class Browser:
    def __init__(self):
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            _Stop(), urllib.request.HTTPSHandler(context=trusting()),
            urllib.request.HTTPCookieProcessor(self.cookies))

    def open(self, url, form=None):
        """Status, headers and text of one answer."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(url, data, timeout=30) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read().decode()

    def sign_in(self, start, name, stop_at):
        """Follows redirects and fills in forms from `start` on, up to where `stop_at` begins."""
        url, form = start, None
        for _ in range(20):
            status, headers, text = self.open(url, form)
            form = None
            if 300 <= status < 400:
                url = urllib.parse.urljoin(url, headers["Location"])
                if url.startswith(stop_at):
                    return url
                continue
            action = re.search(r'<form[^>]*action="([^"]+)"', text)
            assert status == 200 and action, f"{status} at {url}:\n{text[:2000]}"
            form = {each[0]: html.unescape(each[1])
                    for each in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text)}
            if 'name="login"' in text:
                form |= {"login": name, "password": "any"}
            url = urllib.parse.urljoin(url, html.unescape(action[1]))
        raise AssertionError(f"no end of redirects at {url}")
