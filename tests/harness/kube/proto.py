"""Kubernetes' protobuf both ways: `k8s`, a zero, and a runtime.Unknown that holds the object. Typed clients
of Go send and prefer it."""

import base64
import datetime
import json
import re
import struct
from dataclasses import dataclass

from harness.kube import proto_rows

MAGIC = b"k8s\0"
MEDIA_TYPE = "application/vnd.kubernetes.protobuf"

_FIELD = re.compile(r"(\d+)(\w+):([\[{]?)(\[string\]|\w+)[\]}]?")

# Messages whose fields JSON has in the parent's place.
_INLINE = {"volumeSource", "handler", "ephemeralContainerCommon", "localObjectReference", "ingressRuleValue"}

# Numbers that mean something when they are none; of others, Go leaves out what is zero.
_ZEROS = {"replicas", "gracePeriodSeconds", "minAvailable", "maxUnavailable", "runAsUser", "runAsGroup",
          "code",
          "terminationGracePeriodSeconds", "revisionHistoryLimit", "backoffLimit", "restartCount", "port"}
_FALSE = {"automountServiceAccountToken", "allowPrivilegeEscalation", "enableServiceLinks", "ready",
          "allowed",
          "readOnlyRootFilesystem", "runAsNonRoot", "started"}
_HOLLOW = {"status", "metadata", "resources", "strategy", "spec", "state", "lastState", "source", "template"}


@dataclass(frozen=True)
class Field:
    number: int
    name: str
    shape: str  # "", "[" or "{".
    kind: str


def _read():
    found = {}
    for row in re.split(r"\n(?! )", proto_rows.ROWS.strip()):
        name, *words = row.split()
        found[name] = [Field(int(number), field, shape, kind) for number, field, shape, kind in
                       (_FIELD.fullmatch(word).groups() for word in words)]
    return found


MESSAGES = _read()


def _varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def _parts(data):
    """{number: [values]} of one message."""
    at, found = 0, {}
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            value, at = _varint(data, at)
        elif tag & 7 == 2:
            size, at = _varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = 8 if tag & 7 == 1 else 4
            value, at = data[at:at + size], at + size
        found.setdefault(tag >> 3, []).append(value)
    return found


def _first(parts, number, default=b""):
    return parts.get(number, [default])[-1]


def _decode_time(data, is_fine=False):
    parts = _parts(data)
    if not parts:
        return None
    then = datetime.datetime.fromtimestamp(_first(parts, 1, 0), datetime.timezone.utc)
    return then.strftime(f"%Y-%m-%dT%H:%M:%S{'.%06d' % (_first(parts, 2, 0) // 1000) if is_fine else ''}Z")


def _decode_either(data):
    parts = _parts(data)
    return _first(parts, 3).decode() if _first(parts, 1, 0) else _signed(_first(parts, 2, 0))


def _signed(value):
    return value - (1 << 64) if value >> 63 else value


def _decode_raw(data):
    raw = _first(_parts(data), 1)
    return json.loads(raw) if raw else None


_PLAIN = {
    "string": lambda data: data.decode(), "bytes": lambda data: base64.b64encode(data).decode(),
    "int": _signed,
    "bool": bool, "double": lambda data: struct.unpack("<d", data)[0], "Time": _decode_time,
    "MicroTime": lambda data: _decode_time(data, True), "IntOrString": _decode_either,
    "Quantity": lambda data: _first(_parts(data), 1).decode(), "FieldsV1": _decode_raw,
    "RawExtension": _decode_raw,
    "[string]": lambda data: [one.decode() for one in _parts(data).get(1, [])],
}


def _decode_value(kind, data):
    return _PLAIN[kind](data) if kind in _PLAIN else _decode_message(kind, data)


def _is_left_out(name, value):
    if value in ("", None) or value == []:
        return True
    if value is False:
        return name not in _FALSE
    if value == 0 and not isinstance(value, bool):
        return name not in _ZEROS
    return value == {} and name in _HOLLOW


def _decode_message(kind, data):
    parts, made = _parts(data), {}
    for field in MESSAGES.get(kind, ()):
        values = parts.get(field.number)
        if values is None:
            continue
        if field.shape == "[":
            value = [_decode_value(field.kind, one) for one in values]
        elif field.shape == "{":
            entries = [_parts(one) for one in values]
            value = {_first(one, 1).decode(): _decode_value(field.kind, _first(one, 2)) for one in entries}
        else:
            value = _decode_value(field.kind, values[-1])
        if field.name in _INLINE:
            made.update(value)
        elif not _is_left_out(field.name, value):
            made[field.name] = value
    return made


def decode(data):
    """The object, as JSON would have it."""
    if not data.startswith(MAGIC):
        raise ValueError("provided data does not appear to be a protobuf message, expected prefix "
                         "[107 56 115 0]")
    unknown = _parts(data[len(MAGIC):])
    meta = _parts(_first(unknown, 1))
    kind = _first(meta, 2).decode()
    if kind not in MESSAGES:
        raise ValueError(f"no kind {kind} is known in protobuf")
    return {"apiVersion": _first(meta, 1).decode(), "kind": kind, **_decode_message(kind, _first(unknown, 2))}


# And back.

def _number(value):
    value &= (1 << 64) - 1
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(made) + bytes([value])


def _tagged(number, value):
    if isinstance(value, int):
        return _number(number << 3) + _number(value)
    return _number(number << 3 | 2) + _number(len(value)) + value


def _encode_time(text):
    then = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return _tagged(1, int(then.timestamp())) + _tagged(2, then.microsecond * 1000)


def _encode_either(value):
    if isinstance(value, str):
        return _tagged(1, 1) + _tagged(2, 0) + _tagged(3, value.encode())
    return _tagged(1, 0) + _tagged(2, value) + _tagged(3, b"")


def _encode_raw(value):
    return _tagged(1, json.dumps(value, separators=(",", ":")).encode())


_ENCODED = {
    "string": lambda value: str(value).encode(), "bytes": base64.b64decode, "int": int, "bool": int,
    "Time": _encode_time, "MicroTime": _encode_time, "IntOrString": _encode_either, "FieldsV1": _encode_raw,
    "RawExtension": _encode_raw, "Quantity": lambda value: _tagged(1, str(value).encode()),
    "[string]": lambda value: b"".join(_tagged(1, one.encode()) for one in value),
}


def _encode_value(kind, value):
    return _ENCODED[kind](value) if kind in _ENCODED else _encode_message(kind, value)


def _encode_message(kind, obj):
    made = []
    for field in MESSAGES[kind]:
        if field.name in _INLINE:
            inner = {one.name for one in MESSAGES[field.kind]}
            made.append(_tagged(field.number, _encode_message(
                field.kind, {name: value for name, value in obj.items() if name in inner})))
            continue
        value = obj.get(field.name)
        if value is None:
            continue
        if field.shape == "{":
            made += [_tagged(field.number,
                             _tagged(1, name.encode()) + _tagged(2, _encode_value(field.kind, one)))
                     for name, one in value.items()]
        else:
            made += [_tagged(field.number, _encode_value(field.kind, one))
                     for one in (value if field.shape == "[" else [value])]
    return b"".join(made)


def knows(kind):
    """Whether an object, or a list of this kind, can be told in protobuf."""
    return kind in MESSAGES or (kind.endswith("List") and kind[:-4] in MESSAGES)


def encode(obj):
    kind = obj["kind"]
    if kind in MESSAGES:
        raw = _encode_message(kind, obj)
    else:
        meta = obj["metadata"]
        about = (_tagged(2, meta.get("resourceVersion", "").encode())
                 + _tagged(3, meta.get("continue", "").encode())
                 + (_tagged(4, meta["remainingItemCount"]) if "remainingItemCount" in meta else b""))
        raw = _tagged(1, about) + b"".join(_tagged(2, _encode_message(kind[:-4], one)) for one
                                           in obj["items"])
    meta = _tagged(1, obj["apiVersion"].encode()) + _tagged(2, kind.encode())
    return MAGIC + _tagged(1, meta) + _tagged(2, raw) + _tagged(3, b"") + _tagged(4, b"")


def encode_event(what, obj):
    """One event of a watch, with the length that goes before it."""
    event = _tagged(1, what.encode()) + _tagged(2, _tagged(1, encode(obj)))
    return struct.pack(">I", len(event)) + event
