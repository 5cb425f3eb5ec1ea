#include "tls/output.h"

#include <algorithm>
#include <cstring>

namespace mesh::tls {

bool Output::append(std::string_view bytes) {
  if (size() + head_ + bytes.size() > kCapacity) return false;
  while (!bytes.empty()) {
    if (count_ == 0 || tail_ == BlockPool::kBlockSize) {
      blocks_[count_++] = pool_.take();
      tail_ = 0;
    }
    size_t n = std::min(bytes.size(), BlockPool::kBlockSize - tail_);
    std::memcpy(blocks_[count_ - 1] + tail_, bytes.data(), n);
    tail_ += n;
    bytes.remove_prefix(n);
  }
  return true;
}

size_t Output::view(std::span<iovec> parts) const {
  for (size_t i = 0; i < count_; ++i) {
    size_t from = i == 0 ? head_ : 0;
    size_t to = i + 1 == count_ ? tail_ : BlockPool::kBlockSize;
    parts[i] = {blocks_[i] + from, to - from};
  }
  return count_;
}

void Output::consume(size_t size) {
  head_ += size;
  size_t done = 0;
  while (done + 1 < count_ && head_ >= BlockPool::kBlockSize) {
    pool_.give(blocks_[done++]);
    head_ -= BlockPool::kBlockSize;
  }
  if (done > 0) std::copy(blocks_ + done, blocks_ + count_, blocks_);
  count_ -= done;
  if (count_ == 1 && head_ == tail_) clear();
}

void Output::clear() {
  for (size_t i = 0; i < count_; ++i) pool_.give(blocks_[i]);
  count_ = head_ = tail_ = 0;
}

}  // namespace mesh::tls
