// What sinks that speak HTTP share: one request a batch, the credential put into it by the vault as into an
// agent's, tokens fetched first where it needs one, and what an answer's status means.
#pragma once

#include "exporter/sink.h"
#include "exporter/trust.h"
#include "outbound/client.h"
#include "outbound/fetcher.h"

namespace claw::exporter {

class HttpSink : public Sink {
 public:
  void send(const Batch& batch, Done done) final;
  std::int64_t retry_after_s() const final { return retry_after_s_; }

 protected:
  struct Message {
    std::string method = "POST";
    std::string path;  // Behind the URL's.
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> fields = {};
    std::string body;
    bool is_packed = false;  // It is in gzip already, and meant to be kept so.
  };
  explicit HttpSink(Parts parts);
  const Parts& parts() const { return parts_; }
  virtual Message message(const Batch& batch) = 0;
  virtual Taken taken(std::string_view) { return {}; }  // From the body of an answer 2xx.

 private:
  using Shared = std::shared_ptr<const Message>;
  void attempt(Shared message, Done done, bool may_fetch);
  Status put_credential(outbound::Request& request, const action::Edits& edits) const;
  using Edits = std::shared_ptr<const action::Edits>;
  void answered(const Result<outbound::Answer>& answer, const Edits& edits, const Done& done);

  Parts parts_;
  Trust trust_;
  outbound::Client client_;
  outbound::Fetcher fetcher_;
  std::int64_t retry_after_s_ = -1;
};

}  // namespace claw::exporter
