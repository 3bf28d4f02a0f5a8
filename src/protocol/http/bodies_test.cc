// Bodies that wait for a rule or a verdict, more of them than there is room for: of one connection's streams,
// of many connections, of what reading them would take.
#include <gtest/gtest.h>

#include "base/text.h"
#include "protocol/http/peers_for_test.h"

namespace claw::http {
namespace {

void expect_sound(Talk& talk) {
  for (const std::string& each : talk.wrong) ADD_FAILURE() << each;
}

struct Room {  // For one agent; in all there is twice as much.
  explicit Room(std::uint64_t most) : bodies(std::make_shared<Budget>(2 * most)) {
    options->needs.body = true;
  }
  Door door() const {
    Door door = Talk::own_door();
    door.bodies = bodies;
    return door;
  }
  std::shared_ptr<Options> options = Talk::options_for("https.api");
  std::shared_ptr<Budget> bodies;
};

std::string post(std::string_view body, std::string_view fields = {}) {
  return "POST / HTTP/1.1\r\nHost: api.test\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

TEST(HttpBodies, one_too_many_is_refused_and_on_record_and_the_others_go_on) {
  for (const std::size_t slice : {0U, 1U, 7U}) {
    Room room(2000);
    Talk talk(room.door(), Talk::fixed_to("api.test", room.options));
    talk.holds = true;
    talk.slice = slice;
    H2Agent agent(talk);
    const std::string body(900, 'b');
    const StreamId first = agent.post("/1", body);
    const StreamId second = agent.post("/2", body);
    const StreamId third = agent.post("/3", body);
    agent.sync();
    EXPECT_EQ(talk.asked.size(), 2u);
    EXPECT_EQ(agent.heard[third].response.status, 503);
    EXPECT_EQ(agent.heard[third].response.fields.find("retry-after"), "1");
    EXPECT_NE(agent.heard[third].body.find("as many bodies as it may"), std::string::npos);
    ASSERT_EQ(talk.reports.size(), 1u);
    EXPECT_NE(talk.reports[0].find("no room for another body"), std::string::npos);
    EXPECT_EQ(room.bodies->held(), 1800u);
    talk.allow(talk.asked[0].first);
    talk.deny(talk.asked[1].first);
    agent.sync();
    EXPECT_EQ(room.bodies->held(), 0u);
    EXPECT_NE(talk.upstreams[1].sent.find(body), std::string::npos);
    EXPECT_EQ(agent.heard[first].responses, 0u);
    EXPECT_EQ(agent.heard[second].response.status, 403);
    agent.post("/4", body);
    agent.sync();
    EXPECT_EQ(talk.asked.size(), 3u) << "there is room again";
    expect_sound(talk);
  }
}

TEST(HttpBodies, a_flood_of_streams_and_connections_never_holds_more) {
  Room room(50'000);
  std::size_t asked = 0;
  std::size_t refused = 0;
  std::vector<std::unique_ptr<Talk>> talks;
  for (int connection = 0; connection < 20; ++connection) {
    Talk& talk = *talks.emplace_back(
        std::make_unique<Talk>(room.door(), Talk::fixed_to("api.test", room.options)));
    talk.holds = true;
    H2Agent agent(talk);
    for (int stream = 0; stream < 100; ++stream) agent.post("/", std::string(1000, 'b'), stream % 2 == 0);
    agent.sync();
    EXPECT_LE(room.bodies->held(), 50'000u);
    asked += talk.asked.size();
    for (const auto& [stream, heard] : agent.heard) refused += heard.response.status == 503 ? 1 : 0;
    expect_sound(talk);
  }
  EXPECT_LE(asked, 50u);
  EXPECT_GT(asked, 0u);
  EXPECT_EQ(refused, 2000u - 50u);
  for (const auto& talk : talks) talk->agent_leaves();
  EXPECT_EQ(room.bodies->held(), 0u) << "who leaves holds nothing";
}

TEST(HttpBodies, an_agent_that_has_all_it_may_have_leaves_room_for_the_others) {
  Room room(5000);
  Door door = room.door();
  door.require_token = true;
  Talk greedy(door, Talk::fixed_to("api.test", room.options));
  Talk other(door, Talk::fixed_to("api.test", room.options));
  for (Talk* talk : {&greedy, &other}) {
    talk->holds = true;
    talk->agent_name = talk == &greedy ? "greedy" : "other";
  }
  H2Agent agent(greedy);
  for (int i = 0; i < 100; ++i) {
    Request head = H2Agent::request("POST", "/");
    head.fields.add("authorization", "Bearer clawp_good");
    head.has_body = true;
    agent.codec->body(agent.codec->open(head, agent.out()), std::string(1000, 'b'), agent.out());
    agent.sync();
  }
  EXPECT_EQ(room.bodies->held(), 5000u);
  other.agent(post(std::string(1000, 'b'), "Authorization: Bearer clawp_good\r\n"));
  EXPECT_EQ(other.asked.size(), 1u) << other.to_agent;
  greedy.agent_leaves();
  EXPECT_EQ(room.bodies->held(), 1000u);
  std::vector<std::unique_ptr<Talk>> talks;  // What comes along with a token counts for whose that is.
  for (int i = 0; i < 10; ++i) {
    Talk& talk = *talks.emplace_back(std::make_unique<Talk>(door, Talk::fixed_to("api.test", room.options)));
    talk.holds = true;
    talk.agent_name = "greedy";
    talk.agent(post(std::string(1000, 'b'), "Authorization: Bearer clawp_good\r\n"));
    EXPECT_EQ(talk.asked.size(), i < 4 ? 1u : 0u) << i;
    expect_sound(talk);
  }
  expect_sound(greedy);
  expect_sound(other);
}

TEST(HttpBodies, what_reading_takes_counts_too) {
  const std::string text(20'000, 'x');
  std::string numbers = "[1";
  while (numbers.size() < text.size()) numbers += ",1";
  numbers += "]";
  for (const bool is_json : {false, true}) {
    Room room(100'000);
    room.options->needs.json = true;
    Talk talk(room.door(), Talk::fixed_to("api.test", room.options));
    talk.holds = true;
    talk.agent(post(is_json ? numbers : text, "Content-Type: application/json\r\n"));
    EXPECT_EQ(talk.asked.size(), is_json ? 0u : 1u);
    EXPECT_EQ(talk.to_agent.starts_with("HTTP/1.1 503 "), is_json) << talk.to_agent;
    EXPECT_EQ(talk.reports.size(), is_json ? 1u : 0u);
    expect_sound(talk);
  }
}

TEST(HttpBodies, there_is_room_for_few_packed_ones_whatever_they_say_they_are) {
  Room room(50'000);
  room.options->needs.json = true;
  std::vector<std::unique_ptr<Talk>> talks;
  for (int i = 0; i < 5; ++i) {
    Talk& talk = *talks.emplace_back(
        std::make_unique<Talk>(room.door(), Talk::fixed_to("api.test", room.options)));
    talk.holds = true;
    talk.agent(post("not really", "Content-Encoding: gzip\r\n"));
    EXPECT_EQ(talk.to_agent.starts_with("HTTP/1.1 503 "), i >= 2) << i << talk.to_agent;
    expect_sound(talk);
  }
}

// Not gathered, but here before the verdict is: it waits all the same.
TEST(HttpBodies, what_comes_before_its_verdict_is_taken_back_from_those_who_decide) {
  Room room(100);
  room.options->needs.body = false;
  Talk talk(room.door(), Talk::fixed_to("api.test", room.options));
  talk.holds = true;
  H2Agent agent(talk);
  const StreamId stream = agent.post("/", std::string(200, 'b'));
  agent.sync();
  EXPECT_EQ(agent.heard[stream].response.status, 503);
  EXPECT_EQ(talk.withdrawn.size(), talk.asked.size());
  EXPECT_TRUE(talk.connects.empty());
  EXPECT_EQ(room.bodies->held(), 0u);
  expect_sound(talk);
}

TEST(HttpBodies, grpc_is_told_in_its_own_words) {
  Room room(100);
  Talk talk(room.door(), Talk::fixed_to("api.test", room.options));
  H2Agent agent(talk);
  Request head = H2Agent::request("POST", "/service/Method");
  head.fields.add("content-type", "application/grpc");
  head.has_body = true;
  const StreamId stream = agent.codec->open(head, agent.out());
  agent.codec->body(stream, std::string(200, 'b'), agent.out());
  agent.sync();
  EXPECT_EQ(agent.heard[stream].response.fields.find("grpc-status"), "8");
  expect_sound(talk);
}

}  // namespace
}  // namespace claw::http
