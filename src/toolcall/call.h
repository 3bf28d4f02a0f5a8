// One call of a tool: judged by the rules of its endpoint, held where they ask a person, run where they allow
// it, and recorded as the action above all that it does on the wire. It lives on the loop of the tool server;
// verdicts come from other threads and are posted there. Whoever begins it is told what happens. Cancelled,
// what is held is taken back, and what runs is cancelled on the wire.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/snapshot.h"
#include "guard/guard.h"
#include "toolcall/answer.h"
#include "toolcall/tool.h"

namespace claw::toolcall {

// One tool endpoint as the policy of now has it.
struct Ground {
  std::shared_ptr<const config::Snapshot> snapshot;
  const config::Endpoint* endpoint = nullptr;  // In it.
  std::shared_ptr<const guard::Gate> gate;
};

// What calls are given; outlives them.
struct Surroundings {
  io::Loop& loop;
  guard::Guard& guard;
  // The policy of now; nothing: it has no such endpoint any more.
  std::function<std::optional<Ground>(std::string_view endpoint)> ground;
  // The agent's end of a connection of the gateway's own path; any thread.
  std::function<Result<io::Fd>(const Goal&, std::string name, action::Principal)> connect;
  // The same for one that has been made; closed where it cannot be.
  std::function<Status(const Goal&, std::string name, action::Principal, io::Fd)> give;
};

// Of the call, who asks and what for.
struct Order {
  Ground ground;  // The tool endpoint.
  action::Principal principal;
  std::string session;
  std::string reasoning;
  std::string operation;  // The approved one that this says it is the retry of.
  Planned planned;
};

class Call : public std::enable_shared_from_this<Call> {
 public:
  enum class End : std::uint8_t { ran, refused, put_off, not_run };
  struct Ears {  // On the loop's thread.
    std::function<void(std::string_view event, std::string_view json)> told;
    // Once: what there is to say, and whether it is final.
    std::function<void(const Said&, End, const std::string& operation)> over;
  };

  // It may outlive whoever made it: what ends in the loop's last round is let go of after that.
  Call(std::shared_ptr<Surroundings> around, Id id, Order order, Ears ears);
  ~Call();

  void start();
  void cancel();  // Nobody wants it any more.
  // While nobody is there, though somebody will come back, what people allow does not begin.
  void wait_for_company(bool alone);
  bool is_held() const { return held_; }  // People are asked.
  const Id& id() const { return id_; }
  const std::string& agent() const { return order_.principal.agent; }

 private:
  void judge();
  void decided(action::Verdict verdict);
  void run();
  void hear_under(const guard::Under& under);
  void tell_waiting();
  void ran(Outcome outcome);
  Said said_of(const Outcome& outcome) const;
  const guard::Under* denied_under() const;
  void end(const Said& said, End how, const std::string& operation = {});
  void tell(std::string_view event, std::string_view json);
  void remind();

  const std::shared_ptr<Surroundings> kept_;
  Surroundings& around_;
  const Id id_;
  Order order_;
  Ears ears_;
  Ground judged_;  // Whose rules judge: the tool endpoint's, or another's that the call goes straight to.
  std::vector<guard::Under> under_;
  std::unique_ptr<Run> run_;
  std::int64_t since_us_ = 0;  // Of the verdict.
  io::TimerId reminder_ = 0;
  std::optional<action::Verdict> allowed_;  // Waits until somebody is there.
  bool alone_ = false;
  bool held_ = false;
  bool waits_ = false;  // Something under it is held.
  bool cancelled_ = false;
  bool ended_ = false;
};

}  // namespace claw::toolcall
