#include "protocol/http/edit/edit.h"

#include <gtest/gtest.h>

namespace claw::http {

namespace {

using Kind = action::Edit::Kind;

action::Edits edits(Kind kind, std::string name, std::string value = {}) {
  action::Edits out;
  out.list.push_back({kind, std::move(name), Secret(std::move(value))});
  return out;
}

Request request(std::string path, std::vector<std::pair<std::string, std::string>> fields = {}) {
  Request out;
  out.method = "POST";
  out.path = std::move(path);
  for (const auto& [name, value] : fields) out.fields.add(name, value);
  return out;
}

std::string text_of(const Request& request) {
  std::string out = request.path;
  for (const Field field : request.fields) out.append("|").append(field.name).append("=").append(field.value);
  return out;
}

std::string after(const action::Edits& edits, Request request) {
  const Status done = apply(edits, request);
  return done ? text_of(request) : "error: " + done.error().what;
}

bool is_refused(const action::Edits& edits, Request request) { return !apply(edits, request).ok(); }

std::string after_path(std::string path, Kind kind, std::string name, std::string value = {}) {
  return after(edits(kind, std::move(name), std::move(value)), request(std::move(path)));
}

}  // namespace

TEST(edit, a_header_takes_the_place_of_all_of_its_name_in_any_case) {
  const auto bearer = edits(Kind::set_header, "Authorization", "Bearer real");
  EXPECT_EQ(after(bearer, request("/")), "/|Authorization=Bearer real");
  EXPECT_EQ(after(bearer, request("/", {{"authorization", "Bearer mine"},
                                        {"X-A", "1"},
                                        {"AUTHORIZATION", "Basic mine"},
                                        {"Authorization-X", "2"}})),
            "/|X-A=1|Authorization-X=2|Authorization=Bearer real");
}

TEST(edit, a_dropped_header_is_gone_however_often_and_however_written) {
  EXPECT_EQ(after(edits(Kind::drop_header, "x-api-key"),
                  request("/", {{"X-Api-Key", "a"}, {"x-api-key", "b"}, {"x-api-key2", "c"}})),
            "/|x-api-key2=c");
}

TEST(edit, a_cookie_takes_the_place_of_its_name_and_of_no_longer_one) {
  const auto sid = edits(Kind::set_cookie, "sid", "real");
  EXPECT_EQ(after(sid, request("/")), "/|Cookie=sid=real");
  EXPECT_EQ(after(sid, request("/", {{"Cookie", "a=1; sid=fake; sid2=keep; xsid=keep"}})),
            "/|Cookie=a=1; sid2=keep; xsid=keep; sid=real");
  EXPECT_EQ(after(sid, request("/", {{"cookie", "sid=x"}, {"A", "1"}, {"Cookie", "b=2;sid = y;;SID=z"}})),
            "/|A=1|Cookie=b=2; SID=z; sid=real");
}

TEST(edit, a_query_parameter_is_replaced_where_it_stood_and_only_once) {
  EXPECT_EQ(after_path("/v1?key=mine&a=1", Kind::set_query, "key", "real"), "/v1?key=real&a=1");
  EXPECT_EQ(after_path("/v1?a=1&key=x&b=%20&key=y&%6bey=z&keys=1", Kind::set_query, "key", "re al&=+"),
            "/v1?a=1&key=re%20al%26%3D%2B&b=%20&keys=1");
  EXPECT_EQ(after_path("/v1", Kind::set_query, "key", "real"), "/v1?key=real");
  EXPECT_EQ(after_path("/v1?", Kind::set_query, "key", "real"), "/v1?key=real");
}

TEST(edit, a_query_parameter_is_dropped_and_the_rest_stays_byte_for_byte) {
  EXPECT_EQ(after_path("/a?x=%2f&token=t&token&%74oken=u&y=+", Kind::drop_query, "token"), "/a?x=%2f&y=+");
  EXPECT_EQ(after_path("/a?token=t", Kind::drop_query, "token"), "/a");
  EXPECT_EQ(after_path("/a?&&x", Kind::drop_query, "token"), "/a?&&x");
}

TEST(edit, a_piece_of_the_path_is_replaced_when_it_is_there_exactly_once) {
  const auto bot = edits(Kind::set_path, "/botPH/", "/bot123:real/");
  EXPECT_EQ(after(bot, request("/botPH/sendMessage?text=hi")), "/bot123:real/sendMessage?text=hi");
  EXPECT_TRUE(is_refused(bot, request("/other")));
  // The second one would be a message with the token in it.
  EXPECT_TRUE(is_refused(bot, request("/botPH/sendMessage?text=/botPH/")));
  EXPECT_TRUE(is_refused(bot, request("/botPH/botPH/x")));
  EXPECT_TRUE(is_refused(edits(Kind::set_path, "", "x"), request("/a")));
}

TEST(edit, a_value_that_would_split_the_head_is_refused_whatever_the_edit) {
  for (const Kind kind : {Kind::set_header, Kind::set_cookie, Kind::set_query, Kind::set_path}) {
    for (const std::string& evil :
         {std::string("a\r\nHost: evil"), std::string("a\nb"), std::string("a\0b", 3)}) {
      EXPECT_TRUE(is_refused(edits(kind, "x", evil), request("/x"))) << static_cast<int>(kind);
      EXPECT_TRUE(is_refused(edits(kind, evil, "x"), request("/x"))) << static_cast<int>(kind);
    }
  }
}

TEST(edit, text_edits_are_the_websockets) {
  EXPECT_EQ(after_path("/PH", Kind::set_text, "PH", "real"), "/PH");
}

TEST(edit_body, a_form_loses_the_field_under_every_spelling) {
  const auto drop = edits(Kind::drop_form_field, "token");
  Request form = request("/", {{"Content-Type", "Application/X-WWW-Form-Urlencoded; charset=utf-8"}});
  EXPECT_FALSE(edits_body(drop, form));  // No body yet.
  form.has_body = true;
  ASSERT_TRUE(edits_body(drop, form));
  const auto body = [&](std::string text) { return apply_body(drop, form, std::move(text)).value(); };
  EXPECT_EQ(body("channel=c&token=xoxb-fake&text=a+b"), "channel=c&text=a+b");
  EXPECT_EQ(body("token=x&%74oke%6E=y&token"), "");
  EXPECT_EQ(body("tokens=1&Token=2"), "tokens=1&Token=2");
  EXPECT_EQ(body(""), "");
}

TEST(edit_body, other_bodies_are_left_alone) {
  const auto drop = edits(Kind::drop_form_field, "token");
  Request json = request("/", {{"Content-Type", "application/json"}});
  json.has_body = true;
  EXPECT_FALSE(edits_body(drop, json));
  EXPECT_EQ(apply_body(drop, json, "token=1").value(), "token=1");
  EXPECT_FALSE(edits_body(edits(Kind::set_header, "a", "b"), json));
}

TEST(edit_body, an_aws_chunked_upload_is_unwrapped_to_the_length_it_says) {
  action::Edits unwrap = edits(Kind::drop_header, "x-amz-decoded-content-length");
  unwrap.unwrap_aws_chunked = true;
  const std::string wrapped = "5;chunk-signature=ab\r\nhello\r\n0;chunk-signature=cd\r\n\r\n";
  Request upload = request("/b/k", {{"X-Amz-Decoded-Content-Length", "5"}});
  upload.has_body = true;
  EXPECT_TRUE(edits_body(unwrap, upload));
  ASSERT_TRUE(apply(unwrap, upload).ok());
  EXPECT_EQ(upload.length, 5u);
  EXPECT_EQ(text_of(upload), "/b/k");
  EXPECT_EQ(apply_body(unwrap, upload, wrapped).value(), "hello");
  upload.length = 6;
  EXPECT_FALSE(apply_body(unwrap, upload, wrapped).ok());
}

TEST(edit_body, an_aws_chunked_upload_without_one_clear_length_is_refused) {
  action::Edits unwrap;
  unwrap.unwrap_aws_chunked = true;
  for (const std::vector<std::pair<std::string, std::string>>& fields :
       std::vector<std::vector<std::pair<std::string, std::string>>>{
           {},
           {{"x-amz-decoded-content-length", "five"}},
           {{"x-amz-decoded-content-length", "-5"}},
           {{"x-amz-decoded-content-length", ""}},
           {{"x-amz-decoded-content-length", "5"}, {"x-amz-decoded-content-length", "6"}}}) {
    Request upload = request("/b/k", fields);
    upload.has_body = true;
    EXPECT_FALSE(apply(unwrap, upload).ok());
  }
}

}  // namespace claw::http
