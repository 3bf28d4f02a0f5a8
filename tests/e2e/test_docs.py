"""The book says what the program does: its examples load, its excerpts are parts of them, its links lead
somewhere, and its tables name every fact, metric and command there is."""

import re
import unittest

from harness import gateway, process

DOCS = process.ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), process.ROOT / "README.md", process.ROOT / "CHANGELOG.md"])
EXAMPLES = sorted([*(DOCS / "examples").glob("*.hcl"), *(process.ROOT / "examples").glob("*.hcl")])

GROUPS = {"approvals", "audit", "credentials", "actions", "sessions", "policy", "people", "tokens",
          "breakglass", "pins"}

_FENCED = re.compile(r"^( *)```hcl\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def excerpts(page):
    """The blocks of HCL of a page, without the indentation of the list they may stand in."""
    for indent, text in _FENCED.findall(page.read_text()):
        yield "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))


def anchors(page):
    headings = _HEADING.findall(page.read_text())
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named_in_code(folder, pattern):
    files = (process.ROOT / "src" / folder).rglob("*.cc")
    sources = [file for file in files if not file.stem.endswith("_test")]
    return {name for file in sources for name in re.findall(pattern, file.read_text())}


class Book(unittest.TestCase):
    def test_every_excerpt_is_part_of_an_example(self):
        texts = ["\n" + example.read_text() for example in EXAMPLES]
        for page in PAGES:
            for excerpt in excerpts(page):
                with self.subTest(page=page.name, excerpt=excerpt.splitlines()[0]):
                    self.assertTrue(any("\n" + excerpt in text for text in texts), excerpt)

    def test_settings_of_clients_are_those_that_are_tried(self):
        tried = {file.read_text() for file in (process.ROOT / "examples/clients").glob("*.toml")}
        shown = set(re.findall(r"^```toml\n(\[mcp_servers.*?)^```$", (DOCS / "agents/codex.md").read_text(),
                               re.MULTILINE | re.DOTALL))
        self.assertEqual(shown, tried)

    def test_every_link_leads_somewhere(self):
        for page in PAGES:
            for link in _LINK.findall(page.read_text()):
                if re.match(r"\w+:", link):
                    continue
                name, _, anchor = link.partition("#")
                target = (page.parent / name).resolve() if name else page
                with self.subTest(page=page.name, link=link):
                    self.assertTrue(target.exists(), target)
                    if anchor:
                        self.assertIn(anchor, anchors(target))

    def missing(self, page, names):
        self.assertGreater(len(names), 5)
        text = (DOCS / page).read_text()
        self.assertEqual(sorted(name for name in names if f"`{name}`" not in text), [])

    def test_every_fact_is_explained(self):
        names = named_in_code(
            "action", r'\{"((?:action|agent|session|sql|http|k8s|ssh|tool|mcp)\.[a-z0-9_]+)"')
        self.missing("facts.md", names)

    def test_every_metric_is_explained(self):
        self.missing("operations.md", named_in_code("", r'"(claw_[a-z_]+)"'))


class Program(unittest.TestCase):
    def setUp(self):
        if not gateway.BINARY.exists():
            self.skipTest(f"no gateway at {gateway.BINARY}")

    def test_every_example_loads(self):
        self.assertGreater(len(EXAMPLES), 5)
        for example in EXAMPLES:
            with self.subTest(example.name):
                process.run([gateway.BINARY, "validate", example])  # Fails, and says why, unless it loads.

    def test_every_command_is_explained(self):
        text = (DOCS / "cli.md").read_text()
        for verb in verbs():
            self.assertIn(f"`{verb}", text)


def verbs(*group):
    """The commands as --help lists them; those that are groups, with what is in them."""
    shown = process.run([gateway.BINARY, *group, "--help"])
    for name in re.findall(r"^  ([a-z]+) ", shown.partition("Subcommands:")[2], re.MULTILINE):
        if not group and name in GROUPS:
            yield from verbs(name)
        else:
            yield " ".join([*group, name])
