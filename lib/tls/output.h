// Encrypted bytes on their way to the transport, in pooled blocks: none are held while it is empty.
#pragma once

#include <sys/uio.h>

#include <span>
#include <string_view>

#include "base/arena.h"

namespace mesh::tls {

class Output {
 public:
  explicit Output(BlockPool& pool) : pool_(pool) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { clear(); }

  bool empty() const { return count_ == 0; }
  size_t size() const { return count_ == 0 ? 0 : (count_ - 1) * BlockPool::kBlockSize + tail_ - head_; }
  // False when `bytes` would not fit kCapacity; nothing is taken then.
  bool append(std::string_view bytes);
  // Fills `parts`, returns how many.
  size_t view(std::span<iovec> parts) const;
  void consume(size_t size);
  void clear();

  static constexpr size_t kBlocks = 12;
  static constexpr size_t kCapacity = kBlocks * BlockPool::kBlockSize;

 private:
  BlockPool& pool_;
  char* blocks_[kBlocks];
  size_t count_ = 0;
  size_t head_ = 0;  // offset of the first byte in the first block
  size_t tail_ = 0;  // end of the bytes in the last block
};

}  // namespace mesh::tls
