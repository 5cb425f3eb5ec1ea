// The server's end of a WebSocket, RFC 6455.
#include <cstring>
#include <span>
#include <string>

#include "cmd/echo/bodies.h"

namespace mesh::echo {

namespace {

enum Opcode : uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };
enum CloseCode : uint16_t { kNormal = 1000, kProtocolError = 1002, kBadPayload = 1007, kTooLarge = 1009 };

constexpr uint64_t kMostFrame = 64 * 1024 * 1024;
constexpr size_t kMostControl = 125;  // §5.5

// UTF-8 over the fragments of a message: fails at the first byte that can no longer be right (§8.1).
class Utf8Check {
 public:
  bool feed(std::string_view text) {
    for (char c : text)
      if (!feed(static_cast<unsigned char>(c))) return false;
    return true;
  }
  bool complete() const { return more_ == 0; }

 private:
  bool feed(unsigned char byte) {
    if (more_ > 0) {
      if (byte < low_ || byte > high_) return false;
      low_ = 0x80;
      high_ = 0xbf;
      --more_;
      return true;
    }
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return false;
    more_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    low_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    return true;
  }
  int more_ = 0;
  unsigned char low_ = 0x80, high_ = 0xbf;
};

struct Frame {
  bool fin = false;
  uint8_t opcode = 0;
  std::string_view payload;  // unmasked
  size_t size = 0;           // with its header
};

class WebSocket final : public codec::Body {
 public:
  explicit WebSocket(codec::BodyPtr source) : source_(std::move(source)) {}
  void release() noexcept override { delete this; }

  async::Task<Result<codec::Chunk>> pull() override {
    out_.clear();
    while (out_.empty() && !ended_) {
      auto chunk = co_await source_->pull();
      if (!chunk) co_return fail(chunk.error());
      in_ += chunk->data;
      size_t used = 0;
      while (!ended_) {
        size_t size = take_frame(std::span(in_).subspan(used));
        if (size == 0) break;
        used += size;
      }
      in_.erase(0, used);
      // A client that goes without a close frame is gone all the same.
      if (chunk->last) ended_ = true;
    }
    co_return codec::Chunk{out_, ended_};
  }

 private:
  // Bytes of the frame at the start of `in`; 0 when it is not all there, or was refused.
  size_t take_frame(std::span<char> in) {
    if (in.size() < 2) return 0;
    auto byte = [&](size_t i) { return static_cast<uint8_t>(in[i]); };
    uint8_t opcode = byte(0) & 0x0f;
    bool fin = (byte(0) & 0x80) != 0, masked = (byte(1) & 0x80) != 0, control = opcode >= kClose;
    uint64_t length = byte(1) & 0x7f;
    size_t header = 2;
    if (length >= 126) {
      size_t wide = length == 126 ? 2 : 8;
      if (in.size() < 2 + wide) return 0;
      length = 0;
      for (size_t i = 0; i < wide; ++i) length = length << 8 | byte(2 + i);
      header += wide;
    }
    bool reserved = (byte(0) & 0x70) != 0 || (opcode > kBinary && opcode < kClose) || opcode > kPong;
    bool misplaced = !control && (opcode == kContinuation) != in_message_;
    if (reserved || !masked || misplaced || (control && (!fin || length > kMostControl))) return refuse(kProtocolError);
    if (length > kMostFrame) return refuse(kTooLarge);
    if (in.size() < header + 4 || in.size() - header - 4 < length) return 0;
    char mask[4];
    std::memcpy(mask, in.data() + header, 4);
    std::span<char> payload = in.subspan(header + 4, length);
    for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i & 3]);
    answer({fin, opcode, {payload.data(), payload.size()}, header + 4 + payload.size()});
    return header + 4 + payload.size();
  }

  void answer(const Frame& frame) {
    switch (frame.opcode) {
      case kClose:
        return answer_close(frame.payload);
      case kPing:
        return put(true, kPong, frame.payload);
      case kPong:
        return;
      default:
        break;
    }
    if (frame.opcode != kContinuation) {
      text_ = frame.opcode == kText;
      utf8_ = {};
    }
    if (text_ && (!utf8_.feed(frame.payload) || (frame.fin && !utf8_.complete()))) {
      refuse(kBadPayload);
      return;
    }
    in_message_ = !frame.fin;
    put(frame.fin, frame.opcode, frame.payload);
  }

  void answer_close(std::string_view payload) {
    ended_ = true;
    if (payload.empty()) return put(true, kClose, {});
    unsigned code = payload.size() < 2 ? 0u
                                       : static_cast<unsigned>(static_cast<uint8_t>(payload[0])) << 8 |
                                             static_cast<uint8_t>(payload[1]);
    bool registered = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
    Utf8Check reason;
    if (!registered && (code < 3000 || code > 4999)) {
      refuse(kProtocolError);
    } else if (!reason.feed(payload.substr(2)) || !reason.complete()) {
      refuse(kBadPayload);
    } else {
      put(true, kClose, payload.substr(0, 2));
    }
  }

  size_t refuse(CloseCode code) {
    char payload[2] = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    put(true, kClose, {payload, 2});
    ended_ = true;
    return 0;
  }

  void put(bool fin, uint8_t opcode, std::string_view payload) {
    out_ += static_cast<char>((fin ? 0x80 : 0) | opcode);
    uint64_t size = payload.size();
    size_t wide = size < 126 ? 0 : size < 65536 ? 2 : 8;
    out_ += static_cast<char>(wide == 0 ? size : wide == 2 ? 126 : 127);
    for (size_t i = wide; i-- > 0;) out_ += static_cast<char>(size >> (8 * i) & 0xff);
    out_ += payload;
  }

  codec::BodyPtr source_;
  std::string in_, out_;
  Utf8Check utf8_;
  bool in_message_ = false;
  bool text_ = false;
  bool ended_ = false;
};

}  // namespace

codec::BodyPtr make_websocket(codec::BodyPtr source) { return codec::BodyPtr(new WebSocket(std::move(source))); }

}  // namespace mesh::echo
