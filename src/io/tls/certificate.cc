#include "io/tls/certificate.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/host.h"
#include "base/id.h"
#include "base/text.h"

namespace claw::io {

namespace {

constexpr std::size_t common_name_bytes_max = 64;  // RFC 5280 A.1, ub-common-name.

// Without this the library would ask for a passphrase at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

std::string content_of(BIO* bio) {
  const char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

Owned<BIO> reading(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Owned<GENERAL_NAME> alternative_name(const CertifiedHost& host) {
  const std::string& bytes = host.ip.empty() ? host.text : host.ip;
  Owned<GENERAL_NAME> name(GENERAL_NAME_new());
  ASN1_STRING* value = host.ip.empty() ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();
  if (name == nullptr || value == nullptr) return nullptr;
  GENERAL_NAME_set0_value(name.get(), host.ip.empty() ? GEN_DNS : GEN_IPADD, value);
  if (ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) != 1) return nullptr;
  return name;
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  for (const char c : label) {
    // Underscores are no host names, but clusters and clouds use them.
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
  }
  return true;
}

}  // namespace

std::string last_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "connection lost";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown TLS error";
}

Result<CertifiedHost> certified_host(std::string_view host) {
  CertifiedHost out{lower(host), {}};
  const Error refused = invalid(quoted(host) + " is no host a certificate can be made out to");
  if (out.text.empty() || out.text.size() > 253 || out.text.find('\0') != std::string::npos) return refused;
  // Strict, unlike inet_aton: `127.1` is no address here.
  const bool is_ipv6 = out.text.find(':') != std::string::npos;
  out.ip.resize(is_ipv6 ? sizeof(in6_addr) : sizeof(in_addr));
  if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, out.text.c_str(), out.ip.data()) == 1) return out;
  out.ip.clear();
  for (const std::string_view label : split(out.text, '.')) {
    if (!is_label(label)) return refused;
  }
  if (ends_in_number(out.text)) return refused;
  return out;
}

bool begin(X509* certificate, const Validity& validity) {
  std::string serial(16, '\0');
  fill_random(serial);
  const Owned<BIGNUM> number(BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()),
                                       static_cast<int>(serial.size()), nullptr));
  return number != nullptr && X509_set_version(certificate, X509_VERSION_3) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), validity.from_s) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), validity.until_s) != nullptr;
}

bool add_common_name(X509* certificate, const std::string& name) {
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  return X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8, text,
                                    static_cast<int>(name.size()), -1, 0) == 1;
}

bool add_host(X509* certificate, const CertifiedHost& host) {
  const bool named = host.text.size() <= common_name_bytes_max;
  if (named && !add_common_name(certificate, host.text)) return false;
  Owned<GENERAL_NAMES> names(sk_GENERAL_NAME_new_null());
  Owned<GENERAL_NAME> name = alternative_name(host);
  if (names == nullptr || name == nullptr) return false;
  if (sk_GENERAL_NAME_push(names.get(), name.get()) <= 0) return false;
  static_cast<void>(name.release());  // The list has it now.
  // RFC 5280 §4.2.1.6: critical where there is no subject to go by.
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), named ? 0 : 1, 0) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

std::string common_name_of(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  const std::string name(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  // Some sign what they are sent: a name with a hidden end is nobody's.
  return name.find('\0') == std::string::npos && is_utf8(name) ? name : std::string();
}

// EVP_EC_gen() makes a key that is encoded and decoded again each time it goes into a certificate, 400 µs;
// one that was made the older way is copied.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
Owned<EVP_PKEY> make_p256_key() {
  EC_KEY* point = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
  Owned<EVP_PKEY> key(EVP_PKEY_new());
  const bool made =
      point != nullptr && key != nullptr && EC_KEY_generate_key(point) == 1 && EC_KEY_check_key(point) == 1;
  if (made && EVP_PKEY_assign_EC_KEY(key.get(), point) == 1) return key;
  EC_KEY_free(point);
  return nullptr;
}
#pragma GCC diagnostic pop

Result<std::string> to_pem(X509* certificate) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_X509(bio.get(), certificate) != 1) {
    return Error{Code::unavailable, "cannot write a certificate: " + last_openssl_error(), {}};
  }
  return content_of(bio.get());
}

Result<Secret> to_pem(EVP_PKEY* key) {
  const Owned<BIO> bio(BIO_new(BIO_s_secmem()));  // Zeroed when it goes.
  if (bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return Error{Code::unavailable, "cannot write a private key: " + last_openssl_error(), {}};
  }
  return Secret(content_of(bio.get()));
}

Result<std::vector<Owned<X509>>> certificates_from_pem(std::string_view text) {
  std::vector<Owned<X509>> found;
  const Owned<BIO> bio = reading(text);
  while (bio != nullptr) {
    Owned<X509> each(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    if (each == nullptr) break;
    found.push_back(std::move(each));
  }
  const unsigned long code = ERR_peek_last_error();
  const bool is_end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  const std::string why = last_openssl_error();
  if (!is_end) return invalid("a certificate cannot be read: " + why);
  if (found.empty()) return invalid("there is no certificate in this text");
  return found;
}

Result<Owned<EVP_PKEY>> key_from_pem(const Secret& text) {
  const Owned<BIO> bio = reading(text.reveal());
  Owned<EVP_PKEY> key(
      bio != nullptr ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (key == nullptr) return invalid("a private key cannot be read: " + last_openssl_error());
  ERR_clear_error();
  return key;
}

}  // namespace claw::io
