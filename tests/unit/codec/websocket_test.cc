#include "codec/websocket.h"

#include <gtest/gtest.h>

namespace mesh::codec {
namespace {

TEST(WebSocket, AnswersTheKeyOfTheRfc) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_NE(websocket_accept(""), "");
}

TEST(WebSocket, MakesKeysOfSixteenBytes) {
  Random random(1);
  std::string first = websocket_key(random), second = websocket_key(random);
  EXPECT_EQ(first.size(), 24u);
  EXPECT_EQ(first.substr(22), "==");
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace mesh::codec
