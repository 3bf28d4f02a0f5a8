#include <gtest/gtest.h>

#include "protocol/websocket/codec.h"

namespace claw::websocket {
namespace {

std::string said(std::string_view header) {
  const auto negotiated = read_extensions(header);
  if (!negotiated) return "!";
  std::string out;
  for (const Deflate& side : {negotiated->client, negotiated->server}) {
    out += side.enabled ? std::to_string(side.window_bits) : "off";
    out += side.no_context_takeover ? " forgets; " : "; ";
  }
  return out;
}

TEST(extensions, reads_permessage_deflate) {
  EXPECT_EQ(said(""), "off; off; ");
  EXPECT_EQ(said("  "), "off; off; ");
  EXPECT_EQ(said("permessage-deflate"), "15; 15; ");
  EXPECT_EQ(said(" permessage-deflate ; server_no_context_takeover"), "15; 15 forgets; ");
  EXPECT_EQ(said("permessage-deflate;client_no_context_takeover"), "15 forgets; 15; ");
  EXPECT_EQ(said("permessage-deflate; client_max_window_bits=10; server_max_window_bits=9"), "10; 9; ");
  EXPECT_EQ(said("permessage-deflate; server_max_window_bits=\"8\""), "15; 8; ");
  EXPECT_EQ(said("permessage-deflate; server_max_window_bits = 12 ;client_no_context_takeover"),
            "15 forgets; 12; ");
}

TEST(extensions, refuses_others_and_more_than_one) {
  EXPECT_EQ(said("x-webkit-deflate-frame"), "!");
  EXPECT_EQ(said("permessage-deflate, permessage-deflate"), "!");
  EXPECT_EQ(said("permessage-deflate, x-other"), "!");
  EXPECT_EQ(said("permessage-bzip2"), "!");
  EXPECT_EQ(said("permessage-deflate,"), "!");
  EXPECT_EQ(said("Permessage-Deflate"), "!");
}

TEST(extensions, refuses_parameters_that_make_no_sense) {
  for (const std::string_view parameter : {"",
                                           "x",
                                           "server_max_window_bits",
                                           "client_max_window_bits",
                                           "server_max_window_bits=7",
                                           "server_max_window_bits=16",
                                           "server_max_window_bits=08",
                                           "server_max_window_bits=+9",
                                           "server_max_window_bits=9 9",
                                           "server_max_window_bits=9x",
                                           "server_max_window_bits=",
                                           "server_max_window_bits=\"9",
                                           "server_max_window_bits=\"\"",
                                           "server_no_context_takeover=true",
                                           "server_no_context_takeover=",
                                           "client_",
                                           "server_",
                                           "max_window_bits=10",
                                           "Server_max_window_bits=10",
                                           "client_no_context_takeover; client_no_context_takeover",
                                           "server_max_window_bits=10; server_max_window_bits=12",
                                           "middle_max_window_bits=10"}) {
    EXPECT_EQ(said("permessage-deflate; " + std::string(parameter)), "!") << parameter;
  }
}

}  // namespace
}  // namespace claw::websocket
