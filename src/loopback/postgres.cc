#include "loopback/postgres.h"

#include "base/cursor.h"
#include "base/writer.h"
#include "protocol/postgres/codec.h"

namespace claw::loopback {
namespace {

using postgres::Back;
using postgres::Front;

constexpr std::uint32_t cancel_ms_max = 5000;  // It is only passed on.

Result<std::vector<Column>> columns_of(std::string_view body) {
  Cursor in(body);
  std::vector<Column> columns(in.u16());
  for (Column& column : columns) {
    column.name = in.text();
    in.take(6);  // Its table and number there.
    column.type = in.u32();
    in.take(8);  // Its size, modifier and format.
  }
  if (!in.ok()) return invalid("a row description that makes no sense");
  return columns;
}

Result<std::vector<Value>> row_of(std::string_view body) {
  Cursor in(body);
  std::vector<Value> row(in.u16());
  for (Value& value : row) {
    const std::int32_t size = in.i32();
    if (size >= 0) value = std::string(in.take(static_cast<std::size_t>(size)));
  }
  if (!in.ok()) return invalid("a row that makes no sense");
  return row;
}

}  // namespace

Session::Session(io::Loop& loop, io::Fd end, Limits limits, const Parameters& startup, Hearer& hearer)
    : hearer_(hearer),
      line_(std::make_unique<Line>(
          loop, std::move(end), limits, [this](std::string& unread) { return heard(unread); },
          [this](const std::optional<Error>& why) { hearer_.on_over(nonsense_ ? nonsense_ : why); })) {
  line_->send(postgres::encode_startup(startup));
}

void Session::ask(const Statement& statement) {
  const auto count = static_cast<std::uint16_t>(statement.parameters.size());
  std::string parse, bind, describe, execute;
  Writer to_parse(parse);
  to_parse.text("");
  to_parse.text(statement.sql);
  to_parse.u16(count);
  for (std::size_t i = 0; i < count; ++i) {
    to_parse.u32(i < statement.types.size() ? statement.types[i] : 0);
  }
  Writer to_bind(bind);
  to_bind.text("");
  to_bind.text("");
  to_bind.u16(0);  // All values are text,
  to_bind.u16(count);
  for (const Value& value : statement.parameters) {
    to_bind.u32(value ? static_cast<std::uint32_t>(value->size()) : UINT32_MAX);
    if (value) to_bind.bytes(*value);
  }
  to_bind.u16(0);  // and so is the answer.
  Writer to_describe(describe);
  to_describe.u8('P');
  to_describe.text("");
  Writer to_execute(execute);
  to_execute.text("");
  to_execute.u32(statement.rows_max);
  line_->send(postgres::encode(Front::parse, parse) + postgres::encode(Front::bind, bind) +
              postgres::encode(Front::describe, describe) + postgres::encode(Front::execute, execute) +
              postgres::encode(Front::sync));
}

bool Session::heard(std::string& unread) {
  std::size_t used = 0;
  while (!done_) {
    const std::string_view rest = std::string_view(unread).substr(used);
    const auto header = postgres::decode_header(rest);
    if (!header) {
      nonsense_ = invalid("the answer makes no sense");
      return true;
    }
    if (!*header || rest.size() < (*header)->whole()) break;
    const std::string_view body = rest.substr(postgres::header_bytes, (*header)->body);
    used += (*header)->whole();
    if (!take((*header)->type, body)) {
      nonsense_ = invalid("the answer makes no sense");
      return true;
    }
  }
  unread.erase(0, used);
  return done_;
}

bool Session::take(char type, std::string_view body) {
  const Back known = static_cast<Back>(type);  // The rest is nothing that was asked for.
  if (known == Back::row_description) {
    auto columns = columns_of(body);
    if (!columns) return false;
    hearer_.on_columns(std::move(*columns));
  } else if (known == Back::data_row) {
    auto row = row_of(body);
    if (!row) return false;
    hearer_.on_row(std::move(*row));
  } else if (known == Back::command_complete) {
    const auto tag = postgres::decode_tag(body);
    if (!tag) return false;
    hearer_.on_done(std::string(*tag));
  } else if (known == Back::portal_suspended || known == Back::empty_query_response) {
    hearer_.on_done({});
  } else if (known == Back::error_response) {
    const auto decoded = postgres::decode_problem(body);
    if (!decoded) return false;
    hearer_.on_problem({std::string(decoded->severity), std::string(decoded->code),
                        std::string(decoded->message), std::string(decoded->hint), decoded->position});
  } else if (known == Back::copy_in_response) {
    line_->send(postgres::encode(Front::copy_fail, std::string_view("nothing is copied in here\0", 26)) +
                postgres::encode(Front::sync));
  } else if (known == Back::backend_key_data) {
    cancel_key_ = body;
  } else if (known == Back::ready_for_query) {
    done_ = hearer_.on_ready();
  }
  return true;
}

std::unique_ptr<Line> send_cancel(io::Loop& loop, io::Fd end, std::string_view key, Line::Over over) {
  auto line = std::make_unique<Line>(
      loop, std::move(end), Limits{cancel_ms_max, 1024}, [](std::string&) { return false; }, std::move(over));
  line->send(postgres::encode_cancel(key));
  return line;
}

}  // namespace claw::loopback
