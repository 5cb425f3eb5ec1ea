#include "telemetry/telemetry.h"

#include <gtest/gtest.h>

#include <thread>

#include "telemetry/registry.h"
#include "unit/telemetry/records.h"
#include "unit/telemetry/strict_exposition.h"

namespace mesh::telemetry {
namespace {

using exchange::EndReason;
using test::StrictExposition;

struct Fixture {
  explicit Fixture(uint32_t workers = 1) : telemetry(Settings{}) {
    telemetry.start(workers);
    telemetry.apply(test::model_with("web", "items", "catalog"));
  }
  ~Fixture() { telemetry.stop(); }
  StrictExposition read(bool openmetrics = false) {
    auto exposition = telemetry.expose(openmetrics ? "application/openmetrics-text" : "");
    return {exposition.text, openmetrics};
  }
  Telemetry telemetry;
};

TEST(Telemetry, CountsAnExchange) {
  Fixture f;
  f.telemetry.finish(0, test::sample_record());
  f.telemetry.finish(0, test::sample_record());
  auto read = f.read();
  EXPECT_EQ(read.all_problems(), "");
  EXPECT_EQ(read.value(R"(meshctl_requests_total{listener="web",route="items",service="catalog",code="200"})"), 2);
  EXPECT_EQ(read.value(R"(meshctl_received_bytes_total{listener="web",route="items",service="catalog"})"), 200);
  EXPECT_EQ(read.value(R"(meshctl_sent_bytes_total{listener="web",route="items",service="catalog"})"), 4000);
  std::string histogram = "meshctl_request_duration_seconds_";
  EXPECT_EQ(read.value(histogram + R"(bucket{listener="web",route="items",service="catalog",le="0.0025"})"), 0);
  EXPECT_EQ(read.value(histogram + R"(bucket{listener="web",route="items",service="catalog",le="0.005"})"), 2);
  EXPECT_EQ(read.value(histogram + R"(count{listener="web",route="items",service="catalog"})"), 2);
  EXPECT_EQ(read.value(histogram + R"(sum{listener="web",route="items",service="catalog"})"), 0.009134);
  EXPECT_EQ(read.value(R"(meshctl_upstream_requests_total{service="catalog",code="200"})"), 2);
  EXPECT_EQ(read.value(R"(meshctl_upstream_response_seconds_count{service="catalog"})"), 2);
}

TEST(Telemetry, BothFormatsAreCorrectAtTheStartAndWithEverythingInThem) {
  Fixture f;
  EXPECT_EQ(f.read().all_problems(), "");
  EXPECT_EQ(f.read(true).all_problems(), "");
  f.telemetry.finish(0, test::sample_record());
  f.telemetry.connection_refused(0, "web");
  f.telemetry.handshake_failed(0, "web", "no shared cipher");
  exchange::Record tcp = test::sample_record();
  tcp.method = "TCP";
  tcp.status = 0;
  f.telemetry.finish(0, tcp);
  f.telemetry.set_live_source([](const LiveEmit& emit) {
    emit(Live::connections_active, "web", 3);
    emit(Live::exchanges_active, "", 2);
    emit(Live::upstream_connections_active, "catalog", 1);
    emit(Live::connections_active, "admin", 4);
  });
  for (bool openmetrics : {false, true}) {
    auto read = f.read(openmetrics);
    EXPECT_EQ(read.all_problems(), "");
    EXPECT_EQ(read.value(R"(meshctl_connections_refused_total{listener="web"})"), 1);
    EXPECT_EQ(read.value(R"(meshctl_tls_handshakes_failed_total{listener="web"})"), 1);
    EXPECT_EQ(read.value(R"(meshctl_tcp_connections_total{listener="web",service="catalog",reason="ok"})"), 1);
    EXPECT_EQ(read.value(R"(meshctl_connections_active{listener="admin"})"), 4);
    EXPECT_EQ(read.value("meshctl_requests_active"), 2);
    EXPECT_GT(read.value("process_resident_memory_bytes").value_or(0), 1e6);
    EXPECT_GT(read.value("process_start_time_seconds").value_or(0), 1e9);
  }
}

TEST(Telemetry, ReasonsOfFailuresAreCountedAndWantedAnswersAreNot) {
  Fixture f;
  exchange::Record record = test::sample_record();
  record.route = record.service = {};
  record.attempts = 0;
  record.status = 404;
  record.reason = EndReason::no_route;
  f.telemetry.finish(0, record);
  record.status = 302;
  record.reason = EndReason::redirect;
  f.telemetry.finish(0, record);
  auto read = f.read();
  EXPECT_EQ(read.value(R"(meshctl_rejected_requests_total{listener="web",reason="no_route"})"), 1);
  EXPECT_FALSE(read.value(R"(meshctl_rejected_requests_total{listener="web",reason="redirect"})"));
  EXPECT_EQ(read.value(R"(meshctl_requests_total{listener="web",route="none",service="none",code="404"})"), 1);
}

TEST(Telemetry, RetriesAndMissingResponsesAreTheServices) {
  Fixture f;
  exchange::Record record = test::sample_record();
  record.status = 504;
  record.reason = EndReason::upstream_timeout;
  record.attempts = 3;
  record.upstream_responded = {};
  f.telemetry.finish(0, record);
  auto read = f.read();
  EXPECT_EQ(read.value(R"(meshctl_upstream_requests_total{service="catalog",code="none"})"), 1);
  EXPECT_EQ(read.value(R"(meshctl_upstream_retries_total{service="catalog"})"), 2);
}

TEST(Telemetry, ARefusalOfTheCodecIsARequestAndALine) {
  test::TemporaryFolder folder;
  Telemetry telemetry(Settings{folder.file("a.log"), config::LogFormat::json});
  ASSERT_TRUE(telemetry.open());
  telemetry.start(1);
  codec::Rejection rejection;
  rejection.status = 400;
  rejection.reason = "bad_request";
  rejection.detail = "two content-length fields";
  rejection.line = "GET /a b HTTP/1.1";
  rejection.bytes_received = 50;
  telemetry.rejected(0, "web", "192.0.2.1", rejection, 1'769'860'800'000'000'000);
  StrictExposition read(telemetry.expose("").text, false);
  EXPECT_EQ(read.value(R"(meshctl_rejected_requests_total{listener="other",reason="bad_request"})"), 1);
  telemetry.stop();
  std::string line = folder.read(folder.file("a.log"));
  EXPECT_NE(line.find(R"("method":"GET","target":"/a b")"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("reason":"bad_request","detail":"two content-length fields")"), std::string::npos) << line;
}

// RS-09
TEST(Telemetry, NamesThatNoConfigurationHasBecomeOther) {
  Fixture f;
  for (int i = 0; i < 1000; ++i) {
    std::string name = "made-up-" + std::to_string(i);
    exchange::Record record = test::sample_record();
    record.route = record.service = record.listener = name;
    record.status = 200 + i;
    f.telemetry.finish(0, record);
  }
  auto read = f.read();
  EXPECT_EQ(read.all_problems(), "");
  EXPECT_LT(read.samples().size(), 250u);
  EXPECT_EQ(read.value(R"(meshctl_requests_total{listener="other",route="other",service="other",code="other"})"), 941);
}

// RS-09
TEST(Telemetry, TheNumberOfSeriesIsBoundedAndTheRestIsOther) {
  Fixture f;
  config::Model model = test::model_with("web", "items", "catalog");
  for (int i = 0; i < 5000; ++i) model.routes.emplace_back().name = "r" + std::to_string(i);
  f.telemetry.apply(model);
  for (int i = 0; i < 5000; ++i) {
    std::string name = "r" + std::to_string(i);
    exchange::Record record = test::sample_record();
    record.route = name;
    f.telemetry.finish(0, record);
  }
  auto read = f.read();
  EXPECT_EQ(read.all_problems(), "");
  double sum = 0;
  size_t sets = 0;
  for (const auto& [series, value] : read.samples()) {
    if (series.starts_with("meshctl_requests_total")) sum += value;
    if (series.starts_with("meshctl_") && series.find("_bucket") == std::string::npos &&
        series.find("_sum") == std::string::npos)
      ++sets;
  }
  EXPECT_EQ(sum, 5000);
  EXPECT_LT(sets, Registry::kMaxSeries + 20);
  EXPECT_GT(
      read.value(R"(meshctl_requests_total{listener="other",route="other",service="other",code="200"})").value_or(0),
      4000);
  EXPECT_GT(read.value("meshctl_metric_series_dropped_total").value_or(0), 4000);
}

TEST(Telemetry, CountersLiveOnByNameAndForgottenNamesGo) {
  Fixture f;
  const std::string items = R"(meshctl_requests_total{listener="web",route="items",service="catalog",code="200"})";
  const std::string others = R"(meshctl_requests_total{listener="web",route="other",service="catalog",code="200"})";
  f.telemetry.finish(0, test::sample_record());
  f.telemetry.apply(test::model_with("web", "items", "catalog"));
  f.telemetry.finish(0, test::sample_record());
  EXPECT_EQ(f.read().value(items), 2);
  // An exchange that began before the reload may still end.
  f.telemetry.apply(test::model_with("web", "fresh", "catalog"));
  f.telemetry.finish(0, test::sample_record());
  EXPECT_EQ(f.read().value(items), 3);
  f.telemetry.apply(test::model_with("web", "fresh", "catalog"));
  EXPECT_FALSE(f.read().value(items));
  f.telemetry.finish(0, test::sample_record());
  EXPECT_EQ(f.read().value(others), 1);
  // The cells were given to others, and are zero when the name comes back.
  f.telemetry.apply(test::model_with("web", "items", "catalog"));
  f.telemetry.finish(0, test::sample_record());
  EXPECT_EQ(f.read().value(items), 1);
}

TEST(Telemetry, ReloadsAreTold) {
  Fixture f;
  EXPECT_EQ(f.read().value("meshctl_config_last_reload_success"), 1);
  f.telemetry.reloaded(false, 1);
  EXPECT_EQ(f.read().value("meshctl_config_last_reload_success"), 0);
  EXPECT_EQ(f.read().value("meshctl_config_reloads_total{result=\"refused\"}"), 1);
  f.telemetry.reloaded(true, 2'000'000'000);
  EXPECT_EQ(f.read().value("meshctl_config_last_reload_success"), 1);
  EXPECT_EQ(f.read().value("meshctl_config_last_reload_success_timestamp_seconds"), 2);
}

TEST(Telemetry, AReloadMovesTheAccessLog) {
  test::TemporaryFolder folder;
  config::Model model = test::model_with("web", "items", "catalog");
  model.telemetry.access_log = {folder.file("a.log"), config::LogFormat::json};
  Telemetry telemetry(Settings::from(model));
  ASSERT_TRUE(telemetry.open());
  telemetry.start(1);
  telemetry.finish(0, test::sample_record());
  model.telemetry.access_log = {folder.file("b.log"), config::LogFormat::text};
  telemetry.apply(model);
  telemetry.finish(0, test::sample_record());
  telemetry.stop();
  EXPECT_TRUE(folder.read(folder.file("a.log")).starts_with("{"));
  EXPECT_TRUE(folder.read(folder.file("b.log")).starts_with("192.0.2.1 - - ["));
}

TEST(Telemetry, EveryMetricIsDocumented) {
  Fixture f;
  f.telemetry.set_live_source([](const LiveEmit& emit) {
    for (int i = 0; i <= static_cast<int>(Live::endpoints); ++i) emit(static_cast<Live>(i), "x", 1);
  });
  std::string document = test::TemporaryFolder::read(MESH_SOURCE_DIR "/docs/metrics.md");
  std::string text = f.telemetry.expose("").text;
  size_t families = 0;
  for (size_t at = 0; (at = text.find("# TYPE ", at)) != std::string::npos; ++families) {
    at += 7;
    std::string name = text.substr(at, text.find(' ', at) - at);
    EXPECT_NE(document.find("| `" + name + "` |"), std::string::npos) << name;
  }
  size_t rows = 0;
  for (std::string_view prefix : {"\n| `meshctl_", "\n| `process_"})
    for (size_t at = 0; (at = document.find(prefix, at)) != std::string::npos; ++at) ++rows;
  EXPECT_EQ(rows, families);
}

TEST(Telemetry, ReadingWhileWorkersCountIsSafe) {
  Fixture f(2);
  std::vector<std::thread> workers;
  for (uint32_t w = 0; w < 2; ++w)
    workers.emplace_back([&, w] {
      for (int i = 0; i < 5000; ++i) f.telemetry.finish(w, test::sample_record());
    });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(f.read().all_problems(), "");
    f.telemetry.apply(test::model_with("web", "items", "catalog"));
  }
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(f.read().value(R"(meshctl_requests_total{listener="web",route="items",service="catalog",code="200"})"),
            10'000);
}

}  // namespace
}  // namespace mesh::telemetry
