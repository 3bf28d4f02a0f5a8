// Rules for what was seen: the smallest sensible set that lets through every recorded action of an endpoint
// that only observes, asks a person about what destroys, and says of the rest why there is no rule. Two
// rounds over the same records: collect() and write(), then check() each record against what was written.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "trial/judge.h"
#include "trial/kind.h"

namespace claw::trial {

constexpr std::size_t kinds_max = 500;   // More is no policy that somebody reads.

enum class Language : std::uint8_t { hcl, yaml };

class Suggestion {
 public:
  // A `judged` record. Records of other endpoints than those that observe are the caller's to leave out.
  void collect(const json::Value& record);
  bool is_empty() const { return evidence_.empty() && left_out_.empty(); }

  // The rules, with the evidence of each as a comment. Loaded once before it is returned; an error is ours.
  Result<std::string> write(Language language);

  // Does the written policy say of that record what was claimed? Errors: it does not.
  Status check(const json::Value& record);

  // A fixture for each rule, of an action it was made from: file names and texts.
  std::vector<std::pair<std::string, std::string>> fixtures() const;

 private:
  struct Evidence {
    Advice advice = Advice::allow;    // The strictest of its actions'.
    std::string why;
    std::int64_t count = 0;
    std::set<std::string> agents;
    std::string first;                // Times.
    std::string last;
    std::string example;              // A summary.
    json::Value record;               // The first one.
    std::set<std::string> tables;
    std::set<std::string> functions;
  };
  struct Rule {
    std::string name;
    std::string endpoint;
    std::string condition;
    bool asks = false;
    std::string why;
    Evidence evidence;
  };

  std::shared_ptr<const action::Subject> subject_of(const json::Value& record) const;
  void note(Evidence& evidence, const json::Value& record) const;
  std::vector<Rule> rules() const;
  static std::string comment_of(const Rule& rule);
  static std::string hcl_of(const Rule& rule);
  static std::string yaml_of(const Rule& rule);
  std::string written(const std::vector<Rule>& rules, Language language) const;
  Advice claimed(const json::Value& record) const;
  Result<std::shared_ptr<const config::Snapshot>> loaded(const std::string& text, Language language) const;

  std::map<Kind, Evidence> evidence_;
  std::map<std::string, std::int64_t> left_out_;  // How many, by why.
  std::set<std::string> endpoints_;
  std::unique_ptr<Judge> judge_;                  // By what was written.
  bool is_cut_ = false;
};

}  // namespace claw::trial
