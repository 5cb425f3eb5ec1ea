// A list as people and programs read it: -o table, json, jsonl or yaml from the same rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/io.h"
#include "cli/spec.h"

namespace mesh::cli {

struct Column {
  std::string key;         // snake_case, for json and yaml
  std::string title = {};  // for the table; empty takes the key in upper case with spaces
  bool right = false;      // aligned right
  bool number = false;     // values are JSON already (numbers, true, false) and printed without quotes
};

class Table {
 public:
  // `kind` names the list in json: {"apiVersion":"meshctl/v1","kind":"...","items":[...]}.
  Table(std::string kind, std::vector<Column> columns) : kind_(std::move(kind)), columns_(std::move(columns)) {}

  // As many cells as columns; an empty cell is null in json and "-" in the table.
  void add(std::vector<std::string> cells);
  size_t size() const { return rows_.size(); }

  // `format` is a choice of list_format_option(). Never shortened: a pipe gets the same text as a terminal.
  void print(std::string_view format, Output& out) const;

 private:
  void print_table(Output& out) const;
  std::string row_json(const std::vector<std::string>& row, bool compact) const;
  std::string json() const;
  std::string yaml() const;

  std::string kind_;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// -o, --output table|json|jsonl|yaml.
OptionSpec list_format_option();

// How many columns of a terminal the text takes, close enough: one for each code point.
size_t display_width(std::string_view text);

}  // namespace mesh::cli
