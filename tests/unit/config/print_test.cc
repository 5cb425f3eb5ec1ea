#include "config/print.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "config/load.h"
#include "config/rules.h"
#include "config/schema.h"
#include "document/read.h"

namespace mesh::config {
namespace {

TEST(Schema, EveryFieldSaysWhatItIsFor) {
  for (const Object* object : all_objects()) {
    EXPECT_FALSE(object->name.empty());
    EXPECT_FALSE(object->doc.empty()) << object->name;
    for (const Field& field : object->fields) {
      EXPECT_FALSE(field.doc.empty()) << object->name << "." << field.name;
      EXPECT_FALSE(field.doc.ends_with('.')) << object->name << "." << field.name;
      EXPECT_FALSE(field.shape.what.empty()) << object->name << "." << field.name;
      if (field.required) EXPECT_FALSE(field.example.empty()) << object->name << "." << field.name;
    }
  }
}

TEST(JsonSchema, NamesEveryObjectAndAllowsNothingElse) {
  document::Json schema = json_schema();
  EXPECT_EQ(schema.find("$schema")->string(), "https://json-schema.org/draft/2020-12/schema");
  const document::Json* definitions = schema.find("$defs");
  ASSERT_NE(definitions, nullptr);
  EXPECT_EQ(definitions->members().size() + 1, all_objects().size());
  document::Tree tree = document::read("s.json", schema.dump(2));
  EXPECT_TRUE(tree.ok());
  const document::Node* service = tree.root()->find("$defs")->find("service");
  EXPECT_EQ(service->find("additionalProperties")->text, "false");
  EXPECT_EQ(service->find("required")->items[0].text, "endpoints");
  EXPECT_EQ(tree.root()->find("properties")->find("version")->find("const")->text, "1");
  // References lead somewhere.
  std::string text = schema.dump();
  for (size_t at = text.find("#/$defs/"); at != std::string::npos; at = text.find("#/$defs/", at + 1)) {
    std::string name = text.substr(at + 8, text.find('"', at) - at - 8);
    EXPECT_NE(definitions->find(name), nullptr) << name;
  }
}

TEST(Explain, EveryPathHasAnAnswer) {
  auto paths = explain_paths();
  EXPECT_GT(paths.size(), 100u);
  for (const std::string& path : paths) {
    auto text = explain(path);
    ASSERT_TRUE(text) << path << text.error().message;
    EXPECT_TRUE(text->starts_with(path + ":")) << path;
  }
}

TEST(Explain, NamesIndexesAndObjectsMayBeUsed) {
  EXPECT_EQ(*explain("services.orders.retry.on"), *explain("services.retry.on"));
  EXPECT_EQ(*explain("services.*.retry.on"), *explain("services.retry.on"));
  EXPECT_EQ(*explain("routes[3].to[0].weight"), *explain("routes.to.weight"));
  EXPECT_NE(explain("service.balance")->find("least-request"), std::string::npos);
  EXPECT_NE(explain("service")->find("endpoints"), std::string::npos);
  EXPECT_NE(explain("")->find("listeners"), std::string::npos);
  EXPECT_NE(explain("services.timeouts.connect")->find("1s"), std::string::npos);
}

TEST(Explain, UnknownPathsGetASuggestion) {
  EXPECT_NE(explain("service.timeout").error().message.find("did you mean 'timeouts'"), std::string::npos);
  EXPECT_NE(explain("servces").error().message.find("did you mean 'services'"), std::string::npos);
  EXPECT_EQ(explain("services.timeouts.connect.x").error().code, Errc::not_found);
}

std::string file(const std::string& path) {
  std::ifstream in(std::string(MESH_SOURCE_DIR) + "/" + path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(Reference, IsFresh) {
  EXPECT_EQ(file("docs/config.md"), reference_markdown()) << "run 'meshctl docs config .'";
  EXPECT_EQ(file("docs/findings.md"), findings_markdown()) << "run 'meshctl docs config .'";
}

TEST(Reference, ItsExampleHasNoFindings) {
  std::string text = reference_markdown();
  size_t start = text.find("```yaml\n") + 8;
  Loaded loaded = load_text("doc.yaml", text.substr(start, text.find("```", start) - start));
  EXPECT_TRUE(loaded.findings.empty()) << loaded.findings[0].message;
}

TEST(Sizes, AreReadAndWrittenWithUnits) {
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("1MB"), 1'000'000u);
  EXPECT_EQ(parse_size("12B"), 12u);
  EXPECT_EQ(parse_size("0"), 0u);
  for (const char* bad :
       {"", "12", "KiB", "1.5KiB", "-1B", "1 KiB", "1kib", "99999999999999999999GiB", "18446744073709551615KiB"})
    EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  for (uint64_t bytes : {uint64_t{0}, uint64_t{1}, uint64_t{1023}, uint64_t{65536}, uint64_t{3} << 30})
    EXPECT_EQ(parse_size(size_text(bytes)), bytes);
}

TEST(Percentages, AreReadAndWritten) {
  EXPECT_EQ(parse_percent("20%"), 20.0);
  EXPECT_EQ(parse_percent("0.5%"), 0.5);
  EXPECT_EQ(percent_text(12.5), "12.5%");
  for (const char* bad : {"", "%", "20", "101%", "100.1%", "-1%", ".5%", "1.%", "1e1%"})
    EXPECT_EQ(parse_percent(bad), std::nullopt) << bad;
}

TEST(Addresses, RoundTrip) {
  for (const char* text : {"127.0.0.1:80", "[::1]:443", "a.example:1", "unix:/run/x"}) {
    auto address = Address::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
  for (const char* bad : {"", ":", "a", "a:", "a:b", "1.2.3.4", "[::1]", "[::1:80", "::1:80", "999.1.1.1:80",
                          "unix:", "*.a:1", "a b:1", "-a:1", "[::1%eth0]:80"})
    EXPECT_FALSE(Address::parse(bad)) << bad;
}

}  // namespace
}  // namespace mesh::config
