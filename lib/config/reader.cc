#include "config/reader.h"

#include "base/text.h"
#include "config/codes.h"

namespace mesh::config {

using document::Member;
using document::Node;

std::string quoted_list(const std::vector<std::string_view>& names) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += "'" + std::string(names[i]) + "'";
  }
  return out;
}

Reader::Step::Step(Reader& reader, std::string_view name) : reader_(reader), length_(reader.path_.size()) {
  if (!reader.path_.empty()) reader.path_ += '.';
  reader.path_ += name;
}

Reader::Step::Step(Reader& reader, size_t index) : reader_(reader), length_(reader.path_.size()) {
  reader.path_ += '[' + std::to_string(index) + ']';
}

void Reader::add_source(document::SourceFilePtr source) {
  const std::string* key = source->name().get();
  sources_[key] = std::move(source);
}

void Reader::report(std::string_view code, Severity severity, const SourcePos& pos, uint32_t span, std::string message,
                    std::string hint, std::string fix) {
  if (findings_.size() > kMaxFindings) return;
  if (findings_.size() == kMaxFindings) {
    Finding last;
    last.code = code::kLimit;
    last.pos = pos;
    last.message = "more than " + std::to_string(kMaxFindings) + " findings; the rest is not shown";
    findings_.push_back(std::move(last));
    return;
  }
  auto source = sources_.find(pos.file.get());
  Finding finding;
  if (source != sources_.end()) {
    finding = source->second->finding(code, pos, span, std::move(message), std::move(hint));
  } else {
    finding.code = code;
    finding.pos = pos;
    finding.message = std::move(message);
    finding.hint = std::move(hint);
  }
  finding.severity = severity;
  finding.fix = std::move(fix);
  findings_.push_back(std::move(finding));
}

void Reader::wrong_type(const Node& node, std::string_view what) {
  error(code::kWrongType, node, "expected " + std::string(what) + ", found " + std::string(kind_name(node)));
}

const std::string* Reader::scalar(const Node& node, std::string_view what) {
  if (node.is_scalar()) return &node.text;
  wrong_type(node, what);
  return nullptr;
}

const SourcePos* Reader::origin(const std::string& path) const {
  auto found = origins_.find(path);
  return found == origins_.end() ? nullptr : &found->second;
}

bool Reader::claim(const Node& key, std::string_view kind) {
  const SourcePos* before = origin(path_);
  if (!before) return true;
  error(code::kDefinedTwice, key,
        std::string(kind) + " '" + key.shown() + "' is already defined at " + before->to_string(),
        "give one of them another name");
  return false;
}

std::string Reader::beside(const Node& node, const std::string& path) const {
  if (path.empty() || path.front() == '/' || !node.pos.file) return path;
  size_t slash = node.pos.file->rfind('/');
  return slash == std::string::npos ? path : node.pos.file->substr(0, slash + 1) + path;
}

void Reader::read_object(const Node& node, void* target, const Object& object) {
  if (object.place) object.place(target, node.pos);
  if (node.is_mapping()) {
    read_members(node, target, object);
    return;
  }
  bool short_fits = object.short_kind == Kind::list ? node.is_sequence() : node.is_scalar();
  if (object.read_short && short_fits) {
    object.read_short(*this, node, target);
    return;
  }
  wrong_type(node, object.read_short ? object.short_form + " or a mapping" : "a mapping");
}

void Reader::read_members(const Node& node, void* target, const Object& object) {
  size_t known = 0;
  for (const Member& member : node.members) {
    const Field* field = object.find(member.key.text);
    if (!field) {
      unknown_key(member.key, object);
      continue;
    }
    if (++known > 1 && object.exactly_one) {
      error(code::kExclusive, member.key, "one " + object.name + " has one kind, and this one has several",
            "write them as separate items, or keep one");
      continue;
    }
    Step step(*this, field->name);
    bool shared = field->merges || field->shape.kind == Kind::object || field->shape.kind == Kind::map;
    if (!shared && origin(path_)) {
      error(code::kDefinedTwice, member.key, "'" + path_ + "' is already set at " + origin(path_)->to_string(),
            "keep one of them");
      continue;
    }
    remember(member.value.pos);
    field->read(*this, member.value, target);
  }
  if (object.exactly_one && known == 0 && node.members.empty()) {
    std::vector<std::string_view> names;
    for (const Field& field : object.fields) names.push_back(field.name);
    error(code::kMissingKey, node, object.name + " says nothing", "give it one of " + quoted_list(names));
  }
  check_required(node, object);
  if (object.check) object.check(*this, node, target);
}

void Reader::check_required(const Node& node, const Object& object) {
  for (const Field& field : object.fields)
    if (field.required && !node.find(field.name))
      error(code::kMissingKey, node, "'" + field.name + "' is missing in " + object.name,
            field.example.empty() ? std::string() : "add '" + field.name + ": " + field.example + "'");
}

void Reader::unknown_key(const Node& key, const Object& object) {
  std::vector<std::string_view> names;
  for (const Field& field : object.fields) names.push_back(field.name);
  std::string message = "unknown key '" + key.shown() + "' in " + object.name;
  std::string_view near = key.text.size() > 64 ? std::string_view() : closest(key.text, names);
  if (!near.empty()) {
    report(code::kUnknownKey, Severity::error, key.pos, key.span, std::move(message),
           "did you mean '" + std::string(near) + "'?", std::string(near));
    return;
  }
  for (const Object* other : all_objects()) {
    if (other == &object || !other->find(key.text)) continue;
    error(code::kUnknownKey, key, std::move(message), "'" + key.text + "' belongs in " + other->name);
    return;
  }
  error(code::kUnknownKey, key, std::move(message),
        names.size() <= 12 ? "known are " + quoted_list(names) : "see 'meshctl config explain'");
}

}  // namespace mesh::config
