// The one normalisation of paths: threats.md 2.2, rows PA-01 and PA-02.
#include "http/target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace mesh::http {
namespace {

using namespace std::string_literals;

class TargetTest : public testing::Test {
 protected:
  // The path, "!rule" when refused.
  std::string path(const std::string& target, PathMode mode = PathMode::merge) {
    auto out = normalise_target(target, mode, arena_);
    if (!out) return "!" + out.error().message;
    EXPECT_EQ(out->changed, out->path != std::string_view(target).substr(0, target.find('?')));
    return std::string(out->path);
  }
  void expect_refused(const std::string& target, PathMode mode = PathMode::merge) {
    EXPECT_EQ(path(target, mode).substr(0, 1), "!") << target << " -> " << path(target, mode);
  }

  BlockPool pool_;
  Arena arena_{pool_};
};

struct Case {
  std::string target, path;
};

TEST_F(TargetTest, PA_01_HasOneFormForEachPath) {
  for (const Case& c : {
           Case{"/", "/"},
           Case{"/a", "/a"},
           Case{"/a/", "/a/"},
           Case{"/a/b", "/a/b"},
           Case{"/.", "/"},
           Case{"/./", "/"},
           Case{"/./a", "/a"},
           Case{"/a/.", "/a/"},
           Case{"/a/./b", "/a/b"},
           Case{"/a/..", "/"},
           Case{"/a/../", "/"},
           Case{"/a/../b", "/b"},
           Case{"/a/b/../..", "/"},
           Case{"/a/b/..", "/a/"},
           Case{"/a/b/../c", "/a/c"},
           Case{"/a/b/../../c", "/c"},
           Case{"/a/./../b", "/b"},
           Case{"/%2e", "/"},
           Case{"/%2E/a", "/a"},
           Case{"/a/%2e%2e", "/"},
           Case{"/a/%2E%2e/b", "/b"},
           Case{"/a/.%2e/b", "/b"},
           Case{"/a/%2e./b", "/b"},
           Case{"/...", "/..."},
           Case{"/a/...", "/a/..."},
           Case{"/.a", "/.a"},
           Case{"/..a", "/..a"},
           Case{"/a..", "/a.."},
           Case{"/a./b", "/a./b"},
           Case{"/.well-known/x", "/.well-known/x"},
           Case{"/%41", "/A"},
           Case{"/%7e", "/~"},
           Case{"/%7Eu%73er", "/~user"},
           Case{"/%2d%5f", "/-_"},
           Case{"/%3a", "/%3A"},
           Case{"/%3A", "/%3A"},
           Case{"/%c3%a4", "/%C3%A4"},
           Case{"/%c0%af", "/%C0%AF"},
           Case{"/%20", "/%20"},
           Case{"/%23%3f", "/%23%3F"},
           Case{"/a;b", "/a;b"},
           Case{"/a;x=1/../b", "/b"},
           Case{"/a/..;/b", "/a/..;/b"},
           Case{"/..;/b", "/..;/b"},
           Case{"/a/.;/b", "/a/.;/b"},
           Case{"/a,b:c@d&e=f+g$h!i*j(k)'l", "/a,b:c@d&e=f+g$h!i*j(k)'l"},
           Case{"/%25", "/%25"},
           Case{"/%25x", "/%25x"},
           Case{"/%25zz", "/%25zz"},
           Case{"/%25%41", "/%25A"},
           Case{"/A", "/A"},
           Case{"/\"<>^`{|}", "/\"<>^`{|}"},
       })
    EXPECT_EQ(path(c.target), c.path) << c.target;
}

TEST_F(TargetTest, PA_01_RefusesToClimbAboveTheRoot) {
  for (std::string target : {"/..", "/../", "/../a", "/a/../..", "/a/../../b", "/./..", "/%2e%2e", "/%2e%2e/a", "/.%2e",
                             "/a/%2e%2e/%2E%2E/b", "//..", "/a//../../.."})
    expect_refused(target);
}

TEST_F(TargetTest, TreatsEmptySegmentsByMode) {
  for (const Case& c : {Case{"//", "/"}, Case{"//a", "/a"}, Case{"/a//b", "/a/b"}, Case{"/a///b", "/a/b"},
                        Case{"/a//", "/a/"}, Case{"///", "/"}, Case{"/a/.//b", "/a/b"}, Case{"/a//../b", "/b"}}) {
    EXPECT_EQ(path(c.target, PathMode::merge), c.path) << c.target;
    expect_refused(c.target, PathMode::strict);
    EXPECT_EQ(path(c.target, PathMode::raw), c.target);
  }
  EXPECT_EQ(path("/a/", PathMode::strict), "/a/");
  EXPECT_EQ(path("/a/./", PathMode::strict), "/a/");
  EXPECT_EQ(path("/a/../", PathMode::strict), "/");
}

TEST_F(TargetTest, PA_02_RefusesEscapesThatHideStructure) {
  for (std::string target :
       {"/%2f",          "/%2F",   "/a%2fb",     "/a%5cb", "/%5C",   "/%00",       "/a%00.html", "/%252f",
        "/%252e%252e/a", "/%2500", "/%25%32%66", "/%25ff", "/%2541", "/%25%34%31", "/%25a%61",   "/%",
        "/%2",           "/%g0",   "/%0g",       "/a%",    "/a%2",   "/%u002f",    "/%zz",       "/%%32%66",
        "/%-1",          "/% 1",   "/%0a",       "/%0D",   "/%7f",   "/%1f",       "/%09"})
    expect_refused(target);
}

TEST_F(TargetTest, PA_02_RefusesBytesThatAreNoPartOfATarget) {
  for (int c = 0; c < 256; ++c) {
    bool good = c > 0x20 && c < 0x7f && c != '#' && c != '\\' && c != '%';
    std::string target = "/a"s + static_cast<char>(c) + "b";
    EXPECT_EQ(path(target)[0] != '!', good) << c;
    EXPECT_EQ(path(target, PathMode::raw)[0] != '!', good) << c;
    bool in_query = c > 0x20 && c < 0x7f && c != '#' && c != '%';
    EXPECT_EQ(path("/a?x"s + static_cast<char>(c) + "y")[0] != '!', in_query) << c;
  }
  for (std::string target : {"", "a", "*", "http://a/", "?a", "#", "%2f", "./a"}) expect_refused(target);
}

TEST_F(TargetTest, PA_03_LeavesTheQueryAlone) {
  std::string target = "/a/../b?x=%2f%2E%2e&y=/../";
  auto out = normalise_target(target, PathMode::strict, arena_);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->path, "/b");
  EXPECT_EQ(out->query, "x=%2f%2E%2e&y=/../");
  EXPECT_TRUE(out->has_query);
  auto empty = normalise_target("/a?", PathMode::strict, arena_);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->has_query);
  EXPECT_EQ(empty->query, "");
  EXPECT_FALSE(normalise_target("/a", PathMode::strict, arena_)->has_query);
  EXPECT_EQ(normalise_target("/a?b?c", PathMode::strict, arena_)->query, "b?c");
  for (std::string bad : {"/?%", "/?%2", "/?%zz", "/?a#b", "/? "}) expect_refused(bad);
}

TEST_F(TargetTest, CopiesOnlyWhatChanges) {
  std::string target = "/a/b%20c/.d?x";
  auto out = normalise_target(target, PathMode::strict, arena_);
  ASSERT_TRUE(out);
  EXPECT_FALSE(out->changed);
  EXPECT_EQ(out->path.data(), target.data());
}

TEST_F(TargetTest, RawChangesNothing) {
  for (std::string target : {"/a/../b", "/%2e%2e", "/..", "/%2f", "/%00", "/%252f", "//"})
    EXPECT_EQ(path(target, PathMode::raw), target);
  expect_refused("/%", PathMode::raw);
  expect_refused("/%zz", PathMode::raw);
}

// What comes out goes in unchanged, and no spelling leaves dots, hidden slashes or empty segments behind.
TEST_F(TargetTest, IsIdempotentAndLeavesNothingToInterpret) {
  const std::vector<std::string> pieces = {"/", "//",  ".",   "..",  "%2e",      "%2E",        "a", "b", "%41", "%2f",
                                           ";", "%3b", "%25", "%c3", "blockedz", "%62lockedz", "?", "~", "%"};
  Random random(11);
  int accepted = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string target = "/";
    for (uint64_t n = random.below(9); n > 0; --n) target += pieces[random.below(pieces.size())];
    for (PathMode mode : {PathMode::strict, PathMode::merge}) {
      std::string once = path(target, mode);
      if (once[0] == '!') continue;
      ++accepted;
      EXPECT_EQ(path(once, mode), once) << target;
      std::string wrapped = once + "/";
      EXPECT_EQ(wrapped.find("/../"), std::string::npos) << target << " -> " << once;
      EXPECT_EQ(wrapped.find("/./"), std::string::npos) << target << " -> " << once;
      EXPECT_EQ(once.find("//"), std::string::npos) << target << " -> " << once;
      EXPECT_EQ(once.find("%2"), once.find("%25")) << target << " -> " << once;
    }
    arena_.reset();
  }
  EXPECT_GT(accepted, 10'000);
}

}  // namespace
}  // namespace mesh::http
