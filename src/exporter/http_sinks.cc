// Sinks over HTTP: ClickHouse, OpenTelemetry, S3.
#include <fmt/format.h>

#include "audit/export/clickhouse.h"
#include "audit/export/otlp.h"
#include "audit/ocsf.h"
#include "base/crypto.h"
#include "base/text.h"
#include "base/web/encoding.h"
#include "exporter/http_sink.h"
#include "protocol/http/content/gzip.h"

namespace claw::exporter {

namespace {

class ClickHouse final : public HttpSink {
 public:
  explicit ClickHouse(Parts parts) : HttpSink(std::move(parts)) {}

 private:
  Message message(const Batch& batch) override {
    Message message;
    message.path = "/?query=" + percent_encode(audit::clickhouse_insert(parts().settings.table));
    message.content_type = "application/x-ndjson";
    for (const Kept& kept : batch.records) {
      audit::append_clickhouse_row(message.body, exported(parts(), kept));
    }
    return message;
  }
};

class Otlp final : public HttpSink {
 public:
  explicit Otlp(Parts parts) : HttpSink(std::move(parts)) {}

 private:
  Message message(const Batch& batch) override {
    Message message;
    message.content_type = "application/json";
    audit::OtlpRequest request(parts().journal);
    for (const Kept& kept : batch.records) request.add(exported(parts(), kept), parts().clock.wall_us());
    message.body = request.finish();
    return message;
  }
  // What it does not take it will not take another time: asking again is forbidden (OTLP, partial success).
  Taken taken(std::string_view body) override {
    audit::OtlpPartial partial = audit::parse_otlp_answer(body);
    return {static_cast<std::uint64_t>(std::max<std::int64_t>(partial.rejected, 0)), std::move(partial.why)};
  }
};

class S3 final : public HttpSink {
 public:
  explicit S3(Parts parts) : HttpSink(std::move(parts)) {}
  bool is_named_by_range() const override { return true; }

 private:
  // `/bucket/prefix/JOURNAL/2027/01/15/FIRST-LAST.ndjson`: a repeat takes the place of what it repeats.
  Message message(const Batch& batch) override {
    const config::Exporter& settings = parts().settings;
    std::string day = format_time(batch.records.front().record.time_us).substr(0, 10);
    std::ranges::replace(day, '-', '/');
    Message message;
    message.method = "PUT";
    message.path = fmt::format("/{}/{}{}/{}/{:016}-{:016}.ndjson", settings.bucket, settings.prefix,
                               parts().journal, day, batch.first, batch.last);
    message.content_type = "application/x-ndjson";
    for (const Kept& kept : batch.records) audit::append_json_line(message.body, kept.payload);
    if (settings.gzip) {  // An object of its own kind: not every reader of a bucket undoes an encoding.
      message.path += ".gz";
      message.content_type = "application/gzip";
      message.body = http::gzip(message.body);
      message.is_packed = true;
    }
    message.fields.emplace_back("x-amz-content-sha256",
                                to_hex(crypto::view(crypto::sha256(message.body))));
    return message;
  }
};

}  // namespace

std::unique_ptr<Sink> make_clickhouse(Parts parts) { return std::make_unique<ClickHouse>(std::move(parts)); }

std::unique_ptr<Sink> make_otlp(Parts parts) { return std::make_unique<Otlp>(std::move(parts)); }

std::unique_ptr<Sink> make_s3(Parts parts) {
  parts.credential.settings["service"] = "s3";
  parts.credential.settings["region"] = parts.settings.region;
  return std::make_unique<S3>(std::move(parts));
}

}  // namespace claw::exporter
