// Where calls are taken, whichever way they were asked for: checked against the catalogue, begun once for one
// key, and kept until their end, with everybody who waits for them. REST and MCP are two faces of it. Whoever
// waits is a Guest; when the last one has left, the call is cancelled, unless they said that they come back.
// All of it is on the server's loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "toolcall/call.h"
#include "toolcall/catalogue.h"
#include "toolcall/memory.h"
#include "toolcall/refusals/refusals.h"
#include "toolcall/who.h"

namespace claw::toolcall {

constexpr std::size_t reasoning_bytes_max = 16 * 1024;  // People read it at night.
constexpr std::size_t session_bytes_max = 100;
constexpr std::size_t depth_most = 64;                  // Of a call's JSON: far beyond any API's.

struct Want {  // One call, as somebody asked for it; its texts are not checked yet.
  std::string tool;
  json::Value arguments;      // An object, or null: none.
  std::string reasoning;
  std::string session;
  std::string key;            // Idempotency; empty: none.
  std::string operation;      // The approved one that this is the retry of.
  bool may_step_out = false;  // Given a key where it has none, so that it can be found again.
};

class Guest {  // Who waits for a call.
 public:
  virtual ~Guest() = default;
  virtual void joined(std::string_view id, std::string_view key) = 0;    // Before all that follows; or never.
  virtual void tell(std::string_view event, std::string_view json) = 0;  // What happens meanwhile.
  virtual void over(const Said& said) = 0;                               // The last word; once.
};

class Desk {
 public:
  struct Parts {
    io::Loop& loop;
    guard::Guard& guard;
    std::function<std::optional<Ground>(std::string_view endpoint)> ground;
    std::vector<Shelf> shelves;
    std::function<Result<io::Fd>(const Goal&, std::string name, action::Principal)> connect;
    std::function<Status(const Goal&, std::string name, action::Principal, io::Fd)> give;
  };
  explicit Desk(Parts parts);
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  // What the profile may call, and one of it by its name; null: there is none.
  const Catalogue& catalogue(const Asker& asker) { return shelves_.catalogue(asker); }
  std::shared_ptr<const Tool> tool(const Asker& asker, std::string_view name) {
    return shelves_.find(asker, name);
  }

  void begin(const Who& who, Want want, const std::shared_ptr<Guest>& guest);
  // What is no tool but runs like one, planned by whoever read the request; it has no key.
  void begin(const Who& who, const Want& want, Planned planned, const std::shared_ptr<Guest>& guest);

  // What was to be a call and is none, as its agent was told: on record.
  void refused(const Who& who, const Want& want, const Said& said);

  void leave(std::string_view id, const Guest* guest);     // Before its end; the last one cancels it.
  // The same, but somebody comes back with its key. Until then nothing that was allowed meanwhile begins, and
  // whoever does not come back in time has left; while people are asked it is their time that counts.
  void step_out(std::string_view id, const Guest* guest);
  bool cancel(const Who& who, std::string_view id);        // False: no call of theirs.

 private:
  struct Checked {
    std::shared_ptr<const Tool> tool;
    std::string digest;  // Of tool and arguments.
  };
  struct Running {
    std::shared_ptr<Call> call;
    std::string agent;
    std::string key;
    std::vector<std::shared_ptr<Guest>> guests;
    bool is_own_key = false;   // Made here,
    bool was_left = false;     // and somebody has stepped out with it.
    io::TimerId away = 0;
  };

  void refuse(const Who& who, const Want& want, const Said& said, Guest& guest);
  std::variant<Checked, Said> check(const Who& who, Want& want);
  bool is_known(const Who& who, const Checked& checked, Want& want, const std::string& id,
                const std::shared_ptr<Guest>& guest);
  void start(const Who& who, const Want& want, Planned planned, Id id, const std::shared_ptr<Guest>& guest);
  void await_return(const std::string& id, bool was_held);
  void join(Running& running, const std::shared_ptr<Guest>& guest);
  void over(const std::string& id, const Said& said, Call::End how, const std::string& operation);

  Parts parts_;
  Shelves shelves_;
  std::shared_ptr<Surroundings> around_;
  Memory memory_;
  Refusals refusals_;
  std::map<std::string, Running, std::less<>> running_;  // By id.
  std::map<std::string, std::size_t, std::less<>> calls_of_;
};

}  // namespace claw::toolcall
