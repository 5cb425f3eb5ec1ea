#include "base/arena.h"

#include <new>

namespace mesh {

BlockPool::~BlockPool() {
  while (free_ != nullptr) {
    char* next;
    std::memcpy(&next, free_, sizeof next);
    std::free(free_);
    free_ = next;
  }
}

char* BlockPool::take() {
  if (free_ == nullptr) {
    auto* block = static_cast<char*>(std::malloc(kBlockSize));
    if (block == nullptr) throw std::bad_alloc();
    return block;
  }
  char* block = free_;
  std::memcpy(&free_, block, sizeof free_);
  --count_;
  return block;
}

void BlockPool::give(char* block) noexcept {
  if (count_ == kKept) {
    std::free(block);
    return;
  }
  std::memcpy(block, &free_, sizeof free_);
  free_ = block;
  ++count_;
}

void Arena::grow(size_t size) {
  size_t total = size + kHeader <= BlockPool::kBlockSize ? BlockPool::kBlockSize : size + kHeader;
  char* block;
  if (total == BlockPool::kBlockSize) {
    block = pool_.take();
  } else {
    block = static_cast<char*>(std::malloc(total));
    if (block == nullptr) throw std::bad_alloc();
  }
  Header header{base_, total};
  std::memcpy(block, &header, sizeof header);
  base_ = block;
  used_ = kHeader;
  capacity_ = total;
}

void Arena::reset() noexcept {
  while (base_ != nullptr) {
    Header header;
    std::memcpy(&header, base_, sizeof header);
    if (header.size == BlockPool::kBlockSize) {
      pool_.give(base_);
    } else {
      std::free(base_);
    }
    base_ = header.next;
  }
  used_ = capacity_ = 0;
}

}  // namespace mesh
