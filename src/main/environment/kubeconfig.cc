#include "main/environment/kubeconfig.h"

#include "base/json.h"
#include "base/text.h"

namespace claw::verbs {

namespace {

constexpr std::string_view yaml_head =
    "# Written by `clawpatrol kubeconfig`; for one agent, it may hold its token.\n";
constexpr std::string_view json_head = R"({"apiVersion":"v1","kind":"Config","current-context":"clawpatrol-)";

// A string of JSON is one of YAML too, whatever is in it.
void line(std::string& out, std::string_view before, std::string_view value) {
  out.append(before).append(": ");
  json::append_string(out, value);
  out += '\n';
}

void line_unless_empty(std::string& out, std::string_view before, std::string_view value) {
  if (!value.empty()) line(out, before, value);
}

std::string encoded(std::string_view authorities) {
  return authorities.empty() ? std::string() : to_base64(authorities);
}

void begin_named(json::Writer& writer, std::string_view list, const Kubeconfig& config,
                 std::string_view member) {
  writer.key(list), writer.begin_array(), writer.begin_object();
  writer.member("name", config.name);
  writer.key(member), writer.begin_object();
}

void end_named(json::Writer& writer) { writer.end_object(), writer.end_object(), writer.end_array(); }

}  // namespace

std::string kubeconfig_yaml(const Kubeconfig& config) {
  std::string out(yaml_head);
  out += "apiVersion: v1\nkind: Config\n";
  line(out, "current-context", config.name);
  line(out, "clusters:\n  - name", config.name);
  out += "    cluster:\n";
  line(out, "      server", config.server);
  line_unless_empty(out, "      certificate-authority-data", encoded(config.authorities));
  line_unless_empty(out, "      proxy-url", config.proxy);
  line(out, "users:\n  - name", config.name);
  if (config.token.empty()) out += "    user: {}\n";
  else line(out, "    user:\n      token", config.token);
  line(out, "contexts:\n  - name", config.name);
  out += "    context:\n";
  line(out, "      cluster", config.name);
  line(out, "      user", config.name);
  return out;
}

std::string kubeconfig_json(const Kubeconfig& config) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("apiVersion", "v1");
  writer.member("kind", "Config");
  writer.member("current-context", config.name);
  begin_named(writer, "clusters", config, "cluster");
  writer.member("server", config.server);
  writer.member_unless_empty("certificate-authority-data", encoded(config.authorities));
  writer.member_unless_empty("proxy-url", config.proxy);
  end_named(writer);
  begin_named(writer, "users", config, "user");
  writer.member_unless_empty("token", config.token);
  end_named(writer);
  begin_named(writer, "contexts", config, "context");
  writer.member("cluster", config.name);
  writer.member("user", config.name);
  end_named(writer);
  writer.end_object();
  return out + "\n";
}

bool is_our_kubeconfig(std::string_view text) {
  return text.starts_with(yaml_head) || text.starts_with(json_head);
}

std::string certificates_in(std::string_view pem) {
  constexpr std::string_view begins = "-----BEGIN CERTIFICATE-----", ends = "-----END CERTIFICATE-----";
  std::string out;
  for (std::size_t from = pem.find(begins); from != std::string_view::npos; from = pem.find(begins, from)) {
    const std::size_t until = pem.find(ends, from);
    if (until == std::string_view::npos) break;
    out.append(pem.substr(from, until + ends.size() - from)).append("\n");
    from = until;
  }
  return out;
}

}  // namespace claw::verbs
