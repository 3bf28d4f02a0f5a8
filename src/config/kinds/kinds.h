// Everything a configuration may say, as one table: blocks, their kinds, their attributes, what each means,
// and what is not done yet. The checker reads it to accept or refuse, YAML reads it to tell blocks from
// mappings, and `clawpatrol config reference` prints it, so that code and documentation cannot differ.
// A new attribute is a row here and the line in a decode_*.cc that asks for it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/yaml.h"

namespace claw::config {

enum class Type : std::uint8_t {
  text, boolean, integer, size, duration,
  keep,        // A duration; `0` and `off` mean for ever.
  texts,       // A list of strings; one string is a list of one.
  text_map,
  choice,      // A string out of `detail`.
  reference,   // To a block of the type `detail`.
  references,  // A list of them; one reference is a list of one.
  members,     // A profile's credentials: references, or objects with a disambiguator.
  host,
  hosts,
  listen,      // Addresses to listen on.
  doors,       // The same, or `unix:/path`.
  origin,      // Scheme, host and port of an HTTP server.
  server,      // The same; without a scheme it is https.
  url,         // Of something that is told secrets: https only.
  service,     // The same, or `http` on this machine.
  channels,    // References to them, or the name of a Slack channel.
  path,        // A file, relative to the configuration's folder.
};

enum class Support : std::uint8_t {
  done,
  dormant,  // Accepted with a warning: its help says what happens instead, which is never more than it asks.
  absent,   // Not supported yet, and without effect: a warning up to schema_version 1, then an error.
  dead,     // Never did anything, in the original neither: a warning up to schema_version 1, then an error.
  refused,  // An error: its help says why.
};

struct AttributeSpec {
  std::string_view name;
  Type type = Type::text;
  std::string_view help;         // One line.
  std::string_view detail = {};  // Choices `a|b`, or the block a reference names, or `1..9`.
  bool required = false;
  Support support = Support::done;
};

struct BlockSpec {
  std::string_view type;                           // `endpoint`
  std::string_view kind = {};                      // `postgres`: the first of two labels.
  std::size_t labels = 0;
  bool once = false;                               // In all files together.
  std::span<const AttributeSpec> attributes = {};
  std::span<const AttributeSpec> common = {};      // What every kind of this block has.
  std::span<const BlockSpec> blocks = {};
  std::string_view help = {};
  Support support = Support::done;
  std::string_view serves = {};                    // Of a credential: kinds of endpoint, `https|kubernetes`.
};

const BlockSpec& document();  // The file itself: its blocks are the top-level ones.

const BlockSpec* find_block(const BlockSpec& parent, std::string_view type, std::string_view kind);
const AttributeSpec* find_attribute(const BlockSpec& block, std::string_view name);

// Whether a credential of `kind` can be used on an endpoint of `endpoint_kind`, and which kinds could
// instead.
bool can_serve(std::string_view kind, std::string_view endpoint_kind);
std::string servers_of(std::string_view endpoint_kind);  // `a postgres_credential`; for a hint.

std::span<const BlockShape> shapes();  // For read_yaml.

std::string_view name_of(Type type);   // `a string`, `a duration such as `10m``: what a person should write.

// The whole table as Markdown, a section a block.
std::string reference_text();

}  // namespace claw::config
