#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/text.h"

namespace claw::log {

namespace {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("claw", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\t\n\r\\") != std::string_view::npos;
}

}  // namespace

void set_level(Level level) { logger().set_level(level_of(level)); }

void write(Level level, std::string_view message, Fields fields) {
  if (!logger().should_log(level_of(level))) return;
  std::string line = printable(message, 2000);
  for (const Field& field : fields) {
    const std::string value = printable(field.value, 1000);
    line.append(" ").append(field.name).append("=");
    if (needs_quotes(value)) line.append("\"").append(value).append("\"");
    else line.append(value);
  }
  logger().log(level_of(level), line);
}

}  // namespace claw::log
