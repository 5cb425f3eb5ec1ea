#include "proxy/admin.h"

#include "codec/client.h"
#include "codec/http1_server.h"
#include "codec/text_body.h"

namespace mesh::proxy {

namespace {

// One request at a time on a connection; nothing but GET and POST without content.
class AdminConnection final : public codec::ServerHandler {
 public:
  AdminConnection(async::Loop& loop, const AdminHandler& handler) : loop_(loop), handler_(handler) {}

  async::Task<void> serve(codec::ServerStream& stream) override {
    const http::RequestHead& request = stream.request();
    AdminReply reply;
    if (request.framing.has_body()) {
      reply = {413, "text/plain", "the admin socket takes no content\n"};
      stream.close_after();
    } else {
      std::string_view path = request.target.substr(0, request.target.find('?'));
      reply = handler_(request.method_text, path, request.headers.value(http::HeaderId::accept));
    }
    codec::Response response(stream.arena());
    response.head.status = reply.status;
    response.head.headers.add(http::HeaderId::content_type, stream.arena().copy(reply.content_type));
    response.head.framing = http::Framing::of_length(reply.body.size());
    (void)co_await stream.respond(response.head, codec::text_body(stream.arena(), reply.body));
  }
  void rejected(const codec::Rejection&) override {}
  std::string_view date() override { return dates_.at(loop_.wall_ns()); }

 private:
  async::Loop& loop_;
  const AdminHandler& handler_;
  http::DateCache dates_;
};

const codec::ServerLimits kAdminLimits;

async::Task<void> serve_connection(async::Loop& loop, net::Fd fd, const AdminHandler& handler) {
  auto stream = net::SocketStream::create(loop, std::move(fd));
  if (!stream) co_return;
  AdminConnection connection(loop, handler);
  codec::Http1ServerConnection http1(**stream, connection, kAdminLimits, http::Scheme::http);
  (void)co_await http1.run(false);
}

}  // namespace

async::Task<void> serve_admin_socket(async::Scope& scope, async::Loop& loop, net::Listener& listener,
                                     AdminHandler handler) {
  constexpr uint64_t kMost = 64;
  for (;;) {
    auto accepted = co_await listener.accept();
    if (!accepted) {
      if (accepted.error().code == Errc::cancelled) co_return;
      co_await async::sleep_for(loop, Duration::milliseconds(100));
      continue;
    }
    if (scope.size() > kMost) continue;
    scope.spawn(serve_connection(loop, std::move(accepted->fd), handler));
  }
}

}  // namespace mesh::proxy
