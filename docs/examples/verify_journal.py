#!/usr/bin/env python3
"""Checks a Claw Patrol journal offline: verify_journal.py JOURNAL-FOLDER PUBLIC-KEY-HEX [CHECKPOINTS].

It needs Python 3 and either the module `cryptography` or the program `openssl`, and nothing of Claw Patrol.
"""
import hashlib, json, pathlib, struct, subprocess, sys, tempfile
try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    def is_signed(key, signature, message):
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
            return True
        except InvalidSignature:
            return False
except ImportError:
    def is_signed(key, signature, message):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + key)  # RFC 8410
            (folder / "signature").write_bytes(signature)
            (folder / "message").write_bytes(message)
            command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in message"
            command += " -sigfile signature"
            done = subprocess.run(command.split(), cwd=folder, capture_output=True, check=False)
            return done.returncode == 0
def broken(where):
    sys.exit(f"BROKEN: {where}")
def claim_holds(key, claim):
    message = struct.pack(">32sQ", b"clawpatrol journal checkpoint 1", claim["through"])
    return is_signed(key, bytes.fromhex(claim["signature"]), message + bytes.fromhex(claim["hash"]))

def unfinished(content, at, last):
    """What a killed gateway leaves: one record without its length, or cut off, and nothing behind it."""
    end = len(content.rstrip(b"\0"))
    for start in range(at, end):
        length = int.from_bytes(content[start:start + 4], "big")
        payload = content[start + 36:start + 36 + length]
        if not 0 < length <= 1 << 22 or len(payload) < length or not payload.startswith(b'{"'):
            continue
        before = content[at + 4:at + 36] if start > at else last
        if hashlib.sha256(before + payload).digest() == content[start + 4:start + 36]:
            return False  # Another record continues it: its length was changed to hide what is behind.
    payload = content[at + 36:end]
    return hashlib.sha256(last + payload).digest() != content[at + 4:at + 36]

def main(folder, key, checkpoints):
    lines = pathlib.Path(checkpoints).read_text().splitlines() if checkpoints else []
    claims = [json.loads(line) for line in lines]
    wanted = {claim["through"] for claim in claims}
    last, seq, number, signed, hashes, known = None, 0, 0, 0, {}, {}
    for path in sorted(pathlib.Path(folder).glob("*.journal")):
        content, at, header = path.read_bytes(), 0, None
        end = len(content.rstrip(b"\0"))
        while at < end:
            length = int.from_bytes(content[at:at + 4], "big")
            hash_, payload = content[at + 4:at + 36], content[at + 36:at + 36 + length]
            where = f"{path.name}, offset {at}, after record {seq}"
            fits = 0 < length <= 1 << 22 and len(payload) == length
            if header is not None and not fits and unfinished(content, at, last):
                break
            record = json.loads(payload) if payload.startswith(b"{") and fits else broken(where)
            if header is None:
                header = record
                first = last is None
                last = bytes.fromhex(record["previous"]) if first else last
                seq, number = (record["first"] - 1, record["segment"] - 1) if first else (seq, number)
                expected = ("header", last.hex(), seq + 1, number + 1, key.hex())
                names = ("kind", "previous", "first", "segment", "public_key")
                if tuple(record[name] for name in names) != expected:
                    broken(f"{where}: the segment's header does not continue, or names another key")
                number, signed = number + 1, seq if first else signed
                known |= {seq: last} if first else {}
            last = hashlib.sha256(last + payload).digest()
            if last != hash_:
                broken(where)
            at += 36 + length
            if record is header:
                continue
            seq += 1
            if record["seq"] != seq:
                broken(f"{where}: record {record['seq']} stands where {seq} should")
            hashes[seq] = last
            if record["kind"] == "checkpoint":
                if hashes.get(record["through"], b"").hex() != record["hash"] or not claim_holds(key, record):
                    broken(f"{where}: checkpoint {seq} is not signed by this key, or not of these records")
                signed = record["through"]
                hashes = {n: h for n, h in hashes.items() if n >= signed}
            if seq in wanted:
                known[seq] = last
    for claim in claims:
        if not claim_holds(key, claim):
            broken(f"the checkpoint of record {claim['through']} is not signed by this key")
        if known.get(claim["through"], b"").hex() != claim["hash"]:
            broken(f"record {claim['through']}, noted elsewhere, is missing or another")
    print(f"verified: records to {seq}, signed through {signed}")

main(sys.argv[1], bytes.fromhex(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
