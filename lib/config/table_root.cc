// The top of the file, telemetry and the admin socket.
#include "config/object.h"

namespace mesh::config {

void describe(ObjectBuilder<Model>& b) {
  b.named("the file", "A configuration: listeners take traffic in, routes decide, services get it.");
  b.custom(
       "version", {.kind = Kind::number, .what = "the number 1", .min = 1, .max = 1},
       "the version of the language; every file says it",
       [](Reader& reader, const document::Node& node, Model& model) {
         if (node.is_scalar() && !node.quoted && node.text == "1") return;
         if (!node.is_scalar()) return reader.wrong_type(node, "the number 1");
         reader.error(code::kVersion, node, "version '" + node.shown() + "' is not known", "write 'version: 1'");
       },
       [](const Model& model) { return document::Json(model.version); })
      .required()
      .merges()
      .example("1");
  b.field("listeners", &Model::listeners, "where traffic comes in, by name", {.key_rule = name_rule});
  b.field("services", &Model::services, "what traffic goes to, by name", {.key_rule = name_rule});
  b.field("routes", &Model::routes,
          "which request goes where; the most specific one that matches is taken, whatever its place in the list",
          {.append = true});
  b.field("telemetry", &Model::telemetry, "what is told about the traffic");
  b.field("admin", &Model::admin, "how `gateway reload`, `drain` and `status` reach the process");
}

void describe(ObjectBuilder<Telemetry>& b) {
  b.named("telemetry", "What is told about the traffic. None of it ever holds traffic up.");
  b.field("access_log", &Telemetry::access_log, "one line for every request");
  b.field("metrics", &Telemetry::metrics, "an HTTP listener that serves /metrics; leave it out for none");
}

void describe(ObjectBuilder<AccessLog>& b) {
  b.named("access_log", "One line for every request, written when it ended.");
  b.field("path", &AccessLog::path, "a file, reopened on SIGUSR1, or '-' for standard output",
          {.rule = not_empty_rule});
  b.field("format", &AccessLog::format, "how a line looks");
}

void describe(ObjectBuilder<Metrics>& b) {
  b.named("metrics", "Prometheus text or OpenMetrics, by the Accept header.");
  b.field("address", &Metrics::address, "where to listen: an IP address with a port, or unix:/path")
      .required()
      .example("127.0.0.1:9464");
  b.check([](Reader& reader, const document::Node& node, Metrics& metrics) {
    const document::Node* address = node.find("address");
    if (address && metrics.address.kind == Address::Kind::name)
      reader.error(code::kBadValue, *address, "'" + address->shown() + "' is a name; listening needs an IP address",
                   "127.0.0.1 is this machine");
  });
}

void describe(ObjectBuilder<Admin>& b) {
  b.named("admin", "The admin socket: a Unix socket that only the user of the process may open.");
  b.field("socket", &Admin::socket, "its path", {.rule = not_empty_rule})
      .otherwise("below $XDG_RUNTIME_DIR/meshctl or /run/meshctl")
      .example("/run/meshctl/edge.sock");
}

}  // namespace mesh::config
