"""A mail server that takes everything: STARTTLS and AUTH PLAIN first, as a careful one wants it."""

import base64
import email
import email.policy
import socketserver
import ssl
import threading
import time

USER, PASSWORD = "gateway", "mail-password-01"


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.file = self.request.makefile("rwb")
        self._say("220 mail.test ESMTP")
        is_secure = is_known = False
        while line := self.file.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "EHLO":
                self._say("250-mail.test", "250 AUTH PLAIN LOGIN" if is_secure else "250 STARTTLS")
            elif word == "STARTTLS":
                self._say("220 go on")
                self.request = self.server.context.wrap_socket(self.request, server_side=True)
                self.file, is_secure = self.request.makefile("rwb"), True
            elif word == "AUTH":
                told = base64.b64decode(line.split()[2]).decode().split("\0")
                is_known = is_secure and told[1:] == [USER, PASSWORD]
                self._say("235 welcome" if is_known else "535 no")
            elif word == "DATA" and is_known:
                self._take()
            elif word == "QUIT":
                return self._say("221 bye")
            else:
                self._say("250 ok" if is_known else "530 who are you")

    def _say(self, *lines):
        self.file.write("".join(line + "\r\n" for line in lines).encode())
        self.file.flush()

    def _take(self):
        self._say("354 go on")
        lines = []
        while (line := self.file.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        self.server.sink.take(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
        self._say("250 queued")


class Sink:
    def __init__(self, certificate, key):
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._server.context.load_cert_chain(certificate, key)
        self._server.sink = self
        self.port = self._server.server_address[1]
        self._news, self.mails = threading.Condition(), []

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *failure):
        self._server.shutdown()
        self._server.server_close()

    def take(self, mail):
        with self._news:
            self.mails.append(mail)
            self._news.notify_all()

    def wait(self, count=1, seconds=10):
        deadline = time.monotonic() + seconds
        with self._news:
            while len(self.mails) < count:
                if not self._news.wait(max(deadline - time.monotonic(), 0)):
                    raise TimeoutError(f"{len(self.mails)} mails instead of {count}")
            return self.mails[count - 1]
