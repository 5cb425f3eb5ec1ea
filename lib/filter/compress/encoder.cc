#include "filter/compress/encoder.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <bit>

namespace mesh::filter {

namespace {

constexpr int kGzipLevel = 5;
constexpr int kBrotliQuality = 4;
constexpr int kZstdLevel = 3;
constexpr int kWindowBits = 18;
constexpr size_t kStep = 16 * 1024;

// Makes room for `kStep` more bytes and gives the old size.
size_t extend(std::string& out) {
  size_t used = out.size();
  out.resize(used + kStep);
  return used;
}

class GzipEncoder final : public Encoder {
 public:
  GzipEncoder() = default;
  ~GzipEncoder() override {
    if (ready_) deflateEnd(&stream_);
  }
  bool begin() {
    ready_ = deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    return ready_;
  }

  bool write(std::string_view in, End end, std::string& out) override {
    int mode = end == End::more ? Z_NO_FLUSH : end == End::flush ? Z_SYNC_FLUSH : Z_FINISH;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    do {
      size_t used = extend(out);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + used);
      stream_.avail_out = kStep;
      int code = deflate(&stream_, mode);
      out.resize(out.size() - stream_.avail_out);
      if (code == Z_STREAM_ERROR) return false;
    } while (stream_.avail_out == 0);
    return true;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

struct BrotliDestroy {
  void operator()(BrotliEncoderState* state) const { BrotliEncoderDestroyInstance(state); }
};

class BrotliEncoder final : public Encoder {
 public:
  bool begin(std::optional<uint64_t> size) {
    state_.reset(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr));
    if (!state_) return false;
    BrotliEncoderSetParameter(state_.get(), BROTLI_PARAM_QUALITY, kBrotliQuality);
    BrotliEncoderSetParameter(state_.get(), BROTLI_PARAM_LGWIN, kWindowBits);
    if (size && *size <= UINT32_MAX)
      BrotliEncoderSetParameter(state_.get(), BROTLI_PARAM_SIZE_HINT, static_cast<uint32_t>(*size));
    return true;
  }

  bool write(std::string_view in, End end, std::string& out) override {
    BrotliEncoderOperation operation = end == End::more    ? BROTLI_OPERATION_PROCESS
                                       : end == End::flush ? BROTLI_OPERATION_FLUSH
                                                           : BROTLI_OPERATION_FINISH;
    size_t left = in.size();
    const auto* from = reinterpret_cast<const uint8_t*>(in.data());
    do {
      size_t used = extend(out), room = kStep;
      auto* to = reinterpret_cast<uint8_t*>(out.data() + used);
      bool ok = BrotliEncoderCompressStream(state_.get(), operation, &left, &from, &room, &to, nullptr) != 0;
      out.resize(out.size() - room);
      if (!ok) return false;
    } while (left > 0 || BrotliEncoderHasMoreOutput(state_.get()));
    return true;
  }

 private:
  std::unique_ptr<BrotliEncoderState, BrotliDestroy> state_;
};

struct ZstdDestroy {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

class ZstdEncoder final : public Encoder {
 public:
  bool begin(std::optional<uint64_t> size) {
    context_.reset(ZSTD_createCCtx());
    if (!context_) return false;
    // The frame promises no size, which a broken upstream might not keep; a small one needs no large window.
    int window = size ? std::clamp(static_cast<int>(std::bit_width(*size)), 10, kWindowBits) : kWindowBits;
    return !ZSTD_isError(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kZstdLevel)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, window));
  }

  bool write(std::string_view in, End end, std::string& out) override {
    ZSTD_EndDirective mode = end == End::more ? ZSTD_e_continue : end == End::flush ? ZSTD_e_flush : ZSTD_e_end;
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    for (;;) {
      size_t used = extend(out);
      ZSTD_outBuffer output{out.data() + used, kStep, 0};
      size_t left = ZSTD_compressStream2(context_.get(), &output, &input, mode);
      out.resize(used + output.pos);
      if (ZSTD_isError(left)) return false;
      if (mode == ZSTD_e_continue ? input.pos == input.size : left == 0) return true;
    }
  }

 private:
  std::unique_ptr<ZSTD_CCtx, ZstdDestroy> context_;
};

template <class E, class... Args>
std::unique_ptr<Encoder> begun(Args... args) {
  auto out = std::make_unique<E>();
  if (!out->begin(args...)) return nullptr;
  return out;
}

}  // namespace

std::unique_ptr<Encoder> make_encoder(config::Encoding encoding, std::optional<uint64_t> size) {
  switch (encoding) {
    case config::Encoding::gzip:
      return begun<GzipEncoder>();
    case config::Encoding::br:
      return begun<BrotliEncoder>(size);
    case config::Encoding::zstd:
      return begun<ZstdEncoder>(size);
  }
  return nullptr;
}

std::string_view coding_name(config::Encoding encoding) {
  switch (encoding) {
    case config::Encoding::gzip:
      return "gzip";
    case config::Encoding::br:
      return "br";
    case config::Encoding::zstd:
      return "zstd";
  }
  return {};
}

}  // namespace mesh::filter
