#include "config/load.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "config/kinds/kinds.h"
#include "config/decode/packs.h"
#include "config/targets.h"

namespace claw::config {
namespace {

namespace fs = std::filesystem;

// The examples are at the root, however deep below it the test runs.
std::string examples() {
  for (std::string up = "../"; up.size() < 30; up += "../") {
    if (fs::exists(up + "examples/quickstart.hcl")) return up + "examples/";
  }
  return "examples/";
}

std::string read_all(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A folder that is gone when the test is.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "claw-config-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  void write(const std::string& name, std::string_view text) const {
    fs::create_directories(fs::path(path_ + "/" + name).parent_path());
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Example : public testing::TestWithParam<const char*> {};

TEST_P(Example, loads_and_its_fixtures_hold) {
  const std::string name = GetParam();
  const LoadResult loaded = load(examples() + name);
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  const std::string folder = examples() + name.substr(0, name.find('.')) + ".fixtures";
  std::vector<policy::FixtureFile> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files.push_back({entry.path().filename().string(), read_all(entry.path())});
  }
  const std::vector<policy::Target> targets = targets_of(*loaded.snapshot);
  const policy::Report report = policy::play_all(files, targets);
  EXPECT_EQ(report.exit_code, 0) << report.text;
}

INSTANTIATE_TEST_SUITE_P(all, Example,
                         testing::Values("quickstart.hcl", "quickstart.yaml", "postgres-sidecar.hcl",
                                         "legacy.hcl", "team.hcl", "https-proxy.hcl",
                                         "https-sidecar.hcl", "kubernetes.hcl", "untrusted-input.hcl"));

// What a person sees of an example beside errors; a new warning there is a new question of every reader.
TEST(load, new_examples_load_without_warnings_that_surprise) {
  EXPECT_EQ(load(examples() + "quickstart.hcl").report(), "");
  EXPECT_EQ(load(examples() + "postgres-sidecar.hcl").report(), "");
  EXPECT_EQ(load(examples() + "https-sidecar.hcl").report(), "");
  EXPECT_EQ(load(examples() + "https-proxy.hcl").report(), "");
  EXPECT_EQ(load(examples() + "kubernetes.hcl").report(), "");
}

std::string without_places(const Snapshot& snapshot) {
  Snapshot copy = snapshot;
  copy.version.clear();
  for (Rule& rule : copy.rules) rule.where.clear();
  return copy.to_json();
}

TEST(load, yaml_and_hcl_say_the_same) {
  const LoadResult hcl = load(examples() + "quickstart.hcl");
  const LoadResult yaml = load(examples() + "quickstart.yaml");
  ASSERT_TRUE(hcl.snapshot && yaml.snapshot) << hcl.report() << yaml.report();
  EXPECT_EQ(without_places(*hcl.snapshot), without_places(*yaml.snapshot));
}

TEST(load, a_folder_is_read_in_name_order_and_hidden_files_are_not) {
  const Folder folder;
  folder.write("20-rules.yaml", "rule: {second: {endpoint: postgres.p, verdict: deny}}\n");
  folder.write(
      "10-base.hcl",
      "schema_version = 2\nendpoint \"postgres\" \"p\" { host = \"h:1\" }\n"
      "rule \"first\" {\n  endpoint = postgres.p\n  condition = \"sql.inner\"\n  verdict = \"allow\"\n}\n");
  folder.write(".hidden.hcl", "this is not read");
  folder.write("notes.txt", "nor is this");
  const LoadResult loaded = load(folder.path());
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  ASSERT_EQ(loaded.snapshot->rules.size(), 2u);
  EXPECT_EQ(loaded.snapshot->rules[0].name, "first");
  EXPECT_EQ(loaded.snapshot->rules[1].name, "second");
}

TEST(load, an_empty_folder_and_a_missing_file_are_refused) {
  const Folder folder;
  EXPECT_FALSE(load(folder.path()).snapshot);
  const LoadResult missing = load(folder.path() + "/none.hcl");
  EXPECT_FALSE(missing.snapshot);
  EXPECT_NE(missing.report().find("cannot be read"), std::string::npos);
}

TEST(load, an_included_condition_is_judged_and_its_mistake_is_shown_where_it_is) {
  const Folder folder;
  const auto config = [](std::string_view file) {
    return fmt::format(
        "schema_version = 2\nendpoint \"postgres\" \"p\" {{ host = \"h:1\" }}\nrule \"r\" {{\n"
        "  endpoint = postgres.p\n  condition = \"<<file:{}>>\"\n  verdict = \"deny\"\n}}\n",
        file);
  };
  folder.write("main.hcl", config("conditions/reads.cel"));
  folder.write("conditions/reads.cel", "'read' in sql.effects\n");
  EXPECT_TRUE(load(folder.path() + "/main.hcl").snapshot) << load(folder.path() + "/main.hcl").report();
  folder.write("conditions/reads.cel", "// what it reads\n'read' in sql.efects\n");
  const std::string report = load(folder.path() + "/main.hcl").report();
  EXPECT_NE(report.find("conditions/reads.cel:2:11: error"), std::string::npos) << report;
}

TEST(load, an_include_does_not_leave_the_folder) {
  for (const char* name : {"../secret", "/etc/passwd", "a/../../secret", "", "a//b"}) {
    bool asked = false;
    const LoadResult loaded = load_text(
        "config/main.hcl",
        fmt::format("schema_version = 2\nendpoint \"kubernetes\" \"k\" {{\n  server = \"k.example\"\n"
                    "  ca_cert = \"<<file:{}>>\"\n}}\n",
                    name),
        [&](const std::string&) -> Result<std::string> {
          asked = true;
          return std::string("text");
        });
    EXPECT_FALSE(loaded.snapshot) << name;
    EXPECT_FALSE(asked) << name;
  }
}

TEST(load, a_fingerprint_changes_with_any_file_it_was_made_of) {
  const Folder folder;
  folder.write("main.hcl",
               "schema_version = 2\nendpoint \"postgres\" \"p\" { host = \"h:1\" }\nrule \"r\" {\n"
               "  endpoint = postgres.p\n  condition = \"<<file:r.cel>>\"\n  verdict = \"deny\"\n}\n");
  folder.write("r.cel", "sql.inner");
  const LoadResult loaded = load(folder.path());
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  const std::string before = fingerprint(folder.path(), loaded);
  EXPECT_EQ(before, fingerprint(folder.path(), loaded));
  folder.write("r.cel", "sql.inner == true");
  const std::string changed = fingerprint(folder.path(), loaded);
  EXPECT_NE(before, changed);
  folder.write("more.hcl", "");
  EXPECT_NE(changed, fingerprint(folder.path(), loaded));
}

TEST(load, a_version_changes_with_the_text_and_with_nothing_else) {
  const std::string text = "schema_version = 2\n";
  const auto version = [](const std::string& config) { return load_text("a.hcl", config).snapshot->version; };
  EXPECT_EQ(version(text).size(), 16u);
  EXPECT_EQ(version(text), version(text));
  EXPECT_NE(version(text), version(text + "\n"));
}

TEST(load, a_newer_schema_is_one_error_and_nothing_else) {
  const LoadResult loaded = load_text("a.hcl", "schema_version = 3\nwhatever \"x\" { y = 1 }\nz = 2\n");
  EXPECT_FALSE(loaded.snapshot);
  EXPECT_EQ(loaded.diagnostics.all().size(), 1u) << loaded.report();
  EXPECT_NE(loaded.report().find("newer than this program"), std::string::npos);
}

TEST(packs, every_pack_loads_without_complaint) {
  for (const Pack& pack : packs()) {
    if (pack.family != action::Family::sql) continue;
    const LoadResult loaded = load_text(
        "a.hcl", fmt::format("schema_version = 2\nendpoint \"postgres\" \"p\" {{\n  host = \"127.0.0.1\"\n"
                             "  listen = \"127.0.0.1:0\"\n  use = [\"{}\"]\n}}\n"
                             "credential \"postgres_credential\" \"c\" {{ endpoint = postgres.p }}\n"
                             "profile \"default\" {{ credentials = [postgres_credential.c] }}\n",
                             pack.name));
    EXPECT_EQ(loaded.report(), "") << pack.name;
    ASSERT_TRUE(loaded.snapshot);
    for (const Rule& rule : loaded.snapshot->rules) EXPECT_LT(rule.priority, -900'000) << rule.name;
  }
}

TEST(kinds, the_reference_has_every_attribute_once_in_its_block) {
  const std::string text = reference_text();
  EXPECT_NE(text.find("## endpoint \"postgres\" \"NAME\""), std::string::npos);
  EXPECT_NE(text.find("## gateway / audit"), std::string::npos);
  EXPECT_NE(text.find("- `priority`: a whole number `-900000..900000`."), std::string::npos);
  for (const BlockSpec& block : document().blocks) {
    std::set<std::string_view> names;
    for (const auto attributes : {block.attributes, block.common}) {
      for (const AttributeSpec& attribute : attributes) {
        EXPECT_TRUE(names.insert(attribute.name).second) << block.type << " " << attribute.name;
        EXPECT_FALSE(attribute.help.empty());
      }
    }
  }
}

}  // namespace
}  // namespace claw::config
