// For the tests of this folder: read on a big stack, and facts as short lines that a test can name.
#pragma once

#include <string>

#include "base/text.h"
#include "sql/big_stack.h"

namespace claw::sql {

inline Facts read(std::string_view text) {
  Facts facts;
  on_big_stack([&] { facts = read_postgres(text); });
  return facts;
}

inline std::string names(const std::vector<Name>& list) {
  std::vector<std::string> texts;
  for (const Name& name : list) texts.push_back(name.text());
  return join(texts, ",");
}

// `verb effects [!] | reads | writes | functions`, one for each statement; inner ones begin with `> `, and
// an exclamation mark means destructive.
inline std::string summary(std::string_view text) {
  const Facts facts = read(text);
  if (!facts.understood) return "not understood: " + facts.why;
  std::string lines;
  for (const Statement& statement : facts.statements) {
    if (!lines.empty()) lines += '\n';
    if (statement.inner) lines += "> ";
    lines +=
        statement.verb + ' ' + join(statement.effects.names(), ",") + (statement.destructive ? " !" : "");
    lines += " | " + names(statement.reads) + " | " + names(statement.writes) + " | " +
             join(statement.functions, ",");
  }
  return lines;
}

}  // namespace claw::sql
