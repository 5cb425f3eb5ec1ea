#include "telemetry/access_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "unit/telemetry/records.h"

namespace mesh::telemetry {
namespace {

using config::LogFormat;

size_t count_lines(const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

struct Fixture {
  explicit Fixture(size_t ring_size = AccessLog::kRingSize) : log(clock, ring_size) { log.make_rings(1); }
  void lines(int count) {
    for (int i = 0; i < count; ++i) log.write(0, test::sample_record());
  }
  test::TemporaryFolder folder;
  ManualClock clock;
  AccessLog log;
};

TEST(AccessLog, WritesLinesAtTheNextTurn) {
  Fixture f;
  ASSERT_TRUE(f.log.use(f.folder.file("a.log"), LogFormat::json));
  f.lines(3);
  EXPECT_TRUE(f.log.turn());
  EXPECT_FALSE(f.log.turn());
  EXPECT_EQ(count_lines(f.folder.read(f.folder.file("a.log"))), 3u);
  EXPECT_EQ(f.log.lines(), 3u);
  EXPECT_EQ(f.log.dropped(), 0u);
}

TEST(AccessLog, OffWritesNothing) {
  Fixture f;
  ASSERT_TRUE(f.log.use(f.folder.file("a.log"), LogFormat::off));
  f.lines(3);
  EXPECT_FALSE(f.log.turn());
  EXPECT_FALSE(std::filesystem::exists(f.folder.file("a.log")));
}

TEST(AccessLog, APathThatCannotBeOpenedChangesNothing) {
  Fixture f;
  ASSERT_TRUE(f.log.use(f.folder.file("a.log"), LogFormat::json));
  auto used = f.log.use(f.folder.file("no/such/folder"), LogFormat::text);
  ASSERT_FALSE(used);
  EXPECT_NE(used.error().message.find("no/such/folder"), std::string::npos);
  f.lines(1);
  f.log.turn();
  EXPECT_TRUE(f.folder.read(f.folder.file("a.log")).starts_with("{"));
}

TEST(AccessLog, LinesFromBeforeAChangeOfFileGoToTheFileFromBefore) {
  Fixture f;
  ASSERT_TRUE(f.log.use(f.folder.file("a.log"), LogFormat::json));
  f.lines(2);
  ASSERT_TRUE(f.log.use(f.folder.file("b.log"), LogFormat::text));
  f.lines(3);
  f.log.turn();
  std::string before = f.folder.read(f.folder.file("a.log")), after = f.folder.read(f.folder.file("b.log"));
  EXPECT_EQ(count_lines(before), 2u);
  EXPECT_TRUE(before.starts_with("{"));
  EXPECT_EQ(count_lines(after), 3u);
  EXPECT_TRUE(after.starts_with("192.0.2.1 - - ["));
}

// FT-16
TEST(AccessLog, RenameAndReopenLosesNoLine) {
  Fixture f;
  ASSERT_TRUE(f.log.use(f.folder.file("a.log"), LogFormat::json));
  f.lines(2);
  f.log.turn();
  f.lines(1);
  std::filesystem::rename(f.folder.file("a.log"), f.folder.file("a.log.1"));
  f.lines(1);
  f.log.reopen();
  f.log.turn();
  f.lines(1);
  f.log.turn();
  EXPECT_EQ(count_lines(f.folder.read(f.folder.file("a.log.1"))) + count_lines(f.folder.read(f.folder.file("a.log"))),
            5u);
  EXPECT_GE(count_lines(f.folder.read(f.folder.file("a.log"))), 1u);
}

// FT-16
TEST(AccessLog, ADeletedOrReplacedFileIsNoticedWithoutASignal) {
  Fixture f;
  ASSERT_TRUE(f.log.use(f.folder.file("a.log"), LogFormat::json));
  f.lines(1);
  f.log.turn();
  std::filesystem::remove(f.folder.file("a.log"));
  f.lines(2);
  f.log.turn();
  EXPECT_EQ(count_lines(f.folder.read(f.folder.file("a.log"))), 2u);
  std::filesystem::rename(f.folder.file("a.log"), f.folder.file("a.log.1"));
  std::ofstream(f.folder.file("a.log")).flush();
  f.lines(3);
  f.log.turn();
  EXPECT_EQ(count_lines(f.folder.read(f.folder.file("a.log"))), 3u);
}

// FT-16
TEST(AccessLog, ATruncatedFileIsWrittenFromItsStart) {
  Fixture f;
  ASSERT_TRUE(f.log.use(f.folder.file("a.log"), LogFormat::json));
  f.lines(4);
  f.log.turn();
  std::filesystem::resize_file(f.folder.file("a.log"), 0);
  f.lines(1);
  f.log.turn();
  std::string text = f.folder.read(f.folder.file("a.log"));
  EXPECT_EQ(count_lines(text), 1u);
  EXPECT_TRUE(text.starts_with("{"));
}

TEST(AccessLog, AFullRingDropsAndCounts) {
  Fixture f(4096);
  ASSERT_TRUE(f.log.use(f.folder.file("a.log"), LogFormat::json));
  f.lines(100);
  f.log.turn();
  size_t written = count_lines(f.folder.read(f.folder.file("a.log")));
  EXPECT_GT(written, 0u);
  EXPECT_EQ(written + f.log.dropped(), 100u);
  EXPECT_EQ(f.log.lines(), written);
}

// FT-13: lines are lost and counted, told once a minute; the log goes on when there is room again.
TEST(AccessLog, AFullDiskIsCountedAndWarnedAboutOnceAMinute) {
  Fixture f;
  ASSERT_TRUE(f.log.use("/dev/full", LogFormat::json));
  auto warnings = [&](int count) {
    testing::internal::CaptureStderr();
    f.lines(count);
    f.log.turn();
    return count_lines(testing::internal::GetCapturedStderr());
  };
  EXPECT_EQ(warnings(5), 1u);
  EXPECT_EQ(warnings(5), 0u);
  f.clock.advance(Duration::seconds(61));
  EXPECT_EQ(warnings(1), 1u);
  EXPECT_EQ(f.log.dropped(), 11u);
  EXPECT_EQ(f.log.lines(), 0u);
  ASSERT_TRUE(f.log.use(f.folder.file("a.log"), LogFormat::json));
  f.lines(1);
  f.log.turn();
  EXPECT_EQ(count_lines(f.folder.read(f.folder.file("a.log"))), 1u);
}

// FT-13: a file that stops growing in the middle of a line keeps whole lines only.
TEST(LogFile, APartOfALineIsTakenBack) {
  test::TemporaryFolder folder;
  std::atomic<bool> hurry{false};
  auto file = LogFile::open(folder.file("a.log"));
  ASSERT_TRUE(file);
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small{25, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  auto outcome = file->write("0123456789\n0123456789\n0123456789\n", hurry);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(outcome.lines_lost, 1u);
  EXPECT_EQ(outcome.error, EFBIG);
  EXPECT_EQ(folder.read(folder.file("a.log")), "0123456789\n0123456789\n");
  EXPECT_EQ(file->write("again\n", hurry).lines_lost, 0u);
  EXPECT_TRUE(folder.read(folder.file("a.log")).ends_with("\nagain\n"));
}

TEST(LogFile, ABlockedPipeIsGivenUpInAHurry) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  while (write(ends[1], "x", 1) == 1) {
  }
  fcntl(ends[1], F_SETFL, 0);
  std::atomic<bool> hurry{true};
  auto outcome = LogFile::borrow(ends[1]).write("a\nb\n", hurry);
  EXPECT_EQ(outcome.lines_lost, 2u);
  EXPECT_EQ(outcome.error, ETIMEDOUT);
  close(ends[0]);
  close(ends[1]);
}

TEST(LogFile, APipeThatLostItsReaderIsAnErrorNotASignal) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  signal(SIGPIPE, SIG_IGN);
  std::atomic<bool> hurry{false};
  auto outcome = LogFile::borrow(ends[1]).write("a\n", hurry);
  EXPECT_EQ(outcome.lines_lost, 1u);
  EXPECT_EQ(outcome.error, EPIPE);
  close(ends[1]);
}

// With the thread, several workers and a file that is rotated all the while: nothing lost, nothing torn.
TEST(AccessLog, WorkersAndRotationLoseNothing) {
  test::TemporaryFolder folder;
  SystemClock clock;
  AccessLog log(clock);
  constexpr uint32_t kWorkers = 3;
  constexpr int kLines = 2000;
  log.make_rings(kWorkers);
  ASSERT_TRUE(log.use(folder.file("a.log"), LogFormat::json));
  log.start();
  std::vector<std::thread> workers;
  for (uint32_t w = 0; w < kWorkers; ++w)
    workers.emplace_back([&, w] {
      for (int i = 0; i < kLines; ++i) log.write(w, test::sample_record());
    });
  for (int i = 0; i < 10; ++i) {
    std::filesystem::rename(folder.file("a.log"), folder.file("a.log." + std::to_string(i)));
    log.reopen();
    while (!std::filesystem::exists(folder.file("a.log"))) std::this_thread::yield();
  }
  for (auto& worker : workers) worker.join();
  log.stop();
  std::string all = folder.read(folder.file("a.log"));
  for (int i = 0; i < 10; ++i) all += folder.read(folder.file("a.log." + std::to_string(i)));
  EXPECT_EQ(count_lines(all) + log.dropped(), kWorkers * kLines);
  LogLine line;
  std::string wanted(line.format(LogFormat::json, test::sample_record()));
  EXPECT_EQ(all.size(), count_lines(all) * wanted.size());
  for (size_t at = 0; at < all.size(); at += wanted.size()) ASSERT_EQ(all.compare(at, wanted.size(), wanted), 0);
}

TEST(AccessLog, StopWritesWhatWaits) {
  test::TemporaryFolder folder;
  SystemClock clock;
  AccessLog log(clock);
  log.make_rings(1);
  ASSERT_TRUE(log.use(folder.file("a.log"), LogFormat::json));
  log.start();
  for (int i = 0; i < 10; ++i) log.write(0, test::sample_record());
  log.stop();
  EXPECT_EQ(count_lines(folder.read(folder.file("a.log"))), 10u);
}

}  // namespace
}  // namespace mesh::telemetry
