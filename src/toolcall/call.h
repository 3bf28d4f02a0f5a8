// One call of a tool: judged by the rules of its endpoint, held where they ask a person, run where they allow
// it, and recorded as the action above all that it does on the wire. It lives on the loop of the tool server;
// verdicts come from other threads and are posted there. Whoever waits for it is told; when the last one has
// left it is cancelled: what is held is taken back, what runs is cancelled on the wire.
#pragma once

#include <functional>
#include <memory>
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
  // `over` is told once, on the loop's thread: what there is to say, and whether it is final.
  enum class End : std::uint8_t { ran, refused, put_off, not_run };
  using Over = std::function<void(const Said&, End, const std::string& operation)>;

  Call(Surroundings& around, Id id, Order order, Over over);
  ~Call();

  void start();
  void cancel();                          // Nobody wants it any more.
  void watch(Teller teller);              // Told what happens from now on.
  const Id& id() const { return id_; }
  const std::string& agent() const { return order_.principal.agent; }

 private:
  void judge();
  void decided(action::Verdict verdict);
  void run();
  void hear_under(const guard::Under& under);
  void ran(Outcome outcome);
  Said said_of(const Outcome& outcome) const;
  const guard::Under* denied_under() const;
  void end(const Said& said, End how, const std::string& operation = {});
  void tell(std::string_view event, std::string_view json);
  void remind();

  Surroundings& around_;
  const Id id_;
  Order order_;
  Over over_;
  std::vector<Teller> tellers_;
  Ground judged_;  // Whose rules judge: the tool endpoint's, or another's that the call goes straight to.
  std::vector<guard::Under> under_;
  std::unique_ptr<Run> run_;
  std::int64_t since_us_ = 0;  // Of the verdict.
  io::TimerId reminder_ = 0;
  bool held_ = false;
  bool cancelled_ = false;
  bool ended_ = false;
};

}  // namespace claw::toolcall
