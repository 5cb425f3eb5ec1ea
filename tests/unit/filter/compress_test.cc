#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <coroutine>

#include "filter/compress/accept_encoding.h"
#include "filter/compress/compress.h"
#include "unit/filter/probe.h"

namespace mesh::filter {
namespace {

using config::Encoding;

// Decodes as much as is there; `whole` says that the stream came to its end.
std::string decode(Encoding encoding, std::string_view in, bool& whole) {
  std::string out(4 << 20, '\0');
  whole = false;
  if (encoding == Encoding::gzip) {
    z_stream stream{};
    inflateInit2(&stream, 15 + 16);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    whole = inflate(&stream, Z_SYNC_FLUSH) == Z_STREAM_END && stream.avail_in == 0;
    out.resize(out.size() - stream.avail_out);
    inflateEnd(&stream);
  } else if (encoding == Encoding::br) {
    BrotliDecoderState* state = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
    size_t left = in.size(), room = out.size();
    const auto* from = reinterpret_cast<const uint8_t*>(in.data());
    auto* to = reinterpret_cast<uint8_t*>(out.data());
    whole = BrotliDecoderDecompressStream(state, &left, &from, &room, &to, nullptr) == BROTLI_DECODER_RESULT_SUCCESS &&
            left == 0;
    out.resize(out.size() - room);
    BrotliDecoderDestroyInstance(state);
  } else {
    ZSTD_DCtx* context = ZSTD_createDCtx();
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    size_t left = 1;
    while (input.pos < input.size && left != 0) left = ZSTD_decompressStream(context, &output, &input);
    whole = left == 0 && input.pos == input.size;
    out.resize(output.pos);
    ZSTD_freeDCtx(context);
  }
  return out;
}

std::optional<Encoding> choose(std::vector<const char*> fields,
                               std::vector<Encoding> offered = {Encoding::zstd, Encoding::br, Encoding::gzip}) {
  BlockPool pool;
  Arena arena(pool);
  http::Headers headers(arena);
  for (const char* field : fields) headers.add("accept-encoding", field);
  return choose_encoding(headers, offered);
}

TEST(AcceptEncoding, HighestWeightThenPreference) {
  EXPECT_EQ(choose({"gzip, br"}), Encoding::br);
  EXPECT_EQ(choose({"gzip", "br"}), Encoding::br);
  EXPECT_EQ(choose({"gzip;q=1.0, br;q=0.9, zstd;q=0.1"}), Encoding::gzip);
  EXPECT_EQ(choose({"GZIP"}), Encoding::gzip);
  EXPECT_EQ(choose({"x-gzip ; q=0.5"}), Encoding::gzip);
  EXPECT_EQ(choose({"*"}), Encoding::zstd);
  EXPECT_EQ(choose({"*;q=0.5, zstd;q=0"}), Encoding::br);
  EXPECT_EQ(choose({"gzip, zstd"}, {Encoding::gzip}), Encoding::gzip);
}

TEST(AcceptEncoding, NothingWhenNothingIsWanted) {
  EXPECT_EQ(choose({}), std::nullopt);
  EXPECT_EQ(choose({""}), std::nullopt);
  EXPECT_EQ(choose({"identity"}), std::nullopt);
  EXPECT_EQ(choose({"deflate, compress"}), std::nullopt);
  EXPECT_EQ(choose({"gzip;q=0, br;q=0.000"}), std::nullopt);
  EXPECT_EQ(choose({"identity;q=1, gzip;q=0.5"}), std::nullopt);
  EXPECT_EQ(choose({"identity;q=0.5, gzip;q=0.5"}), Encoding::gzip);
}

TEST(AcceptEncoding, BrokenElementsDoNotCount) {
  for (const char* field : {"gzip;q=2", "gzip;q=-1", "gzip;q=0.1234", "gzip;q=", "gzip;level=1", "gzip;q=1.001",
                            "gz ip", "gzip;q=0,5", "gzip;q=.5"})
    EXPECT_EQ(choose({field}, {Encoding::gzip}), std::nullopt) << field;
  EXPECT_EQ(choose({",, ,gzip,"}), Encoding::gzip);
}

TEST(AcceptEncoding, OnlyWhatIsNamedIsChosenWhateverTheBytes) {
  Random random(3);
  const std::vector<std::string> parts = {"gzip", "br", "zstd", "*", ";",  "q=",   "0",
                                          "1",    ".5", ",",    " ", "\t", "\xff", "x-"};
  int chosen = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string field;
    for (uint64_t n = random.below(9); n > 0; --n) field += parts[random.below(parts.size())];
    auto encoding = choose({field.c_str()});
    if (!encoding) continue;
    ++chosen;
    std::string_view name = *encoding == Encoding::gzip ? "gzip" : *encoding == Encoding::br ? "br" : "zstd";
    ASSERT_TRUE(field.find(name) != std::string::npos || field.find('*') != std::string::npos) << field;
  }
  EXPECT_GT(chosen, 2'000);
}

std::string text(size_t size) {
  std::string out;
  Random random(5);
  const char* words[] = {"order ", "item ", "price ", "{\"a\": 1} "};
  while (out.size() < size) out += words[random.below(4)];
  out.resize(size);
  return out;
}

TEST(Compress, EveryCodingGivesBackTheContent) {
  for (auto [name, encoding] : {std::pair("gzip", Encoding::gzip), {"br", Encoding::br}, {"zstd", Encoding::zstd}})
    for (size_t size : {size_t{1024}, size_t{100'000}, size_t{2'000'000}}) {
      Probe p;
      p.header("accept-encoding", name);
      std::string body = text(size);
      auto response = p.response(200, "application/json; charset=utf-8", body);
      p.back(config::Compress{}, response);
      EXPECT_EQ(values(response.head.headers, "content-encoding"), name);
      EXPECT_EQ(values(response.head.headers, "vary"), "accept-encoding");
      EXPECT_EQ(response.head.framing.kind, http::Framing::Kind::stream);
      std::string coded = p.content(response);
      bool whole = false;
      EXPECT_EQ(decode(encoding, coded, whole), body) << name;
      EXPECT_TRUE(whole) << name;
      EXPECT_LT(coded.size(), size / 2) << name;
    }
}

// Names of what was done: the coding, and Vary.
std::string outcome(Probe& p, codec::Response& response, const config::Compress& compress = {}) {
  p.back(compress, response);
  return values(response.head.headers, "content-encoding") + "/" + values(response.head.headers, "vary");
}

TEST(Compress, LeavesAloneWhatMustNotBeEncoded) {
  std::string body = text(5'000);
  for (int status : {204, 205, 206, 101}) {
    Probe p;
    p.header("accept-encoding", "gzip");
    auto response = p.response(status, "text/plain", body);
    EXPECT_EQ(outcome(p, response), "/") << status;
  }
  auto with = [&](const char* name, const char* value) {
    Probe p;
    p.header("accept-encoding", "gzip");
    auto response = p.response(200, "text/plain", body);
    response.head.headers.add(name, value);
    return outcome(p, response);
  };
  EXPECT_EQ(with("content-encoding", "br"), "br/");
  EXPECT_EQ(with("Cache-Control", "public, No-Transform"), "/");
  EXPECT_EQ(with("content-range", "bytes 0-1/2"), "/");
  EXPECT_EQ(with("content-type", "image/png"), "/") << "two types are no type";
  EXPECT_EQ(with("cache-control", "public"), "gzip/accept-encoding");
}

TEST(Compress, HeadAndNotModifiedVaryButStayAsTheyAre) {
  Probe p;
  p.method(http::Method::head);
  p.header("accept-encoding", "gzip");
  auto head = p.response(200, "text/plain");
  head.head.framing = http::Framing::of_length(5'000);
  EXPECT_EQ(outcome(p, head), "/accept-encoding");
  EXPECT_EQ(head.head.framing.length, 5'000u);
  p.method(http::Method::get);
  auto fresh = p.response(304);
  EXPECT_EQ(outcome(p, fresh), "/accept-encoding");
}

TEST(Compress, BodiesBelowTheSizeStayUnlessTheirLengthIsUnknown) {
  std::string body = text(1'023);
  Probe p;
  p.header("accept-encoding", "gzip");
  auto known = p.response(200, "text/plain", body);
  EXPECT_EQ(outcome(p, known), "/");
  auto unknown = p.response(200, "text/plain", body);
  unknown.head.framing = http::Framing::stream();
  EXPECT_EQ(outcome(p, unknown), "gzip/accept-encoding");
}

TEST(Compress, VariesForClientsThatDoNotWantIt) {
  std::string body = text(5'000);
  Probe p;
  auto response = p.response(200, "text/plain", body);
  EXPECT_EQ(outcome(p, response), "/accept-encoding");
  EXPECT_EQ(p.content(response), body);
}

TEST(Compress, LaterFiltersMayKeepTheUpstreamFromEncoding) {
  std::string body = text(5'000);
  Probe p;
  p.header("accept-encoding", "gzip");
  FilterPtr compress = p.make(config::Compress{});
  compress->on_request(p.exchange);
  config::RequestHeaders edits;
  edits.remove = {"accept-encoding"};
  p.up(edits);
  auto response = p.response(200, "text/plain", body);
  compress->on_response(p.exchange, response);
  EXPECT_EQ(values(response.head.headers, "content-encoding"), "gzip");
}

TEST(Compress, WeakensTheTagAndDropsDigestsOfTheBytes) {
  std::string body = text(5'000);
  Probe p;
  p.header("accept-encoding", "br");
  auto response = p.response(200, "text/plain", body);
  response.head.headers.add("ETag", "\"abc\"");
  response.head.headers.add("Accept-Ranges", "bytes");
  response.head.headers.add("Content-Digest", "sha-256=:x:");
  outcome(p, response);
  EXPECT_EQ(values(response.head.headers, "etag"), "W/\"abc\"");
  EXPECT_EQ(values(response.head.headers, "accept-ranges") + values(response.head.headers, "content-digest"), "");
  auto weak = p.response(200, "text/plain", body);
  weak.head.headers.add("etag", "W/\"abc\"");
  outcome(p, weak);
  EXPECT_EQ(values(weak.head.headers, "etag"), "W/\"abc\"");
}

TEST(Compress, TypesMatchByPattern) {
  CompressFilter filter({}, {});
  for (const char* type : {"text/html", "TEXT/plain;charset=x", "application/json", "application/problem+json",
                           "image/svg+xml ; a=b", "text/event-stream"})
    EXPECT_TRUE(filter.takes_type(type)) << type;
  for (const char* type : {"image/png", "application/jsonp", "application/+json", "text/", "", "application/grpc",
                           "xtext/html", "application/octet-stream"})
    EXPECT_FALSE(filter.takes_type(type)) << type;
}

// Gives pieces when told, and waits between them.
class Drip final : public codec::Body {
 public:
  void release() noexcept override { released = true; }
  bool ready() const override { return !pieces.empty() || failed; }
  const http::Headers* trailers() const override { return fields; }
  async::Task<Result<codec::Chunk>> pull() override {
    struct Wait {
      Drip& drip;
      bool await_ready() const { return drip.ready(); }
      void await_suspend(std::coroutine_handle<> h) { drip.waiting = h; }
      void await_resume() {}
    };
    co_await Wait{*this};
    if (failed) co_return fail(Errc::reset);
    current = pieces.front();
    pieces.erase(pieces.begin());
    co_return codec::Chunk{current, last && pieces.empty()};
  }
  void wake() {
    if (waiting) std::exchange(waiting, {}).resume();
  }
  std::vector<std::string> pieces;
  std::string current;
  bool last = false;
  bool failed = false;
  bool released = false;
  const http::Headers* fields = nullptr;
  std::coroutine_handle<> waiting;
};

TEST(CompressStream, FlushesWhatItHasWhenTheSourcePauses) {
  for (auto [name, encoding] : {std::pair("gzip", Encoding::gzip), {"br", Encoding::br}, {"zstd", Encoding::zstd}}) {
    Probe p;
    p.header("accept-encoding", name);
    Drip drip;
    codec::Response response(p.arena);
    response.head.status = 200;
    response.head.framing = http::Framing::stream();
    response.head.headers.add("content-type", "text/event-stream");
    response.body = codec::BodyPtr(&drip);
    p.back(config::Compress{}, response);
    std::string out;
    bool whole = false;
    async::Scope scope(*p.loop);
    EXPECT_FALSE(response.body->ready());
    scope.spawn(Probe::drain(*response.body, out));
    EXPECT_EQ(out, "");
    drip.pieces = {"data: one\n\n"};
    drip.wake();
    EXPECT_EQ(decode(encoding, out, whole), "data: one\n\n") << name;
    drip.pieces = {"data: two\n", "\n"};
    drip.wake();
    EXPECT_EQ(decode(encoding, out, whole), "data: one\n\ndata: two\n\n") << name;
    EXPECT_FALSE(whole);
    drip.pieces = {""};
    drip.last = true;
    drip.wake();
    EXPECT_EQ(decode(encoding, out, whole), "data: one\n\ndata: two\n\n") << name;
    EXPECT_TRUE(whole) << name;
    EXPECT_EQ(scope.size(), 0u);
    response.body = nullptr;
    EXPECT_TRUE(drip.released);
  }
}

TEST(CompressStream, ASourceThatBreaksOffNeverLooksComplete) {
  Probe p;
  p.header("accept-encoding", "gzip");
  Drip drip;
  codec::Response response(p.arena);
  response.head.status = 200;
  response.head.framing = http::Framing::stream();
  response.head.headers.add("content-type", "text/plain");
  response.body = codec::BodyPtr(&drip);
  p.back(config::Compress{}, response);
  drip.pieces = {"part"};
  std::string out;
  async::Scope scope(*p.loop);
  scope.spawn(Probe::drain(*response.body, out));
  drip.failed = true;
  drip.wake();
  EXPECT_TRUE(out.ends_with("<reset>")) << "the error is passed on";
  bool whole = true;
  out.resize(out.size() - 7);
  EXPECT_EQ(decode(Encoding::gzip, out, whole), "part");
  EXPECT_FALSE(whole);
}

TEST(CompressStream, CancelledInTheMiddleReleasesItsSource) {
  Probe p;
  p.header("accept-encoding", "br");
  Drip drip;
  codec::Response response(p.arena);
  response.head.status = 200;
  response.head.framing = http::Framing::stream();
  response.head.headers.add("content-type", "text/plain");
  response.body = codec::BodyPtr(&drip);
  p.back(config::Compress{}, response);
  std::string out;
  {
    async::Scope scope(*p.loop);
    scope.spawn(Probe::drain(*response.body, out));
    EXPECT_EQ(scope.size(), 1u);
  }
  drip.waiting = {};
  response.body = nullptr;
  EXPECT_TRUE(drip.released);
}

TEST(CompressStream, TrailersPassThrough) {
  Probe p;
  p.header("accept-encoding", "zstd");
  Drip drip;
  http::Headers trailers(p.arena);
  trailers.add("x-sum", "1");
  drip.fields = &trailers;
  drip.pieces = {"a"};
  drip.last = true;
  codec::Response response(p.arena);
  response.head.status = 200;
  response.head.framing = http::Framing::stream();
  response.head.headers.add("content-type", "text/plain");
  response.body = codec::BodyPtr(&drip);
  p.back(config::Compress{}, response);
  p.content(response);
  ASSERT_NE(response.body->trailers(), nullptr);
  EXPECT_EQ(values(*response.body->trailers(), "x-sum"), "1");
}

}  // namespace
}  // namespace mesh::filter
