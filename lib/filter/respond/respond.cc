#include "filter/respond/respond.h"

#include "filter/answer.h"

namespace mesh::filter {

std::optional<codec::Response> RespondFilter::on_request(exchange::Exchange& exchange) const {
  return make_answer(exchange, pos(), exchange::EndReason::direct_response, static_cast<int>(respond_.status),
                     respond_.content_type, respond_.body);
}

}  // namespace mesh::filter
