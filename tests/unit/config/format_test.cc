#include "config/format.h"

#include <gtest/gtest.h>

namespace mesh::config {
namespace {

TEST(Format, TidiesLayoutAndKeepsComments) {
  auto out = format_text("x.yaml", "\n\n# first  \r\nversion: 1   # one\t\r\n\n\n\nadmin: {}\n\n\n");
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(*out, "# first\nversion: 1   # one\n\nadmin: {}\n");
  EXPECT_EQ(*format_text("x.yaml", *out), *out);
}

TEST(Format, LeavesTextAloneWhoseValuesWouldChange) {
  std::string text = "body: |\n  a  \n  b\n\n\n  c\n";
  EXPECT_EQ(*format_text("x.yaml", text), text);
}

TEST(Format, RefusesWhatDoesNotParse) {
  auto out = format_text("x.yaml", "a: [1\n");
  ASSERT_FALSE(out);
  EXPECT_NE(out.error().message.find("x.yaml:"), std::string::npos);
}

TEST(Format, AddsTheLastLineFeed) { EXPECT_EQ(*format_text("x.yaml", "a: 1"), "a: 1\n"); }

}  // namespace
}  // namespace mesh::config
