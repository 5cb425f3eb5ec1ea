#include "base/crypto_digest.h"

#include <gtest/gtest.h>

namespace mesh {
namespace {

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  // FIPS 180-4, the example of one block.
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  std::string whole;
  Sha256 pieces;
  for (int i = 0; i < 1000; ++i) {
    std::string piece(static_cast<size_t>(i % 7), static_cast<char>(i));
    whole += piece;
    pieces.add(piece);
  }
  EXPECT_EQ(pieces.finish_hex(), sha256_hex(whole));
  EXPECT_EQ(Sha256().finish_hex(), sha256_hex(""));
}

}  // namespace
}  // namespace mesh
