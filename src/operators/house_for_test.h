// A directory with a clock, a keeper and a recorder of the test's own, and people in it. Only tests include
// this.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "base/web/encoding.h"
#include "operators/directory.h"
#include "operators/totp.h"
#include "operators/webauthn/authenticator_for_test.h"

namespace claw::operators {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
const From home{"192.0.2.1"};
constexpr const char* good_password = "correct horse battery";

struct Memory final : Keeper {
  Result<std::optional<Secret>> read() override {
    if (text.empty()) return std::optional<Secret>();
    return std::optional<Secret>(Secret(text));
  }
  Status replace(const Secret& fresh) override {
    if (is_full) return Error{Code::unavailable, "the disk is full", {}};
    text = fresh.reveal();
    ++writes;
    return Done{};
  }
  std::string text;
  bool is_full = false;
  int writes = 0;
};

struct House {
  House() { start(); }

  void start() {  // Or start anew.
    Settings settings;
    settings.public_url = "https://gate.example:9443";
    settings.cost = {1, std::size_t{1} << 20};
    people = Directory::open(memory, clock, settings, [this](const Event& event) {
               return recorded(event);
             }).value();
  }
  Status recorded(const Event& event) {
    if (cannot_record) return Error{Code::unavailable, "the journal is full", {}};
    events.push_back(event);
    return Done{};
  }

  static Secret password() { return Secret(good_password); }
  // The first admin, signed in just now.
  SignIn first(std::string_view name = "ann") {
    return people->accept(people->first_link()->reveal(), name, password(), home);
  }
  // Somebody who was invited and came, signed in just now.
  SignIn invited(const std::string& name, Role role) {
    const Secret link = people->invite("ann", {name, role, {}}).value();
    return people->accept(link.reveal(), name, password(), home);
  }
  SignIn sign_in(std::string_view name, const From& from = home) {
    return people->password(name, password(), from);
  }
  SignIn guess(std::string_view name, const From& from = home) {
    return people->password(name, Secret("wrong horse battery"), from);
  }

  // The challenge of options that were given.
  static std::string challenge_of(const std::string& options) {
    return from_base64url(json::parse(options)->text_or("challenge", "")).value();
  }
  // A passkey for whoever is signed in with this cookie.
  webauthn::Device add_passkey(std::string_view cookie, std::string id = "credential one") {
    webauthn::Device device = webauthn::Device::of(webauthn::Device::Kind::es256, std::move(id));
    const std::string options = people->passkey_creation_options(cookie).value();
    device.user_handle = from_base64url(json::parse(options)->find("user")->text_or("id", "")).value();
    EXPECT_TRUE(people->passkey_add(cookie, "phone", device.create(challenge_of(options))).ok());
    return device;
  }
  // The authenticator app's secret.
  std::string add_totp(std::string_view cookie) {
    const std::string uri(people->totp_begin(cookie)->uri.reveal());
    const std::string base32 = uri.substr(uri.find("secret=") + 7, 32);
    totp_secret = from_base32(base32);
    recovery = people->totp_confirm(cookie, code()).value();
    return totp_secret;
  }
  std::string code() const { return totp::code_at(totp_secret, clock.wall_us() / totp::step_us); }

  static std::string from_base32(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
      bits = bits << 5 | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
      held += 5;
      if (held >= 8) bytes.push_back(static_cast<char>(bits >> (held -= 8) & 255));
      bits &= (1U << held) - 1;
    }
    return bytes;
  }

  std::size_t count(std::string_view event) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(events, [&](const Event& each) { return each.event == event; }));
  }

  FakeClock clock;
  std::shared_ptr<Memory> memory = std::make_shared<Memory>();
  std::vector<Event> events;
  bool cannot_record = false;
  std::string totp_secret;
  std::vector<Secret> recovery;
  std::unique_ptr<Directory> people;
};

using Outcome = SignIn::Outcome;

}  // namespace claw::operators
