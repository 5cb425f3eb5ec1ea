// Answers the proxy makes itself: one form for all of them, and gRPC's form for gRPC.
#pragma once

#include "codec/client.h"
#include "exchange/exchange.h"

namespace mesh::proxy {

// The answer for a reason of the enum: its status and its documented sentence as text/plain; for a gRPC request status
// 200 with grpc-status and grpc-message. Sets exchange.record.reason.
codec::Response make_reply(exchange::Exchange& exchange, exchange::EndReason reason);

// RPC status for an HTTP status: "HTTP to gRPC Status Code Mapping" of the gRPC documentation.
int grpc_status_of(int http_status);

// Did the client speak gRPC? By content-type application/grpc or application/grpc+...
bool is_grpc(const http::RequestHead& request);

}  // namespace mesh::proxy
