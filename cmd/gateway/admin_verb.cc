#include "cmd/gateway/admin_verb.h"

#include "cli/exit_code.h"
#include "cmd/gateway/admin_path.h"
#include "document/read.h"

namespace gateway_admin {

using namespace mesh;

int run_verb(const cli::Args& args, cli::Io& io, std::string_view method, std::string_view path,
             const std::function<std::string(const Outcome&)>& say) {
  auto socket = choose(args.get("admin"));
  if (!socket) {
    io.err.line("meshctl: " + socket.error().message);
    return static_cast<int>(cli::Exit::unreachable);
  }
  auto answer = ask(*socket, std::string(method), std::string(path));
  if (!answer) {
    io.err.line("meshctl: no answer from '" + *socket + "': " + answer.error().message);
    return static_cast<int>(cli::Exit::unreachable);
  }
  document::Tree tree = document::read(*socket, answer->body, {.format = document::Format::json});
  const document::Node* root = tree.root();
  auto field = [&](std::string_view name) {
    const document::Node* node = root == nullptr ? nullptr : root->find(name);
    return node == nullptr ? std::string() : node->text;
  };
  Outcome outcome{answer->status == 200, field("changed") == "true", field("message")};
  if (!outcome.message.empty()) io.err.write(outcome.message);
  (outcome.ok ? io.out : io.err).line((outcome.ok ? "" : "meshctl: ") + say(outcome));
  return static_cast<int>(outcome.ok ? cli::Exit::ok : cli::Exit::no);
}

}  // namespace gateway_admin
