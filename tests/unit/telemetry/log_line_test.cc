#include "telemetry/log_line.h"

#include <gtest/gtest.h>

#include "document/read.h"
#include "unit/telemetry/records.h"

namespace mesh::telemetry {
namespace {

using config::LogFormat;

TEST(LogLine, JsonHoldsTheFacts) {
  LogLine line;
  exchange::Record record = test::sample_record();
  SourcePos pos{std::make_shared<const std::string>("edge.yaml"), 12, 3};
  record.decided = &pos;
  EXPECT_EQ(line.format(LogFormat::json, record),
            R"({"time":"2026-01-31T12:00:00.123Z","client":"192.0.2.1","method":"GET","target":"/items?x=1",)"
            R"("host":"shop.example","protocol":"HTTP/1.1","status":200,"user_agent":"curl/8.0","reason":"ok",)"
            R"("listener":"web","route":"items","decided":"edge.yaml:12","service":"catalog",)"
            R"("endpoint":"127.0.0.1:9000","bytes_in":100,"bytes_out":2000,"duration_ms":4.567,"first_byte_ms":3.100,)"
            R"("attempts":1,"upstream_ms":2.900,"upstream_protocol":"HTTP/1.1","request_id":"0123456789abcdef"})"
            "\n");
}

TEST(LogLine, TextIsTheCombinedFormatWithPairsBehind) {
  LogLine line;
  EXPECT_EQ(line.format(LogFormat::text, test::sample_record()),
            "192.0.2.1 - - [31/Jan/2026:12:00:00 +0000] \"GET /items?x=1 HTTP/1.1\" 200 2000 \"-\" \"curl/8.0\" "
            "host=shop.example reason=ok listener=web route=items service=catalog endpoint=127.0.0.1:9000 "
            "bytes_in=100 bytes_out=2000 duration_ms=4.567 first_byte_ms=3.100 attempts=1 upstream_ms=2.900 "
            "upstream_protocol=HTTP/1.1 request_id=0123456789abcdef\n");
}

TEST(LogLine, EmptyRecordIsStillOneWholeLine) {
  LogLine line;
  exchange::Record record;
  EXPECT_EQ(
      line.format(LogFormat::text, record),
      "- - - [01/Jan/1970:00:00:00 +0000] \"-\" 0 0 \"-\" \"-\" reason=ok bytes_in=0 bytes_out=0 duration_ms=0.000\n");
  std::string json(line.format(LogFormat::json, record));
  EXPECT_NE(document::read("line", json, {.format = document::Format::json}).root(), nullptr) << json;
}

TEST(LogLine, TraceIdsAreHex) {
  LogLine line;
  exchange::Record record;
  record.trace.trace_id.fill(0xab);
  record.trace.span_id.fill(0x01);
  record.trace.flags = 1;
  std::string text(line.format(LogFormat::json, record));
  EXPECT_NE(text.find(R"("trace_id":"abababababababababababababababab","span_id":"0101010101010101","sampled":true)"),
            std::string::npos)
      << text;
}

// OP-02: any byte in any value: still one line, still JSON, nothing that a terminal obeys.
TEST(LogLine, AnyByteInAnyValueStaysInItsPlace) {
  LogLine line;
  for (int byte = 0; byte < 256; ++byte) {
    std::string value = "a" + std::string(1, static_cast<char>(byte)) + "\xe2\x80\xae z\"";
    exchange::Record record;
    record.method = record.target = record.host = record.user_agent = record.sni = record.peer_identity = value;
    record.client = record.detail = record.endpoint = record.request_id = record.tls_version = value;
    for (LogFormat format : {LogFormat::json, LogFormat::text}) {
      std::string text(line.format(format, record));
      ASSERT_TRUE(text.ends_with('\n'));
      text.pop_back();
      for (char c : text) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << byte;
      ASSERT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
      if (format == LogFormat::json) {
        auto tree = document::read("line", text, {.format = document::Format::json});
        ASSERT_NE(tree.root(), nullptr) << text;
        EXPECT_EQ(tree.root()->find("target")->text, tree.root()->find("sni")->text);
      }
    }
  }
}

TEST(LogLine, TheLargestValuesFit) {
  LogLine line;
  std::string value(100'000, '\x01');
  exchange::Record record;
  record.method = record.target = record.host = record.user_agent = record.sni = record.peer_identity = value;
  record.client = record.detail = record.endpoint = record.request_id = record.tls_version = value;
  record.listener = record.route = record.service = value;
  SourcePos pos{std::make_shared<const std::string>(value), 4'000'000'000, 1};
  record.decided = &pos;
  record.trace.trace_id.fill(1);
  record.trace.parent_id.fill(1);
  record.bytes_in = record.bytes_out = UINT64_MAX;
  record.attempts = UINT32_MAX;
  record.ended = record.responded = record.upstream_responded = {INT64_MAX};
  record.upstream_started = {1};
  std::string json(line.format(LogFormat::json, record));
  EXPECT_NE(document::read("line", json, {.format = document::Format::json}).root(), nullptr);
  EXPECT_LT(line.format(LogFormat::text, record).size(), json.size());
}

TEST(LogLine, EachSecondHasItsOwnTime) {
  LogLine line;
  exchange::Record record = test::sample_record();
  (void)line.format(LogFormat::json, record);
  record.wall_ns += 60'000'000'000;
  EXPECT_TRUE(line.format(LogFormat::json, record).starts_with(R"({"time":"2026-01-31T12:01:00.123Z")"));
}

}  // namespace
}  // namespace mesh::telemetry
