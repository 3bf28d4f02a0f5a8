// The buffers OpenSSL reads and writes records in. Sessions give theirs back after every record, so that idle
// ones keep none; taking them from the heap again costs more than all other memory of a request, so each
// thread keeps a few. What was in a buffer stays in it, as it does in any freed memory.
#pragma once

namespace claw::io {

// From now on, for all of OpenSSL. False: OpenSSL has allocated before, and everything stays as it was.
bool keep_record_buffers();

}  // namespace claw::io
