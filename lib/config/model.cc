#include "config/model.h"

#include "base/crypto_digest.h"

#include <algorithm>

#include "config/object.h"

namespace mesh::config {

namespace {

template <class T>
const T* find_by_name(const std::vector<T>& entries, std::string_view name) {
  for (const T& entry : entries)
    if (entry.name == name) return &entry;
  return nullptr;
}

template <class T>
void sort_by_name(std::vector<T>& entries) {
  std::sort(entries.begin(), entries.end(), [](const T& a, const T& b) { return a.name < b.name; });
}

}  // namespace

const Listener* Model::find_listener(std::string_view name) const { return find_by_name(listeners, name); }
const Service* Model::find_service(std::string_view name) const { return find_by_name(services, name); }
const Route* Model::find_route(std::string_view name) const { return find_by_name(routes, name); }

std::string Model::content_hash() const {
  Model sorted = *this;
  sort_by_name(sorted.listeners);
  sort_by_name(sorted.services);
  return sha256_hex(write_object(&sorted, root_object()).dump());
}

}  // namespace mesh::config
