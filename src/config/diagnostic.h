// What is wrong with a configuration, collected while it is read so that a person sees everything in one go.
// Readers, decoder and policy compiler add to it; main prints it and refuses the configuration if it has
// errors. A diagnostic is one line of text about a Range, with an optional hint on what to write instead.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/source.h"

namespace claw::config {

enum class Severity { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  Range range;
  std::string text;  // One line, lower case, no full stop; foreign text through claw::quoted().
  std::string hint;  // `did you mean ...`; may be empty.
};

// More than this is one mistake seen many times, or an attack on the log.
constexpr std::size_t diagnostics_max = 200;

class Diagnostics {
 public:
  void error(const Range& range, std::string text, std::string hint = {});
  void warning(const Range& range, std::string text, std::string hint = {});

  bool has_errors() const { return errors_ > 0; }
  std::size_t errors() const { return errors_; }  // Also counts those past diagnostics_max.
  const std::vector<Diagnostic>& all() const { return all_; }  // As they were found.
  std::vector<Diagnostic> sorted() const;                      // By file and position, without repetitions.

  // For a terminal: position, text, the source line with carets, the hint.
  std::string format(const Sources& sources) const;
  // The same as a JSON array of {severity, file, line, column, end_line, end_column, text, hint}.
  std::string format_json(const Sources& sources) const;

 private:
  void add(Diagnostic diagnostic);

  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

// `did you mean `condition`?`, or nothing when no candidate is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

// Whether the file can be read at all: its size, UTF-8, no byte order mark, no NUL. Says why not.
bool check_text(const Sources& sources, FileId file, Diagnostics& diagnostics);

constexpr std::size_t file_bytes_max = 4 * 1024 * 1024;  // A policy of 4 MiB is generated or hostile.
constexpr std::size_t nesting_max = 64;  // Blocks, values, parentheses: deeper is an attack on the stack.

}  // namespace claw::config
