// What a word that may name a file is about, by its name alone: credentials, or what is private to the system
// and to agents. Names are all there is: no file is looked at.
#pragma once

#include <string_view>

namespace claw::shell {

enum class Place : unsigned char {
  plain,
  hidden,   // A folder or file whose name begins with a dot, the system's own, or named for attacks.
  secret,   // Keys, tokens, passwords.
};

// `is_file`: the word is a file's name whatever it looks like; otherwise only what looks like one is.
Place place_of(std::string_view word, bool is_file);

// Beneath /tmp or /var/tmp, and nothing in it climbs out again.
bool is_scratch(std::string_view word);

// A disk or another device: not null, zero, random and the standard streams.
bool is_device(std::string_view word);

}  // namespace claw::shell
