// A list of edits in the making. Each function that puts a secret somewhere checks that it can stand there,
// so that a secret with a line end in it never becomes a second header, and remembers to hide it in answers.
#pragma once

#include <memory>
#include <string_view>

#include "action/edits.h"
#include "base/result.h"
#include "vault/credential.h"
#include "vault/request.h"

namespace claw::vault {

class Draft {
 public:
  explicit Draft(const Credential& credential);

  // `Authorization: SCHEME SECRET`, the secret hidden.
  Status authorization(std::string_view scheme, const Secret& secret);
  Status basic(std::string_view user, const Secret& password);
  Status header(std::string_view name, std::string_view before, const Secret& secret);
  void plain_header(std::string_view name, std::string value);  // Nothing secret in it.
  void drop_header(std::string_view name);
  Status cookie(std::string_view name, const Secret& secret);
  void query(std::string_view name, const Secret& secret);
  void plain_query(std::string_view name, std::string value);
  void drop_query(std::string_view name);
  void drop_form_field(std::string_view name);
  Status path(std::string_view piece, std::string_view before, const Secret& secret, std::string_view after);
  Status text(std::string_view placeholder, const Secret& secret);  // Inside a JSON member `token`.
  void hide(const Secret& secret);
  void unwrap_aws_chunked() { edits_->unwrap_aws_chunked = true; }

  Result<Injection> finish() &&;

 private:
  void add(action::Edit::Kind kind, std::string_view name, Secret value);
  std::shared_ptr<action::Edits> edits_;
};

bool is_header_name(std::string_view name);  // RFC 9110 §5.1, and none that frames or routes the message.

}  // namespace claw::vault
