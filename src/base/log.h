// The operator's log: one line per event on standard error, `time level message key=value …`. Agents
// never see it. Values are quoted when they need it; a Secret has no way into one.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace claw::log {

enum class Level { debug, info, warning, error };

struct Field {
  Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const char* text) : name(field_name), value(text) {}
  template <class T> requires std::is_arithmetic_v<T>
  Field(std::string_view field_name, T number) : name(field_name), value(std::to_string(number)) {}
  std::string_view name;
  std::string value;
};
using Fields = std::initializer_list<Field>;

void set_level(Level level);  // Default: info.
void write(Level level, std::string_view message, Fields fields);

inline void debug(std::string_view message, Fields fields = {}) { write(Level::debug, message, fields); }
inline void info(std::string_view message, Fields fields = {}) { write(Level::info, message, fields); }
inline void warning(std::string_view message, Fields fields = {}) { write(Level::warning, message, fields); }
inline void error(std::string_view message, Fields fields = {}) { write(Level::error, message, fields); }

}  // namespace claw::log
