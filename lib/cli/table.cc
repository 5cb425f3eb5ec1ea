#include "cli/table.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "cli/json.h"

namespace mesh::cli {

namespace {

std::string title_of(const Column& column) {
  if (!column.title.empty()) return column.title;
  std::string title = column.key;
  for (char& c : title) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '_') c = ' ';
  }
  return title;
}

void write_cell(JsonWriter& json, const Column& column, const std::string& cell) {
  json.key(column.key);
  if (cell.empty()) {
    json.null();
  } else if (column.number) {
    json.raw(cell);
  } else {
    json.string(cell);
  }
}

}  // namespace

size_t display_width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void Table::add(std::vector<std::string> cells) {
  if (cells.size() != columns_.size()) std::abort();
  rows_.push_back(std::move(cells));
}

void Table::print(std::string_view format, Output& out) const {
  if (format == "json") {
    out.write(json());
  } else if (format == "jsonl") {
    for (const auto& row : rows_) out.write(row_json(row, true));
  } else if (format == "yaml") {
    out.write(yaml());
  } else {
    print_table(out);
  }
}

void Table::print_table(Output& out) const {
  std::vector<std::vector<std::string>> lines;
  std::vector<std::string>& head = lines.emplace_back();
  for (const Column& column : columns_) head.push_back(title_of(column));
  for (const auto& row : rows_) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const std::string& cell : row) line.push_back(cell.empty() ? "-" : escape_controls(cell));
  }
  std::vector<size_t> widths(columns_.size());
  for (const auto& line : lines)
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  bool first = true;
  for (const auto& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      std::string fill(widths[i] - display_width(line[i]), ' ');
      bool last = i + 1 == line.size();
      text += columns_[i].right ? fill + line[i] : line[i] + (last ? "" : fill);
      if (!last) text += "  ";
    }
    out.line(first ? out.styled("1", text) : text);
    first = false;
  }
}

std::string Table::row_json(const std::vector<std::string>& row, bool compact) const {
  JsonWriter json(compact);
  json.begin_object();
  for (size_t i = 0; i < row.size(); ++i) write_cell(json, columns_[i], row[i]);
  json.end_object();
  return json.finish();
}

std::string Table::json() const {
  JsonWriter json;
  json.begin_object();
  json.field("apiVersion", "meshctl/v1");
  json.field("kind", kind_);
  json.key("items");
  json.begin_array();
  for (const auto& row : rows_) {
    json.begin_object();
    for (size_t i = 0; i < row.size(); ++i) write_cell(json, columns_[i], row[i]);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.finish();
}

// Scalars are written as JSON strings, which YAML 1.2 reads as they are.
std::string Table::yaml() const {
  std::string out = "apiVersion: meshctl/v1\nkind: " + json_string(kind_) + "\nitems:" + (rows_.empty() ? " []" : "");
  out += "\n";
  for (const auto& row : rows_)
    for (size_t i = 0; i < row.size(); ++i) {
      out += i == 0 ? "  - " : "    ";
      out += columns_[i].key + ": ";
      out += row[i].empty() ? "null" : columns_[i].number ? row[i] : json_string(row[i]);
      out += "\n";
    }
  return out;
}

OptionSpec list_format_option() {
  return {.name = "output",
          .letter = 'o',
          .metavar = "FORMAT",
          .help = "how to print",
          .fallback = "table",
          .choices = {"table", "json", "jsonl", "yaml"}};
}

}  // namespace mesh::cli
