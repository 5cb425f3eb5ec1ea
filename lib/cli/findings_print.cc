#include "cli/findings_print.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cli/findings_formats.h"

namespace mesh::cli {

namespace {

const std::vector<std::string>& formats() {
  static const std::vector<std::string> kFormats{"text", "json", "jsonl", "sarif", "junit", "tap", "github"};
  return kFormats;
}

Status write_file(const std::string& path, std::string_view text) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
  if (fd < 0) return fail_errno(errno, "cannot write '" + path + "'");
  Output file(fd, true);
  file.write(text);
  file.flush();
  int error = file.error();
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error != 0) return fail_errno(error, "cannot write '" + path + "'");
  return {};
}

// "sarif=out.sarif" written to its file.
Status write_report(const std::string& report, const Findings& findings, const FindingsContext& context, Io& io) {
  size_t equals = report.find('=');
  std::string format = report.substr(0, equals);
  if (equals == std::string::npos || std::find(formats().begin(), formats().end(), format) == formats().end())
    return fail(Errc::invalid, "flag '--report' takes FORMAT=FILE such as sarif=out.sarif, not '" + report + "'");
  Output plain(-1, true);
  std::string text = format_findings(findings, format, context, plain), path = report.substr(equals + 1);
  if (path != "-") return write_file(path, text);
  io.out.write(text);
  return {};
}

}  // namespace

OptionSpec findings_format_option() {
  return {.name = "output",
          .letter = 'o',
          .metavar = "FORMAT",
          .help = "how to print the findings",
          .fallback = "text",
          .choices = formats()};
}

OptionSpec findings_report_option() {
  return {.name = "report",
          .metavar = "FORMAT=FILE",
          .help = "also write the findings to a file, in a format of --output",
          .repeatable = true};
}

OptionSpec fail_on_option() {
  return {.name = "fail-on",
          .metavar = "SEVERITY",
          .help = "end with 1 when there is a finding of this severity or worse",
          .fallback = "error",
          .choices = {"error", "warning", "note"}};
}

std::string format_findings(const Findings& findings, std::string_view format, const FindingsContext& context,
                            const Output& out) {
  if (format == "json") return findings_json(findings, context);
  if (format == "jsonl") return findings_jsonl(findings);
  if (format == "sarif") return findings_sarif(findings, context);
  if (format == "junit") return findings_junit(findings, context);
  if (format == "tap") return findings_tap(findings, context);
  if (format == "github") return findings_github(findings);
  std::string text;
  for (const Finding& finding : findings) text += finding_text(finding, out);
  std::string last = findings.empty() ? context.ok : findings_summary(findings);
  return last.empty() ? text : text + last + "\n";
}

int report_findings(const Findings& findings, const FindingsContext& context, const Args& args, Io& io) {
  for (const std::string& report : args.all("report"))
    if (Status status = write_report(report, findings, context, io); !status) {
      bool misspelt = status.error().sys == 0;
      return misspelt ? io.fail(Exit::usage, status.error().message) : io.fail(status.error());
    }
  io.out.write(format_findings(findings, args.get("output"), context, io.out));
  const std::string& limit = args.get("fail-on");
  Severity least = limit == "note" ? Severity::note : limit == "warning" ? Severity::warning : Severity::error;
  bool failed =
      std::any_of(findings.begin(), findings.end(), [least](const Finding& f) { return f.severity >= least; });
  return static_cast<int>(failed ? Exit::no : Exit::ok);
}

}  // namespace mesh::cli
