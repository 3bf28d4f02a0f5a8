#include <gtest/gtest.h>

#include <thread>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/cursor.h"
#include "base/id.h"
#include "base/json.h"
#include "base/metrics.h"
#include "base/text.h"
#include "base/writer.h"

namespace claw {
namespace {

TEST(Cursor, fails_once_and_for_good) {
  Cursor cursor(std::string_view("\x01\x02\x03", 3));
  EXPECT_EQ(cursor.u16(), 0x0102);
  EXPECT_EQ(cursor.u32(), 0u);
  EXPECT_FALSE(cursor.ok());
  EXPECT_EQ(cursor.u8(), 0u);
  EXPECT_FALSE(cursor.done());
}

TEST(Cursor, reads_what_the_writer_wrote) {
  std::string bytes;
  Writer writer(bytes);
  const std::size_t hole = writer.hole32();
  writer.text("user");
  writer.i16(-2);
  writer.fill32(hole, static_cast<std::uint32_t>(writer.size()));
  Cursor cursor(bytes);
  EXPECT_EQ(cursor.u32(), 11u);
  EXPECT_EQ(cursor.text(), "user");
  EXPECT_EQ(cursor.i16(), -2);
  EXPECT_TRUE(cursor.done());
}

TEST(Text, utf8_refuses_overlongs_and_surrogates) {
  EXPECT_TRUE(is_utf8("grüße \xF0\x9F\x90\xBE"));
  EXPECT_FALSE(is_utf8("\xC0\xAF"));
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(is_utf8("\xE2\x82"));
  for (std::size_t before = 0; before < 70; ++before) {  // Wherever it lies in a block.
    for (std::size_t after = 0; after < 70; after += 23) {
      const std::string front(before, 'a');
      const std::string back(after, 'z');
      EXPECT_TRUE(is_utf8(front + "\xF0\x9F\x90\xBE" + back));
      EXPECT_FALSE(is_utf8(front + "\xC0\xAF" + back));
      EXPECT_FALSE(is_utf8(front + "\xE2\x82" + back));
      EXPECT_FALSE(is_utf8(front + "\x80" + back));
    }
  }
}

TEST(Text, foreign_text_cannot_repaint_a_terminal) {
  EXPECT_EQ(quoted("a\x1b[2Jb"), "`a\\x1b[2Jb`");
  EXPECT_EQ(quoted("\xE2\x80\xAE"), "`\\xe2\\x80\\xae`");
}

TEST(Text, nearest_name_is_close_or_nothing) {
  const std::vector<std::string> names{"priority", "condition", "verdict"};
  EXPECT_EQ(nearest("conditon", names), "condition");
  EXPECT_EQ(nearest("zebra", names), std::nullopt);
}

TEST(Text, sizes) {
  EXPECT_EQ(*parse_size("1024"), 1024u);
  EXPECT_EQ(*parse_size("1MiB"), 1048576u);
  EXPECT_EQ(*parse_size("2k"), 2048u);
  EXPECT_FALSE(parse_size("-1").ok());
  EXPECT_FALSE(parse_size("99999999999T").ok());
}

TEST(Text, base64_is_strict) {
  EXPECT_EQ(*from_base64(to_base64(std::string("\0\xFFx", 3))), std::string("\0\xFFx", 3));
  EXPECT_EQ(*from_base64("YQ=="), "a");
  EXPECT_FALSE(from_base64("YQ").ok());
  EXPECT_FALSE(from_base64("Y===").ok());
  EXPECT_FALSE(from_base64(" YQ=").ok());
}

TEST(Clock, formats_and_parses) {
  EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(*parse_time("2027-01-15T08:00:00.25Z"), *parse_time("2027-01-15T08:00:00Z") + 250'000);
  EXPECT_EQ(format_time(*parse_time("2027-01-15T08:00:01.000002Z")), "2027-01-15T08:00:01.000002Z");
  EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_time(-86'400'000'001), "1969-12-30T23:59:59.999999Z");
  EXPECT_EQ(format_time(999'999), "1970-01-01T00:00:00.999999Z");
  EXPECT_EQ(format_time(1'000'000), "1970-01-01T00:00:01.000000Z");
  EXPECT_FALSE(parse_time("2027-02-30T00:00:00Z").ok());
  EXPECT_EQ(*parse_duration_us("1h30m"), 5'400'000'000);
  EXPECT_EQ(*parse_duration_us("1.5ms"), 1500);
  EXPECT_FALSE(parse_duration_us("5").ok());
  EXPECT_FALSE(parse_duration_us("-5s").ok());
}

TEST(Json, refuses_what_two_readers_read_differently) {
  EXPECT_FALSE(json::parse(R"({"a":1,"a":2})").ok());
  EXPECT_FALSE(json::parse(R"({"a":1} x)").ok());
  EXPECT_FALSE(json::parse("[1,]").ok());
  EXPECT_FALSE(json::parse("\"\xFF\"").ok());
  EXPECT_FALSE(json::parse(std::string(200, '[') + std::string(200, ']')).ok());
}

TEST(Json, refuses_a_duplicate_in_a_large_object) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":1,";
  EXPECT_FALSE(json::parse(text + "\"k3\":2}").ok());
  EXPECT_TRUE(json::parse(text + "\"k100\":2}").ok());
}

TEST(Json, keeps_numbers_as_written) {
  const json::Value value = *json::parse(R"([1.10, 123456789012345678901234567890, -0])");
  EXPECT_EQ(json::format(value), "[1.10,123456789012345678901234567890,-0]");
}

TEST(Json, writes_what_it_reads) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("text", "a\"\n\x01\xFF");
  writer.member("list", std::vector<std::string>{"x", "y"});
  writer.key("nested");
  writer.begin_object();
  writer.end_object();
  writer.end_object();
  const json::Value value = *json::parse(out);
  EXPECT_EQ(value.text_or("text", ""), "a\"\n\x01\xEF\xBF\xBD");
  EXPECT_EQ(value.find("list")->array()->size(), 2u);
}

// Text is looked at eight bytes at a time: each byte value at every place among plain ones.
TEST(Json, escapes_any_byte_anywhere) {
  std::string empty;
  json::append_string(empty, {});
  EXPECT_EQ(empty, "\"\"");
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t length = 1; length <= 18; ++length) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, 'p');
        text[at] = static_cast<char>(byte);
        std::string out;
        json::append_string(out, text);
        const auto read = json::parse(out);
        ASSERT_TRUE(read.ok()) << out;
        ASSERT_EQ(*read->string(), byte < 0x80 ? text : text.replace(at, 1, "\xEF\xBF\xBD")) << byte;
        ASSERT_EQ(out.size() > length + 2, byte < 0x20 || byte > 0x7E || byte == '"' || byte == '\\') << byte;
      }
    }
  }
}

TEST(Crypto, known_answers) {
  // FIPS 180-4 example, RFC 4231 test case 2, RFC 7677 §3 salted password.
  EXPECT_EQ(to_hex(crypto::view(crypto::sha256("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(crypto::view(crypto::hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(crypto::sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(crypto::md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
}

TEST(Crypto, a_hasher_starts_over) {
  crypto::Sha256 hasher;
  for (const std::size_t cut : {0UL, 1UL, 63UL, 64UL, 65UL, 200UL}) {
    const std::string text(200, 'x');
    hasher.update(std::string_view(text).substr(0, cut));
    hasher.update(std::string_view(text).substr(cut));
    EXPECT_EQ(hasher.finish(), crypto::sha256(text)) << cut;
  }
}

TEST(Crypto, signatures_verify_only_what_was_signed) {
  const crypto::KeyPair pair = crypto::generate_ed25519();
  const std::string signature = *crypto::sign_ed25519(pair.private_key, "record");
  EXPECT_TRUE(crypto::verify_ed25519(pair.public_key, "record", signature));
  EXPECT_FALSE(crypto::verify_ed25519(pair.public_key, "Record", signature));
}

TEST(Secret, equals_only_itself) {
  const Secret secret(std::string("hunter2"));
  EXPECT_TRUE(secret.equals("hunter2"));
  EXPECT_FALSE(secret.equals("hunter3"));
  EXPECT_FALSE(secret.equals("hunter22"));
}

TEST(Id, sorts_by_time_and_never_repeats) {
  const Id early = make_id(1'000'000'000);
  const Id late = make_id(2'000'000'000);
  EXPECT_LT(early.view(), late.view());
  EXPECT_NE(make_id(5).view(), make_id(5).view());
  EXPECT_EQ(early.view()[14], '7');
}

TEST(Metrics, counts_once_per_name_and_labels) {
  metrics::Registry registry;
  registry.counter("claw_actions_total", "Actions judged.", {{"verdict", "allow"}}).add();
  registry.counter("claw_actions_total", "Actions judged.", {{"verdict", "allow"}}).add(2);
  EXPECT_NE(registry.text().find("claw_actions_total{verdict=\"allow\"} 3"), std::string::npos);
}

TEST(Metrics, histograms_count_into_buckets_from_any_thread) {
  metrics::Registry registry;
  const auto get = [&] { return registry.histogram("claw_x_seconds", "X.", {1, 2}, {{"endpoint", "db"}}); };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([histogram = get()]() mutable {
      for (int n = 0; n < 1000; ++n) {
        for (const double value : {0.5, 1.0, 1.5, 4.0}) histogram.observe(value);
      }
    });
  }
  for (std::thread& each : threads) each.join();
  const std::string text = registry.text();
  for (const char* line :
       {"# HELP claw_x_seconds X.\n", "# TYPE claw_x_seconds histogram\n",
        "claw_x_seconds_bucket{endpoint=\"db\",le=\"1\"} 8000\n",
        "claw_x_seconds_bucket{endpoint=\"db\",le=\"2\"} 12000\n",
        "claw_x_seconds_bucket{endpoint=\"db\",le=\"+Inf\"} 16000\n",
        "claw_x_seconds_count{endpoint=\"db\"} 16000\n", "claw_x_seconds_sum{endpoint=\"db\"} 28000\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace claw
