#include "config/load.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/crypto.h"
#include "base/text.h"
#include "config/decode/check.h"
#include "config/decode/decode.h"
#include "config/hcl.h"
#include "config/yaml.h"

namespace claw::config {

namespace {

constexpr std::size_t files_max = 1000;  // A folder with more is not a configuration.

bool is_yaml(std::string_view name) { return name.ends_with(".yaml") || name.ends_with(".yml"); }

bool is_source(std::string_view name) {
  return !name.starts_with('.') && (name.ends_with(".hcl") || is_yaml(name));
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : slash == 0 ? "/" : path.substr(0, slash);
}

bool is_folder(const std::string& path) {
  struct stat about = {};
  return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

Result<std::vector<std::string>> files_in(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  if (!open) return Error{Code::unavailable, fmt::format("cannot be read: {}", std::strerror(errno)), {}};
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(open.get())) {
    if (is_source(entry->d_name)) names.push_back(folder + "/" + entry->d_name);
    if (names.size() > files_max) return Error{Code::limit, fmt::format("more than {} files", files_max), {}};
  }
  if (names.empty()) return invalid("there is no *.hcl or *.yaml file in this folder");
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> sources_of(const std::string& path) {
  return is_folder(path) ? files_in(path) : Result(std::vector{path});
}

// Replaces every string of the form `<<file:NAME>>` by the contents of that file, which must lie in the
// configuration's own folder or below. A condition's mistakes are shown in the file it came from.
class Includer {
 public:
  Includer(Sources& sources, Diagnostics& diagnostics, std::string folder, const ReadFile& read)
      : sources_(sources), diagnostics_(diagnostics), folder_(std::move(folder)), read_(read) {}

  void include(Block& block);

 private:
  void include(Attribute& attribute);
  void include(Node& node, bool show_inside);

  Sources& sources_;
  Diagnostics& diagnostics_;
  std::string folder_;
  const ReadFile& read_;
};

constexpr std::string_view opening = "<<file:";
constexpr std::string_view closing = ">>";

// Reading `../../etc/shadow` into a reason would tell it to agents.
bool stays_inside(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\0') != std::string_view::npos) return false;
  const std::vector<std::string_view> parts = split(name, '/');
  return std::none_of(parts.begin(), parts.end(),
                      [](std::string_view part) { return part.empty() || part == ".."; });
}

void Includer::include(Block& block) {
  for (Attribute& attribute : block.attributes) include(attribute);
  for (Block& nested : block.blocks) include(nested);
}

void Includer::include(Attribute& attribute) { include(attribute.value, attribute.name == "condition"); }

void Includer::include(Node& node, bool show_inside) {
  for (Node& item : node.items) include(item, show_inside);
  for (Attribute& member : node.members) include(member);
  const std::string_view written = trim(node.text);
  if (node.kind != Kind::string || !written.starts_with(opening) || !written.ends_with(closing)) return;
  const std::string name(
      trim(written.substr(opening.size(), written.size() - opening.size() - closing.size())));
  if (!stays_inside(name)) {
    return diagnostics_.error(node.range,
                              fmt::format("{} is not in the configuration's folder", quoted(name)));
  }
  const std::string path = folder_.empty() ? name : folder_ + "/" + name;
  Result<std::string> text = read_ ? read_(path) : Error{Code::not_found, "there are no files here", {}};
  if (!text) return diagnostics_.error(node.range, fmt::format("{}: {}", quoted(path), text.error().what));
  const FileId file = sources_.add(path, std::move(*text));
  if (!check_text(sources_, file, diagnostics_)) return;
  node.text = std::string(sources_.text(file));
  node.anchors.clear();
  if (!show_inside) return;
  node.range = {file, 0, node.text.size()};
  node.anchors = {{0, 0}};
}

// One byte more than is allowed, so that what is too long is seen to be. The text is kept as long as the
// snapshot, so it must not sit in a buffer of that size.
Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (is_folder(path)) return Error{Code::unavailable, "cannot be read: it is a folder", {}};
  if (!file) return Error{Code::unavailable, fmt::format("cannot be read: {}", std::strerror(errno)), {}};
  std::string text;
  std::array<char, 16 * 1024> piece;
  while (file && text.size() <= file_bytes_max) {
    const std::size_t most = std::min(piece.size(), file_bytes_max + 1 - text.size());
    file.read(piece.data(), static_cast<std::streamsize>(most));
    text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return Error{Code::unavailable, "cannot be read", {}};
  return text;
}

// A newer file says things this program has no words for: then one error says so, and nothing else.
std::int64_t schema_version(const std::vector<Block>& files, Diagnostics& diagnostics) {
  std::int64_t version = 0;
  const Attribute* first = nullptr;
  for (const Block& file : files) {
    const Attribute* attribute = file.find("schema_version");
    if (!attribute) continue;
    if (first)
      diagnostics.error(attribute->name_range, "`schema_version` is already written in another file");
    first = first ? first : attribute;
    version = attribute->value.number.integer.value_or(0);
  }
  if (version > schema_version_max) {
    diagnostics.error(first->value.range,
                      fmt::format("this file is schema_version {}, newer than this program, which knows {}",
                                  version, schema_version_max),
                      "upgrade clawpatrol");
  }
  return version;
}

void load_all(std::vector<NamedText> texts, const std::string& folder, const ReadFile& read,
              LoadResult& result) {
  std::vector<Block> files;
  for (NamedText& named : texts) {
    const bool yaml = is_yaml(named.name);
    const FileId file = result.sources.add(std::move(named.name), std::move(named.text));
    files.push_back(yaml ? read_yaml(result.sources, file, shapes(), result.diagnostics)
                         : read_hcl(result.sources, file, result.diagnostics));
  }
  Diagnostics version_diagnostics;
  const std::int64_t version = schema_version(files, version_diagnostics);
  if (version > schema_version_max) {
    result.diagnostics = std::move(version_diagnostics);
    return;
  }
  for (const Diagnostic& d : version_diagnostics.all()) result.diagnostics.error(d.range, d.text, d.hint);
  Includer includer(result.sources, result.diagnostics, folder, read);
  for (Block& file : files) includer.include(file);
  Checker checker(result.diagnostics, version);
  for (const Block& file : files) checker.check(file);
  checker.finish();
  std::shared_ptr<const Snapshot> snapshot =
      Assembly(result.sources, result.diagnostics, folder).assemble(files);
  if (!result.diagnostics.has_errors()) result.snapshot = std::move(snapshot);
}

void append_stamp(std::string& out, const std::string& path) {
  struct stat about = {};
  if (::stat(path.c_str(), &about) != 0) {
    out += fmt::format("{} -\n", path);
    return;
  }
  out += fmt::format("{} {} {}.{} {}\n", path, about.st_size, about.st_mtim.tv_sec, about.st_mtim.tv_nsec,
                     about.st_ino);
}

}  // namespace

LoadResult load(const std::string& path) {
  LoadResult result;
  const Result<std::vector<std::string>> names = sources_of(path);
  if (!names) {
    result.diagnostics.error({result.sources.add(path, ""), 0, 0}, names.error().what);
    return result;
  }
  std::vector<NamedText> texts;
  for (const std::string& name : *names) {
    Result<std::string> text = read_file(name);
    if (text) texts.push_back({name, std::move(*text)});
    else result.diagnostics.error({result.sources.add(name, ""), 0, 0}, text.error().what);
  }
  load_all(std::move(texts), is_folder(path) ? path : folder_of(path), read_file, result);
  return result;
}

LoadResult load_text(std::string name, std::string text, const ReadFile& read) {
  LoadResult result;
  const std::string folder = folder_of(name);
  load_all({{std::move(name), std::move(text)}}, folder, read, result);
  return result;
}

LoadResult load_texts(std::vector<NamedText> texts, const ReadFile& read) {
  LoadResult result;
  load_all(std::move(texts), "", read, result);
  return result;
}

std::string fingerprint(const std::string& path, const LoadResult& loaded) {
  std::string stamps;
  if (const Result<std::vector<std::string>> names = sources_of(path)) {
    for (const std::string& name : *names) append_stamp(stamps, name);
  }
  for (std::uint32_t i = 0; i < loaded.sources.count(); ++i) {
    append_stamp(stamps, std::string(loaded.sources.name(FileId{i})));
  }
  if (loaded.snapshot) {
    for (const ProxyListener& listener : loaded.snapshot->settings.listeners) {
      const Entrance& in = listener.entrance;
      for (const std::string* file : {&in.cert_file, &in.key_file, &listener.client_ca_file}) {
        if (!file->empty()) append_stamp(stamps, *file);
      }
    }
    for (const Endpoint& endpoint : loaded.snapshot->endpoints) {
      const Entrance& in = endpoint.entrance;
      const UpstreamTls& up = endpoint.upstream_tls;
      for (const std::string* file :
           {&in.cert_file, &in.key_file, &up.root_file, &up.cert_file, &up.key_file}) {
        if (!file->empty()) append_stamp(stamps, *file);
      }
    }
  }
  return to_hex(crypto::view(crypto::sha256(stamps))).substr(0, 16);
}

}  // namespace claw::config
