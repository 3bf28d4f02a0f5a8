"""Who owns which field: managedFields as server-side apply keeps them. A path is a tuple of `f:name`,
`k:{"name":"web"}` and `v:"word"`; of a part known by keys, `.` says that it is there at all."""

import copy
import json

from harness.kube import schema, statuses, store

# What nobody owns: the server's own, and what names the object.
_UNOWNED = {("f:apiVersion",), ("f:kind",)} | {
    ("f:metadata", "f:" + name) for name in (
        "name", "namespace", "uid", "creationTimestamp", "resourceVersion", "generation", "managedFields",
        "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds")}


def _key_of(one, field):
    known = {key: one[key] for key in field.keys if key in one}
    if "protocol" in field.keys and "protocol" not in known:
        known["protocol"] = "TCP"
    return "k:" + json.dumps(known, separators=(",", ":"), sort_keys=True)


def _children(value, kind, field):
    """(step, value, type, field) of each part that is owned by itself; None where the whole is."""
    if isinstance(value, dict) and (field is None or field.shape != "list"):
        if kind is schema.ANY and field is not None and field.shape == "one" and not value:
            return None
        if field is not None and field.shape == "map":
            inner = schema.type_of(field)
            return [("f:" + name, part, inner, None) for name, part in value.items()]
        found = []
        for name, part in value.items():
            of = schema.field_of(kind, name)
            found.append(("f:" + name, part, schema.type_of(of), of))
        return found
    if isinstance(value, list) and field is not None and field.keys:
        return [(_key_of(one, field), one, schema.type_of(field), None) for one in value
                if isinstance(one, dict)]
    if isinstance(value, list) and field is not None and field.is_set:
        return [("v:" + json.dumps(one), one, None, None) for one in value]
    return None


def paths(obj, kind):
    """All that an object says, as {path: value}."""
    found = {}

    def walk(path, value, type_, field):
        if path in _UNOWNED:
            return
        children = _children(value, type_, field)
        if path and path[-1].startswith("k:"):
            found[path + (".",)] = True
        if not children:
            found[path] = value
            return
        for step, part, inner, of in children:
            walk(path + (step,), part, inner, of)

    for name, part in obj.items():
        of = schema.field_of(kind, name)
        walk(("f:" + name,), part, schema.type_of(of), of)
    return {path: value for path, value in found.items() if len(path) > 1 or path[0] != "f:metadata"}


def to_wire(owned):
    tree = {}
    for path in sorted(owned):
        place = tree
        for step in path:
            place = place.setdefault(step, {})
    return tree


def from_wire(tree, path=()):
    found = set()
    for step, inner in tree.items():
        if inner and step != ".":
            found |= from_wire(inner, path + (step,))
        else:
            found.add(path + (step,))
    return found


class Entry:
    """One manager's part."""

    def __init__(self, wire):
        self.wire = {name: value for name, value in wire.items() if name != "fieldsV1"}
        self.owned = from_wire(wire.get("fieldsV1", {}))
        self.before = set(self.owned)

    def is_of(self, manager, operation, part):
        return (self.wire.get("manager"), self.wire.get("operation"), self.wire.get("subresource", "")) == (
            manager, operation, part)

    def to_wire(self, when):
        if self.owned != self.before or "time" not in self.wire:
            self.wire["time"] = when
        return {**self.wire, "fieldsV1": to_wire(self.owned)}


class Fields:
    """The managedFields of one object while it is changed."""

    def __init__(self, live):
        self.entries = [Entry(wire) for wire in store.get(live or {}, "metadata.managedFields", [])]

    def _mine(self, manager, operation, api_version, part):
        for entry in self.entries:
            if entry.is_of(manager, operation, part):
                entry.wire["apiVersion"] = api_version
                return entry
        wire = {"manager": manager, "operation": operation, "apiVersion": api_version,
                "fieldsType": "FieldsV1"}
        if part:
            wire["subresource"] = part
        self.entries.append(Entry(wire))
        return self.entries[-1]

    def write(self, obj):
        when = store.now()
        self.entries = [entry for entry in self.entries if entry.owned]
        obj["metadata"]["managedFields"] = [entry.to_wire(when) for entry in self.entries]

    def changed(self, live, obj, manager, part, kind):
        """After a create, an update or a patch: what changed belongs to who changed it."""
        before, after = paths(live or {}, kind), paths(obj, kind)
        touched = {path for path, value in after.items() if path not in before or before[path] != value}
        gone = before.keys() - after.keys()
        for entry in self.entries:
            entry.owned -= gone
        if touched:
            mine = self._mine(manager, "Update", obj["apiVersion"], part)
            for entry in self.entries:
                if entry is not mine:
                    entry.owned -= {path for path in touched if path[-1] != "."}
            mine.owned |= touched
        self.write(obj)

    def applied(self, live, config, who, kind):
        """Server-side apply: the object that comes of it. `who` is (manager, force, subresource)."""
        manager, force, part = who
        wanted, there = paths(config, kind), paths(live, kind)
        mine = self._mine(manager, "Apply", config["apiVersion"], part)
        self._settle_conflicts(mine, wanted, there, force)
        others = set().union(*(entry.owned for entry in self.entries if entry is not mine))
        made = _merged(copy.deepcopy(live), config, kind, None)
        for path in sorted(mine.owned - wanted.keys() - others, key=len, reverse=True):
            _drop(made, path)
        mine.owned = set(wanted)
        self.write(made)
        return made

    def _settle_conflicts(self, mine, wanted, there, force):
        found = []
        for entry in self.entries:
            if entry is mine:
                continue
            for path in sorted(entry.owned & wanted.keys()):
                if path[-1] != "." and there.get(path) != wanted[path]:
                    found.append((entry, path))
        if found and not force:
            raise _conflicts(found)
        for entry, path in found:
            entry.owned.discard(path)


def _said(path):
    words = ""
    for step in path:
        if step.startswith("f:"):
            words += "." + step[2:]
        elif step.startswith("k:"):
            words += "[" + ",".join(f"{key}={json.dumps(value)}"
                                    for key, value in json.loads(step[2:]).items()) + "]"
        else:
            words += f"[={step[2:]}]"
    return words


def _conflicts(found):
    by = {}
    causes = []
    for entry, path in found:
        operation = "" if entry.wire["operation"] == "Apply" else f' using {entry.wire["apiVersion"]}'
        who = f'conflict with "{entry.wire["manager"]}"'
        if entry.wire.get("subresource"):
            who += f' with subresource "{entry.wire["subresource"]}"'
        who += operation
        by.setdefault(who, []).append(_said(path))
        causes.append({"reason": "FieldManagerConflict", "message": who, "field": _said(path)})
    if len(found) == 1:
        words = f"{who}: {by[who][0]}"
    else:
        words = "\n".join(f"{who.replace('conflict', 'conflicts', 1)}:\n"
                          + "\n".join("- " + path for path in said) for who, said in by.items())
    many = "1 conflict" if len(found) == 1 else f"{len(found)} conflicts"
    return statuses.Refused(409, f"Apply failed with {many}: {words}", details={"causes": causes})


def _merged(value, part, kind, field):
    """What apply makes of a value and a part that says something of it."""
    if isinstance(part, dict) and isinstance(value, dict):
        for name, inner in part.items():
            of = schema.field_of(kind, name) if field is None or field.shape != "map" else None
            type_ = schema.type_of(of) if of else None
            value[name] = _merged(value.get(name), inner, type_, of)
        return value
    if isinstance(part, list) and isinstance(value, list) and field is not None and field.keys:
        for one in part:
            key = _key_of(one, field)
            place = next((at for at, old in enumerate(value) if _key_of(old, field) == key), None)
            if place is None:
                value.append(copy.deepcopy(one))
            else:
                value[place] = _merged(value[place], one, schema.type_of(field), None)
        return value
    if isinstance(part, list) and isinstance(value, list) and field is not None and field.is_set:
        return value + [one for one in part if one not in value]
    return copy.deepcopy(part)


def _drop(obj, path):
    """Takes away what a path names; `.` takes the whole part it stands for."""
    if path[-1] == ".":
        path = path[:-1]
    place = obj
    for step in path[:-1]:
        place = _into(place, step)
        if place is None:
            return
    last = path[-1]
    if last.startswith("f:") and isinstance(place, dict):
        place.pop(last[2:], None)
    elif isinstance(place, list):
        known = json.loads(last[2:])
        place[:] = [one for one in place if not _matches(one, last[0], known)]


def _matches(one, form, known):
    if form == "v":
        return one == known
    return all(one.get(key, "TCP" if key == "protocol" else None) == value for key, value in known.items())


def _into(place, step):
    if step.startswith("f:"):
        return place.get(step[2:]) if isinstance(place, dict) else None
    known = json.loads(step[2:])
    if not isinstance(place, list):
        return None
    return next((one for one in place if _matches(one, "k", known)), None)
