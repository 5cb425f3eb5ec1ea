// Records and folders for the tests of telemetry.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "config/model.h"
#include "exchange/record.h"

namespace mesh::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    char name[] = "/tmp/meshctl-telemetry-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::string path_;
};

inline exchange::Record sample_record() {
  exchange::Record record;
  record.listener = "web";
  record.route = "items";
  record.service = "catalog";
  record.method = "GET";
  record.target = "/items?x=1";
  record.host = "shop.example";
  record.client = "192.0.2.1";
  record.user_agent = "curl/8.0";
  record.request_id = "0123456789abcdef";
  record.endpoint = "127.0.0.1:9000";
  record.status = 200;
  record.attempts = 1;
  record.bytes_in = 100;
  record.bytes_out = 2000;
  record.wall_ns = 1'769'860'800'123'000'000;  // 2026-01-31T12:00:00.123Z
  record.started = {1'000'000'000};
  record.upstream_started = {1'000'100'000};
  record.upstream_responded = {1'003'000'000};
  record.responded = {1'003'100'000};
  record.ended = {1'004'567'000};
  return record;
}

inline config::Model model_with(const std::string& listener, const std::string& route, const std::string& service) {
  config::Model model;
  model.listeners.emplace_back().name = listener;
  model.routes.emplace_back().name = route;
  model.services.emplace_back().name = service;
  model.telemetry.access_log.format = config::LogFormat::off;
  return model;
}

}  // namespace mesh::test
