"""A throwaway certificate authority, a server's certificate for 127.0.0.1 and a client's."""

from harness import process


def make(folder, client="cert_user", names="DNS:localhost,IP:127.0.0.1"):
    """Leaves ca.crt, server.crt, server.key, client.crt and client.key in `folder`."""
    _self_signed(folder)
    _issued(folder, "server", "/CN=localhost", f"subjectAltName={names}")
    _issued(folder, "client", f"/CN={client}", "extendedKeyUsage=clientAuth")


_NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def _self_signed(folder):
    process.run(["openssl", "req", "-x509", *_NEW_KEY, "-days", "2", "-subj", "/CN=test authority",
                 "-keyout", "ca.key", "-out", "ca.crt"], cwd=folder)


def _issued(folder, name, subject, extension):
    process.run(["openssl", "req", *_NEW_KEY, "-subj", subject,
                 "-keyout", f"{name}.key", "-out", f"{name}.csr"], cwd=folder)
    (folder / f"{name}.ext").write_text(extension + "\n")
    process.run(["openssl", "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                 "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext",
                 "-out", f"{name}.crt"], cwd=folder)
