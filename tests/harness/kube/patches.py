"""The three ways to patch an object that are no apply: JSON patch (RFC 6902), merge patch (RFC 7386), and
Kubernetes' strategic merge, which knows lists by their keys."""

import copy

from harness.kube import schema, statuses


def _pointer(path):
    if path and not path.startswith("/"):
        raise _unpatched(f"invalid path {path}")
    return [word.replace("~1", "/").replace("~0", "~") for word in path.split("/")[1:]]


def _unpatched(words):
    return statuses.Refused(422, f"the server rejected our request due to an error in our request ({words})",
                            details={})


def _step(value, word):
    try:
        return value[int(word)] if isinstance(value, list) else value[word]
    except (KeyError, IndexError, ValueError, TypeError):
        raise _unpatched(f"no such path: {word}") from None


def _at(obj, words):
    for word in words:
        obj = _step(obj, word)
    return obj


def _add(obj, words, value):
    place, last = _at(obj, words[:-1]), words[-1]
    if isinstance(place, list):
        place.insert(len(place) if last == "-" else int(last), value)
    else:
        place[last] = value


def _remove(obj, words):
    place = _at(obj, words[:-1])
    found = _step(place, words[-1])
    del place[int(words[-1]) if isinstance(place, list) else words[-1]]
    return found


def json_patch(obj, steps):
    obj = copy.deepcopy(obj)
    if not isinstance(steps, list):
        raise statuses.bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    for step in steps:
        what, words = step.get("op"), _pointer(step.get("path", ""))
        if what == "test":
            if _at(obj, words) != step.get("value"):
                raise _unpatched(f"testing value {step['path']} failed: test failed")
        elif what == "remove":
            _remove(obj, words)
        elif what in ("add", "replace"):
            if what == "replace":
                _remove(obj, words)
            _add(obj, words, copy.deepcopy(step.get("value")))
        elif what in ("move", "copy"):
            start = _pointer(step["from"])
            _add(obj, words, _remove(obj, start) if what == "move" else copy.deepcopy(_at(obj, start)))
        else:
            raise _unpatched(f"unexpected kind: {what}")
    return obj


def merge(value, patch):
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    made = dict(value) if isinstance(value, dict) else {}
    for name, part in patch.items():
        if part is None:
            made.pop(name, None)
        else:
            made[name] = merge(made.get(name), part)
    return made


def strategic(value, patch, kind):
    """`kind` is a schema.Type; below what it does not know, lists are replaced."""
    if patch.get("$patch") == "replace":
        return {name: part for name, part in patch.items() if name != "$patch"}
    if patch.get("$patch") == "delete":
        return {}
    made = dict(value) if isinstance(value, dict) else {}
    kept = patch.get("$retainKeys")
    if kept is not None:
        made = {name: part for name, part in made.items() if name in kept}
    for name, part in patch.items():
        if name in ("$patch", "$retainKeys") or name.startswith("$setElementOrder/"):
            continue
        if name.startswith("$deleteFromPrimitiveList/"):
            target = name.partition("/")[2]
            made[target] = [one for one in made.get(target, []) if one not in part]
        elif part is None:
            made.pop(name, None)
        else:
            made[name] = _strategic_part(made.get(name), part, schema.field_of(kind, name))
    for name, order in patch.items():
        if name.startswith("$setElementOrder/"):
            _reorder(made, name.partition("/")[2], order, kind)
    return made


def _strategic_part(value, part, field):
    if isinstance(part, dict) and field.shape != "map":
        return strategic(value, part, schema.type_of(field))
    if isinstance(part, dict):
        return merge(value, part)
    if isinstance(part, list) and field.patch_key:
        return _strategic_list(value or [], part, field)
    if isinstance(part, list) and field.is_set:
        return (value or []) + [one for one in part if one not in (value or [])]
    return copy.deepcopy(part)


def _strategic_list(value, part, field):
    if any(one.get("$patch") == "replace" for one in part):
        return [one for one in part if one.get("$patch") != "replace"]
    made, key = list(value), field.patch_key
    for one in part:
        if key not in one:
            raise statuses.bad_request(f"map: {one} does not contain declared merge key: {key}")
        place = next((number for number, old in enumerate(made) if old.get(key) == one[key]), None)
        if one.get("$patch") == "delete":
            made = [old for old in made if old.get(key) != one[key]]
        elif place is None:
            made.append({name: value for name, value in one.items() if name != "$patch"})
        else:
            made[place] = strategic(made[place], one, schema.type_of(field))
    return made


def _reorder(made, name, order, kind):
    key = schema.field_of(kind, name).patch_key
    if not isinstance(made.get(name), list):
        return
    wanted = [one.get(key) if isinstance(one, dict) else one for one in order]

    def place(one):
        word = one.get(key) if isinstance(one, dict) else one
        return wanted.index(word) if word in wanted else len(wanted)
    made[name] = sorted(made[name], key=place)
