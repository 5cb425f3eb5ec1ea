#include "cmd/gateway/admin_path.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "async/loop.h"
#include "async/wait.h"
#include "codec/http1_client.h"
#include "net/tcp.h"

namespace gateway_admin {

using namespace mesh;

namespace {

std::string folder() {
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && *runtime == '/')
    return std::string(runtime) + "/meshctl";
  if (geteuid() == 0) return "/run/meshctl";
  return "/tmp/meshctl-" + std::to_string(geteuid());
}

bool answers(const std::string& path) {
  auto address = net::Address::parse("unix:" + path);
  if (!address) return false;
  net::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd && connect(fd.get(), address->data(), address->size()) == 0;
}

async::Task<void> exchange(async::Loop& loop, net::Address address, std::string method, std::string path,
                           Result<Answer>& out) {
  auto stream = co_await net::connect(loop, address, async::Deadline::in(loop.now(), Duration::seconds(5)));
  if (!stream) {
    out = fail(stream.error());
    loop.stop();
    co_return;
  }
  static const codec::ClientLimits kLimits;
  codec::Http1ClientConnection connection(std::move(*stream), kLimits);
  Arena arena(loop.blocks());
  http::RequestHead head(arena);
  head.method = http::parse_method(method);
  head.method_text = method;
  head.target = path;
  head.authority = "meshctl";
  codec::SendArgs args;
  args.head = &head;
  args.arena = &arena;
  args.head_timeout = Duration::seconds(60);
  auto response = co_await connection.send(std::move(args));
  if (!response) {
    out = fail(response.error());
    loop.stop();
    co_return;
  }
  Answer answer{response->head.status, {}};
  while (response->body) {
    auto chunk = co_await response->body->pull();
    if (!chunk) break;
    answer.body += chunk->data;
    if (chunk->last) break;
  }
  response->body = nullptr;
  out = std::move(answer);
  loop.stop();
}

}  // namespace

std::string default_path(int pid) { return folder() + "/gateway-" + std::to_string(pid) + ".sock"; }

Status make_folder(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return {};
  std::string parent = path.substr(0, slash);
  if (mkdir(parent.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno(errno, "cannot make the folder '" + parent + "' of the admin socket");
  return {};
}

std::vector<std::string> find_running() {
  std::vector<std::string> found;
  std::string path = folder();
  DIR* dir = opendir(path.c_str());
  if (dir == nullptr) return found;
  while (dirent* entry = readdir(dir)) {
    std::string_view name = entry->d_name;
    if (!name.starts_with("gateway-") || !name.ends_with(".sock")) continue;
    std::string candidate = path + "/" + std::string(name);
    if (answers(candidate)) found.push_back(std::move(candidate));
  }
  closedir(dir);
  return found;
}

Result<std::string> choose(const std::string& given) {
  if (!given.empty()) return given;
  std::vector<std::string> running = find_running();
  if (running.empty())
    return fail(Errc::not_found, "no gateway is running in '" + folder() + "'; name its socket with --admin");
  if (running.size() == 1) return running.front();
  std::string list;
  for (const std::string& path : running) list += "\n  --admin " + path;
  return fail(Errc::not_found, "several gateways are running; choose one:" + list);
}

Result<Answer> ask(const std::string& socket, const std::string& method, const std::string& path) {
  auto address = net::Address::parse("unix:" + socket);
  if (!address) return fail(address.error());
  auto loop = async::Loop::create();
  if (!loop) return fail(loop.error());
  Result<Answer> out = fail(Errc::internal);
  {
    async::Scope scope(**loop);
    scope.spawn(exchange(**loop, *address, method, path, out));
    (*loop)->run();
  }
  if (!out && out.error().message.empty()) out.error().message = to_string(out.error().code);
  return out;
}

}  // namespace gateway_admin
