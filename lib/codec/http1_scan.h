// Finds the end of an HTTP/1 head in a buffer that grows, and refuses on the way every byte that may stand nowhere in a
// head: bare CR or LF (RFC 9112 §2.2), NUL, DEL and other controls but HTAB (RFC 9110 §5.5; threats H1-04, H1-07).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mesh::codec {

class HeadScanner {
 public:
  enum class Found : uint8_t { need_more, bad, end };
  // Which instructions scan; all give the same results. `best` is what the processor offers.
  enum class Isa : uint8_t { best, scalar, sse2, avx2 };

  explicit HeadScanner(Isa isa = Isa::best) : isa_(isa) {}

  // `buffer` holds everything received so far. Each byte is looked at once, apart from the last 63 before the end of
  // the buffer, so that slow drips cost linear time. Bytes behind the head are not judged.
  Found scan(std::span<const char> buffer);

  // With Found::end: the size of the head with its final empty line.
  size_t head_size() const { return head_size_; }
  // With Found::bad: the rule that was broken, and where.
  std::string_view fault() const { return fault_; }
  size_t fault_at() const { return fault_at_; }
  // Line feeds seen so far, that of the final empty line included.
  size_t lines() const { return lines_; }
  // Where the line feed of line `i` < lines() is in the buffer; `from` is where the line begins.
  size_t line_feed(std::span<const char> buffer, size_t i, size_t from) const {
    return i < kNoted ? feeds_[i] : find_line_feed(buffer, from);
  }

  // Another head follows.
  void reset();

  // One bit for each of 64 bytes.
  struct Masks {
    uint64_t lf = 0;
    uint64_t cr = 0;
    uint64_t control = 0;  // controls that are none of HTAB, CR, LF; DEL
  };

 private:
  static constexpr size_t kBlock = 64;
  static constexpr size_t kNoted = 104;  // lines whose places are kept: the default limit of fields and some

  static size_t find_line_feed(std::span<const char> buffer, size_t from);
  bool take(Masks masks, size_t at, size_t size);
  void note_lines(uint64_t lf, size_t at);
  void scan_scalar(const char* data, size_t size);
  void scan_sse2(const char* data, size_t size);
  void scan_avx2(const char* data, size_t size);

  Isa isa_;
  Found found_ = Found::need_more;
  size_t position_ = 0;   // all blocks before are done
  uint64_t last_lf_ = 0;  // of the block before position_
  uint64_t last_cr_ = 0;
  size_t done_lines_ = 0;  // in the blocks before position_
  size_t lines_ = 0;
  size_t head_size_ = 0;
  size_t fault_at_ = 0;
  std::string_view fault_;
  std::array<uint32_t, kNoted> feeds_;  // as many as lines_ says
};

}  // namespace mesh::codec
