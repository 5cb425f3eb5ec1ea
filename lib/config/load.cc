#include "config/load.h"

#include "base/crypto_key_pair.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <numeric>
#include <tuple>

#include "config/check.h"
#include "config/codes.h"
#include "config/object.h"
#include "document/read.h"

namespace mesh::config {

namespace {

constexpr size_t kMaxFile = 8u << 20;

Result<std::string> read_descriptor(int fd, const std::string& path) {
  std::string out;
  char buffer[64 * 1024];
  for (;;) {
    ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read '" + path + "'");
    if (got == 0) return out;
    out.append(buffer, static_cast<size_t>(got));
    if (out.size() > kMaxFile) return fail(Errc::limit, "'" + path + "' is larger than 8MiB");
  }
}

Result<std::string> read_system_file(const std::string& path) {
  if (path.find('\0') != std::string::npos) return fail(Errc::invalid, "a path with a NUL character");
  // A FIFO without a writer must not stop a reload.
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail_errno(errno, "cannot open '" + path + "'");
  struct stat facts{};
  Result<std::string> out = ::fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode)
                                ? fail(Errc::invalid, "'" + path + "' is a folder")
                                : read_descriptor(fd, path);
  ::close(fd);
  return out;
}

std::optional<std::vector<std::string>> list_system_folder(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::nullopt;
  std::vector<std::string> out;
  for (auto it = std::filesystem::directory_iterator(path, error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    std::string extension = it->path().extension().string();
    bool hidden = it->path().filename().string().starts_with('.');
    if (!hidden && (extension == ".yaml" || extension == ".yml" || extension == ".json"))
      out.push_back(it->path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

class Loader {
 public:
  explicit Loader(const Environment& environment)
      : environment_(environment), reader_(loaded_.findings, loaded_.origins) {
    loaded_.readable = true;
  }

  void add_path(const std::string& path) {
    auto folder = environment_.list_folder ? environment_.list_folder(path) : std::nullopt;
    if (!folder) return add_file(path);
    if (folder->empty()) unreadable(path, "no *.yaml, *.yml or *.json file is in the folder '" + path + "'");
    for (const std::string& file : *folder) add_file(file);
  }

  void add_text(const std::string& name, std::string text) {
    loaded_.config_files.push_back(name);
    document::Tree tree = document::read(name, std::move(text));
    reader_.add_source(tree.source);
    if (tree.complete) substitute(tree);
    for (Finding& finding : tree.findings) {
      if (loaded_.findings.size() >= Reader::kMaxFindings) break;
      loaded_.findings.push_back(std::move(finding));
    }
    if (!tree.complete) {
      loaded_.readable = false;
      return;
    }
    static const document::Node kNothing{};
    const document::Node& root = tree.root() ? *tree.root() : kNothing;
    if (root.is_null()) {
      SourcePos start = tree.source->pos(1, 1);
      reader_.report(code::kMissingKey, Severity::error, start, 1, "the file is empty", "begin it with 'version: 1'");
      return;
    }
    reader_.read_object(root, &loaded_.model, root_object());
  }

  Loaded finish() {
    // Names may be defined in a file that could not be read; findings about them would mislead.
    if (loaded_.readable) {
      check_names(loaded_.model, reader_);
      check_filters(loaded_.model, reader_);
      check_routes(loaded_.model, reader_);
    }
    check_listeners(loaded_.model, reader_);
    if (environment_.read_file)
      check_key_files(loaded_.model, reader_, environment_, [this](const std::string& path) { watch(path); });
    sort_findings();
    loaded_.ok = std::none_of(loaded_.findings.begin(), loaded_.findings.end(),
                              [](const Finding& finding) { return finding.severity == Severity::error; });
    return std::move(loaded_);
  }

 private:
  void add_file(const std::string& path) {
    watch(path);
    auto text = environment_.read_file ? environment_.read_file(path)
                                       : Result<std::string>(fail(Errc::unsupported, "no files can be read here"));
    if (!text) return unreadable(path, text.error().message);
    add_text(path, std::move(*text));
  }

  void unreadable(const std::string& path, std::string message) {
    loaded_.readable = false;
    SourcePos pos{std::make_shared<const std::string>(path), 0, 0};
    reader_.report(code::kUnreadableFile, Severity::error, pos, 1, std::move(message));
  }

  void substitute(document::Tree& tree) {
    document::Node here;
    here.pos = tree.source->pos(1, 1);
    document::Substitutions sources;
    sources.env = environment_.variable;
    if (environment_.read_file)
      sources.file = [this, here](const std::string& path) {
        std::string full = reader_.beside(here, path);
        watch(full);
        return environment_.read_file(full);
      };
    document::substitute(tree, sources);
  }

  void watch(const std::string& path) {
    if (std::find(loaded_.files.begin(), loaded_.files.end(), path) == loaded_.files.end())
      loaded_.files.push_back(path);
  }

  void sort_findings() {
    auto file_index = [this](const Finding& finding) {
      const auto& files = loaded_.config_files;
      auto at = finding.pos.file ? std::find(files.begin(), files.end(), *finding.pos.file) : files.end();
      return at - files.begin();
    };
    std::vector<size_t> order(loaded_.findings.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t x, size_t y) {
      const Finding &a = loaded_.findings[x], &b = loaded_.findings[y];
      auto key = [&](const Finding& f, size_t index) {
        return std::make_tuple(file_index(f), f.pos.line, f.pos.column, index);
      };
      return key(a, x) < key(b, y);
    });
    Findings sorted;
    sorted.reserve(order.size());
    for (size_t index : order) sorted.push_back(std::move(loaded_.findings[index]));
    loaded_.findings = std::move(sorted);
  }

  const Environment& environment_;
  Loaded loaded_;
  Reader reader_;
};

}  // namespace

Environment Environment::system() {
  Environment out;
  out.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  out.read_file = read_system_file;
  out.list_folder = list_system_folder;
  out.check_key_pair = mesh::check_key_pair;
  return out;
}

Loaded load(std::span<const std::string> paths, const Environment& environment) {
  Loader loader(environment);
  for (const std::string& path : paths) loader.add_path(path);
  return loader.finish();
}

Loaded load_text(const std::string& name, std::string text, const Environment& environment) {
  Loader loader(environment);
  loader.add_text(name, std::move(text));
  return loader.finish();
}

}  // namespace mesh::config
