#include "cli/run.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>

#include "base/text.h"
#include "cli/help.h"
#include "cli/version.h"

namespace mesh::cli {

namespace {

bool has_noun(std::span<const CommandSpec> commands, std::string_view noun) {
  return std::any_of(commands.begin(), commands.end(), [noun](const CommandSpec& spec) { return spec.noun == noun; });
}

int unknown_command(std::span<const std::string> words, std::span<const CommandSpec> commands, Io& io) {
  const std::string& noun = words[0];
  bool noun_known = has_noun(commands, noun);
  std::string typed = noun_known ? noun + " " + words[1] : noun;
  std::vector<std::string> known;
  for (const CommandSpec& spec : commands) {
    if (spec.hidden) continue;
    if (noun_known && spec.noun == noun) known.push_back(spec.path());
    if (!noun_known) known.push_back(spec.noun);
  }
  std::string meant(typed.empty() ? std::string_view() : closest(typed, {known.begin(), known.end()}));
  if (meant.empty() && !noun_known)  // a verb without its noun
    for (const CommandSpec& spec : commands)
      if (!spec.hidden && !spec.verb.empty() && spec.verb == noun) meant = spec.path();
  std::string see = noun_known ? "; see 'meshctl help " + noun + "'" : "; see 'meshctl help'";
  return io.fail(Exit::usage,
                 "unknown command '" + typed + "'" + (meant.empty() ? see : "; did you mean '" + meant + "'?"));
}

// What stands before the command: --color WHEN, --help, --version.
struct Leading {
  size_t words = 0;
  Colour colour = Colour::automatic;
  bool help = false, version = false;
};

Result<Leading> parse_leading(std::span<const std::string> words) {
  Leading out;
  for (; out.words < words.size() && words[out.words].starts_with("-"); ++out.words) {
    const std::string& word = words[out.words];
    if (word == "-h" || word == "--help") {
      out.help = true;
    } else if (word == "--version") {
      out.version = true;
    } else if (word == "--color" || word.starts_with("--color=")) {
      std::string value = word == "--color" ? "" : word.substr(8);
      if (word == "--color" && ++out.words < words.size()) value = words[out.words];
      auto colour = parse_colour(value);
      if (!colour) return fail(Errc::invalid, "flag '--color' takes auto, always or never, not '" + value + "'");
      out.colour = *colour;
      if (out.words == words.size()) break;
    } else {
      std::string_view meant = closest(word, {"--help", "--version", "--color"});
      return fail(Errc::invalid, "unknown flag '" + word + "'" +
                                     (meant.empty() ? std::string("; flags stand after the command; see 'meshctl help'")
                                                    : "; did you mean '" + std::string(meant) + "'?"));
    }
  }
  return out;
}

int run_command(const CommandSpec& spec, std::span<const std::string> words, std::span<const CommandSpec> commands,
                Io& io, const Environment& environment, const TerminalFacts& facts, Colour leading) {
  Result<Parsed> parsed = parse(spec, words, environment, commands);
  if (!parsed) {
    io.out.flush();
    io.err.line("meshctl " + spec.path() + ": " + escape_controls(parsed.error().message));
    return static_cast<int>(Exit::usage);
  }
  io.decide(parsed->colour == Colour::automatic ? leading : parsed->colour, facts);
  if (parsed->help) {
    io.out.write(command_help(spec, io.out));
    return 0;
  }
  return spec.run(parsed->args, io);
}

int dispatch(std::span<const std::string> words, std::span<const CommandSpec> commands, Io& io,
             const Environment& environment, const TerminalFacts& facts) {
  io.decide(Colour::automatic, facts);
  Result<Leading> leading = parse_leading(words);
  if (!leading) return io.fail(Exit::usage, leading.error().message);
  words = words.subspan(leading->words);
  io.decide(leading->colour, facts);
  if (leading->version) {
    io.out.line("meshctl " + std::string(version()));
    return 0;
  }
  if (words.empty()) {
    Output& to = leading->help ? io.out : io.err;
    to.write(overview(commands, to));
    return static_cast<int>(leading->help ? Exit::ok : Exit::usage);
  }
  Found found = find_command(commands, words);
  if (found.spec != nullptr && leading->help) {
    io.out.write(command_help(*found.spec, io.out));
    return 0;
  }
  if (found.spec != nullptr)
    return run_command(*found.spec, words.subspan(found.words), commands, io, environment, facts, leading->colour);
  if (!has_noun(commands, words[0])) return unknown_command(words, commands, io);
  bool asks_help = leading->help || (words.size() > 1 && (words[1] == "--help" || words[1] == "-h"));
  if (words.size() > 1 && !asks_help) return unknown_command(words, commands, io);
  Output& to = asks_help ? io.out : io.err;
  to.write(noun_help(commands, words[0], to));
  return static_cast<int>(asks_help ? Exit::ok : Exit::usage);
}

// Opened so that using the stream fails as a closed one does, and no file of ours can take its number.
void occupy_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd)
    if (::fcntl(fd, F_GETFD) < 0) {
      int made = ::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
      if (made >= 0 && made != fd) {
        ::dup2(made, fd);
        ::close(made);
      }
    }
}

std::optional<std::string> process_variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

TerminalFacts process_facts() {
  auto variable = [](std::string_view name) { return process_variable(name).value_or(""); };
  std::string lang = variable("LC_ALL");
  if (lang.empty()) lang = variable("LC_CTYPE");
  if (lang.empty()) lang = variable("LANG");
  return {.stdout_is_terminal = ::isatty(1) == 1,
          .stderr_is_terminal = ::isatty(2) == 1,
          .no_color = variable("NO_COLOR"),
          .force_color = variable("FORCE_COLOR"),
          .term = variable("TERM"),
          .lang = lang};
}

}  // namespace

Found find_command(std::span<const CommandSpec> commands, std::span<const std::string> words) {
  for (const CommandSpec& spec : commands) {
    if (words.empty() || spec.noun != words[0]) continue;
    if (spec.verb.empty()) return {&spec, 1};
    if (words.size() > 1 && spec.verb == words[1]) return {&spec, 2};
  }
  return {};
}

int run(std::span<const std::string> words, std::span<const CommandSpec> commands, Io& io,
        const Environment& environment, const TerminalFacts& facts) {
  int code = dispatch(words, commands, io, environment, facts);
  io.out.flush();
  if (io.out.error() != 0) return io.fail(Error::from_errno(io.out.error(), "cannot write to standard output"));
  return code;
}

int run_process(int argc, char** argv, const Commands& commands) {
  occupy_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);
  Io io = Io::for_process();
  try {
    std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    return run(words, commands, io, process_variable, process_facts());
  } catch (const std::exception& error) {
    return io.fail(Exit::bug, std::string("bug: ") + error.what());
  }
}

}  // namespace mesh::cli
