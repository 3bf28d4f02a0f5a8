#include "outbound/request.h"

#include <gtest/gtest.h>

namespace claw::outbound {
namespace {

Request aimed(std::string_view url) {
  Request request;
  EXPECT_TRUE(aim(request, url)) << url;
  return request;
}

TEST(request, an_url_is_host_port_and_path) {
  Request request = aimed("https://API.example.com/v1/x?y=1");
  EXPECT_EQ(request.host, "api.example.com");
  EXPECT_EQ(request.port, 443);
  EXPECT_EQ(request.path.reveal(), "/v1/x?y=1");
  EXPECT_EQ(aimed("https://a.b").path.reveal(), "/");
  EXPECT_EQ(aimed("https://a.b?x").path.reveal(), "/?x");
  EXPECT_EQ(aimed("https://[2001:db8::1]:8443/").host, "2001:db8::1");
  EXPECT_EQ(aimed("https://10.1.2.3:8443/").port, 8443);
  EXPECT_FALSE(aimed("http://127.0.0.1:11434/v1").has_tls);
}

TEST(request, what_is_no_place_to_send_secrets_is_refused) {
  for (const std::string_view bad : {"",
                                     "ftp://a.b/",
                                     "http://a.b/",
                                     "http://10.0.0.1/",
                                     "https://",
                                     "https://user@a.b/",
                                     "https://a.b:0/",
                                     "https://a.b:99999/",
                                     "https://a.b:443x/",
                                     "https://0x7f.1/",
                                     "https://2130706433/",
                                     "https://a b/",
                                     "https://a.b/#x",
                                     "https://a.b\\@c.d/",
                                     "https://[::1/",
                                     "https://[x]/",
                                     "https://a.b/\r\nX: y",
                                     "https://a..b/",
                                     "http://127.0.0.1.evil.test/",
                                     "http://localhost.evil.test/"}) {
    Request request;
    EXPECT_FALSE(aim(request, bad)) << bad;
  }
}

TEST(request, only_who_writes_an_address_means_this_machine_or_its_link) {
  EXPECT_EQ(aimed("https://metadata.google.internal/").reach, io::Reach::no_local_services);
  EXPECT_EQ(aimed("https://slack.com/").reach, io::Reach::no_local_services);
  EXPECT_EQ(aimed("https://169.254.169.254/").reach, io::Reach::anywhere);
  EXPECT_EQ(aimed("https://localhost:8443/").reach, io::Reach::anywhere);
  EXPECT_EQ(aimed("https://[::1]:8443/").reach, io::Reach::anywhere);
}

TEST(request, roots_that_cannot_be_read_are_an_error) {
  EXPECT_FALSE(trust_of("/nowhere/roots.pem"));
}

}  // namespace
}  // namespace claw::outbound
