#include "loopback/postgres.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/writer.h"
#include "loopback/request.h"
#include "protocol/postgres/codec.h"

namespace claw::loopback {
namespace {

using postgres::Back;

constexpr Limits limits{5000, 64 * 1024};

// Everything the other end says is there before it is asked: the kernel keeps it.
class World {
 public:
  World() : loop(clock) {
    auto ends = io::make_pair().value();
    ours = std::move(ends.first);
    theirs = io::Stream(std::move(ends.second));
  }
  void say(std::string_view bytes) { theirs.send({&bytes, 1}); }

  SystemClock clock;
  io::Loop loop;
  io::Fd ours;
  io::Stream theirs;
};

class Heard final : public Hearer {
 public:
  explicit Heard(io::Loop& loop) : loop_(loop) {}
  void on_columns(std::vector<Column> columns) override { lines += "columns " + columns.at(0).name + "\n"; }
  void on_row(std::vector<Value> row) override { lines += "row " + row.at(0).value_or("NULL") + "\n"; }
  void on_done(std::string tag) override { lines += "done " + tag + "\n"; }
  void on_problem(Problem problem) override { lines += "problem " + problem.code + "\n"; }
  bool on_ready() override {
    lines += "ready\n";
    return ++readies_ == 2;
  }
  void on_over(const std::optional<Error>& why) override {
    lines += why ? "over " + why->what : "over";
    loop_.stop();
  }
  std::string lines;

 private:
  io::Loop& loop_;
  int readies_ = 0;
};

std::string begun() {
  return postgres::encode_challenge(postgres::Challenge::Kind::ok) +
         postgres::encode(Back::backend_key_data, "12345678") +
         postgres::encode_status(postgres::Transaction::idle);
}

std::string description() {
  std::string body;
  Writer out(body);
  out.u16(1), out.text("n"), out.u32(0), out.u16(0), out.u32(23), out.u16(4), out.u32(0), out.u16(0);
  return postgres::encode(Back::row_description, body);
}

std::string row(std::string_view value) {
  std::string body;
  Writer out(body);
  out.u16(1), out.u32(static_cast<std::uint32_t>(value.size())), out.bytes(value);
  return postgres::encode(Back::data_row, body);
}

std::string told(const std::string& said) {
  World world;
  Heard heard(world.loop);
  Session session(world.loop, std::move(world.ours), limits, {{"user", "u"}}, heard);
  world.say(said);
  world.loop.run();
  return heard.lines;
}

TEST(LoopbackPostgres, rows_are_told_as_they_come) {
  const std::string end = postgres::encode(Back::command_complete, std::string_view("SELECT 2\0", 9)) +
                          postgres::encode_status(postgres::Transaction::idle);
  EXPECT_EQ(told(begun() + description() + row("1") + row("2") + end),
            "ready\ncolumns n\nrow 1\nrow 2\ndone SELECT 2\nready\nover");
}

TEST(LoopbackPostgres, more_rows_than_were_wanted_have_no_tag) {
  EXPECT_EQ(told(begun() + row("1") + postgres::encode(Back::portal_suspended) +
                 postgres::encode_status(postgres::Transaction::idle)),
            "ready\nrow 1\ndone \nready\nover");
}

TEST(LoopbackPostgres, what_makes_no_sense_ends_it) {
  EXPECT_EQ(told(begun() + postgres::encode(Back::data_row, "\x01")),
            "ready\nover the answer makes no sense");
}

TEST(LoopbackPostgres, a_server_that_leaves_is_told) {
  World world;
  Heard heard(world.loop);
  Session session(world.loop, std::move(world.ours), limits, {{"user", "u"}}, heard);
  world.theirs.close();
  world.loop.run();
  EXPECT_EQ(heard.lines, "over it was cut off");
}

class Answer final : public Answered {
 public:
  explicit Answer(io::Loop& loop) : loop_(loop) {}
  void on_head(const http::Response& head) override { lines += std::to_string(head.status) + " "; }
  void on_piece(std::string_view body) override { lines += body; }
  void on_over(const std::optional<Error>& why) override {
    lines += why ? " cut" : " over";
    loop_.stop();
  }
  std::string lines;

 private:
  io::Loop& loop_;
};

std::string answered(std::string_view said, bool closes) {
  World world;
  Answer answer(world.loop);
  http::Request head;
  head.method = "GET";
  head.path = "/";
  head.authority = "api.test";
  Request request(world.loop, std::move(world.ours), limits, head, {}, answer);
  world.say(said);
  if (closes) world.theirs.close();
  world.loop.run();
  return answer.lines;
}

TEST(LoopbackRequest, an_answer_ends_where_it_says) {
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", false), "200 hi over");
  EXPECT_EQ(answered("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", false), "204  over");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi", true), "200 hi over");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", true), "200 hi cut");
}

TEST(LoopbackRequest, what_cannot_be_said_is_not) {
  World world;
  Answer answer(world.loop);
  http::Request head;
  head.method = "GET";
  head.path = "/\r\nX: y";
  head.authority = "api.test";
  Request request(world.loop, std::move(world.ours), limits, head, {}, answer);
  world.loop.run();
  EXPECT_EQ(answer.lines, " cut");
}

}  // namespace
}  // namespace claw::loopback
