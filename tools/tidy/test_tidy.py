"""Each rule passes a good snippet and names a bad one."""

import unittest

import floors
import sizes
import tidy
import tree
import words

HEADER = "// Says what it is.\n#pragma once\n"


def messages(rule, texts, *extra):
    return [str(finding) for finding in rule(tree.Tree(texts), *extra)]


class Case(unittest.TestCase):
    def good(self, rule, path, text, others=None):
        self.assertEqual(messages(rule, {path: text, **(others or {})}), [])

    def bad(self, rule, path, text, expected, others=None):
        found = messages(rule, {path: text, **(others or {})})
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])


class Floors(Case):
    def test_own_folder_and_lower_floors_only(self):
        rule = floors.check_floors
        self.good(rule, "src/guard/a.cc", '#include "guard/b.h"\n#include "policy/c.h"\n')
        self.good(rule, "src/cel/a.cc", '#include "cel/library/b.h"\n')
        self.bad(rule, "src/sql/a.cc", '\n#include "cel/b.h"\n', "a.cc:2: floors: `cel` is on floor 1")
        self.bad(rule, "src/base/a.cc", '#include "action/b.h"\n', "floor 2")
        self.bad(rule, "src/base/a.cc", '#include "b.h"\n', "with its path from src/")
        self.bad(rule, "src/mystery/a.cc", '#include "base/b.h"\n', "no folder of floors.txt")

    def test_io_knows_base_alone(self):
        self.good(floors.check_floors, "src/io/a.cc", '#include "base/b.h"\n')
        self.bad(floors.check_floors, "src/io/a.cc", '#include "action/b.h"\n', "may include only base")

    def test_protocols_are_neighbours_unless_one_is_a_dialect(self):
        rule = floors.check_floors
        self.good(rule, "src/protocol/postgres/a.cc", '#include "protocol/event.h"\n')
        self.good(rule, "src/protocol/kubernetes/a.cc", '#include "protocol/http/b.h"\n')
        self.bad(rule, "src/protocol/postgres/a.cc", '#include "protocol/http/b.h"\n', "neighbour")
        self.bad(rule, "src/protocol/a.cc", '#include "protocol/http/b.h"\n', "neighbour")
        self.bad(rule, "src/protocol/http/a.cc", '#include "policy/b.h"\n', "floor 3")

    def test_a_codec_never_sees_facts(self):
        rule = floors.check_protocol_parts
        self.good(rule, "src/protocol/p/machine.cc", '#include "protocol/p/facts.h"\n')
        self.good(rule, "src/protocol/p/codec_test.cc", '#include "protocol/p/facts.h"\n')
        self.bad(rule, "src/protocol/p/codec.h", '#include "protocol/p/facts.h"\n', "must not see `facts`")

    def test_a_library_has_one_home(self):
        rule = floors.check_libraries
        self.good(rule, "src/base/a.cc", "#include <boost/json/parser.hpp>\n#include <vector>\n")
        self.good(rule, "src/io/tls.cc", "#include <openssl/ssl.h>\n#include <openssl/x509.h>\n")
        self.bad(rule, "src/base/a.cc", "#include <openssl/ssl.h>\n", "only in io")
        self.bad(rule, "src/store/a.cc", "#include <regex>\n", "nowhere")

    def test_a_header_has_a_reader(self):
        rule = floors.check_used_headers
        self.good(rule, "src/sql/a.h", HEADER, {"src/sql/a.cc": '#include "sql/a.h"\n'})
        self.bad(rule, "src/sql/a.h", HEADER, "nobody includes")


class Sizes(Case):
    def test_lines_and_columns(self):
        rule = sizes.check_files
        self.good(rule, "src/sql/a.cc", "x\n" * 600)
        self.bad(rule, "src/sql/a.cc", "x\n" * 601, "source file of 601 lines; 600 are allowed")
        self.bad(rule, "src/sql/a.h", "x\n" * 301, "header of 301")
        self.good(rule, "src/sql/a_test.cc", "x\n" * 900)
        self.good(rule, "src/sql/words_table.inc", "x\n" * 2000)
        self.good(rule, "src/sql/a.cc", "ä" * 110 + "\n")
        self.bad(rule, "src/sql/a.cc", "\n" + "ä" * 111 + "\n", "a.cc:2: sizes: 111 columns")

    def test_functions(self):
        rule = sizes.check_functions
        self.good(rule, "src/sql/a.cc", "void f(int a, A, A, A, A, int g) {" + "\n" * 69 + "}")
        self.bad(rule, "src/sql/a.cc", "void f() {" + "\n" * 70 + "}", "`f` has 71 lines; 70 are allowed")
        self.bad(rule, "src/sql/a.h", "int f(A<1, 2>, int, int, int, int, int, int);", "has 7 parameters")

    def test_folders(self):
        many = {f"src/sql/a{number}.cc": "" for number in range(24)}
        self.good(sizes.check_folders, "src/sql/b.cc", "", many)
        self.good(sizes.check_folders, "src/sql/b.cc", "", {**many, "src/sql/c_test.cc": ""})
        self.bad(sizes.check_folders, "src/sql/b.cc", "", "26 files", {**many, "src/sql/c.cc": ""})

    def test_every_folder_says_what_belongs_there(self):
        rule, text = sizes.check_readmes, "a\n" * 5
        self.good(rule, "src/sql/a.cc", "", {"src/sql/README.md": text})
        self.bad(rule, "src/sql/a.cc", "", "has no README.md")
        self.bad(rule, "src/sql/a.cc", "", "too little", {"src/sql/README.md": "# sql\n"})
        self.good(rule, "src/protocol/p/a.cc", "", {"src/protocol/p/README.md": "posture: *x*\n" + text})
        self.bad(rule, "src/protocol/p/a.cc", "", "posture", {"src/protocol/p/README.md": text})

    def test_long_files_of_the_lower_floors_are_tested(self):
        rule, long = sizes.check_tests, '#include "sql/b.h"\n' + "x\n" * 80
        self.good(rule, "src/sql/a.cc", "x\n" * 80)
        self.good(rule, "src/gateway/a.cc", long)
        self.good(rule, "src/sql/a.cc", long, {"src/sql/a_test.cc": ""})
        self.good(rule, "src/sql/a.cc", long, {"src/sql/all_test.cc": '#include "sql/b.h"\n'})
        self.good(rule, "src/sql/a.cc", long, {"src/sql/README.md": "`a.cc` is tried by `all_test.cc`\n"})
        self.bad(rule, "src/sql/a.cc", long, "a_test.cc", {"src/sql/all_test.cc": '#include "sql/c.h"\n'})


class Words(Case):
    def test_type_names_say_something(self):
        rule = words.check_names
        self.good(rule, "src/sql/a.h", "class Database {};\nstruct Metadata;\n// class BaseThing\n")
        self.bad(rule, "src/sql/a.h", "class SessionManager {};", "`SessionManager`: Manager says nothing")
        self.bad(rule, "src/sql/a.h", "enum class [[nodiscard]] InfoKind { a };", "Info")
        self.bad(rule, "src/sql/a.h", "using RowData = int;", "Data")
        self.bad(rule, "src/sql/a.h", "void readAll();", "not snake_case")
        self.good(rule, "src/sql/a.h", "void LLVMFuzzerTestOneInput(int);\nvoid read_all();")

    def test_no_line_is_left_unfinished(self):
        rule = words.check_text
        self.good(rule, "src/sql/a.cc", "mkstemp(XXXXXX)\n")
        self.bad(rule, "docs/a.md", "a\nTO" "DO: b\n", "docs/a.md:2: text: unfinished")
        self.bad(rule, "src/sql/a.cc", "a \n", "space at the end")
        self.bad(rule, "src/sql/a.cc", "\ta\n", "a tab")
        self.bad(rule, "docs/a.md", "see /wo" "rk/main/x\n", "path of one machine")
        self.good(rule, "src/sql/testdata/a.txt", "a \n")

    def test_powers_have_one_place(self):
        rule = words.check_powers
        self.good(rule, "src/io/a.cc", "::socket(1);")
        self.good(rule, "src/sql/a.cc", "std::bind(f); x::connect(); // ::socket(\n")
        self.good(rule, "src/sql/a_test.cc", "std::mt19937 seeded(1);")
        self.bad(rule, "src/gateway/a.cc", "int fd = ::socket(1);", "only io/")
        self.bad(rule, "src/sql/a.cc", "std::regex r;", "linear time")
        self.bad(rule, "src/sql/a.cc", "strcpy(a, b);", "no bound")

    def test_headers_open_with_sentences(self):
        rule = words.check_headers
        self.good(rule, "src/sql/a.h", HEADER)
        self.bad(rule, "src/sql/a.h", "#pragma once\n", "does not open")
        self.bad(rule, "src/sql/a.h", "// What it is.\n", "#pragma once")
        self.bad(rule, "src/sql/a.h", HEADER + "using namespace std;\n", "decides for all")
        self.bad(rule, "src/sql/a.h", HEADER + "#include <iostream>\n", "slow for all")


class Whole(Case):
    def test_findings_come_sorted_and_once(self):
        found = tidy.check(tree.Tree({"src/sql/b.h": "", "src/sql/a.h": ""}))
        self.assertEqual([finding.path for finding in found], ["src/sql/a.h"] * 3 + ["src/sql/b.h"] * 4)
        self.assertEqual({finding.rule for finding in found}, {"headers", "unused", "readme"})


if __name__ == "__main__":
    unittest.main()
