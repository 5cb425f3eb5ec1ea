#include "telemetry/telemetry.h"
namespace mesh::telemetry {
struct Telemetry::Impl {};
Telemetry::Telemetry(Settings) {}
Telemetry::~Telemetry() = default;
Status Telemetry::open() { return {}; }
void Telemetry::start(uint32_t) {}
void Telemetry::apply(const config::Model&) {}
void Telemetry::stop() {}
void Telemetry::reopen() {}
void Telemetry::reloaded(bool, int64_t) {}
void Telemetry::set_live_source(LiveSource) {}
Exposition Telemetry::expose(std::string_view) const { return {}; }
void Telemetry::finish(uint32_t, const exchange::Record&) {}
void Telemetry::rejected(uint32_t, std::string_view, std::string_view, const codec::Rejection&, int64_t) {}
void Telemetry::connection_refused(uint32_t, std::string_view) {}
void Telemetry::handshake_failed(uint32_t, std::string_view, std::string_view) {}
}
