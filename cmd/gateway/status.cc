// `meshctl gateway status`.
#include "cli/spec.h"
#include "cli/table.h"
#include "cmd/gateway/admin_path.h"
#include "document/read.h"

namespace {

using namespace mesh;

std::string text(const document::Node& node, std::string_view name) {
  const document::Node* field = node.find(name);
  return field == nullptr ? std::string() : field->text;
}

void print(const document::Node& status, cli::Io& io) {
  io.out.line("gateway " + text(status, "pid") + "  " + text(status, "state") + "  since " + text(status, "started"));
  if (const document::Node* config = status.find("config")) {
    bool ok = text(*config, "last_reload_ok") != "false";
    io.out.line("config  " + text(*config, "hash").substr(0, 12) + "  applied " + text(*config, "applied") +
                (ok ? "" : "  the last reload was refused"));
  }
  io.out.line("open    " + text(status, "connections") + " connections, " + text(status, "exchanges") + " requests");
  for (const auto& [list, columns] :
       {std::pair{"listeners", std::vector<std::string>{"name", "kind", "tls", "address"}},
        std::pair{"services", std::vector<std::string>{"name", "endpoints", "connections", "requests", "pending"}}}) {
    const document::Node* items = status.find(list);
    if (items == nullptr || items->items.empty()) continue;
    std::vector<cli::Column> heads;
    for (const std::string& column : columns) heads.push_back({column});
    heads.front().title = std::string(list) == "listeners" ? "LISTENER" : "SERVICE";
    cli::Table table(list, std::move(heads));
    for (const document::Node& item : items->items) {
      std::vector<std::string> cells;
      for (const std::string& column : columns) cells.push_back(text(item, column));
      table.add(std::move(cells));
    }
    io.out.line("");
    table.print("table", io.out);
  }
}

int run_gateway_status(const cli::Args& args, cli::Io& io) {
  auto socket = gateway_admin::choose(args.get("admin"));
  if (!socket) {
    io.err.line("meshctl: " + socket.error().message);
    return static_cast<int>(cli::Exit::unreachable);
  }
  auto answer = gateway_admin::ask(*socket, "GET", "/status");
  if (!answer || answer->status != 200) {
    io.err.line("meshctl: no answer from '" + *socket + "'" + (answer ? "" : ": " + answer.error().message));
    return static_cast<int>(cli::Exit::unreachable);
  }
  if (args.get("output") == "json") {
    io.out.write(answer->body);
    return 0;
  }
  document::Tree tree = document::read(*socket, answer->body, {.format = document::Format::json});
  if (tree.root() == nullptr) {
    io.err.line("meshctl: '" + *socket + "' is no gateway's admin socket");
    return static_cast<int>(cli::Exit::unreachable);
  }
  print(*tree.root(), io);
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_gateway_status() {
  using namespace mesh::cli;
  return {.noun = "gateway",
          .verb = "status",
          .summary = "print what a running gateway serves",
          .options = {{.name = "admin", .type = Type::file, .metavar = "SOCKET", .help = "admin socket of the gateway"},
                      {.name = "output",
                       .letter = 'o',
                       .metavar = "FORMAT",
                       .help = "how to print",
                       .fallback = "table",
                       .choices = {"table", "json"}}},
          .examples = {{"meshctl gateway status -o json", "for programs"}},
          .exits = {{Exit::unreachable, "no gateway answers"}},
          .group = "run",
          .run = run_gateway_status};
}
