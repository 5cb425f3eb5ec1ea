#include "http/headers.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "http/method.h"
#include "http/status.h"

namespace mesh::http {
namespace {

TEST(HeaderNames, AreFoundInAnyCase) {
  for (unsigned i = 1; i < static_cast<unsigned>(HeaderId::kCount); ++i) {
    auto id = static_cast<HeaderId>(i);
    std::string name(name_of(id)), upper = name, mixed = name;
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    for (size_t k = 0; k < mixed.size(); k += 2) mixed[k] = upper[k];
    EXPECT_EQ(name, to_lower(name));
    EXPECT_EQ(intern(name), id) << name;
    EXPECT_EQ(intern(upper), id) << upper;
    EXPECT_EQ(intern(mixed), id) << mixed;
  }
}

// A name that differs in any bit of any byte is another name, unless the bit is a letter's case.
TEST(HeaderNames, AreFoundByNothingElse) {
  for (unsigned i = 1; i < static_cast<unsigned>(HeaderId::kCount); ++i) {
    auto id = static_cast<HeaderId>(i);
    std::string name(name_of(id));
    for (size_t k = 0; k < name.size(); ++k)
      for (int bit = 0; bit < 8; ++bit) {
        std::string other = name;
        other[k] = static_cast<char>(other[k] ^ (1 << bit));
        bool same = bit == 5 && is_alpha(name[k]);
        EXPECT_EQ(intern(other) == id, same) << other;
      }
    EXPECT_NE(intern(name + "x"), id);
    EXPECT_NE(intern(name.substr(1)), id);
    EXPECT_NE(intern(name.substr(0, name.size() - 1)), id);
  }
  EXPECT_EQ(intern(""), HeaderId::other);
  EXPECT_EQ(intern("x"), HeaderId::other);
  EXPECT_EQ(intern(std::string(200, 'a')), HeaderId::other);
}

class HeadersTest : public testing::Test {
 protected:
  std::string text() const {
    std::string out;
    for (const Field& field : headers_) out += std::string(field.name) + "=" + std::string(field.value) + ";";
    return out;
  }
  BlockPool pool_;
  Arena arena_{pool_};
  Headers headers_{arena_};
};

TEST_F(HeadersTest, KeepOrderAndDuplicates) {
  headers_.add("X-A", "1");
  headers_.add(HeaderId::via, "2");
  headers_.add("x-a", "3");
  EXPECT_EQ(text(), "X-A=1;via=2;x-a=3;");
  EXPECT_EQ(headers_.find("x-a")->value, "1");
  EXPECT_EQ(headers_.find("VIA")->value, "2");
  EXPECT_EQ(headers_.value(HeaderId::via), "2");
  EXPECT_EQ(headers_.count(HeaderId::via), 1u);
  EXPECT_EQ(headers_.find("x-b"), nullptr);
  EXPECT_EQ(headers_.value(HeaderId::age), "");
}

TEST_F(HeadersTest, RemoveAndSetAllOfAName) {
  for (std::string_view name : {"A", "Via", "a", "B", "via", "A"}) headers_.add(name, "x");
  EXPECT_EQ(headers_.remove("a"), 3u);
  EXPECT_EQ(headers_.remove(HeaderId::via), 2u);
  EXPECT_EQ(text(), "B=x;");
  headers_.add("b", "y");
  headers_.set("b", "z");
  EXPECT_EQ(text(), "b=z;");
  headers_.set(HeaderId::date, "now");
  EXPECT_EQ(text(), "b=z;date=now;");
}

TEST_F(HeadersTest, GrowWithoutLimit) {
  for (int i = 0; i < 1000; ++i) headers_.add("n", arena_.copy(std::to_string(i)));
  ASSERT_EQ(headers_.size(), 1000u);
  for (uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(headers_[i].value, std::to_string(i));
}

TEST(Methods, AreCaseSensitive) {
  for (auto method : {Method::get, Method::head, Method::post, Method::put, Method::delete_, Method::connect,
                      Method::options, Method::trace, Method::patch}) {
    EXPECT_EQ(parse_method(to_string(method)), method);
    EXPECT_EQ(parse_method(to_lower(to_string(method))), Method::other);
  }
  EXPECT_EQ(parse_method("PURGE"), Method::other);
  EXPECT_EQ(parse_method(""), Method::other);
  EXPECT_TRUE(is_safe(Method::get) && is_safe(Method::head) && !is_safe(Method::put) && !is_safe(Method::other));
  EXPECT_TRUE(is_idempotent(Method::put) && is_idempotent(Method::delete_) && !is_idempotent(Method::post) &&
              !is_idempotent(Method::patch));
}

TEST(Status, HasTheRegisteredNames) {
  EXPECT_EQ(status_text(200), "OK");
  EXPECT_EQ(status_text(431), "Request Header Fields Too Large");
  EXPECT_EQ(status_text(299), "");
  EXPECT_EQ(status_text(0), "");
}

}  // namespace
}  // namespace mesh::http
