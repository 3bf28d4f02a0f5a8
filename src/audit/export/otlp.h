// Records as OpenTelemetry logs: one ExportLogsServiceRequest in the JSON encoding of OTLP 1.5, for POST to
// `/v1/logs`. Each record is an event whose body is the record, member by member, and whose attribute
// `log.record.uid` is what a receiver knows a repeat by.
#pragma once

#include <string>

#include "audit/export/columns.h"

namespace claw::audit {

class OtlpRequest {
 public:
  explicit OtlpRequest(std::string_view journal);
  void add(const Exported& exported, std::int64_t observed_us);
  std::string finish();  // Once, at the end.

 private:
  std::string text_;
  json::Writer writer_;
};

// What a receiver says it has not taken, for reasons that asking again would not change.
struct OtlpPartial {
  std::int64_t rejected = 0;
  std::string why;
};
OtlpPartial parse_otlp_answer(std::string_view body);  // What is no such answer rejects nothing.

}  // namespace claw::audit
