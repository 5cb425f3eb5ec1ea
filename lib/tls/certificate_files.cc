#include "tls/certificate_files.h"

#include <sys/stat.h>

namespace mesh::tls {

namespace {

std::vector<std::string> files_of(const ServerConfig& config) {
  std::vector<std::string> paths;
  for (const CertificateSource& source : config.certificates) {
    if (source.cert.empty()) paths.push_back(source.cert_file);
    if (source.key.empty()) paths.push_back(source.key_file);
  }
  if (config.client_auth != ClientAuth::none && config.client_ca.empty()) paths.push_back(config.client_ca_file);
  return paths;
}

}  // namespace

FileStamps::FileStamps(std::vector<std::string> paths) : paths_(std::move(paths)) {
  for (const std::string& path : paths_) stamps_.push_back(look(path));
}

FileStamps::Stamp FileStamps::look(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, static_cast<uint64_t>(info.st_size),
          int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

bool FileStamps::changed() {
  bool any = false;
  for (size_t i = 0; i < paths_.size(); ++i) {
    Stamp stamp = look(paths_[i]);
    if (stamp == stamps_[i]) continue;
    stamps_[i] = stamp;
    any = true;
  }
  return any;
}

CertificateFiles::CertificateFiles(ServerConfig config) : config_(std::move(config)), stamps_(files_of(config_)) {}

std::optional<Result<std::shared_ptr<const ServerContext>>> CertificateFiles::check() {
  if (!stamps_.changed()) return std::nullopt;
  return ServerContext::create(config_);
}

}  // namespace mesh::tls
