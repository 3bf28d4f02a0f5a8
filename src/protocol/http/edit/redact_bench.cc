// How fast answers pass when nothing is to be hidden: JSON, prose, base64, hexadecimal and noise, in chunks
// of 16 KiB, with the spellings of one token (6 patterns) and of five (30).
#include <benchmark/benchmark.h>

#include <random>

#include "base/text.h"
#include "protocol/http/edit/redact.h"

namespace claw::http {
namespace {

constexpr std::size_t chunk_bytes = 16 * 1024;

std::string repeated(std::string_view text) {
  std::string out;
  while (out.size() < chunk_bytes) out += text;
  return out.substr(0, chunk_bytes);
}

std::string random_bytes() {
  std::mt19937 random(1);
  std::string out(chunk_bytes, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

const std::vector<std::string>& texts() {
  static const std::vector<std::string> all{
      repeated(
          R"({"id":1296269,"full_name":"octo/Hello-World","private":false,"html_url":"https://host/octo"},)"),
      repeated("The quick brown fox jumps over the lazy dog, and then it walks home through the dark wood. "),
      to_base64(random_bytes()).substr(0, chunk_bytes), to_hex(random_bytes()).substr(0, chunk_bytes),
      random_bytes()};
  return all;
}

void passes(benchmark::State& state) {
  std::vector<Secret> secrets;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    secrets.emplace_back("ghp_16C7e42F292c6912E7710c838347Ae178B4" + std::to_string(i));
  }
  Redactor redactor(make_patterns(secrets));
  const std::string& text = texts()[static_cast<std::size_t>(state.range(1))];
  for (auto _ : state) benchmark::DoNotOptimize(redactor.pass(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(passes)->ArgsProduct({{1, 5}, {0, 1, 2, 3, 4}});

void short_secret(benchmark::State& state) {
  std::vector<Secret> secrets;
  secrets.emplace_back("hunter");
  Redactor redactor(make_patterns(secrets));
  const std::string& text = texts()[static_cast<std::size_t>(state.range(0))];
  for (auto _ : state) benchmark::DoNotOptimize(redactor.pass(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(short_secret)->DenseRange(0, 4);

// A stream of small events: what is held back and looked at again at each end.
void events(benchmark::State& state) {
  std::vector<Secret> secrets;
  secrets.emplace_back("ghp_16C7e42F292c6912E7710c838347Ae178B4a");
  Redactor redactor(make_patterns(secrets));
  const std::string event = "data: {\"choices\":[{\"delta\":{\"content\":\" hello\"}}]}\n\n";
  for (auto _ : state) benchmark::DoNotOptimize(redactor.pass(event));
}
BENCHMARK(events);

}  // namespace
}  // namespace claw::http
