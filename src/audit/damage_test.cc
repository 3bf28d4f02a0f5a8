#include "audit/damage.h"

#include <gtest/gtest.h>

#include "audit/tape.h"
#include "audit/verify.h"

namespace claw::audit {

namespace {

Findings verified(const std::vector<std::string>& segments, std::vector<Anchor> anchors = {}) {
  Verifier verifier({Tape::key().public_key});
  for (const Anchor& anchor : anchors) verifier.expect(anchor);
  for (const std::string& segment : segments) verifier.segment(segment);
  return verifier.finish();
}

Damage damage_of(const std::vector<std::string>& segments) {
  const Findings findings = verified(segments);
  EXPECT_FALSE(findings.intact());
  return findings.damage.value_or(Damage{});
}

Tape seven() {
  Tape tape;
  for (const char* text : {"one", "two", "three", "four", "five", "six"}) tape.note(text);
  tape.checkpoint();
  return tape;
}

std::string frame(const Tape& tape, std::size_t at) {
  const std::size_t start = tape.starts()[at];
  const std::size_t end = at + 1 < tape.starts().size() ? tape.starts()[at + 1] : tape.bytes().size();
  return tape.bytes().substr(start, end - start);
}

}  // namespace

TEST(damage, each_kind_is_told_from_the_others) {
  const Tape tape = seven();
  const auto& at = tape.starts();
  std::string changed = tape.bytes();
  changed[at[3] + 60] ^= 1;
  Damage told = damage_of({changed});
  EXPECT_EQ(told.kind, "changed") << told.what;
  EXPECT_EQ(told.segment, 1U);
  EXPECT_EQ(told.offset, at[3]);
  EXPECT_EQ(told.after, 2U);
  EXPECT_EQ(told.before, 4U);
  std::string hash = tape.bytes();
  hash[at[3] + 10] ^= 1;
  EXPECT_EQ(damage_of({hash}).kind, "hash_changed");
  std::string length = tape.bytes();
  length[at[3] + 2] ^= 0x40;
  EXPECT_EQ(damage_of({length}).kind, "length_changed");
  std::string removed = tape.bytes();
  removed.erase(at[3], at[5] - at[3]);
  told = damage_of({removed});
  EXPECT_EQ(told.kind, "removed");
  EXPECT_NE(told.what.find("records 3 to 4"), std::string::npos) << told.what;
  std::string inserted = tape.bytes();
  inserted.insert(at[3], frame(tape, 1));
  EXPECT_EQ(damage_of({inserted}).kind, "inserted");
  const std::string swapped = tape.bytes().substr(0, at[3]) + frame(tape, 4) + frame(tape, 3) +
                              tape.bytes().substr(at[5]);
  EXPECT_EQ(damage_of({swapped}).kind, "reordered");
  std::string header = tape.bytes();
  header[80] ^= 1;
  EXPECT_EQ(damage_of({header}).kind, "header_changed");
}

TEST(damage, of_whole_segments) {
  const Tape first = seven();
  Tape second(2, first.next(), first.last());
  second.note("later");
  Tape third(3, second.next(), second.last());
  third.note("last");
  EXPECT_EQ(damage_of({first.bytes(), third.bytes()}).kind, "segment_missing");
  EXPECT_EQ(damage_of({first.bytes(), second.bytes(), second.bytes()}).kind, "reordered");
  const std::string cut = first.bytes().substr(0, first.starts()[5]);
  const Damage told = damage_of({cut, second.bytes()});
  EXPECT_EQ(told.kind, "truncated");
  EXPECT_NE(told.what.find("records up to 7"), std::string::npos) << told.what;
  EXPECT_FALSE(told.advice.empty());
}

TEST(damage, a_journal_written_anew_with_another_key) {
  Verifier verifier({crypto::generate_ed25519().public_key});
  verifier.segment(seven().bytes());
  EXPECT_EQ(verifier.finish().damage->kind, "other_key");
}

// A length of zero, or one beyond the end, makes everything behind it look like one unfinished record.
TEST(damage, records_cannot_be_hidden_behind_a_length) {
  const Tape tape = seven();
  for (std::size_t at = 1; at < tape.starts().size(); ++at) {
    for (const std::string& length : {std::string(4, '\0'), std::string("\x00\x3f\xff\xf0", 4)}) {
      std::string bytes = tape.bytes();
      bytes.replace(tape.starts()[at], 4, length);
      EXPECT_FALSE(verified({bytes}).intact()) << at;
      EXPECT_FALSE(verified({bytes + std::string(4096, '\0')}).intact()) << at;
    }
  }
}

TEST(damage, every_byte_of_a_closed_journal_counts) {
  const Tape first = seven();
  Tape second(2, first.next(), first.last());
  second.note("later");
  second.remove(3, std::string(64, '0'));
  second.checkpoint();
  const std::vector<std::string> segments = {first.bytes(), second.bytes()};
  ASSERT_TRUE(verified(segments).intact());
  for (std::size_t of = 0; of < 2; ++of) {
    for (std::size_t i = 0; i < segments[of].size(); ++i) {
      std::vector<std::string> changed = segments;
      changed[of][i] = static_cast<char>(changed[of][i] ^ (1 << i % 8));
      const Findings findings = verified(changed);
      EXPECT_FALSE(findings.intact()) << of << " " << i;
      EXPECT_TRUE(findings.damage.has_value()) << of << " " << i;
    }
  }
}

TEST(damage, points_kept_elsewhere) {
  const Tape tape = seven();
  Anchor anchor{7, tape.last()};
  EXPECT_TRUE(verified({tape.bytes()}, {anchor}).intact());
  EXPECT_FALSE(verified({tape.bytes().substr(0, tape.starts()[7])}, {anchor}).intact()) << "cut";
  anchor.hash[0] ^= 1;
  EXPECT_FALSE(verified({tape.bytes()}, {anchor}).intact()) << "another";
  Tape second(2, tape.next(), tape.last());
  second.note("later");
  EXPECT_FALSE(verified({second.bytes()}, {Anchor{3, {}}}).intact()) << "it went, and nobody says why";
  EXPECT_TRUE(verified({second.bytes()}, {Anchor{7, tape.last()}}).intact()) << "the last that went is known";
}

}  // namespace claw::audit
