#include "cli/parse.h"

#include <gtest/gtest.h>

#include <map>

namespace mesh::cli {
namespace {

CommandSpec sample() {
  return {.noun = "gateway",
          .verb = "serve",
          .positionals = {{.name = "MODE", .required = false, .choices = {"fast", "slow"}},
                          {.name = "FILE", .type = Type::file, .required = false, .repeatable = true}},
          .options = {{.name = "config", .letter = 'c', .type = Type::file, .env = "MESHCTL_CONFIG"},
                      {.name = "workers", .type = Type::integer, .fallback = "1"},
                      {.name = "wait", .type = Type::duration},
                      {.name = "limit", .type = Type::size},
                      {.name = "share", .type = Type::percent},
                      {.name = "header", .letter = 'H', .repeatable = true},
                      {.name = "watch", .letter = 'w', .type = Type::flag}}};
}

struct Case {
  CommandSpec spec = sample();
  std::map<std::string, std::string, std::less<>> variables;

  Result<Parsed> parse(std::vector<std::string> words) {
    return cli::parse(spec, words,
                      [this](std::string_view name) -> std::optional<std::string> {
                        auto it = variables.find(name);
                        if (it == variables.end()) return std::nullopt;
                        return it->second;
                      },
                      {});
  }
  std::string error(std::vector<std::string> words) {
    Result<Parsed> parsed = parse(std::move(words));
    return parsed ? "parsed" : parsed.error().message;
  }
};

TEST(Parse, TakesEveryFormOfAnOption) {
  Case sample_case;
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--config", "a.yaml"}, {"--config=a.yaml"}, {"-c", "a.yaml"}, {"-ca.yaml"}, {"fast", "-c", "a.yaml"}}) {
    Result<Parsed> parsed = sample_case.parse(words);
    ASSERT_TRUE(parsed) << words[0];
    EXPECT_EQ("a.yaml", parsed->args.get("config")) << words[0];
    EXPECT_TRUE(parsed->args.given("config"));
  }
}

TEST(Parse, TypedWinsOverVariableWinsOverFallback) {
  Case sample_case;
  EXPECT_EQ(1u, sample_case.parse({})->args.integer("workers"));
  EXPECT_FALSE(sample_case.parse({})->args.given("workers"));
  EXPECT_FALSE(sample_case.parse({})->args.find("config"));
  sample_case.variables["MESHCTL_CONFIG"] = "env.yaml";
  EXPECT_EQ("env.yaml", sample_case.parse({})->args.get("config"));
  EXPECT_TRUE(sample_case.parse({})->args.given("config"));
  EXPECT_EQ("typed.yaml", sample_case.parse({"-c", "typed.yaml"})->args.get("config"));
}

TEST(Parse, ValuesArriveInTheirUnits) {
  Case sample_case;
  Result<Parsed> parsed =
      sample_case.parse({"--workers", "4", "--wait", "1.5s", "--limit", "64KiB", "--share", "12.5%", "-w"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(4u, parsed->args.integer("workers"));
  EXPECT_EQ(Duration::milliseconds(1500), parsed->args.duration("wait"));
  EXPECT_EQ(65536u, parsed->args.size("limit"));
  EXPECT_DOUBLE_EQ(12.5, parsed->args.percent("share"));
  EXPECT_TRUE(parsed->args.flag("watch"));
}

TEST(Parse, WrongValuesNameTheFlagAndWhatItTakes) {
  Case sample_case;
  EXPECT_EQ("flag '--workers' takes a number, not 'two'", sample_case.error({"--workers", "two"}));
  EXPECT_EQ("flag '--workers' takes a number, not '-1'", sample_case.error({"--workers", "-1"}));
  EXPECT_EQ("flag '--wait' takes a duration such as 250ms, 10s or 5m, not '10'", sample_case.error({"--wait", "10"}));
  EXPECT_EQ("flag '--limit' takes a size such as 512, 64KiB or 10MB, not '9XB'", sample_case.error({"--limit", "9XB"}));
  EXPECT_EQ("flag '--share' takes a percentage such as 20%, not '101%'", sample_case.error({"--share", "101%"}));
  EXPECT_EQ("flag '--config' takes a file, not ''", sample_case.error({"--config="}));
  sample_case.variables["MESHCTL_CONFIG"] = "";
  EXPECT_TRUE(sample_case.parse({})) << "an empty variable is as good as none";
}

TEST(Parse, UnknownFlagsAreNamedWithASuggestion) {
  Case sample_case;
  EXPECT_EQ("unknown flag '--confg'; did you mean '--config'?", sample_case.error({"--confg", "x"}));
  EXPECT_EQ("unknown flag '--confg'; did you mean '--config'?", sample_case.error({"--confg=x"}));
  EXPECT_EQ("unknown flag '-z'; see 'meshctl gateway serve --help'", sample_case.error({"-z"}));
  EXPECT_EQ("unknown flag '--work'; see 'meshctl gateway serve --help'", sample_case.error({"--work", "3"}))
      << "no abbreviations";
}

TEST(Parse, FlagsThatNeedAValueSaySo) {
  Case sample_case;
  EXPECT_EQ("flag '--config' needs a file", sample_case.error({"--config"}));
  EXPECT_EQ("flag '-c' needs a file", sample_case.error({"fast", "-c"}));
  EXPECT_EQ("flag '--color' needs auto, always or never", sample_case.error({"--color"}));
}

TEST(Parse, SwitchesTakeNoValue) {
  Case sample_case;
  EXPECT_EQ("flag '--watch' takes no value", sample_case.error({"--watch=false"}));
  EXPECT_EQ("flag '--help' takes no value", sample_case.error({"--help=1"}));
}

TEST(Parse, OnlyRepeatableOptionsRepeat) {
  Case sample_case;
  EXPECT_EQ("flag '--config' is given 2 times, but takes one value", sample_case.error({"-c", "a", "--config", "b"}));
  Result<Parsed> parsed = sample_case.parse({"-H", "a: 1", "--header", "[b]", "fast", "-H={c}"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ((std::vector<std::string>{"a: 1", "[b]", "={c}"}), parsed->args.all("header"));
  EXPECT_EQ("fast", parsed->args.get("MODE"));
}

TEST(Parse, ValuesAreNeverTakenApart) {
  Case sample_case;
  for (const char* text : {"a,b", "[a,b]", "{}", "\"a b\"", "'a'", "a=b", "%%", "-", "--"}) {
    Result<Parsed> parsed = sample_case.parse({std::string("--header=") + text});
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(std::vector<std::string>{text}, parsed->args.all("header")) << text;
  }
}

TEST(Parse, PositionalsFillInOrderAndTheLastTakesTheRest) {
  Case sample_case;
  Result<Parsed> parsed = sample_case.parse({"slow", "a.yaml", "-", "--", "-odd.yaml"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ("slow", parsed->args.get("MODE"));
  EXPECT_EQ((std::vector<std::string>{"a.yaml", "-", "-odd.yaml"}), parsed->args.all("FILE"));
  EXPECT_EQ("MODE takes fast or slow, not 'fst'; did you mean 'fast'?", sample_case.error({"fst"}));
}

TEST(Parse, MissingAndSurplusArgumentsAreNamed) {
  Case sample_case;
  sample_case.spec.positionals = {{.name = "FILE", .type = Type::file}};
  EXPECT_EQ("needs FILE; see 'meshctl gateway serve --help'", sample_case.error({}));
  EXPECT_EQ("unexpected argument 'b'; see 'meshctl gateway serve --help'", sample_case.error({"a", "b"}));
  sample_case.spec.options = {{.name = "service", .metavar = "NAME", .required = true}};
  EXPECT_EQ("needs flag '--service NAME'", sample_case.error({"a"}));
}

TEST(Parse, PassthroughKeepsTheWrappedCommandAsItIs) {
  Case sample_case;
  sample_case.spec.passthrough = true;
  Result<Parsed> parsed = sample_case.parse({"-w", "--", "curl", "--config", "-w", "--", "x"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ((std::vector<std::string>{"curl", "--config", "-w", "--", "x"}), parsed->args.rest());
  EXPECT_FALSE(parsed->args.given("config"));
}

TEST(Parse, HelpWinsOverMissingArguments) {
  Case sample_case;
  sample_case.spec.positionals = {{.name = "FILE"}};
  ASSERT_TRUE(sample_case.parse({"-h"}));
  EXPECT_TRUE(sample_case.parse({"-h"})->help);
  EXPECT_EQ(Colour::always, sample_case.parse({"--help", "--color", "always"})->colour);
}

TEST(Parse, AskingForWhatTheSpecLacksIsABug) {
  Case sample_case;
  EXPECT_DEATH((void)sample_case.parse({})->args.get("nothing"), "'nothing', which its spec does not have");
}

TEST(ParseSize, KnowsBinaryAndDecimalUnits) {
  EXPECT_EQ(512u, parse_size("512"));
  EXPECT_EQ(65536u, parse_size("64K"));
  EXPECT_EQ(65536u, parse_size("64KiB"));
  EXPECT_EQ(64000u, parse_size("64KB"));
  EXPECT_EQ(0u, parse_size("0"));
  for (const char* bad : {"", "K", "-1", "1.5M", "1 M", "1kib", "9223372036854775808", "9999999999G", "1KiBB"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(ParsePercent, NeedsItsSignAndStaysBelowHundred) {
  EXPECT_DOUBLE_EQ(0.5, *parse_percent("0.5%"));
  EXPECT_DOUBLE_EQ(100, *parse_percent("100%"));
  for (const char* bad : {"", "%", "5", "100.1%", "101%", "-1%", "1.%", ".5%", "1e1%", "NaN%"})
    EXPECT_FALSE(parse_percent(bad)) << bad;
}

}  // namespace
}  // namespace mesh::cli
