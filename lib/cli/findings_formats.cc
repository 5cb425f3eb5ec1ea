// Findings for programs: json, jsonl, sarif, junit, tap, github.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/findings_formats.h"
#include "cli/findings_print.h"
#include "cli/json.h"
#include "cli/version.h"

namespace mesh::cli {

namespace {

std::string file_of(const Finding& finding) { return finding.pos.file ? *finding.pos.file : std::string(); }

std::string full_message(const Finding& finding) {
  return finding.hint.empty() ? finding.message : finding.message + "; " + finding.hint;
}

void write_finding(JsonWriter& json, const Finding& finding) {
  json.begin_object();
  json.field("code", finding.code);
  json.field("severity", to_string(finding.severity));
  json.field("file", file_of(finding));
  json.field_integer("line", finding.pos.line);
  json.field_integer("column", finding.pos.column);
  json.field_integer("span", finding.span);
  json.field("message", finding.message);
  if (!finding.hint.empty()) json.field("hint", finding.hint);
  if (!finding.fix.empty()) json.field("fix", finding.fix);
  if (!finding.source_line.empty()) json.field("source_line", finding.source_line);
  json.field("fingerprint", finding.fingerprint());
  json.end_object();
}

int64_t count_of(const Findings& findings, Severity severity) {
  return std::count_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.severity == severity; });
}

// A path as a relative URI reference (RFC 3986 section 3.3): what SARIF wants in artifactLocation.uri.
std::string uri_of(std::string_view path) {
  static constexpr std::string_view kPlain = "-._~/!$&'()*+,;=@:";
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : path) {
    unsigned char byte = static_cast<unsigned char>(c);
    if (is_alpha(c) || is_digit(c) || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return path.starts_with("/") ? "file://" + out : out;
}

// Bytes before `column` of the line to characters, as SARIF counts them.
int64_t character_column(const Finding& finding, uint32_t column) {
  std::string_view before = std::string_view(finding.source_line).substr(0, column - 1);
  auto continued = std::count_if(before.begin(), before.end(),
                                 [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; });
  return int64_t{column} - continued;
}

void write_region(JsonWriter& json, const Finding& finding) {
  json.begin_object();
  json.field_integer("startLine", finding.pos.line);
  if (finding.pos.column != 0) {
    json.field_integer("startColumn", character_column(finding, finding.pos.column));
    json.field_integer("endColumn", character_column(finding, finding.pos.column + std::max(finding.span, 1u)));
  }
  if (!finding.source_line.empty()) {
    json.key("snippet");
    json.begin_object();
    json.field("text", finding.source_line);
    json.end_object();
  }
  json.end_object();
}

void write_artifact(JsonWriter& json, const Finding& finding) {
  json.key("artifactLocation");
  json.begin_object();
  json.field("uri", uri_of(file_of(finding)));
  json.end_object();
}

void write_sarif_fix(JsonWriter& json, const Finding& finding) {
  json.key("fixes");
  json.begin_array();
  json.begin_object();
  json.key("artifactChanges");
  json.begin_array();
  json.begin_object();
  write_artifact(json, finding);
  json.key("replacements");
  json.begin_array();
  json.begin_object();
  json.key("deletedRegion");
  write_region(json, finding);
  json.key("insertedContent");
  json.begin_object();
  json.field("text", finding.fix);
  json.end_object();
  json.end_object();
  json.end_array();
  json.end_object();
  json.end_array();
  json.end_object();
  json.end_array();
}

void write_sarif_result(JsonWriter& json, const Finding& finding, int64_t rule) {
  json.begin_object();
  json.field("ruleId", finding.code);
  json.field_integer("ruleIndex", rule);
  json.field("level", to_string(finding.severity));
  json.key("message");
  json.begin_object();
  json.field("text", full_message(finding));
  json.end_object();
  json.key("locations");
  json.begin_array();
  if (finding.pos.file) {
    json.begin_object();
    json.key("physicalLocation");
    json.begin_object();
    write_artifact(json, finding);
    if (finding.pos.known()) {
      json.key("region");
      write_region(json, finding);
    }
    json.end_object();
    json.end_object();
  }
  json.end_array();
  json.key("partialFingerprints");
  json.begin_object();
  json.field("meshctl/v1", finding.fingerprint());
  json.end_object();
  if (!finding.fix.empty() && finding.pos.known() && finding.pos.column != 0) write_sarif_fix(json, finding);
  json.end_object();
}

std::string xml(std::string_view text) {
  std::string out;
  for (char c : escape_controls(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string place_of(const Finding& finding) {
  return finding.pos.known() ? finding.pos.to_string() : file_of(finding);
}

// Workflow commands: percent-encoded by the runner's rules; properties also hide ',' and ':'.
std::string github_text(std::string_view text, bool property) {
  std::string out;
  for (char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else if (property && c == ':') {
      out += "%3A";
    } else if (property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string findings_json(const Findings& findings, const FindingsContext& context) {
  JsonWriter json;
  json.begin_object();
  json.field("apiVersion", "meshctl/v1");
  json.field("kind", "findings");
  json.field("command", context.command);
  json.key("files");
  json.begin_array();
  for (const std::string& file : context.files) json.string(file);
  json.end_array();
  json.key("findings");
  json.begin_array();
  for (const Finding& finding : findings) write_finding(json, finding);
  json.end_array();
  json.key("summary");
  json.begin_object();
  json.field_integer("errors", count_of(findings, Severity::error));
  json.field_integer("warnings", count_of(findings, Severity::warning));
  json.field_integer("notes", count_of(findings, Severity::note));
  json.end_object();
  json.end_object();
  return json.finish();
}

std::string findings_jsonl(const Findings& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    JsonWriter json(true);
    write_finding(json, finding);
    out += json.finish();
  }
  return out;
}

std::string findings_sarif(const Findings& findings, const FindingsContext& context) {
  std::map<std::string, int64_t> rules;
  for (const Finding& finding : findings) rules.emplace(finding.code, 0);
  int64_t next = 0;
  for (auto& rule : rules) rule.second = next++;
  JsonWriter json;
  json.begin_object();
  json.field("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  json.field("version", "2.1.0");
  json.key("runs");
  json.begin_array();
  json.begin_object();
  json.key("tool");
  json.begin_object();
  json.key("driver");
  json.begin_object();
  json.field("name", "meshctl");
  json.field("version", version());
  json.key("rules");
  json.begin_array();
  for (const auto& rule : rules) {
    json.begin_object();
    json.field("id", rule.first);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.end_object();
  json.key("automationDetails");
  json.begin_object();
  json.field("id", "meshctl " + context.command + "/");
  json.end_object();
  json.field("columnKind", "unicodeCodePoints");
  json.key("results");
  json.begin_array();
  for (const Finding& finding : findings) write_sarif_result(json, finding, rules[finding.code]);
  json.end_array();
  json.end_object();
  json.end_array();
  json.end_object();
  return json.finish();
}

std::string findings_junit(const Findings& findings, const FindingsContext& context) {
  std::string cases;
  for (const Finding& finding : findings) {
    std::string place = place_of(finding), label(to_string(finding.severity));
    cases +=
        "    <testcase classname=\"" + xml(finding.code) + "\" name=\"" + xml(place + " " + finding.message) + "\"";
    if (finding.pos.file) cases += " file=\"" + xml(file_of(finding)) + "\"";
    if (finding.pos.known()) cases += " line=\"" + std::to_string(finding.pos.line) + "\"";
    std::string body = xml(place + ": " + label + "[" + finding.code + "]: " + full_message(finding));
    if (finding.severity == Severity::error) {
      cases += ">\n      <failure type=\"" + label + "\" message=\"" + xml(full_message(finding)) + "\">" + body +
               "</failure>\n    </testcase>\n";
    } else {
      cases += ">\n      <system-out>" + body + "</system-out>\n    </testcase>\n";
    }
  }
  size_t clean = 0;
  for (const std::string& file : context.files) {
    bool found = std::any_of(findings.begin(), findings.end(), [&](const Finding& f) { return file_of(f) == file; });
    if (found) continue;
    ++clean;
    cases += "    <testcase classname=\"" + xml("meshctl " + context.command) + "\" name=\"" + xml(file) + "\"/>\n";
  }
  std::string counts = " tests=\"" + std::to_string(findings.size() + clean) + "\" failures=\"" +
                       std::to_string(count_of(findings, Severity::error)) + "\" errors=\"0\"";
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts + ">\n  <testsuite name=\"" +
         xml("meshctl " + context.command) + "\"" + counts + " skipped=\"0\">\n" + cases +
         "  </testsuite>\n</testsuites>\n";
}

std::string findings_tap(const Findings& findings, const FindingsContext& context) {
  std::string lines;
  size_t number = 0;
  for (const Finding& finding : findings) {
    std::string text = place_of(finding) + ": " + std::string(to_string(finding.severity)) + "[" + finding.code +
                       "]: " + full_message(finding);
    text = escape_controls(text);
    std::replace(text.begin(), text.end(), '#', ' ');  // would begin a directive
    lines += (finding.severity == Severity::error ? "not ok " : "ok ") + std::to_string(++number) + " - " + text + "\n";
  }
  for (const std::string& file : context.files) {
    bool found = std::any_of(findings.begin(), findings.end(), [&](const Finding& f) { return file_of(f) == file; });
    if (!found) lines += "ok " + std::to_string(++number) + " - " + escape_controls(file) + "\n";
  }
  return "TAP version 13\n1.." + std::to_string(number) + "\n" + lines;
}

std::string findings_github(const Findings& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    std::string level = finding.severity == Severity::note ? "notice" : std::string(to_string(finding.severity));
    std::string properties = "title=" + github_text(finding.code, true);
    if (finding.pos.file) properties = "file=" + github_text(file_of(finding), true) + "," + properties;
    if (finding.pos.known()) properties += ",line=" + std::to_string(finding.pos.line);
    if (finding.pos.column != 0)
      properties += ",col=" + std::to_string(finding.pos.column) +
                    ",endColumn=" + std::to_string(finding.pos.column + std::max(finding.span, 1u));
    out += "::" + level + " " + properties + "::" + github_text(full_message(finding), false) + "\n";
  }
  return out;
}

}  // namespace mesh::cli
