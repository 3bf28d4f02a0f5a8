// What an agent did, told again: the records of a session, an action or a stretch of time as scenes in order,
// each with how it was judged, who was asked, how it ended and what was said on the connection it opened.
// Pure: whoever shows it reads the journal, and decides how text of agents may be shown.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/reader.h"

namespace claw::audit {

// A piece of a recorded stream, as it passed.
struct Said {
  std::int64_t at_us = 0;      // Since the action was allowed.
  std::string channel;         // `input`, `output`, `errors`, `resize`
  std::string bytes;
  std::int64_t left_out = 0;   // Bytes that are not on record.
};

// What people were shown beside the action when they were asked.
struct Shown {
  std::string title;
  std::string text;            // Of a longer one the beginning; empty where only its digest is on record.
  std::string sha256;          // Empty: the text is all there was.
  bool failed = false;
};

struct Scene {
  enum class Kind : std::uint8_t { action, opened, closed, incident };
  Kind kind = Kind::action;
  std::uint64_t seq = 0;       // Of the record it begins with.
  std::int64_t time_us = 0;
  std::string action;          // Its id; empty where there is none.
  std::string session;
  std::string agent;
  std::string endpoint;
  std::string summary;         // One line: what was done, or what happened.
  std::string text;            // The exact command or call; may be empty.
  std::string reasoning;       // The agent's own words.
  json::Object facts;          // Members of the record that its family put there, and bound values.

  std::string verdict;         // `allow`, `deny`; `held` while it waits; empty where nothing was judged.
  bool observed = false;       // The endpoint only observed: the verdict was not obeyed.
  std::vector<std::string> shadows;  // `rule would deny`
  std::string rule;
  std::string reason;
  std::string approver;        // Who answered; empty where nobody was asked, or nobody answered.
  std::string comment;
  std::int64_t waited_us = -1; // For a person; -1: nobody was asked.
  std::vector<Shown> evidence;

  std::string ending;          // `ok`, …; empty: it has not ended, or never ran.
  std::int64_t rows = -1;
  std::int64_t duration_us = -1;
  std::string result;          // Command tag, status, exit code.
  std::vector<Said> said;
};

// Records of whatever kinds, in any order; those that are no scene and belong to none are left out.
std::vector<Scene> scenes_of(std::span<const Record> records);

// One object a scene, for programs; the streams as `said`, in texts or base64.
std::string format_scene(const Scene& scene);

// The pieces of one `stream` record.
std::vector<Said> said_in(const Record& record);

}  // namespace claw::audit
