"""Who may include whom, and which folder wraps which outside library."""

import pathlib

_HERE = pathlib.Path(__file__).parent


def _rows(name):
    for line in (_HERE / name).read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            yield words


class Plan:
    """floors.txt: each folder's floor, and the few folders that are held to less or allowed more."""

    def __init__(self, rows):
        self.floor, self.only, self.dialects = {}, {}, set()
        for first, *rest in rows:
            if first == "only":
                self.only[rest[0]] = set(rest[1:])
            elif first == "dialect":
                self.dialects.add(("protocol/" + rest[0], "protocol/" + rest[1]))
            else:
                self.floor.update((folder, int(first)) for folder in rest)

    def objection(self, source, target):
        """Why a file of folder `source` may not include one of `target`; None when it may."""
        source_room, target_room = source.split("/")[0], target.split("/")[0]
        for room in (source_room, target_room):
            if room not in self.floor:
                return f"`{room}` is no folder of floors.txt"
        if source_room == target_room != "protocol" or source == target:
            return None
        if source_room == target_room:
            shared = target == source_room  # protocol/http may read protocol/machine.h.
            source_house, target_house = ("/".join(f.split("/")[:2]) for f in (source, target))
            allowed = shared or source_house == target_house or (source_house, target_house) in self.dialects
            return None if allowed else f"`{target}` is a neighbour of `{source}`"
        if source_room in self.only and target_room not in self.only[source_room]:
            return f"`{source}` may include only {' '.join(sorted(self.only[source_room]))}"
        if self.floor[target_room] >= self.floor[source_room]:
            return (f"`{target}` is on floor {self.floor[target_room]}, `{source}` on floor "
                    f"{self.floor[source_room]}; include only what is lower")
        return None


def _folder_of(path):
    """src/protocol/http/codec.cc -> protocol/http."""
    return str(pathlib.PurePosixPath(path).parent.relative_to("src"))


def check_floors(tree, plan=None):
    plan = plan or Plan(_rows("floors.txt"))
    for file in tree.src:
        for include in file.includes:
            if include.ours and "/" not in include.name:
                yield file.finding(include.line, "floors", f"write `{include.name}` with its path from src/")
            elif include.ours:
                why = plan.objection(_folder_of(file.path), str(pathlib.PurePosixPath(include.name).parent))
                if why:
                    yield file.finding(include.line, "floors", why)


# The parts of a protocol and what each must not see; a decoder that knew facts would judge while it reads.
_UNSEEN = {
    "message": ("codec", "facts", "machine"),
    "codec": ("facts", "machine"),
    "facts": ("codec", "machine"),
}


def check_protocol_parts(tree):
    for file in tree.src:
        if not file.folder.startswith("src/protocol/") or file.is_trial:
            continue
        for include in file.includes:
            path = pathlib.PurePosixPath("src", include.name)
            if str(path.parent) == file.folder and path.stem in _UNSEEN.get(file.stem, ()):
                yield file.finding(include.line, "floors", f"`{file.stem}` must not see `{path.stem}`")


def check_libraries(tree, rows=None):
    rows = rows or list(_rows("libraries.txt"))
    for file in tree.src:
        for include in file.includes:
            homes = next((homes for start, *homes in rows if include.name.startswith(start)), None)
            if not include.ours and homes is not None and _folder_of(file.path) not in homes:
                where = "nowhere" if homes == ["-"] else "only in " + " ".join(homes)
                yield file.finding(include.line, "libraries", f"<{include.name}> belongs {where}")


def check_used_headers(tree):
    used = {"src/" + include.name for file in tree.src for include in file.includes if include.ours}
    for file in tree.src:
        if (file.is_header or file.path.endswith(".inc")) and file.path not in used:
            yield file.finding(1, "unused", "nobody includes this file")


RULES = (check_floors, check_protocol_parts, check_libraries, check_used_headers)
