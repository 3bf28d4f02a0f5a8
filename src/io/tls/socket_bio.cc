#include "io/tls/socket_bio.h"

#include <sys/socket.h>

#include <cerrno>

#include "base/check.h"
#include "io/tls.h"

namespace claw::io {

namespace {

struct State {
  int fd = -1;
  TlsSession* outer = nullptr;  // In place of the socket.
  std::string prefix;
  std::size_t prefix_from = 0;
  bool is_at_end = false;
};

State& state_of(BIO* bio) { return *static_cast<State*>(BIO_get_data(bio)); }

bool must_try_again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int read_some(BIO* bio, char* into, std::size_t size, std::size_t* count) {
  State& state = state_of(bio);
  BIO_clear_retry_flags(bio);
  *count = 0;
  if (state.prefix_from < state.prefix.size()) {
    *count = state.prefix.copy(into, size, state.prefix_from);
    state.prefix_from += *count;
    if (state.prefix_from == state.prefix.size()) std::string().swap(state.prefix), state.prefix_from = 0;
    return 1;
  }
  if (state.outer != nullptr) {
    const IoResult result = state.outer->read(into, size);
    *count = result.count;
    if (result.kind == IoResult::Kind::end) state.is_at_end = true;
    if (result.kind == IoResult::Kind::again) BIO_set_retry_read(bio);
    return result.kind == IoResult::Kind::some ? 1 : 0;
  }
  const ssize_t got = ::recv(state.fd, into, size, 0);
  if (got > 0) {
    *count = static_cast<std::size_t>(got);
    return 1;
  }
  if (got == 0) state.is_at_end = true;
  else if (must_try_again()) BIO_set_retry_read(bio);
  return 0;
}

int write_some(BIO* bio, const char* bytes, std::size_t size, std::size_t* count) {
  BIO_clear_retry_flags(bio);
  *count = 0;
  if (TlsSession* const outer = state_of(bio).outer; outer != nullptr) {
    const IoResult result = outer->write({bytes, size});
    *count = result.count;
    if (result.kind == IoResult::Kind::again) BIO_set_retry_write(bio);
    return result.kind == IoResult::Kind::some ? 1 : 0;
  }
  const ssize_t sent = ::send(state_of(bio).fd, bytes, size, MSG_NOSIGNAL);
  if (sent > 0) {
    *count = static_cast<std::size_t>(sent);
    return 1;
  }
  if (must_try_again()) BIO_set_retry_write(bio);
  return 0;
}

long control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_EOF: return state_of(bio).is_at_end ? 1 : 0;
    case BIO_CTRL_FLUSH: return 1;  // Nothing is kept back here.
    default: return 0;
  }
}

int destroy(BIO* bio) {
  delete static_cast<State*>(BIO_get_data(bio));
  BIO_set_data(bio, nullptr);
  return 1;
}

const BIO_METHOD* method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* each = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    CLAW_CHECK(each != nullptr);
    BIO_meth_set_read_ex(each, read_some);
    BIO_meth_set_write_ex(each, write_some);
    BIO_meth_set_ctrl(each, control);
    BIO_meth_set_destroy(each, destroy);
    return each;
  }();
  return made;
}

Owned<BIO> make(State state) {
  Owned<BIO> bio(BIO_new(method()));
  if (bio == nullptr) return bio;
  BIO_set_data(bio.get(), std::make_unique<State>(std::move(state)).release());
  BIO_set_init(bio.get(), 1);
  return bio;
}

}  // namespace

Owned<BIO> socket_bio(int fd, std::string prefix) { return make({fd, nullptr, std::move(prefix), 0, false}); }

Owned<BIO> inner_bio(TlsSession& outer, std::string prefix) {
  return make({-1, &outer, std::move(prefix), 0, false});
}

std::size_t prefix_left(BIO* bio) {
  const State& state = state_of(bio);
  return state.prefix.size() - state.prefix_from;
}

}  // namespace claw::io
