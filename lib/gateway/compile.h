// From a checked model to the snapshot that a gateway serves and that offline commands ask.
#pragma once

#include <span>
#include <string>

#include "config/model.h"
#include "proxy/control.h"

namespace mesh::gateway {

// Reads and checks files, then compiles them. The outcome has no snapshot when a finding is an error.
// `tickets` outlive reloads, so that sessions can be resumed across them.
proxy::LoadOutcome load(std::span<const std::string> files, std::shared_ptr<tls::TicketKeys> tickets = nullptr);

// Compiles a model: certificates and authorities are read, patterns compiled, names resolved to indexes.
proxy::LoadOutcome compile_model(const config::Model& model, std::shared_ptr<tls::TicketKeys> tickets = nullptr);

// The routing table's view of a model; its indexes are those of the model.
route::TableSpec table_spec(const config::Model& model);

}  // namespace mesh::gateway
