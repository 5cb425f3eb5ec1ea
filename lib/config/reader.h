// Reads trees into the model by the field table, keeps the place of every value, and gathers findings instead of
// stopping at the first.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/finding.h"
#include "config/schema.h"
#include "document/node.h"
#include "document/source_file.h"

namespace mesh::config {

// Where each value was written, by its path: "services.orders.timeouts.connect", "routes[0].to[1].weight".
using Origins = std::unordered_map<std::string, SourcePos>;

class Reader {
 public:
  // More findings than this help nobody.
  static constexpr size_t kMaxFindings = 500;

  Reader(Findings& findings, Origins& origins) : findings_(findings), origins_(origins) {}

  // Findings at positions of this file can show their line.
  void add_source(document::SourceFilePtr source);

  void report(std::string_view code, Severity severity, const SourcePos& pos, uint32_t span, std::string message,
              std::string hint = {}, std::string fix = {});
  void error(std::string_view code, const document::Node& node, std::string message, std::string hint = {}) {
    report(code, Severity::error, node.pos, node.span, std::move(message), std::move(hint));
  }

  // The text of a scalar; nullptr with MC1005 for anything else. `what` is "a duration ...".
  const std::string* scalar(const document::Node& node, std::string_view what);
  // MC1005: "expected a list, found text".
  void wrong_type(const document::Node& node, std::string_view what);

  // Reads a mapping, or the short form, of `object` into `target`.
  void read_object(const document::Node& node, void* target, const Object& object);

  // True if nothing was written at path().name before; else MC1203 citing both.
  bool claim(const document::Node& key, std::string_view kind);
  // Was anything written there?
  const SourcePos* origin(const std::string& path) const;

  // `path` beside the file that `node` was written in, for relative paths.
  std::string beside(const document::Node& node, const std::string& path) const;

  // Extends the current path while it lives.
  class Step {
   public:
    Step(Reader& reader, std::string_view name);
    Step(Reader& reader, size_t index);
    ~Step() { reader_.path_.resize(length_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Reader& reader_;
    size_t length_;
  };
  void remember(const SourcePos& pos) { origins_.try_emplace(path_, pos); }
  const std::string& path() const { return path_; }

 private:
  void read_members(const document::Node& node, void* target, const Object& object);
  void unknown_key(const document::Node& key, const Object& object);
  void check_required(const document::Node& node, const Object& object);

  Findings& findings_;
  Origins& origins_;
  std::map<const std::string*, document::SourceFilePtr> sources_;
  std::string path_;
};

// "'a', 'b' or 'c'".
std::string quoted_list(const std::vector<std::string_view>& names);

}  // namespace mesh::config
