// Getting the first token of a credential with a person's consent: by a code they type in at the vendor's
// (RFC 8628), or by what the vendor shows them afterwards, pasted back (RFC 6749 §4.1 with PKCE, RFC 7636).
// It talks to nobody: it says what to show, ask or fetch next and is told what came of it. Used by
// `clawpatrol credentials connect`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "vault/credential.h"
#include "vault/discovery.h"
#include "vault/kinds/oauth.h"
#include "vault/request.h"

namespace claw::vault {

struct Show {        // To the person, who need not answer.
  std::string url;
  std::string code;  // To be typed in there.
};
struct AskPaste {    // The person opens `url`, agrees, and pastes the code or the address they end up at.
  std::string url;
};
struct Pause {       // Before the next step.
  std::int64_t us = 0;
};
struct Connected {   // Slots and what to keep in them.
  std::vector<std::pair<std::string, Secret>> secrets;
  std::vector<std::string> stale;  // Slots of an earlier login that must not be used beside these.
};
using Step = std::variant<Show, AskPaste, Pause, Exchange, Connected>;

class Connect {
 public:
  // Code::invalid: not a kind that is connected, or settings are missing.
  static Result<Connect> begin(const Credential& credential, std::optional<Secret> client_secret,
                               const Clock& clock);

  Result<Step> next();  // After Connected, or an error of any function, there is nothing more to do.
  // To an Exchange; `challenge` is its `WWW-Authenticate`.
  Status answered(int status, std::string_view body, std::string_view challenge = {});
  Status pasted(std::string_view text);                // To an AskPaste.

 private:
  enum class At {
    asking_server,
    finding_server,
    finding_addresses,
    registering,
    asking_code,
    showing_code,
    waiting,
    polling,
    pasting,
    redeeming,
    done
  };
  Connect(const Credential& credential, Provider provider, std::optional<Secret> client_secret,
          const Clock& clock);
  std::string authorize_url() const;
  Result<Exchange> registration() const;
  Result<Exchange> device_request() const;
  Result<Exchange> poll() const;
  Result<Exchange> redemption() const;
  Result<Exchange> metadata_request() const;
  Result<Exchange> knock() const;
  void on_challenge(int status, std::string_view challenge);
  Status on_metadata(int status, std::string_view body);
  void find_addresses(std::string issuer);
  Status on_login_server(std::string_view body);
  Status choose_proof();
  std::string scopes() const;
  Status on_registered(std::string_view body);
  Status on_code(std::string_view body);
  Status on_poll(int status, std::string_view body);
  Status on_token(std::string_view body);

  Credential credential_;
  Provider provider_;
  std::optional<Secret> client_secret_;
  const Clock* clock_;
  At at_;
  bool registered_ = false;
  std::vector<std::string> places_;  // Where metadata may be; the first is asked next.
  std::string issuer_;
  std::string wanted_scopes_;  // As the server says; the policy's come first.
  LoginServer server_;
  std::string proof_;       // Of a client that is registered: `none`.
  std::string state_;       // Against codes of somebody else's session.
  Secret verifier_;         // PKCE.
  Secret code_;             // The authorization's or the device's.
  Show show_;
  std::int64_t interval_us_ = 0;
  std::int64_t until_us_ = 0;  // Monotonic.
  Connected connected_;
};

}  // namespace claw::vault
