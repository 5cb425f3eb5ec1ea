#include "filter/header_edits/header_edits.h"

#include "filter/variables.h"
#include "http/chars.h"

namespace mesh::filter {

namespace {

void remove_all(http::Headers& headers, const std::string& name, http::HeaderId id) {
  if (id == http::HeaderId::other) {
    headers.remove(name);
  } else {
    headers.remove(id);
  }
}

}  // namespace

Result<HeaderEdits> HeaderEdits::compile(const config::HeaderEdits& edits, const SourcePos& pos) {
  HeaderEdits out;
  for (const std::string& name : edits.remove) out.remove_.push_back({name, http::intern(name)});
  auto compile_all = [&](const auto& from, std::vector<Edit>& to) -> Status {
    for (const auto& [name, value] : from) {
      to.push_back({{name, http::intern(name)}, route::Template(value)});
      if (Status status = check_variables(to.back().value, pos); !status) return status;
    }
    return {};
  };
  if (Status status = compile_all(edits.set, out.set_); !status) return fail(status.error());
  if (Status status = compile_all(edits.add, out.add_); !status) return fail(status.error());
  return out;
}

// What a variable brought in may not be a field value (a certificate's name with a control byte): then there is none.
void HeaderEdits::push(exchange::Exchange& exchange, http::Headers& headers, const Edit& edit) {
  std::string_view value =
      edit.value.render(exchange.arena, [&](std::string_view name) { return value_of(exchange, name); });
  if (!edit.value.fixed() && !http::all(value, http::kFieldValue)) return;
  headers.push({edit.name.text, value, edit.name.id, false});
}

void HeaderEdits::apply(exchange::Exchange& exchange, http::Headers& headers) const {
  for (const Name& name : remove_) remove_all(headers, name.text, name.id);
  for (const Edit& edit : set_) {
    remove_all(headers, edit.name.text, edit.name.id);
    push(exchange, headers, edit);
  }
  for (const Edit& edit : add_) push(exchange, headers, edit);
}

std::string HeaderEdits::describe() const {
  std::string out;
  auto say = [&](const char* verb, const std::string& name) {
    out += (out.empty() ? "" : ", ") + std::string(verb) + " " + name;
  };
  for (const Name& name : remove_) say("remove", name.text);
  for (const Edit& edit : set_) say("set", edit.name.text);
  for (const Edit& edit : add_) say("add", edit.name.text);
  return out;
}

std::optional<codec::Response> RequestHeadersFilter::on_request(exchange::Exchange& exchange) const {
  edits_.apply(exchange, exchange.request.headers);
  return std::nullopt;
}

void ResponseHeadersFilter::on_response(exchange::Exchange& exchange, codec::Response& response) const {
  edits_.apply(exchange, response.head.headers);
}

}  // namespace mesh::filter
