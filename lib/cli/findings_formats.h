// The formats behind format_findings(), one function each.
#pragma once

#include <string>

#include "cli/findings_print.h"

namespace mesh::cli {

std::string findings_json(const Findings& findings, const FindingsContext& context);
std::string findings_jsonl(const Findings& findings);
// SARIF 2.1.0 (OASIS): one run, one rule for each code that occurs.
std::string findings_sarif(const Findings& findings, const FindingsContext& context);
// Errors are failures; warnings and notes pass and say so in system-out; a clean file is one passed case.
std::string findings_junit(const Findings& findings, const FindingsContext& context);
std::string findings_tap(const Findings& findings, const FindingsContext& context);
// Workflow commands: "::error file=...,line=...::message".
std::string findings_github(const Findings& findings);

}  // namespace mesh::cli
