#include "audit/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace claw::audit {

namespace {

// A checkpoint speaks of a record not long past; remembering more would let a journal without checkpoints
// fill the memory of whoever verifies it. 40 bytes each.
constexpr std::size_t unsigned_records_max = 1 << 20;
// The first ones tell; a journal of nothing but problems must not become a report of a million lines.
constexpr std::size_t problems_max = 100;

}  // namespace

Verifier::Verifier(std::vector<std::string> public_keys, std::optional<Anchor> anchor)
    : public_keys_(std::move(public_keys)) {
  if (anchor) expect(*anchor);
}

void Verifier::problem(std::string what) {
  if (findings_.problems.size() < problems_max) findings_.problems.push_back(std::move(what));
}

void Verifier::problem(std::string what, Damage damage) {
  if (!findings_.damage) findings_.damage = std::move(damage);
  problem(std::move(what));
}

// Of a segment or a signature as a whole.
void Verifier::damaged(std::string_view kind, std::string what) {
  Damage damage;
  damage.kind = kind;
  damage.segment = header_.segment;
  damage.after = findings_.last;
  damage.what = what;
  damage.advice = advice_for(kind);
  problem(std::move(what), std::move(damage));
}

bool Verifier::begin(std::string_view bytes) {
  Result<Header> header = peek_header(bytes);
  if (!header) {
    damaged("header_changed",
            fmt::format("the segment after record {}: {}", findings_.last, header.error().text()));
    return false;
  }
  if (started_) {
    if (header->segment != header_.segment + 1) {
      damaged(header->segment > header_.segment ? "segment_missing" : "reordered",
              fmt::format("segment {} is followed by segment {}", header_.segment, header->segment));
      return false;
    }
    if (header->previous != last_ || header->first != findings_.last + 1) {
      const bool is_short = header->first > findings_.last + 1;
      damaged(is_short ? "truncated" : "changed",
              fmt::format("segment {} does not continue after record {}{}", header->segment, findings_.last,
                          is_short ? fmt::format(": records up to {} are missing at the end of segment {}",
                                                 header->first - 1, header_.segment)
                                   : ": its header or the record before it was changed"));
      return false;
    }
  }
  if (std::find(public_keys_.begin(), public_keys_.end(), header->public_key) == public_keys_.end()) {
    header_.segment = header->segment;
    damaged("other_key", fmt::format("segment {} names a key that is not trusted", header->segment));
  }
  if (!started_) {
    findings_.first = header->first;
    findings_.last = header->first - 1;
    findings_.signed_through = header->first - 1;
    before_first_ = to_hex(crypto::view(header->previous));
  }
  started_ = true;
  header_ = *header;
  last_ = header_.previous;
  return true;
}

void Verifier::segment(std::string_view bytes) {
  if (lost_) return;
  lost_ = !begin(bytes);
  if (lost_) return;
  Reader reader(bytes, last_);
  Step step = reader.next();  // The header's own frame.
  while (step == Step::record && (step = reader.next()) == Step::record) record(reader);
  last_ = reader.last();
  findings_.hash = last_;
  if (step == Step::torn && hides_records(bytes, reader.used(), last_)) step = Step::corrupt;
  if (step == Step::torn) {
    findings_.unfinished_bytes += reader.left();
    findings_.closed = false;
  }
  if (step == Step::corrupt) broken(bytes, reader);
}

void Verifier::broken(std::string_view bytes, const Reader& reader) {
  Damage damage = explain_break(bytes, reader.used(), last_, findings_.last);
  damage.segment = header_.segment;
  if (reader.used() == 0) {
    damage.kind = "header_changed";
    damage.what = fmt::format("the header of segment {} was changed", header_.segment);
  }
  problem(fmt::format("segment {}, offset {}, after record {}: {} bytes do not fit the chain",
                      header_.segment, reader.used(), findings_.last, reader.left()),
          std::move(damage));
  findings_.closed = false;
}

void Verifier::record(const Reader& reader) {
  const Result<Record> record = parse_record(reader.payload());
  if (!record) {
    problem(fmt::format("after record {}: {}", findings_.last, record.error().text()));
    return;
  }
  if (record->seq != findings_.last + 1) {
    damaged("reordered", fmt::format("record {} is followed by record {}", findings_.last, record->seq));
  }
  findings_.last = record->seq;
  ++findings_.records;
  findings_.closed = false;
  for (const Anchor& anchor : anchors_) {
    if (anchor.seq != record->seq) continue;
    ++anchored_;
    if (anchor.hash != reader.last()) {
      damaged("other_key", fmt::format("record {} is not the one noted", record->seq));
    }
  }
  if (record->kind == "checkpoint") checkpoint(*record);
  if (record->kind == "gateway" && record->members.text_or("event", "") == "removed") removal(*record);
  if (record->kind == "gone") gone(record->seq);
  if (record->kind == "gateway" && record->members.text_or("event", "") == "emptied") {
    for (const Range& range : parse_ranges(record->members.text_or("detail", ""))) {
      if (range.last < record->seq) told_.push_back(range);
    }
  }
  unsigned_.push_back({record->seq, reader.last()});
  if (unsigned_.size() > unsigned_records_max) unsigned_.pop_front();
}

// The gateway notes what it removes, and where the chain stood, before it does.
void Verifier::removal(const Record& record) {
  const std::int64_t through = record.members.int_or("through", 0);
  if (through < 1 || static_cast<std::uint64_t>(through) >= record.seq) {
    return problem(fmt::format("record {} speaks of records it cannot", record.seq));
  }
  findings_.removed_through = std::max(findings_.removed_through, static_cast<std::uint64_t>(through));
  const bool is_here = static_cast<std::uint64_t>(through) + 1 == findings_.first;
  if (is_here && record.members.text_or("hash", "") != before_first_) {
    problem(fmt::format("the journal begins at record {} after another record than the one record {} says",
                        findings_.first, record.seq));
  }
}

void Verifier::checkpoint(const Record& record) {
  const Result<Checkpoint> checkpoint = parse_checkpoint(record.members);
  if (!checkpoint) return problem(fmt::format("checkpoint {}: {}", record.seq, checkpoint.error().text()));
  while (!unsigned_.empty() && unsigned_.front().seq < checkpoint->through) unsigned_.pop_front();
  if (unsigned_.empty() || unsigned_.front().seq != checkpoint->through) {
    return problem(
        fmt::format("checkpoint {} speaks of record {}, which it cannot", record.seq, checkpoint->through));
  }
  if (unsigned_.front().hash != checkpoint->hash) {
    return damaged("other_key",
                   fmt::format("checkpoint {} does not fit record {}", record.seq, checkpoint->through));
  }
  if (!crypto::verify_ed25519(header_.public_key, signed_bytes(checkpoint->through, checkpoint->hash),
                              checkpoint->signature)) {
    return damaged("other_key",
                   fmt::format("checkpoint {}: the signature is not by the journal's key", record.seq));
  }
  ++findings_.checkpoints;
  findings_.signed_through = checkpoint->through;
  findings_.closed = checkpoint->through + 1 == record.seq;
}

// Points noted elsewhere that the journal has not come by.
void Verifier::missed() {
  for (const Anchor& anchor : anchors_) {
    if (anchor.seq + 1 == findings_.first) {
      if (to_hex(crypto::view(anchor.hash)) != before_first_) {
        damaged("other_key", fmt::format("record {} is not the one noted", anchor.seq));
      }
    } else if (anchor.seq > findings_.last) {
      damaged("truncated",
              fmt::format("record {}, noted elsewhere, is missing: the journal was cut", anchor.seq));
    } else if (anchor.seq < findings_.first && anchor.seq > findings_.removed_through) {
      damaged("segment_missing",
              fmt::format("record {}, noted elsewhere, is missing, and no record says that the "
                          "gateway removed it",
                          anchor.seq));
    }
  }
}

void Verifier::gone(std::uint64_t seq) {
  ++findings_.emptied;
  if (!gone_.empty() && gone_.back().last + 1 == seq) gone_.back().last = seq;
  else gone_.push_back({seq, seq});
}

// The content of a record may leave with its time, and not without a word.
void Verifier::unexplained() {
  std::ranges::sort(told_, {}, &Range::first);
  std::size_t at = 0;
  std::uint64_t told_through = 0;  // Told without a gap, where `at` has come to.
  for (const Range& range : gone_) {
    std::uint64_t next = range.first;
    for (; at < told_.size() && told_[at].first <= range.last; ++at) {
      if (told_[at].first > std::max(next, told_through + 1)) break;
      told_through = std::max(told_through, told_[at].last);
    }
    next = std::max(next, told_through + 1);
    if (next <= range.last) {
      damaged("emptied",
              fmt::format("the content of records {} to {} has left, and no record says that the gateway "
                          "emptied them",
                          next, range.last));
    }
  }
}

Findings Verifier::finish() {
  if (!gone_.empty()) unexplained();
  if (!started_ && findings_.problems.empty()) problem("the journal is empty");
  if (!lost_ && anchored_ < anchors_.size()) missed();
  return std::move(findings_);
}

}  // namespace claw::audit
