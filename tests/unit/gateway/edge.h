// Configurations as text, compiled as a gateway does it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/load.h"
#include "gateway/compile.h"

namespace mesh::gateway {

class EdgeTest : public ::testing::Test {
 protected:
  EdgeTest() {
    char name[] = "/tmp/meshctl-gateway-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~EdgeTest() override { std::filesystem::remove_all(folder_); }

  // Writes a file into the test's folder and gives its path.
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name, std::ios::binary | std::ios::trunc) << text;
    return folder_ + "/" + name;
  }
  static proxy::LoadOutcome compile(const std::string& text) {
    config::Loaded loaded = config::load_text("edge.yaml", text);
    std::string said;
    for (const Finding& finding : loaded.findings) said += finding.message + "\n";
    EXPECT_TRUE(loaded.ok) << said;
    return compile_model(loaded.model);
  }

  std::string folder_;
};

}  // namespace mesh::gateway
