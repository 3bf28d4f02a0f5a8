// audit verify, audit checkpoint: whether the record is whole, and a point of it to keep elsewhere.
#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "main/paths.h"
#include "main/speak.h"
#include "main/state.h"
#include "main/verbs.h"
#include "store/file.h"
#include "store/journal_files.h"

namespace claw::verbs {

namespace {

constexpr std::size_t public_key_bytes_max = 1024;
constexpr std::size_t checkpoints_bytes_max = 16 << 20;  // A year of them, one a minute.
constexpr std::string_view checkpoint_format = "clawpatrol checkpoint 1";

// What the caller has kept elsewhere; else what lies beside the journal, which proves less.
Result<std::string> public_key_of(const Audit& options, const std::string& state) {
  std::string hex = options.public_key;
  if (hex.empty()) {
    const std::string path = state + "/journal.pub";
    CLAW_TRY(const std::optional<std::string> text, store::read_file(path, public_key_bytes_max));
    if (!text) {
      return Error{Code::not_found, "there is no " + quoted(path) + "; give the key with --public-key", {}};
    }
    hex = *text;
  }
  CLAW_TRY(std::string key, from_hex(trim(hex)));
  if (key.size() != 32) return invalid("the public key is 64 hexadecimal digits");
  return key;
}

void print_damage_json(json::Writer& out, const audit::Damage& damage) {
  out.key("damage");
  out.begin_object();
  out.member("kind", damage.kind);
  out.member("segment", static_cast<std::int64_t>(damage.segment));
  out.member("offset", static_cast<std::int64_t>(damage.offset));
  out.member("after", static_cast<std::int64_t>(damage.after));
  if (damage.before != 0) out.member("before", static_cast<std::int64_t>(damage.before));
  out.member("what", damage.what);
  out.member("advice", damage.advice);
  out.end_object();
}

void print_damage(const audit::Findings& found) {
  const audit::Damage& damage = *found.damage;
  print("kind         {}\n", damage.kind);
  print("what         {}\n", printable(damage.what, 1000));
  if (damage.before != 0) print("goes on      at record {}, which continues something\n", damage.before);
  print("proven       records {} to {}\n", found.first, found.signed_through);
  print("next         {}\n", damage.advice);
}

void print_findings_json(const audit::Findings& found, std::size_t segments) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("verified", found.intact());
  out.member("segments", static_cast<std::int64_t>(segments));
  out.member("records", static_cast<std::int64_t>(found.records));
  out.member("first", static_cast<std::int64_t>(found.first));
  out.member("removed_through", static_cast<std::int64_t>(found.removed_through));
  out.member("emptied", static_cast<std::int64_t>(found.emptied));
  out.member("last", static_cast<std::int64_t>(found.last));
  out.member("checkpoints", static_cast<std::int64_t>(found.checkpoints));
  out.member("signed_through", static_cast<std::int64_t>(found.signed_through));
  out.member("unfinished_bytes", static_cast<std::int64_t>(found.unfinished_bytes));
  out.member("closed", found.closed);
  out.member("hash", to_hex(crypto::view(found.hash)));
  out.member("problems", found.problems);
  if (found.damage) print_damage_json(out, *found.damage);
  out.end_object();
  print("{}\n", text);
}

void print_findings(const audit::Findings& found, std::size_t segments, bool own_key) {
  print("segments     {}\n", segments);
  print("records      {}, from {} to {}\n", found.records, found.first, found.last);
  print("checkpoints  {}, signed through record {}\n", found.checkpoints, found.signed_through);
  if (found.first > 1) {
    const bool is_known = found.removed_through + 1 >= found.first;
    print("removed      records before {}: {}\n", found.first,
          is_known ? "old enough, by the gateway itself" : "no record says that the gateway did it");
  }
  if (found.emptied > 0) {
    print("emptied      {} records, as old as their endpoints let them get\n", found.emptied);
  }
  if (found.signed_through < found.last) {
    print("unsigned     from record {} on: chained, and signed by the next checkpoint\n",
          found.signed_through + 1);
  }
  if (found.unfinished_bytes > 0) {
    print("unfinished   {} bytes, of records being written\n", found.unfinished_bytes);
  }
  print("last hash    {}\n", to_hex(crypto::view(found.hash)));
  for (const std::string& problem : found.problems) print("broken       {}\n", printable(problem, 1000));
  if (found.damage) print_damage(found);
  print("{}\n", found.intact() ? "verified" : "NOT VERIFIED");
  if (own_key) remark("with the key that lies beside the journal; --public-key takes one you kept elsewhere");
}

// A checkpoint as it is published: signed, so that whoever keeps it need not be trusted.
Result<audit::Anchor> anchor_of(std::string_view line, const std::string& key) {
  CLAW_TRY(const json::Value object, json::parse(line));
  if (object.text_or("format", "") != checkpoint_format) return invalid("it is no checkpoint");
  CLAW_TRY(const audit::Checkpoint checkpoint, audit::parse_checkpoint(object));
  if (!crypto::verify_ed25519(key, audit::signed_bytes(checkpoint.through, checkpoint.hash),
                              checkpoint.signature)) {
    return invalid(fmt::format("the checkpoint of record {} is not signed by this key", checkpoint.through));
  }
  return audit::Anchor{checkpoint.through, checkpoint.hash};
}

// One or many, a line each.
Result<std::vector<audit::Anchor>> anchors_of(const std::string& path, const std::string& key) {
  std::vector<audit::Anchor> anchors;
  if (path.empty()) return anchors;
  CLAW_TRY(const std::optional<std::string> text, store::read_file(path, checkpoints_bytes_max));
  if (!text) return Error{Code::not_found, "there is no " + quoted(path), {}};
  for (const std::string_view line : split(*text, '\n')) {
    if (trim(line).empty()) continue;
    const Result<audit::Anchor> anchor = anchor_of(trim(line), key);
    if (!anchor) return Error{anchor.error().code, anchor.error().what, path};
    anchors.push_back(*anchor);
  }
  if (anchors.empty()) return invalid("there is no checkpoint in " + quoted(path));
  return anchors;
}

struct Signed {
  audit::Checkpoint checkpoint;
  std::string time;
  std::string public_key;
};

// The newest there is; segments end with one, so few are read.
Result<Signed> last_checkpoint(const std::string& folder) {
  CLAW_TRY(const std::vector<store::SegmentFile> files, store::segments_in(folder));
  Signed found;
  for (auto file = files.rbegin(); file != files.rend() && found.public_key.empty(); ++file) {
    CLAW_TRY(const std::string content, store::read_segment(*file));
    CLAW_TRY(const audit::Header header, audit::peek_header(content));
    store::SegmentReader reader(*file, content, 0, header.previous, 0);
    reader.skip_header();
    while (const auto record = reader.next([](const store::Skipped&) {})) {
      if (record->kind != "checkpoint") continue;
      CLAW_TRY(found.checkpoint, audit::parse_checkpoint(record->members));
      found.time = record->members.text_or("time", "");
      found.public_key = header.public_key;
    }
  }
  if (found.public_key.empty()) return Error{Code::not_found, "there is no checkpoint yet", {}};
  return found;
}

std::optional<int> without_journal(const std::string& state) {
  if (look_at(journal_folder(state)) == Path::folder) return std::nullopt;
  return misuse("there is no journal in " + quoted(state),
                "name the gateway's state folder with --state-dir");
}

}  // namespace

int audit_verify(const Audit& options) {
  const std::string state = state_folder(options.state_dir);
  if (const auto exit_code = without_journal(state)) return *exit_code;
  const Result<std::string> key = public_key_of(options, state);
  if (!key) return misuse(key.error().text());
  const auto anchors = anchors_of(options.checkpoint, *key);
  if (!anchors) return misuse(anchors.error().text());
  const auto found = store::verify_journal(journal_folder(state), {*key}, *anchors);
  if (!found) return complain(found.error().text());
  const auto segments = store::segments_in(journal_folder(state));
  const std::size_t count = segments ? segments->size() : 0;
  if (options.json) print_findings_json(*found, count);
  else print_findings(*found, count, options.public_key.empty());
  return close_output(found->intact() ? ok : failed);
}

int audit_checkpoint(const Audit& options) {
  const std::string state = state_folder(options.state_dir);
  if (const auto exit_code = without_journal(state)) return *exit_code;
  const auto found = last_checkpoint(journal_folder(state));
  if (!found) return complain(found.error().text());
  const audit::Checkpoint& checkpoint = found->checkpoint;
  if (!options.json) {
    print("record     {}\ntime       {}\nhash       {}\nsignature  {}\npublic key {}\n", checkpoint.through,
          found->time, to_hex(crypto::view(checkpoint.hash)), to_hex(checkpoint.signature),
          to_hex(found->public_key));
    return close_output(ok);
  }
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", checkpoint_format);
  out.member("through", static_cast<std::int64_t>(checkpoint.through));
  out.member("hash", to_hex(crypto::view(checkpoint.hash)));
  out.member("signature", to_hex(checkpoint.signature));
  out.member("public_key", to_hex(found->public_key));
  out.member("time", found->time);
  out.end_object();
  print("{}\n", text);
  return close_output(ok);
}

}  // namespace claw::verbs
