// An ordered, multi-valued list of header fields with interned ids. Names and values are views into the exchange's
// arena (or static text); the list itself lives there too, so that a head moves cheaply and costs no allocation.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"

namespace mesh::http {

// Names the proxy itself looks at. Everything else is `other` and compared by text.
enum class HeaderId : uint8_t {
  other = 0,
  accept,
  accept_encoding,
  access_control_request_headers,
  access_control_request_method,
  age,
  alt_svc,
  authorization,
  cache_control,
  connection,
  content_encoding,
  content_length,
  content_type,
  cookie,
  date,
  etag,
  expect,
  forwarded,
  grpc_message,
  grpc_status,
  grpc_timeout,
  host,
  http2_settings,
  keep_alive,
  location,
  origin,
  proxy_authenticate,
  proxy_authorization,
  proxy_connection,
  range,
  retry_after,
  sec_websocket_accept,
  sec_websocket_key,
  sec_websocket_version,
  server,
  set_cookie,
  te,
  traceparent,
  tracestate,
  trailer,
  transfer_encoding,
  upgrade,
  user_agent,
  vary,
  via,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_proto,
  x_request_id,
  kCount,
};

// The id of a name in any case; `other` when it is not in the table.
HeaderId intern(std::string_view name);
// The lower-case name of an id; empty for `other`.
std::string_view name_of(HeaderId id);

struct Field {
  std::string_view name;  // as received
  std::string_view value;
  HeaderId id = HeaderId::other;
  // The bytes from name.data() read exactly "name: value\r\n", so a writer may copy the line as it stands, and
  // neighbouring raw fields as one run.
  bool raw = false;
};

// Does the field carry this name? `name` must be lower case.
bool has_name(const Field& field, std::string_view lower_name);

class Headers {
 public:
  Headers() = default;
  explicit Headers(Arena& arena) : arena_(&arena) {}

  // Names and values are not copied: they must outlive the exchange's arena, or come from it.
  void add(std::string_view name, std::string_view value) { push({name, value, intern(name), false}); }
  void add(HeaderId id, std::string_view value) { push({name_of(id), value, id, false}); }
  void push(const Field& field) {
    if (size_ == capacity_) grow();
    fields_[size_++] = field;
  }
  // Removes all fields of the name, then adds one.
  void set(HeaderId id, std::string_view value) {
    remove(id);
    add(id, value);
  }
  void set(std::string_view name, std::string_view value);
  // How many were removed.
  uint32_t remove(HeaderId id);
  uint32_t remove(std::string_view name);
  template <class Predicate>
  uint32_t remove_if(Predicate gone) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < size_; ++i)
      if (!gone(static_cast<const Field&>(fields_[i]))) fields_[kept++] = fields_[i];
    uint32_t removed = size_ - kept;
    size_ = kept;
    return removed;
  }
  void clear() { size_ = 0; }

  // The first field of the name, or nullptr.
  const Field* find(HeaderId id) const {
    for (uint32_t i = 0; i < size_; ++i)
      if (fields_[i].id == id) return &fields_[i];
    return nullptr;
  }
  const Field* find(std::string_view name) const;
  std::string_view value(HeaderId id) const {
    const Field* field = find(id);
    return field ? field->value : std::string_view();
  }
  uint32_t count(HeaderId id) const {
    uint32_t n = 0;
    for (uint32_t i = 0; i < size_; ++i) n += fields_[i].id == id;
    return n;
  }
  bool has(HeaderId id) const { return find(id) != nullptr; }

  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Field& operator[](uint32_t i) const { return fields_[i]; }
  Field& operator[](uint32_t i) { return fields_[i]; }
  const Field* begin() const { return fields_; }
  const Field* end() const { return fields_ + size_; }
  Arena* arena() const { return arena_; }

 private:
  void grow();

  Field* fields_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
  Arena* arena_ = nullptr;
};

}  // namespace mesh::http
