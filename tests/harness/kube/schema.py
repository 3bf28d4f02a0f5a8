"""The rows of schema_rows.py read: which field is a list of what, which lists are known by keys, what a
manifest says that no type has."""

import functools
import re
from dataclasses import dataclass

from harness.kube import schema_rows

_FIELD = re.compile(r"(\w+)(!?):(\[?\{?)(\w+)\]?\}?(?:(/[\w,]+)|(=)|\+(\w+))?")


@dataclass(frozen=True)
class Field:
    name: str
    required: bool
    shape: str  # "one", "list" or "map".
    type: str
    keys: tuple = ()  # Of a list whose parts are known by these fields.
    is_set: bool = False
    patch_key: str = ""


@dataclass(frozen=True)
class Type:
    name: str
    fields: dict
    is_open: bool = False  # More fields than we know may be there.


ANY = Type("any", {}, True)


def _rows(text):
    return [row.split() for row in text.splitlines() if row]


def _field(word):
    name, required, shape, kind, keys, is_set, patch_key = _FIELD.fullmatch(word).groups()
    keys = tuple(keys[1:].split(",")) if keys else ()
    return Field(name, bool(required), {"": "one", "[": "list", "{": "map"}[shape], kind, keys, bool(is_set),
                 patch_key or (keys[0] if keys else ""))


def _types():
    found = {}
    for name, *words in _rows(schema_rows.TYPES) + _rows(schema_rows.KINDS):
        fields, is_open = {}, False
        for word in words:
            if word == "@any":
                is_open = True
            elif word.startswith("@"):
                fields.update(found[word[1:]].fields)
            else:
                fields[_field(word).name] = _field(word)
        found[name] = Type(name, fields, is_open)
    return found


TYPES = _types()
_HEAD = {name: Field(name, False, "one", kind) for name, kind in
         {"apiVersion": "string", "kind": "string", "metadata": "ObjectMeta"}.items()}
KIND_NAMES = {row[0] for row in _rows(schema_rows.KINDS)}


@functools.cache
def of_kind(kind):
    """The type of a whole object; kinds nobody wrote down have any spec and status."""
    known = TYPES.get(kind) if kind in KIND_NAMES else None
    if known is None:
        return Type(kind, {**_HEAD, "spec": Field("spec", False, "one", "any"),
                           "status": Field("status", False, "one", "any")}, True)
    return Type(kind, {**_HEAD, **known.fields}, known.is_open)


def type_of(field):
    """The type of what a field holds, or of each part; None for plain values."""
    return ANY if field.type == "any" else TYPES.get(field.type)


def field_of(kind, name):
    """The field of a type, or one that may hold anything."""
    return (kind and kind.fields.get(name)) or Field(name, False, "one", "any")


_PLAIN = {"string": str, "time": str, "int": int, "bool": bool}
_GO = {"string": "string", "int": "int32", "bool": "bool", "time": "Time"}


def _json_word(value):
    if isinstance(value, bool):
        return "bool"
    return {str: "string", int: "number", float: "number", dict: "object", list: "array"}[type(value)]


@dataclass
class Findings:
    unknown: list  # Paths of fields that no type has.
    wrong: str = ""  # What cannot be decoded at all.


def check(kind, obj):
    """What a strict reader of this manifest finds."""
    found = Findings([])
    _check_type(of_kind(kind), obj, "", found)
    return found


def _check_type(kind, value, path, found):
    if value is None:
        return
    if not isinstance(value, dict):
        found.wrong = found.wrong or (f"json: cannot unmarshal {_json_word(value)} into Go struct field "
                                      f"{path} of type {kind.name}")
        return
    for name, part in value.items():
        inner = f"{path}.{name}" if path else name
        field = kind.fields.get(name)
        if field is None:
            if not kind.is_open:
                found.unknown.append(inner)
        elif part is not None:
            _check_field(kind, field, part, inner, found)


def _check_field(kind, field, value, path, found):
    if field.shape == "one":
        parts = [(path, value)]
    elif not isinstance(value, list if field.shape == "list" else dict):
        found.wrong = found.wrong or (f"json: cannot unmarshal {_json_word(value)} into Go struct field "
                                      f"{kind.name}.{path} of type {'[]' if field.shape == 'list' else 'map'}"
                                      f"{field.type}")
        return
    elif field.shape == "list":
        parts = [(f"{path}[{number}]", part) for number, part in enumerate(value)]
    else:
        parts = [(f"{path}.{name}", part) for name, part in value.items()]
    inner = type_of(field)
    for where, part in parts:
        if inner is not None:
            if inner is not ANY:
                _check_type(inner, part, where, found)
        elif field.type in _PLAIN and (not isinstance(part, _PLAIN[field.type])
                                       or (field.type == "int" and isinstance(part, bool))):
            found.wrong = found.wrong or (f"json: cannot unmarshal {_json_word(part)} into Go struct field "
                                          f"{kind.name}.{path} of type {_GO[field.type]}")
