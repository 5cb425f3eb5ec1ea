// Findings in every format a reader wants: people (text), programs (json, jsonl), code scanning (sarif 2.1.0), test
// reports (junit, tap) and GitHub Actions (github). Every format shows the same facts.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/finding.h"
#include "cli/args.h"
#include "cli/io.h"
#include "cli/spec.h"

namespace mesh::cli {

struct FindingsContext {
  std::string command;             // "config check": names the suite in junit and the run in sarif
  std::vector<std::string> files;  // what was read, so that reports of clean files are not empty
  std::string ok = {};             // the line of the text format when there are no findings; empty prints nothing
};

// -o text|json|jsonl|sarif|junit|tap|github.
OptionSpec findings_format_option();
// --report FMT=FILE, repeatable.
OptionSpec findings_report_option();
// --fail-on error|warning|note (default error).
OptionSpec fail_on_option();

// The findings in one of the formats above. `out` decides about colour only.
std::string format_findings(const Findings& findings, std::string_view format, const FindingsContext& context,
                            const Output& out);

// What a checking command ends with: prints to io.out by "output", writes each "report", and answers 0, 1 by "fail-on",
// or the code of a report that could not be written. The spec of `args` must have the three options above.
int report_findings(const Findings& findings, const FindingsContext& context, const Args& args, Io& io);

// One finding as text: the line "file:1:2: error[MC1004]: message; hint", the source line and the caret.
std::string finding_text(const Finding& finding, const Output& out);
// "2 errors, 1 warning".
std::string findings_summary(const Findings& findings);

}  // namespace mesh::cli
