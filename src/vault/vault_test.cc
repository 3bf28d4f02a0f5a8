#include "vault/vault.h"

#include <gtest/gtest.h>

#include <map>

#include "base/json.h"
#include "vault/key.h"
#include "vault/sealed.h"
#include "vault/source.h"
#include "vault/token.h"

namespace claw::vault {

namespace {

constexpr std::string_view planted = "hunter2-PLANTED-secret";

struct MemoryFile final : SealedFile {
  Result<std::optional<std::string>> read() override { return content; }
  Status replace(std::string_view text) override {
    content = std::string(text);
    return Done{};
  }
  Result<std::shared_ptr<void>> lock() override {
    if (locked_elsewhere) return Error{Code::timeout, "another process is writing", {}};
    ++locks;
    return std::shared_ptr<void>();
  }
  bool locked_elsewhere = false;
  int locks = 0;
  std::optional<std::string> content;
};

struct MemoryFiles final : SecretFiles {
  Result<std::optional<Secret>> read(const std::string& path) override {
    ++reads;
    if (failing) return Error{Code::unavailable, "disk on fire", {}};
    const auto found = files.find(path);
    if (found == files.end()) return std::optional<Secret>();
    return std::optional<Secret>(Secret(found->second));
  }
  std::map<std::string, std::string> files;
  bool failing = false;
  int reads = 0;
};

Unlock key_unlock(char fill = 'k') { return {Unlock::Kind::key, Secret(std::string(32, fill))}; }

struct World {
  FakeClock clock;
  std::shared_ptr<MemoryFile> file = std::make_shared<MemoryFile>();
  std::shared_ptr<MemoryFiles> files = std::make_shared<MemoryFiles>();
  std::map<std::string, std::string> variables;

  Environment environment() {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
  }
  std::unique_ptr<Sealed> sealed(const Unlock& unlock = key_unlock()) {
    return Sealed::open(file, unlock, clock).value();
  }
  Vault vault() {
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(sealed());
    sources.push_back(environment_source(environment(), files));
    sources.push_back(folder_source("/run/secrets", files));
    return Vault(clock, std::move(sources));
  }
};

std::string text_of(const Result<Secret>& secret) {
  return secret ? std::string(secret->reveal()) : "error: " + secret.error().text();
}

}  // namespace

TEST(source, environment_names_are_upper_case_and_plain) {
  EXPECT_EQ(environment_name({"prod-db", "password"}), "CLAWPATROL_SECRET_PROD_DB_PASSWORD");
  EXPECT_EQ(environment_name({"prod.db", ""}), "CLAWPATROL_SECRET_PROD_DB");
}

TEST(vault, the_store_comes_before_the_environment_before_the_folder) {
  World world;
  Vault vault = world.vault();
  EXPECT_EQ(vault.secret("db").error().code, Code::not_found);
  world.files->files["/run/secrets/db"] = "from folder";
  EXPECT_EQ(text_of(vault.secret("db")), "from folder");
  world.variables["CLAWPATROL_SECRET_DB"] = "from environment";
  vault.forget();
  EXPECT_EQ(text_of(vault.secret("db")), "from environment");
  ASSERT_TRUE(world.sealed()->put({"db", ""}, Secret("from store")).ok());
  vault.forget();
  EXPECT_EQ(text_of(vault.secret("db")), "from store");
}

TEST(vault, a_variable_can_name_a_file) {
  World world;
  Vault vault = world.vault();
  world.files->files["/etc/pw"] = "from file";
  world.variables["CLAWPATROL_SECRET_DB_PASSWORD"] = "@/etc/pw";
  EXPECT_EQ(text_of(vault.secret("db", "password")), "from file");
}

TEST(vault, a_secret_is_read_once_per_lease_and_a_change_is_seen_after_it) {
  World world;
  Vault vault = world.vault();
  world.files->files["/run/secrets/db"] = "old";
  EXPECT_EQ(text_of(vault.secret("db")), "old");
  world.files->files["/run/secrets/db"] = "new";
  EXPECT_EQ(text_of(vault.secret("db")), "old");
  EXPECT_EQ(world.files->reads, 1);
  world.clock.advance_us(lease_us_max);
  EXPECT_EQ(text_of(vault.secret("db")), "new");
}

TEST(vault, a_source_that_fails_ends_the_search_and_the_lease) {
  World world;
  Vault vault = world.vault();
  world.files->files["/run/secrets/db"] = "old";
  EXPECT_EQ(text_of(vault.secret("db")), "old");
  world.files->failing = true;
  world.clock.advance_us(lease_us_max);
  EXPECT_EQ(vault.secret("db").error().code, Code::unavailable);
}

TEST(vault, a_name_cannot_lead_out_of_the_folder) {
  World world;
  Vault vault = world.vault();
  world.files->files["/run/secrets/../shadow"] = "no";
  world.files->files["/run/secrets/.hidden"] = "no";
  EXPECT_FALSE(vault.secret("../shadow").ok());
  EXPECT_FALSE(vault.secret(".hidden").ok());
}

TEST(vault, a_postgres_login_takes_its_slot_or_the_bare_name) {
  World world;
  Vault vault = world.vault();
  world.variables["CLAWPATROL_SECRET_PROD"] = "bare";
  const Credential credential{"postgres_credential", "prod", "agent", "shop"};
  const auto login = vault.login(credential);
  ASSERT_TRUE(login.ok());
  EXPECT_EQ((*login)->password.reveal(), "bare");
  EXPECT_EQ((*login)->user, "agent");
  world.variables["CLAWPATROL_SECRET_PROD_PASSWORD"] = "slot";
  vault.forget();
  EXPECT_EQ((*vault.login(credential))->password.reveal(), "slot");
  EXPECT_EQ(vault.login({"oracle_credential", "x", "", ""}).error().code, Code::unsupported);
}

TEST(sealed, what_was_put_is_found_after_opening_again_and_only_with_the_key) {
  World world;
  ASSERT_TRUE(world.sealed()->put({"db", "password"}, Secret(std::string(planted))).ok());
  EXPECT_EQ(world.file->content->find(planted), std::string::npos);
  const auto found = world.sealed()->find({"db", "password"});
  EXPECT_EQ((*found)->reveal(), planted);
  EXPECT_FALSE(world.sealed()->find({"db", ""})->has_value());
  EXPECT_EQ(Sealed::open(world.file, key_unlock('x'), world.clock).error().code, Code::denied);
}

TEST(sealed, a_secret_does_not_open_under_another_name) {
  World world;
  ASSERT_TRUE(world.sealed()->put({"staging", "password"}, Secret("weak")).ok());
  std::string& text = *world.file->content;
  text.replace(text.find("staging"), 7, "product");
  const auto found = world.sealed()->find({"product", "password"});
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::denied);
}

TEST(sealed, a_changed_file_is_an_error_wherever_it_was_changed) {
  World world;
  ASSERT_TRUE(world.sealed()->put({"db", ""}, Secret(std::string(planted))).ok());
  const std::string whole = *world.file->content;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    world.file->content = whole;
    (*world.file->content)[at] ^= 1;
    const auto opened = Sealed::open(world.file, key_unlock(), world.clock);
    if (!opened) continue;
    const auto found = (*opened)->find({"db", ""});
    if (found && *found) EXPECT_EQ((*found)->reveal(), planted) << at;  // Only a time was changed.
  }
}

TEST(sealed, it_lists_names_and_times_and_removes) {
  World world;
  auto sealed = world.sealed();
  ASSERT_TRUE(sealed->put({"a", ""}, Secret("1")).ok());
  world.clock.advance_us(5);
  ASSERT_TRUE(sealed->put({"a", ""}, Secret("2")).ok());
  const std::vector<Listed> listed = sealed->list().value();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].changed_us - listed[0].created_us, 5);
  ASSERT_TRUE(sealed->remove({"a", ""}).ok());
  EXPECT_EQ(sealed->remove({"a", ""}).error().code, Code::not_found);
  EXPECT_FALSE(sealed->put({"empty", ""}, Secret("")).ok());
}

TEST(sealed, rotation_keeps_the_secrets_and_retires_the_key) {
  World world;
  auto sealed = world.sealed();
  ASSERT_TRUE(sealed->put({"a", ""}, Secret("kept")).ok());
  const std::string before = *world.file->content;
  ASSERT_TRUE(sealed->rotate(key_unlock('n')).ok());
  EXPECT_EQ((*sealed->find({"a", ""}))->reveal(), "kept");
  EXPECT_FALSE(Sealed::open(world.file, key_unlock('k'), world.clock).ok());
  EXPECT_TRUE(Sealed::open(world.file, key_unlock('n'), world.clock).ok());
  EXPECT_NE(before, *world.file->content);
}

TEST(sealed, nothing_is_changed_while_another_process_changes_it) {
  World world;
  auto sealed = world.sealed();
  ASSERT_TRUE(sealed->put({"a", ""}, Secret("1")).ok());
  const std::string before = *world.file->content;
  world.file->locked_elsewhere = true;
  EXPECT_EQ(sealed->put({"b", ""}, Secret("2")).error().code, Code::timeout);
  EXPECT_EQ(sealed->remove({"a", ""}).error().code, Code::timeout);
  EXPECT_EQ(sealed->rotate(key_unlock('n')).error().code, Code::timeout);
  EXPECT_EQ(*world.file->content, before);
  EXPECT_EQ((*sealed->find({"a", ""}))->reveal(), "1");
  world.file->content.reset();
  EXPECT_EQ(Sealed::open(world.file, key_unlock(), world.clock).error().code, Code::timeout);
}

TEST(sealed, a_passphrase_opens_it_too) {
  World world;
  const Unlock passphrase{Unlock::Kind::passphrase, Secret("correct horse")};
  ASSERT_TRUE(world.sealed(passphrase)->put({"a", ""}, Secret("1")).ok());
  EXPECT_TRUE(Sealed::open(world.file, passphrase, world.clock).ok());
  EXPECT_FALSE(Sealed::open(world.file, {Unlock::Kind::passphrase, Secret("wrong horse")}, world.clock).ok());
  EXPECT_FALSE(Sealed::open(world.file, key_unlock(), world.clock).ok());
}

TEST(sealed, the_key_is_looked_for_in_order) {
  World world;
  EXPECT_FALSE(find_unlock("", world.environment(), *world.files)->has_value());
  world.variables["CLAWPATROL_VAULT_PASSPHRASE"] = "p";
  EXPECT_EQ((*find_unlock("", world.environment(), *world.files))->kind, Unlock::Kind::passphrase);
  world.variables["CLAWPATROL_VAULT_KEY"] = "v";
  EXPECT_EQ((*find_unlock("", world.environment(), *world.files))->secret.reveal(), "v");
  world.variables["CREDENTIALS_DIRECTORY"] = "/run/credentials";
  world.files->files["/run/credentials/clawpatrol-vault-key"] = "s";
  EXPECT_EQ((*find_unlock("", world.environment(), *world.files))->secret.reveal(), "s");
  EXPECT_FALSE(find_unlock("/etc/missing", world.environment(), *world.files).ok());
}

// Every way we know to make the vault complain, with a secret in reach: no message may hold it.
TEST(vault, no_error_holds_a_secret) {
  World world;
  const std::string secret(planted);
  std::vector<std::string> messages;
  const auto note = [&](const auto& result) {
    if (!result) messages.push_back(result.error().text());
  };
  auto sealed = world.sealed();
  ASSERT_TRUE(sealed->put({"db", "password"}, Secret(secret)).ok());
  Vault vault = world.vault();
  world.variables["CLAWPATROL_SECRET_AT"] = "@" + secret;
  note(vault.secret("at"));
  world.variables["CLAWPATROL_SECRET_AT"] = "@/x";
  world.files->failing = true;
  note(vault.secret("at"));
  note(vault.secret("nowhere"));
  note(vault.login({"postgres_credential", "nowhere", "u", "d"}));
  note(vault.login({"unknown_kind", "db", "u", "d"}));
  note(Key::decode(Secret(secret)));
  note(Key::derive(Secret(secret), secret, Key::default_cost()));
  note(Sealed::open(world.file, {Unlock::Kind::key, Secret(secret)}, world.clock));
  note(Sealed::open(world.file, {Unlock::Kind::passphrase, Secret(secret)}, world.clock));
  note(sealed->put({"", ""}, Secret(secret)));
  note(sealed->put({"long", ""}, Secret(secret + std::string(100'000, 'x'))));
  world.file->content = secret;
  note(sealed->find({"db", "password"}));
  note(Sealed::open(world.file, key_unlock(), world.clock));
  EXPECT_GE(messages.size(), 12u);
  for (const std::string& message : messages) EXPECT_EQ(message.find(planted), std::string::npos) << message;
}

TEST(token, is_one_word_new_each_time_and_checks_itself) {
  const Secret first = generate_token();
  EXPECT_TRUE(is_token(first.reveal()));
  EXPECT_EQ(first.size(), 55u);
  EXPECT_FALSE(generate_token().equals(first.reveal()));
  std::string typo(first.reveal());
  typo[20] = typo[20] == 'a' ? 'b' : 'a';
  EXPECT_FALSE(is_token(typo));
  EXPECT_FALSE(is_token("clawp_"));
}

}  // namespace claw::vault
