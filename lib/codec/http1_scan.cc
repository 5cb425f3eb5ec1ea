#include "codec/http1_scan.h"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mesh::codec {

namespace {

using Masks = HeadScanner::Masks;

Masks masks_scalar(const char* p) {
  Masks masks;
  for (unsigned i = 0; i < 64; ++i) {
    auto c = static_cast<unsigned char>(p[i]);
    uint64_t bit = uint64_t{1} << i;
    if (c == '\n') {
      masks.lf |= bit;
    } else if (c == '\r') {
      masks.cr |= bit;
    } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
      masks.control |= bit;
    }
  }
  return masks;
}

#if defined(__x86_64__)

inline Masks masks_sse2(const char* p) {
  const __m128i kLf = _mm_set1_epi8('\n'), kCr = _mm_set1_epi8('\r'), kTab = _mm_set1_epi8('\t');
  const __m128i kLow = _mm_set1_epi8(0x1f), kDel = _mm_set1_epi8(0x7f);
  Masks masks;
  for (unsigned i = 0; i < 64; i += 16) {
    __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + i));
    __m128i low = _mm_andnot_si128(_mm_cmpeq_epi8(v, kTab), _mm_cmpeq_epi8(_mm_min_epu8(v, kLow), v));
    auto bits = [](__m128i m) { return static_cast<uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(m))); };
    masks.lf |= bits(_mm_cmpeq_epi8(v, kLf)) << i;
    masks.cr |= bits(_mm_cmpeq_epi8(v, kCr)) << i;
    masks.control |= bits(_mm_or_si128(low, _mm_cmpeq_epi8(v, kDel))) << i;
  }
  masks.control &= ~(masks.lf | masks.cr);
  return masks;
}

__attribute__((target("avx2"))) inline uint64_t bits_avx2(__m256i low, __m256i high) {
  return static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(low))) |
         static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(high))) << 32;
}

__attribute__((target("avx2"))) inline __m256i controls_avx2(__m256i v) {
  __m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v);
  low = _mm256_andnot_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\t')), low);
  return _mm256_or_si256(low, _mm256_cmpeq_epi8(v, _mm256_set1_epi8(0x7f)));
}

__attribute__((target("avx2"))) inline Masks masks_avx2(const char* p) {
  __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32));
  const __m256i kLf = _mm256_set1_epi8('\n'), kCr = _mm256_set1_epi8('\r');
  Masks masks;
  masks.lf = bits_avx2(_mm256_cmpeq_epi8(a, kLf), _mm256_cmpeq_epi8(b, kLf));
  masks.cr = bits_avx2(_mm256_cmpeq_epi8(a, kCr), _mm256_cmpeq_epi8(b, kCr));
  masks.control = bits_avx2(controls_avx2(a), controls_avx2(b)) & ~(masks.lf | masks.cr);
  return masks;
}

#endif

}  // namespace

void HeadScanner::reset() {
  found_ = Found::need_more;
  position_ = done_lines_ = lines_ = head_size_ = fault_at_ = 0;
  last_lf_ = last_cr_ = 0;
  fault_ = {};
}

inline void HeadScanner::note_lines(uint64_t lf, size_t at) {
  size_t n = lines_;
  for (; lf != 0; lf &= lf - 1, ++n)
    if (n < kNoted) feeds_[n] = static_cast<uint32_t>(at + static_cast<size_t>(std::countr_zero(lf)));
  lines_ = n;
}

// Judges one block, of which `size` bytes are there. True when the scan is over.
inline bool HeadScanner::take(Masks masks, size_t at, size_t size) {
  uint64_t after_cr = masks.cr << 1 | last_cr_ >> 63;
  uint64_t bare = masks.lf ^ after_cr;  // a line feed without CR before it, or CR with no line feed behind it
  uint64_t end = masks.lf & (masks.lf << 2 | last_lf_ >> 62);
  uint64_t wrong = bare | masks.control;
  if (size < kBlock) wrong &= (uint64_t{1} << size) - 1;
  if ((end | wrong) == 0) {
    note_lines(masks.lf, at);
    return false;
  }
  unsigned first_end = static_cast<unsigned>(std::countr_zero(end)),
           first_wrong = static_cast<unsigned>(std::countr_zero(wrong));
  if (first_wrong <= first_end) {
    uint64_t bit = uint64_t{1} << first_wrong;
    note_lines(masks.lf & (bit - 1), at);
    fault_at_ = at + first_wrong;
    // A CR is judged at the byte behind it: what is wrong there comes second.
    fault_ = (after_cr & bit) != 0   ? "carriage return without line feed"
             : (masks.lf & bit) != 0 ? "line feed without carriage return"
                                     : "control byte in the head";
    found_ = Found::bad;
  } else {
    note_lines(masks.lf & (~uint64_t{0} >> (63 - first_end)), at);
    head_size_ = at + first_end + 1;
    found_ = Found::end;
  }
  return true;
}

// The whole blocks from position_ on.
void HeadScanner::scan_scalar(const char* data, size_t size) {
  for (; size - position_ >= kBlock; position_ += kBlock) {
    Masks masks = masks_scalar(data + position_);
    if (take(masks, position_, kBlock)) return;
    last_lf_ = masks.lf;
    last_cr_ = masks.cr;
  }
}

#if defined(__x86_64__)
void HeadScanner::scan_sse2(const char* data, size_t size) {
  for (; size - position_ >= kBlock; position_ += kBlock) {
    Masks masks = masks_sse2(data + position_);
    if (take(masks, position_, kBlock)) return;
    last_lf_ = masks.lf;
    last_cr_ = masks.cr;
  }
}

__attribute__((target("avx2"))) void HeadScanner::scan_avx2(const char* data, size_t size) {
  for (; size - position_ >= kBlock; position_ += kBlock) {
    Masks masks = masks_avx2(data + position_);
    if (take(masks, position_, kBlock)) return;
    last_lf_ = masks.lf;
    last_cr_ = masks.cr;
  }
}
#else
void HeadScanner::scan_sse2(const char* data, size_t size) { scan_scalar(data, size); }
void HeadScanner::scan_avx2(const char* data, size_t size) { scan_scalar(data, size); }
#endif

HeadScanner::Found HeadScanner::scan(std::span<const char> buffer) {
  if (found_ != Found::need_more) return found_;
#if defined(__x86_64__)
  if (isa_ == Isa::best) isa_ = __builtin_cpu_supports("avx2") ? Isa::avx2 : Isa::sse2;
#else
  isa_ = Isa::scalar;
#endif
  lines_ = done_lines_;
  switch (isa_) {
    case Isa::avx2:
      scan_avx2(buffer.data(), buffer.size());
      break;
    case Isa::sse2:
      scan_sse2(buffer.data(), buffer.size());
      break;
    case Isa::best:
    case Isa::scalar:
      scan_scalar(buffer.data(), buffer.size());
      break;
  }
  if (found_ != Found::need_more) return found_;
  done_lines_ = lines_;
  // What does not fill a block is looked at again when more has come.
  size_t rest = buffer.size() - position_;
  if (rest > 0) {
    char block[kBlock];
    std::memset(block, ' ', sizeof block);
    std::memcpy(block, buffer.data() + position_, rest);
#if defined(__x86_64__)
    take(isa_ == Isa::scalar ? masks_scalar(block) : masks_sse2(block), position_, rest);
#else
    take(masks_scalar(block), position_, rest);
#endif
  }
  return found_;
}

size_t HeadScanner::find_line_feed(std::span<const char> buffer, size_t from) {
  const void* found = std::memchr(buffer.data() + from, '\n', buffer.size() - from);
  return found == nullptr ? buffer.size() : static_cast<size_t>(static_cast<const char*>(found) - buffer.data());
}

}  // namespace mesh::codec
