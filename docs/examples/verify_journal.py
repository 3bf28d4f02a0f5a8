#!/usr/bin/env python3
"""Checks a Claw Patrol journal offline: verify_journal.py JOURNAL-FOLDER PUBLIC-KEY-HEX [CHECKPOINTS].

It needs Python 3 and the program `openssl` (3.0), and nothing of Claw Patrol.
"""
import hashlib, json, pathlib, re, struct, subprocess, sys, tempfile

def is_signed(key, signature, message):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + key)  # RFC 8410
        (folder / "signature").write_bytes(signature)
        (folder / "message").write_bytes(message)
        command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in message -sigfile"
        command = [*command.split(), "signature"]
        return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0

def follows(last, payload, hash_):
    """Format 1 chains payloads, format 2 their digests, so that what one said can leave with its time."""
    gone = re.match(rb'\{"seq":\d+,"time":"[^"]*","kind":"gone","was":"([0-9a-f]{64})"', payload)
    digest = bytes.fromhex(gone[1].decode()) if gone else hashlib.sha256(payload).digest()
    return hash_ in (hashlib.sha256(last + what).digest() for what in (payload, digest))

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
        if follows(before, payload, content[start + 4:start + 36]):
            return False  # Another record continues it: its length was changed to hide what is behind.
    payload = content[at + 36:end]
    return not follows(last, payload, content[at + 4:at + 36])

def main(folder, key, checkpoints):
    lines = pathlib.Path(checkpoints).read_text().splitlines() if checkpoints else []
    claims = [json.loads(line) for line in lines]
    wanted = {claim["through"] for claim in claims}
    last, seq, number, signed, hashes, known, gone, told = None, 0, 0, 0, {}, {}, set(), set()
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
            record = json.loads(payload) if fits and payload[:1] == b"{" else broken(where)
            if header is None:
                header = record
                first = last is None
                last = bytes.fromhex(record["previous"]) if first else last
                seq, number = (record["first"] - 1, record["segment"] - 1) if first else (seq, number)
                if record | {"kind": "header", "previous": last.hex(), "first": seq + 1,
                             "segment": number + 1, "public_key": key.hex()} != record:
                    broken(f"{where}: the segment's header does not continue, or names another key")
                number, signed, known = number + 1, seq if first else signed, known or {seq: last}
            if not follows(last, payload, hash_):
                broken(where)
            last = hash_
            at += 36 + length
            if record is header:
                continue
            seq += 1
            if record["seq"] != seq:
                broken(f"{where}: record {record['seq']} stands where {seq} should")
            hashes[seq] = last
            if record["kind"] == "gone":
                gone.add(seq)
            if record["kind"] == "gateway" and record["event"] == "emptied":
                for ends in (each.split("-") for each in record["detail"].split(",")):
                    told.update(range(int(ends[0]), min(int(ends[-1]) + 1, seq)))
            if record["kind"] == "checkpoint":
                if hashes.get(record["through"], b"").hex() != record["hash"] or not claim_holds(key, record):
                    broken(f"{where}: checkpoint {seq} is not signed by this key, or not of these records")
                signed = record["through"]
                hashes = {n: h for n, h in hashes.items() if n >= signed}
            if seq in wanted:
                known[seq] = last
    if gone - told:
        broken(f"what record {min(gone - told)} said has left, and nothing says that the gateway did it")
    for claim in claims:
        if not claim_holds(key, claim):
            broken(f"the checkpoint of record {claim['through']} is not signed by this key")
        if known.get(claim["through"], b"").hex() != claim["hash"]:
            broken(f"record {claim['through']}, noted elsewhere, is missing or another")
    print(f"verified: records to {seq}, signed through {signed}, {len(gone)} emptied with their time")

main(sys.argv[1], bytes.fromhex(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
