#include <gtest/gtest.h>

#include "audit/chain.h"
#include "audit/format.h"
#include "audit/memory.h"
#include "audit/ocsf.h"
#include "audit/query.h"
#include "audit/reader.h"
#include "audit/tape.h"
#include "audit/record.h"
#include "audit/verify.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/writer.h"

namespace claw::audit {

namespace {

constexpr std::int64_t noon_us = 1'800'000'000'000'000;

struct Sample {
  Sample() {
    auto subject = std::make_shared<action::Subject>();
    subject->record_json = R"("family":"sql","summary":"delete orders","text":"DELETE FROM orders",)"
                           R"("parts":[{"verb":"delete"}])";
    auto context = std::make_shared<action::Context>();
    context->record_json =
        R"("agent":"oncall","endpoint":"postgres.prod","session":"s1","address":"10.0.0.7:5123",)"
        R"("database":"shop")";
    action = {make_id(noon_us), subject, context, {}, ""};
    allow = {action::Outcome::allow, "reads", "", ""};
    deny = {action::Outcome::deny, "no-deletes", "deletes need a person", "ask for it"};
  }
  action::Action action;
  action::Verdict allow;
  action::Verdict deny;
  action::Principal principal{"oncall", "default", "10.0.0.7:5123"};
};

Record written(const Entry& entry) {
  std::string payload;
  append_head(payload, 7, noon_us);
  append_body(payload, entry);
  auto record = parse_record(payload);
  EXPECT_TRUE(record.ok()) << payload;
  return record ? std::move(*record) : Record{};
}

Findings verified(std::initializer_list<std::string> segments, std::string key = Tape::key().public_key) {
  Verifier verifier({std::move(key)});
  for (const std::string& segment : segments) verifier.segment(segment);
  return verifier.finish();
}

Tape short_tape() {
  Tape tape;
  tape.note("one");
  tape.note("two");
  tape.checkpoint();
  return tape;
}

}  // namespace

TEST(record, every_kind_is_strict_json_and_names_itself) {
  const Sample sample;
  const Piece pieces[] = {{0, "output", "caf\xc3\xa9\n"}, {5, "output", "\xff\xfe"}, {9, "input", "", 12}};
  const Entry entries[] = {
      Judged{sample.action, sample.deny},
      Held{sample.action, "q1"},
      Ended{sample.action.id, "ok", 3, "DELETE 3", 1500},
      Session{"opened", sample.principal, "s1", "postgres.prod"},
      Incident{"bad \"bytes\"\n\x01\xFF", sample.principal},
      Policy{"loaded", "4f1d2c"},
      Admin{"alice", "secret_set", "prod_db"},
      Gateway{"started", "0.1.0"},
      Anomaly{"rate", "triage", "s1", "postgres.prod", "actions", 90, 4.5, "90 \"actions\""},
      Stream{sample.action.id, pieces}};
  static_assert(std::size(entries) == std::variant_size_v<Entry>);
  for (const Entry& entry : entries) EXPECT_EQ(written(entry).kind, kind_of(entry));
}

TEST(record, a_judged_action_says_who_what_and_why) {
  const Sample sample;
  const Shadow shadows[] = {{"tighter", "deny"}};
  const Record record = written(Judged{.action = sample.action, .verdict = sample.deny, .policy = "4f1d2c",
                                       .approver = "alice", .decided_us = noon_us, .shadows = shadows});
  EXPECT_EQ(record.seq, 7u);
  EXPECT_EQ(record.time_us, noon_us);
  EXPECT_EQ(record.members.text_or("action", ""), sample.action.id.view());
  EXPECT_EQ(record.members.text_or("agent", ""), "oncall");
  EXPECT_EQ(record.members.text_or("verdict", ""), "deny");
  EXPECT_EQ(record.members.text_or("rule", ""), "no-deletes");
  EXPECT_EQ(record.members.text_or("decided", ""), "2027-01-15T08:00:00.000000Z");
  EXPECT_EQ(record.members.find("shadows")->array()->front().text_or("outcome", ""), "deny");
}

TEST(record, what_people_saw_is_kept_and_of_the_actions_own_body_its_digest) {
  const Sample sample;
  const std::string plan(10'000, 'x');
  const Evidence seen[] = {
      {"rows", "50"}, {"plan", plan}, {"body", "{\"pin\":1}", true}, {"diff", "why", false, true}};
  const Record record =
      written(Judged{.action = sample.action, .verdict = sample.allow, .evidence = seen});
  const json::Array& kept = *record.members.find("evidence")->array();
  EXPECT_EQ(kept[0].text_or("text", ""), "50");
  EXPECT_EQ(kept[0].find("sha256"), nullptr);
  EXPECT_EQ(kept[1].text_or("text", ""), plan.substr(0, evidence_text_bytes_max));
  EXPECT_EQ(kept[1].int_or("bytes", 0), 10'000);
  EXPECT_EQ(kept[2].find("text"), nullptr);
  EXPECT_EQ(kept[2].text_or("sha256", ""), to_hex(crypto::view(crypto::sha256("{\"pin\":1}"))));
  EXPECT_TRUE(kept[3].bool_or("failed", false));
}

TEST(record, an_ending_says_what_connecting_took_where_it_did_connect) {
  const Sample sample;
  EXPECT_EQ(written(Ended{sample.action.id, "ok", 1, "", 900, 400}).members.int_or("connect_us", -1), 400);
  EXPECT_EQ(written(Ended{sample.action.id, "ok", 1, "", 900}).members.find("connect_us"), nullptr);
}

TEST(record, parameters_are_shown_hidden_or_cut_as_told) {
  Sample sample;
  sample.action.parameters = {"4711", std::nullopt, std::string(5000, 'p')};
  const Record shown = written(Judged{.action = sample.action, .verdict = sample.allow});
  const json::Array& values = *shown.members.find("parameters")->array();
  EXPECT_EQ(*values[0].string(), "4711");
  EXPECT_TRUE(values[1].is_null());
  EXPECT_EQ(values[2].int_or("bytes", 0), 5000);
  EXPECT_EQ(values[2].text_or("sha256", ""), to_hex(crypto::view(crypto::sha256(std::string(5000, 'p')))));
  const Record hidden =
      written(Judged{.action = sample.action, .verdict = sample.allow, .parameters = Parameters::hidden});
  EXPECT_EQ(json::format(hidden.members).find("4711"), std::string::npos);
}

TEST(record, formatting_into_a_grown_buffer_keeps_the_buffer) {
  const Sample sample;
  const Entry entry = Judged{.action = sample.action, .verdict = sample.deny};
  std::string out;
  append_body(out, entry);
  const std::string first = out;
  const void* before = out.data();
  out.clear();
  append_body(out, entry);
  EXPECT_EQ(out, first);
  EXPECT_EQ(out.data(), before);
}

TEST(reader, a_segment_cut_anywhere_is_torn_or_ends_and_never_corrupt) {
  const Tape tape = short_tape();
  for (std::size_t cut = 0; cut < tape.bytes().size(); ++cut) {
    Reader reader(std::string_view(tape.bytes()).substr(0, cut), {});
    Step step = Step::record;
    while (step == Step::record) step = reader.next();
    const std::string_view rest = std::string_view(tape.bytes()).substr(reader.used(), cut - reader.used());
    const bool is_padding =
        rest.find_first_not_of('\0') == std::string_view::npos;  // A length begins with zeroes.
    EXPECT_EQ(step, is_padding ? Step::end : Step::torn) << cut;
  }
}

TEST(reader, an_unfinished_frame_before_padding_is_torn_wherever_the_writer_died) {
  const Tape tape = short_tape();
  for (std::size_t written = 0; written < 200; ++written) {
    std::string bytes =
        tape.bytes() + std::string(4, '\0') + std::string(written, 'w') + std::string(4096, '\0');
    Reader reader(bytes, {});
    Step step = Step::record;
    while (step == Step::record) step = reader.next();
    EXPECT_EQ(step, written == 0 ? Step::end : Step::torn) << written;
    EXPECT_EQ(reader.used(), tape.bytes().size());
  }
}

TEST(verify, an_honest_journal_is_intact) {
  Tape first = short_tape();
  Tape second(2, first.next(), first.last());
  second.note("three");
  second.checkpoint();
  const Findings findings = verified({first.bytes(), second.bytes()});
  EXPECT_TRUE(findings.intact()) << (findings.intact() ? "" : findings.problems.front());
  EXPECT_EQ(findings.records, 5u);
  EXPECT_EQ(findings.checkpoints, 2u);
  EXPECT_EQ(findings.signed_through, 4u);
  EXPECT_TRUE(findings.closed);
}

TEST(verify, a_flipped_bit_is_found_wherever_it_is) {
  const Tape tape = short_tape();
  for (std::size_t bit = 0; bit < tape.bytes().size() * 8; bit += 9) {  // Every byte, each time another bit.
    std::string changed = tape.bytes();
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    const Findings findings = verified({changed});
    // A length made longer than the file looks unfinished; then the last records are missing, and not closed.
    EXPECT_TRUE(!findings.intact() || (findings.unfinished_bytes > 0 && !findings.closed)) << bit;
  }
}

TEST(verify, records_cannot_be_made_up_without_the_key) {
  Tape forged;
  forged.note("nothing happened");
  forged.checkpoint();
  EXPECT_FALSE(verified({forged.bytes()}, crypto::generate_ed25519().public_key).intact());
}

TEST(verify, segments_cannot_be_swapped_dropped_or_repeated) {
  Tape first = short_tape();
  Tape second(2, first.next(), first.last());
  second.note("three");
  Tape third(3, second.next(), second.last());
  third.note("four");
  EXPECT_TRUE(verified({first.bytes(), second.bytes(), third.bytes()}).intact());
  EXPECT_FALSE(verified({first.bytes(), third.bytes()}).intact());
  EXPECT_FALSE(verified({first.bytes(), third.bytes(), second.bytes()}).intact());
  EXPECT_FALSE(verified({first.bytes(), second.bytes(), second.bytes()}).intact());
  EXPECT_FALSE(verified({}).intact());
}

TEST(verify, a_tail_cut_from_a_segment_that_is_continued_is_found) {
  Tape first = short_tape();
  Tape second(2, first.next(), first.last());
  EXPECT_FALSE(verified({first.bytes().substr(0, first.bytes().size() - 40), second.bytes()}).intact());
}

// What a reader sees of a segment, going on behind damage; `5+12` stands for a gap of 12 bytes from byte 5.
std::string read_on(std::string_view bytes) {
  Reader reader(bytes, {});
  std::string seen;
  for (;;) {
    const Step step = reader.next();
    if (step == Step::end) return seen;
    if (step == Step::record) {
      const auto record = parse_record(reader.payload());
      seen += record ? std::to_string(record->seq) + " " : "h ";
    } else if (const auto gap = reader.pick_up()) {
      seen += std::to_string(gap->offset) + "+" + std::to_string(gap->bytes) + " ";
    } else {
      return seen + (step == Step::torn ? "torn" : "corrupt");
    }
  }
}

Tape five() {
  Tape tape;
  for (const char* text : {"one", "two", "three", "four", "five"}) tape.note(text);
  return tape;
}

TEST(reader, goes_on_behind_damage_where_the_chain_holds_again) {
  const Tape tape = five();
  const std::vector<std::size_t>& at = tape.starts();
  const auto gap = [&](std::size_t from, std::size_t to) {
    return std::to_string(at[from]) + "+" + std::to_string(at[to] - at[from]) + " ";
  };
  const auto changed = [&](std::size_t offset, std::size_t count) {
    std::string bytes = tape.bytes();
    for (std::size_t i = 0; i < count; ++i) bytes[offset + i] = static_cast<char>(bytes[offset + i] ^ 0x55);
    return read_on(bytes);
  };
  EXPECT_EQ(read_on(tape.bytes()), "h 1 2 3 4 5 ");
  EXPECT_EQ(changed(at[2] + 60, 1), "h 1 " + gap(2, 3) + "3 4 5 ") << "a byte of text";
  EXPECT_EQ(changed(at[2], 4), "h 1 " + gap(2, 3) + "3 4 5 ") << "a length";
  EXPECT_EQ(changed(at[2], 40), "h 1 " + gap(2, 4) + "4 5 ") << "its hash too: the next has nothing to fit";
  EXPECT_EQ(changed(at[0] + 50, 1), gap(0, 1) + "1 2 3 4 5 ") << "the header";
  EXPECT_EQ(changed(at[2] + 50, at[5] - at[2]), "h 1 corrupt") << "one frame alone shows nothing";
  std::string shorter = tape.bytes();
  shorter.erase(at[2] + 50, 7);  // No whole words.
  EXPECT_EQ(read_on(shorter),
            "h 1 " + std::to_string(at[2]) + "+" + std::to_string(at[3] - 7 - at[2]) + " 3 4 5 ");
  std::string zeroed = tape.bytes();
  zeroed.replace(at[2], at[3] - at[2], at[3] - at[2], '\0');
  EXPECT_EQ(read_on(zeroed), "h 1 " + gap(2, 4) + "4 5 ");
}

TEST(reader, whatever_byte_is_changed_only_its_neighbours_are_lost) {
  const Tape tape = five();
  for (std::size_t i = 0; i < tape.bytes().size(); i += 5) {
    std::string bytes = tape.bytes();
    bytes[i] = static_cast<char>(bytes[i] ^ 0x11);
    const std::string seen = read_on(bytes);
    std::size_t lost = 0;
    for (const char* each : {"1 ", "2 ", "3 ", "4 ", "5 "}) {
      lost += (" " + seen).find(std::string(" ") + each) == std::string::npos ? 1 : 0;
    }
    EXPECT_LE(lost, 2U) << i << ": " << seen;
    Verifier verifier({Tape::key().public_key});
    verifier.segment(bytes);
    const Findings findings = verifier.finish();
    EXPECT_TRUE(!findings.intact() || findings.unfinished_bytes > 0) << i;
  }
}

// Bytes made to look like frames, each of which would have all the others hashed.
TEST(reader, looking_for_the_chain_has_an_end) {
  std::string bytes = five().bytes();
  bytes.resize(bytes.size() - 10);
  for (int i = 0; i < 200; ++i) {
    std::string frame;
    Writer writer(frame);
    writer.u32(64 << 10);
    bytes += frame + std::string(hash_bytes, 'x') + "{\"";
  }
  bytes.resize(bytes.size() + (256 << 10), '{');
  EXPECT_TRUE(read_on(bytes).ends_with("corrupt") || read_on(bytes).ends_with("torn"));
}

TEST(verify, what_the_gateway_removed_is_told_from_what_somebody_did) {
  Tape first = short_tape();
  const auto second = [&](std::uint64_t through, const std::string& hash) {
    Tape tape(2, first.next(), first.last());
    tape.remove(through, hash);
    tape.checkpoint();
    return verified({tape.bytes()});
  };
  const std::string hash = to_hex(crypto::view(first.last()));
  const Findings told = second(first.next() - 1, hash);
  EXPECT_TRUE(told.intact());
  EXPECT_EQ(told.first, first.next());
  EXPECT_EQ(told.removed_through + 1, told.first);
  EXPECT_FALSE(second(first.next() - 1, std::string(64, '0')).intact()) << "other records were before";
  EXPECT_FALSE(second(first.next(), hash).intact()) << "itself is not removed";
  Tape silent(2, first.next(), first.last());
  silent.note("three");
  EXPECT_EQ(verified({silent.bytes()}).removed_through, 0U);
}

TEST(query, each_member_of_a_filter_narrows) {
  const Sample sample;
  const Record record = written(Judged{.action = sample.action, .verdict = sample.deny});
  EXPECT_TRUE(matches({}, record));
  EXPECT_TRUE(matches({.agent = "oncall", .verdict = "deny", .text = "delete FROM"}, record));
  EXPECT_FALSE(matches({.agent = "other"}, record));
  EXPECT_FALSE(matches({.kind = "held"}, record));
  EXPECT_FALSE(matches({.rule = "reads"}, record));
  EXPECT_FALSE(matches({.text = "truncate"}, record));
  EXPECT_TRUE(matches({.since_us = noon_us}, record));
  EXPECT_FALSE(matches({.until_us = noon_us}, record));
}

TEST(query, an_ending_is_found_with_its_action) {
  const Sample sample;
  const Record judged = written(Judged{.action = sample.action, .verdict = sample.allow});
  const Record ended = written(Ended{sample.action.id, "ok"});
  Search found({.agent = "oncall"});
  EXPECT_TRUE(found.matches(judged));
  EXPECT_TRUE(found.matches(ended));
  Search other({.agent = "nobody"});
  EXPECT_FALSE(other.matches(judged));
  EXPECT_FALSE(other.matches(ended));
  Search endings({.kind = "ended", .agent = "oncall"});
  EXPECT_FALSE(endings.matches(judged));
  EXPECT_TRUE(endings.matches(ended));
}

TEST(ocsf, a_denied_delete_is_a_blocked_datastore_activity) {
  const Sample sample;
  Ocsf ocsf;
  std::string out;
  ocsf.record(written(Judged{.action = sample.action, .verdict = sample.deny}), out);
  const json::Value event = json::parse(out).value();
  EXPECT_EQ(event.int_or("class_uid", 0), 6005);
  EXPECT_EQ(event.int_or("category_uid", 0), 6);
  EXPECT_EQ(event.int_or("activity_id", 0), 7);
  EXPECT_EQ(event.int_or("type_uid", 0), 600507);
  EXPECT_EQ(event.int_or("action_id", 0), 2);
  EXPECT_EQ(event.int_or("status_id", 0), 2);
  EXPECT_EQ(event.int_or("time", 0), noon_us / 1000);
  EXPECT_EQ(event.find("metadata")->text_or("version", ""), "1.8.0");
  EXPECT_EQ(event.find("query_info")->text_or("query_string", ""), "DELETE FROM orders");
  EXPECT_EQ(event.find("src_endpoint")->text_or("ip", ""), "10.0.0.7");
}

TEST(ocsf, an_allowed_action_waits_for_its_ending) {
  const Sample sample;
  Ocsf ocsf;
  std::string out;
  ocsf.record(written(Judged{.action = sample.action, .verdict = sample.allow}), out);
  EXPECT_TRUE(out.empty());
  ocsf.record(written(Ended{sample.action.id, "ok", 3, "DELETE 3", 1500}), out);
  EXPECT_EQ(json::parse(out).value().int_or("status_id", 0), 1);
  out.clear();
  ocsf.record(written(Judged{.action = sample.action, .verdict = sample.allow}), out);
  ocsf.finish(out);
  EXPECT_EQ(json::parse(out).value().int_or("status_id", -1), 0);
}

TEST(memory_sink, fails_when_told_to) {
  MemorySink sink;
  EXPECT_EQ(*sink.append(Gateway{"started"}), 1u);
  sink.fail(true);
  EXPECT_FALSE(sink.append(Gateway{"stopped"}).ok());
  EXPECT_EQ(sink.records().size(), 1u);
}

}  // namespace claw::audit
