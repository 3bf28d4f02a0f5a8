#include "protocol/http/edit/redact.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/text.h"
#include "protocol/http/edit/known_patterns.h"
#include "protocol/http/edit/spellings.h"

namespace claw::http {
namespace {

using namespace std::string_view_literals;

std::vector<Secret> secrets_of(const std::vector<std::string>& texts) {
  std::vector<Secret> secrets;
  for (const std::string& text : texts) secrets.emplace_back(std::string(text));
  return secrets;
}

std::shared_ptr<const Patterns> patterns_of(const std::vector<std::string>& texts) {
  return make_patterns(secrets_of(texts));
}

std::string whole(const std::vector<std::string>& texts, std::string_view text) {
  return Redactor::whole(*patterns_of(texts), text);
}

struct Outcome {
  std::string text;
  std::size_t hits = 0;
};

Outcome in_slices(const std::shared_ptr<const Patterns>& patterns, std::string_view text, std::size_t slice) {
  Redactor redactor(patterns);
  Outcome outcome;
  for (std::size_t at = 0; at < text.size(); at += slice) {
    outcome.text += redactor.pass(std::string(text.substr(at, slice)));  // Dies before the next.
  }
  outcome.text += redactor.finish();
  outcome.hits = redactor.hits();
  return outcome;
}

// Every byte that belongs to any occurrence of any spelling, found in the plainest way there is.
Outcome oracle(const std::vector<std::string>& texts, std::string_view text) {
  std::vector<std::string> spellings;
  for (const std::string& secret : texts) {
    if (secret.size() < 6) continue;
    for (const Secret& spelling : spellings_of(secret)) spellings.emplace_back(spelling.reveal());
  }
  std::sort(spellings.begin(), spellings.end());
  spellings.erase(std::unique(spellings.begin(), spellings.end()), spellings.end());
  Outcome outcome{std::string(text), 0};
  for (const std::string& spelling : spellings) {
    for (std::size_t at = text.find(spelling); at != text.npos; at = text.find(spelling, at + 1)) {
      ++outcome.hits;
      for (std::size_t i = 0; i < spelling.size(); ++i) outcome.text[at + i] = '*';
    }
  }
  return outcome;
}

void check_all_slicings(const std::vector<std::string>& texts, std::string_view text) {
  const auto patterns = patterns_of(texts);
  const Outcome expected = oracle(texts, text);
  EXPECT_EQ(Redactor::whole(*patterns, text), expected.text) << text;
  for (const std::size_t slice : {1u, 2u, 3u, 5u, 7u, 16u, 31u, 1000u}) {
    const Outcome outcome = in_slices(patterns, text, slice);
    ASSERT_EQ(outcome.text, expected.text) << slice << ": " << text;
    ASSERT_EQ(outcome.hits, expected.hits) << slice << ": " << text;
  }
}

const std::string token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

TEST(redact, hides_a_secret_wherever_it_stands) {
  const std::string stars(token.size(), '*');
  EXPECT_EQ(whole({token}, token), stars);
  EXPECT_EQ(whole({token}, "a" + token + "b" + token), "a" + stars + "b" + stars);
  EXPECT_EQ(whole({token}, token.substr(1)), token.substr(1));
  EXPECT_EQ(whole({token}, token.substr(0, token.size() - 1)), token.substr(0, token.size() - 1));
  for (std::size_t before = 0; before < 40; ++before) {
    check_all_slicings({token}, std::string(before, 'g') + token + std::string(before, 'x'));
  }
}

TEST(redact, hides_overlapping_secrets_whole) {
  EXPECT_EQ(whole({"abcdef", "defghi"}, "xabcdefghix"), "x*********x");
  EXPECT_EQ(whole({"aaaaaa"}, "baaaaaaaab"), "b********b");
  for (const std::string_view text : {"abcdefghi"sv, "abcdefghabcdefghi"sv, "abcdefabcdefghidefgh"sv}) {
    check_all_slicings({"abcdef", "defghi", "cdefghijkl"}, text);
  }
  check_all_slicings({"aaaaaaa", "aaabaaa"}, "aaaaaaabaaaabaaaaaaaaaaaabaaabaaa");
}

TEST(redact, looks_not_for_short_secrets) {
  EXPECT_EQ(whole({"12345", "", "abc"}, "12345 abc"), "12345 abc");
  EXPECT_EQ(whole({"12345", "secret"}, "12345 secret"), "12345 ******");
}

TEST(redact, finds_base64_at_every_alignment) {
  for (const std::string& secret :
       {token, std::string("s3cr3t"), std::string("\xfb\xff\xbf\xfe\xff\xfb\xef\xbe", 8)}) {
    for (std::size_t before = 0; before < 6; ++before) {
      for (std::size_t after = 0; after < 4; ++after) {
        const std::string encoded =
            to_base64(std::string(before, 'b') + secret + std::string(after, 'a'));
        const std::string hidden = whole({secret}, encoded);
        // Only characters that other bytes share may stay: one at either edge.
        const std::size_t first = (before * 8 + 5) / 6;
        const std::size_t end = (before + secret.size()) * 8 / 6;
        for (std::size_t i = first; i < end; ++i) EXPECT_EQ(hidden[i], '*') << hidden;
        std::string url = encoded;
        std::replace(url.begin(), url.end(), '+', '-');
        std::replace(url.begin(), url.end(), '/', '_');
        const std::string hidden_url = whole({secret}, url);
        for (std::size_t i = first; i < end; ++i) EXPECT_EQ(hidden_url[i], '*') << hidden_url;
        check_all_slicings({secret}, encoded);
      }
    }
  }
}

TEST(redact, finds_what_encoders_make_of_it) {
  const std::string secret = "p&ss/w rd+\"<\xc3\xbc\xf0\x9f\x90\xbe>'=\n\x01";
  const std::string_view spelt[] = {
      // encodeURIComponent, encodeURI, quote_plus, a path segment; in lower case, too.
      "p%26ss%2Fw%20rd%2B%22%3C%C3%BC%F0%9F%90%BE%3E'%3D%0A%01",
      "p&ss/w%20rd+%22%3C%C3%BC%F0%9F%90%BE%3E'=%0A%01",
      "p%26ss%2Fw+rd%2B%22%3C%C3%BC%F0%9F%90%BE%3E%27%3D%0A%01",
      "p&ss%2Fw%20rd+%22%3C%C3%BC%F0%9F%90%BE%3E'=%0A%01",
      "p%26ss%2fw%20rd%2b%22%3c%c3%bc%f0%9f%90%be%3e%27%3d%0a%01",
      // JavaScript, PHP, Python, Go, Gson, System.Text.Json.
      "p&ss/w rd+\\\"<\xc3\xbc\xf0\x9f\x90\xbe>'=\\n\\u0001",
      "p&ss\\/w rd+\\\"<\\u00fc\\ud83d\\udc3e>'=\\n\\u0001",
      "p&ss/w rd+\\\"<\\u00fc\\ud83d\\udc3e>'=\\n\\u0001",
      "p\\u0026ss/w rd+\\\"\\u003c\xc3\xbc\xf0\x9f\x90\xbe\\u003e'=\\n\\u0001",
      "p\\u0026ss/w rd+\\\"\\u003c\xc3\xbc\xf0\x9f\x90\xbe\\u003e\\u0027\\u003d\\n\\u0001",
      "p\\u0026ss/w rd\\u002B\\u0022\\u003C\\u00FC\\uD83D\\uDC3E\\u003E\\u0027=\\n\\u0001",
      "702673732f772072642b223cc3bcf09f90be3e273d0a01", "702673732F772072642B223CC3BCF09F90BE3E273D0A01"};
  for (const std::string_view text : spelt) {
    EXPECT_EQ(whole({secret}, text), std::string(text.size(), '*')) << text;
    check_all_slicings({secret}, "[" + std::string(text) + "]");
  }
}

TEST(redact, spells_a_plain_token_in_few_ways) {
  EXPECT_LE(spellings_of(token).size(), 10u);
  EXPECT_LE(spellings_of("p&ss/w rd+\"<\xc3\xbc>'=\n").size(), 36u);
  for (const Secret& spelling : spellings_of("abcdef")) EXPECT_GE(spelling.size(), 6u);
  EXPECT_FALSE(spellings_of("\xff\xfe\xfd\xfc\xfb\xfa").empty());  // No UTF-8: spelt as bytes.
}

TEST(redact, passes_on_at_once_what_is_no_beginning) {
  const auto patterns = patterns_of({token});
  Redactor redactor(patterns);
  const std::string event = "data: {\"delta\":\"hello\"}\n\n";
  const std::string_view passed = redactor.pass(event);
  EXPECT_EQ(passed.data(), event.data());  // A view: nothing was copied.
  EXPECT_EQ(passed, event);
  const std::string ends_badly = "data: ghp_16";
  EXPECT_EQ(redactor.pass(ends_badly), "data: ");
  EXPECT_EQ(redactor.pass("hello\n\n"), "ghp_16hello\n\n");  // It was none.
  EXPECT_EQ(redactor.finish(), "");
  EXPECT_EQ(redactor.hits(), 0u);
}

TEST(redact, holds_back_no_more_than_a_beginning) {
  const auto patterns = patterns_of({token});
  Redactor redactor(patterns);
  std::size_t given = 0;
  std::size_t passed = 0;
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string chunk(1 + random() % 50, 'g');
    if (i % 3 == 0) chunk += token.substr(0, random() % token.size());
    given += chunk.size();
    passed += redactor.pass(chunk).size();
    ASSERT_LT(given - passed, 2 * token.size());  // Hexadecimal is the longest spelling.
  }
}

TEST(redact, gives_at_the_end_what_it_held) {
  const auto patterns = patterns_of({token, "16C7e42F"});
  Redactor redactor(patterns);
  EXPECT_EQ(redactor.pass("x" + token.substr(0, 15)), "x");
  EXPECT_EQ(redactor.finish(), "ghp_********292");  // The other secret stood within.
  EXPECT_EQ(redactor.hits(), 1u);
  EXPECT_EQ(redactor.finish(), "");
}

TEST(redact, a_pause_does_not_keep_back_what_tells_nothing) {
  const std::string secret = "upstream-secret-0123456789";
  for (std::size_t cut = 1; cut < secret.size(); ++cut) {
    Redactor redactor(patterns_of({secret}));
    std::string text(redactor.pass("record " + secret.substr(0, cut)));
    text += redactor.release();
    EXPECT_EQ(text.size(), 7 + (cut < 6 ? cut : 0)) << cut;
    text += redactor.pass(secret.substr(cut) + " end");
    text += redactor.finish();
    const std::size_t shown = cut < 6 ? cut : 0;
    EXPECT_EQ(text, "record " + secret.substr(0, shown) + std::string(secret.size() - shown, '*') + " end");
    EXPECT_EQ(redactor.hits(), 1u);
  }
}

TEST(redact, a_secret_that_drips_shows_five_bytes_at_most) {
  const std::string secret = "upstream-secret-0123456789";
  Redactor redactor(patterns_of({secret}));
  std::string text;
  for (const char c : secret) {
    text += redactor.pass(std::string(1, c));
    text += redactor.release();
  }
  text += redactor.finish();
  EXPECT_EQ(text, "upstr" + std::string(secret.size() - 5, '*'));
}

TEST(redact, with_no_secrets_gives_views) {
  Redactor redactor(patterns_of({}));
  const std::string text = "anything";
  EXPECT_EQ(redactor.pass(text).data(), text.data());
  EXPECT_EQ(redactor.finish(), "");
  Redactor moved(std::move(redactor));
  EXPECT_EQ(moved.pass(text), text);
}

// Few letters, so that beginnings, repetitions and overlaps abound.
TEST(redact, agrees_with_the_oracle_on_anything) {
  std::mt19937 random(20240711);
  const auto word = [&](std::size_t size, unsigned letters) {
    std::string out(size, 'a');
    for (char& c : out) c = static_cast<char>('a' + random() % letters);
    return out;
  };
  for (int round = 0; round < 400; ++round) {
    std::vector<std::string> secrets;
    const unsigned letters = 1 + random() % 3;
    for (std::size_t i = 0; i < 1 + random() % 4; ++i) secrets.push_back(word(6 + random() % 20, letters));
    std::string text = word(random() % 60, letters);
    for (std::size_t i = 0; i < random() % 5; ++i) {
      const std::string& secret = secrets[random() % secrets.size()];
      const std::string spelt = random() % 3 == 0 ? to_base64(word(random() % 3, letters) + secret) : secret;
      text += spelt.substr(0, random() % 4 == 0 ? random() % spelt.size() : spelt.size());
      text += word(random() % 8, letters);
    }
    check_all_slicings(secrets, text);
  }
}

TEST(Redact, a_search_is_built_once_for_the_same_secrets) {
  KnownPatterns known;
  const auto of = [&known](std::string credential, const std::vector<std::string>& texts) {
    action::Edits edits;
    edits.credential = std::move(credential);
    edits.hidden = secrets_of(texts);
    return known.of(edits);
  };
  const auto first = of("key", {"first-secret"});
  EXPECT_EQ(of("key", {"first-secret"}), first);
  EXPECT_EQ(Redactor::whole(*of("other", {"other-secret"}), "first-secret other-secret"),
            "first-secret ************");
  EXPECT_EQ(of("key", {"first-secret"}), first);
  const auto second = of("key", {"second-secret"});  // It was rotated.
  EXPECT_EQ(Redactor::whole(*second, "first-secret second-secret"), "first-secret *************");
}

}  // namespace
}  // namespace claw::http
