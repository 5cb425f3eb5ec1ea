#include "cli/run.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace mesh::cli {
namespace {

Commands commands() {
  auto say = [](const Args&, Io& io) {
    io.out.line("said");
    return 0;
  };
  return {{.noun = "gateway", .verb = "serve", .summary = "run a gateway", .run = say},
          {.noun = "gateway", .verb = "drain", .summary = "let requests end", .run = say},
          {.noun = "docs", .verb = "generate", .summary = "secret", .hidden = true, .run = say},
          {.noun = "status", .summary = "show it", .group = "look", .run = say}};
}

struct Said {
  int code;
  std::string out, err;
};

Said type(std::vector<std::string> words, TerminalFacts facts = {}) {
  Io io = Io::for_test();
  Commands list = commands();
  int code = run(words, list, io, [](std::string_view) { return std::nullopt; }, facts);
  return {code, io.out.text(), io.err.text()};
}

TEST(Run, FindsNounsVerbsAndBareVerbs) {
  EXPECT_EQ("said\n", type({"gateway", "serve"}).out);
  EXPECT_EQ("said\n", type({"status"}).out);
  EXPECT_EQ("said\n", type({"docs", "generate"}).out);
}

TEST(Run, MisspeltCommandsGetASuggestionOnStderr) {
  Said said = type({"gatway", "serve"});
  EXPECT_EQ(2, said.code);
  EXPECT_EQ("", said.out);
  EXPECT_EQ("meshctl: unknown command 'gatway'; did you mean 'gateway'?\n", said.err);
  EXPECT_EQ("meshctl: unknown command 'gateway srve'; did you mean 'gateway serve'?\n", type({"gateway", "srve"}).err);
  EXPECT_EQ("meshctl: unknown command 'drain'; did you mean 'gateway drain'?\n", type({"drain"}).err);
  EXPECT_EQ("meshctl: unknown command 'gateway xyzzy'; see 'meshctl help gateway'\n", type({"gateway", "xyzzy"}).err);
  EXPECT_EQ("meshctl: unknown command ''; see 'meshctl help'\n", type({""}).err);
}

TEST(Run, HiddenCommandsAreNeverSuggestedOrListed) {
  EXPECT_EQ("meshctl: unknown command 'dosc'; see 'meshctl help'\n", type({"dosc"}).err);
  EXPECT_EQ(std::string::npos, type({"--help"}).out.find("docs"));
}

TEST(Run, ANounAloneListsItsVerbs) {
  Said said = type({"gateway"});
  EXPECT_EQ(2, said.code);
  EXPECT_EQ("", said.out);
  EXPECT_NE(std::string::npos, said.err.find("gateway drain"));
  EXPECT_EQ(std::string::npos, said.err.find("status"));
  EXPECT_EQ(0, type({"gateway", "--help"}).code);
  EXPECT_EQ(said.err, type({"gateway", "--help"}).out);
}

TEST(Run, UsageErrorsNameTheCommand) {
  Said said = type({"status", "--al"});
  EXPECT_EQ(2, said.code);
  EXPECT_EQ("meshctl status: unknown flag '--al'; see 'meshctl status --help'\n", said.err);
}

TEST(Run, ControlBytesNeverReachTheTerminal) {
  EXPECT_EQ(std::string::npos, type({"\x1b[2J"}).err.find('\x1b'));
  EXPECT_EQ(std::string::npos, type({"status", "--\x1b[2J"}).err.find('\x1b'));
  EXPECT_EQ(std::string::npos, type({"status", "\x1b[2J"}).err.find('\x1b'));
}

TEST(Run, AFullDiskIsSeen) {
  int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  Io io{Output(full, true), Output(-1, true)};
  Commands list = commands();
  std::vector<std::string> words{"status"};
  EXPECT_EQ(6, run(words, list, io, [](std::string_view) { return std::nullopt; }, {}));
  EXPECT_EQ("meshctl: cannot write to standard output: no space left on device\n", io.err.text());
  ::close(full);
}

TEST(Run, AClosedPipeEndsQuietly) {
  int ends[2];
  ASSERT_EQ(0, ::pipe2(ends, O_CLOEXEC));
  ::close(ends[0]);
  auto previous = ::signal(SIGPIPE, SIG_IGN);
  Io io{Output(ends[1], true), Output(-1, true)};
  Commands list = commands();
  std::vector<std::string> words{"status"};
  EXPECT_EQ(0, run(words, list, io, [](std::string_view) { return std::nullopt; }, {}));
  EXPECT_EQ("", io.err.text());
  EXPECT_TRUE(io.out.closed());
  ::signal(SIGPIPE, previous);
  ::close(ends[1]);
}

struct ColourCase {
  const char* name;
  Colour flag;
  TerminalFacts facts;
  bool out, err;
};

TEST(Colour, FollowsFlagThenVariablesThenTerminal) {
  const ColourCase cases[] = {
      {"terminal", Colour::automatic, {true, true, "", "", "xterm", ""}, true, true},
      {"only stderr is a terminal", Colour::automatic, {false, true, "", "", "xterm", ""}, false, true},
      {"pipe", Colour::automatic, {false, false, "", "", "xterm", ""}, false, false},
      {"dumb terminal", Colour::automatic, {true, true, "", "", "dumb", ""}, false, false},
      {"no TERM", Colour::automatic, {true, true, "", "", "", ""}, false, false},
      {"NO_COLOR", Colour::automatic, {true, true, "1", "", "xterm", ""}, false, false},
      {"FORCE_COLOR", Colour::automatic, {false, false, "", "1", "", ""}, true, true},
      {"FORCE_COLOR=0", Colour::automatic, {true, true, "", "0", "xterm", ""}, false, false},
      {"NO_COLOR beats FORCE_COLOR", Colour::automatic, {true, true, "1", "1", "xterm", ""}, false, false},
      {"--color always beats NO_COLOR", Colour::always, {false, false, "1", "", "dumb", ""}, true, true},
      {"--color never beats FORCE_COLOR", Colour::never, {true, true, "", "1", "xterm", ""}, false, false}};
  for (const ColourCase& each : cases) {
    Io io = Io::for_test();
    io.decide(each.flag, each.facts);
    EXPECT_EQ(each.out, io.out.colour) << each.name;
    EXPECT_EQ(each.err, io.err.colour) << each.name;
  }
}

TEST(Colour, DrawingNeedsATerminalThatSpeaksUtf8) {
  Io io = Io::for_test();
  io.decide(Colour::automatic, {true, false, "", "", "xterm", "en_GB.UTF-8"});
  EXPECT_TRUE(io.out.unicode);
  EXPECT_FALSE(io.err.unicode);
  io.decide(Colour::always, {true, true, "", "", "xterm", "C"});
  EXPECT_FALSE(io.out.unicode);
}

TEST(ReadInput, NamesTheFileAndHoldsTheLimit) {
  EXPECT_EQ("cannot open '/nowhere/x': no such file or directory", read_input("/nowhere/x").error().message);
  EXPECT_EQ("cannot read '/': is a directory", read_input("/").error().message);
  EXPECT_EQ(Errc::limit, read_input("/dev/zero", 100'000).error().code);
  EXPECT_EQ("", read_input("/dev/null").value());
}

}  // namespace
}  // namespace mesh::cli
