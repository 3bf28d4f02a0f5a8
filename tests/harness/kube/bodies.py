"""What a request carries and how its answer is to look: content types both ways."""

import json
from dataclasses import dataclass

import yaml

from harness.kube import proto, schema, statuses, store, tables

_ANSWERS = ("application/json", "application/yaml", proto.MEDIA_TYPE)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as Kubernetes reads it: a time is a word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in _Loader.yaml_implicit_resolvers.items()}


def load(text):
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise statuses.bad_request(f"error converting YAML to JSON: {error}") from error


def media_type(text):
    """(type, {parameter: value})."""
    kind, *more = [word.strip() for word in text.split(";")]
    return kind.lower(), dict(word.partition("=")[::2] for word in more)


def decode(call, extra=()):
    """The object in a body. `extra` are patch types, which are what they are named."""
    kind, _ = media_type(call.headers.get("Content-Type") or "application/json")
    if kind == proto.MEDIA_TYPE and not extra:
        return _from_proto(call.body)
    if kind not in ("application/json", "application/yaml", "text/yaml", *extra):
        raise statuses.Refused(415, "the body of the request was in an unknown format - accepted media types "
                               "include: " + ", ".join(_ANSWERS))
    if not call.body:
        raise statuses.bad_request("no body was sent") if extra else statuses.bad_request(
            "unable to decode: the body is empty")
    found = load(call.body)
    if not isinstance(found, (dict, list)):
        raise statuses.bad_request("couldn't get version/kind; json parse error: json: cannot unmarshal "
                                   f"{type(found).__name__} into Go value of type struct")
    return found


def _from_proto(body):
    try:
        return proto.decode(body)
    except (ValueError, LookupError, TypeError) as error:
        raise statuses.bad_request(str(error)) from error


@dataclass
class Wanted:
    """The first thing an Accept names that we can make."""
    as_kind: str = ""  # Table, PartialObjectMetadata, PartialObjectMetadataList, APIGroupDiscoveryList.
    version: str = ""
    is_yaml: bool = False
    is_proto: bool = False


def accepted(call, kinds=("Table", "PartialObjectMetadata", "PartialObjectMetadataList")):
    for clause in (call.headers.get("Accept") or "*/*").split(","):
        kind, more = media_type(clause.strip())
        as_kind = more.get("as", "")
        if kind == proto.MEDIA_TYPE and not as_kind:
            return Wanted(is_proto=True)
        if kind not in ("application/json", "application/yaml", "*/*", "application/*"):
            continue
        if as_kind and as_kind not in kinds:
            continue
        if as_kind.startswith(("Table", "Partial")) and more.get("v") not in ("v1", "v1beta1"):
            continue
        return Wanted(as_kind, more.get("v", ""), kind == "application/yaml")
    raise statuses.Refused(406, "only the following media types are accepted: " + ", ".join(_ANSWERS))


def answer(call, value, wanted, status=200):
    if wanted.is_proto and proto.knows(value["kind"]):
        return call.answer(status, proto.encode(value), proto.MEDIA_TYPE)
    if wanted.is_yaml:
        return call.answer(status, yaml.safe_dump(value).encode(), "application/yaml")
    return call.answer_json(value, status)


def answer_object(call, resource, obj, status=200):
    wanted = accepted(call)
    if wanted.as_kind == "Table":
        meta = {"resourceVersion": store.get(obj, "metadata.resourceVersion", "")}
        obj = tables.table(resource, [obj], meta, call.first("includeObject", "Metadata"))
    elif wanted.as_kind:
        obj = tables.partial(obj)
    answer(call, obj, wanted, status)


def strictly(call, kind, obj, api_version):
    """Field validation: Strict refuses what no type has, Warn says so, Ignore is silent."""
    how = call.first("fieldValidation", "Warn")
    if how not in ("Ignore", "Warn", "Strict"):
        raise statuses.invalid_option("fieldValidation", how, ("Ignore", "Strict", "Warn"))
    found = schema.check(kind, obj)
    words = f'{kind} in version "{api_version.rpartition("/")[2]}" cannot be handled as a {kind}: '
    if found.wrong:
        raise statuses.bad_request(words + found.wrong)
    unknown = [f'unknown field "{path}"' for path in sorted(found.unknown)]
    if unknown and how == "Strict":
        raise statuses.bad_request(words + "strict decoding error: " + ", ".join(unknown))
    if how == "Warn":
        call.warnings += [one.replace('"', '\\"') for one in unknown]
    for name in found.unknown:
        _forget(obj, name)


def _forget(obj, path):
    """Unknown fields are not kept. A path as schema.check says it: `spec.containers[0].imag`."""
    words = path.replace("[", ".[").split(".")
    for word in words[:-1]:
        obj = obj[int(word[1:-1])] if word.startswith("[") else obj.get(word, {})
    obj.pop(words[-1], None)
