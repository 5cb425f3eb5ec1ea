// Any bytes as a configuration: nothing may crash, hang or grow without bound, and what is accepted must survive being
// printed and read again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/load.h"
#include "config/print.h"
#include "document/json.h"
#include "document/read.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  bool json = data[0] % 2 == 1;
  mesh::document::Tree tree = mesh::document::read(
      "x", text, {.format = json ? mesh::document::Format::json : mesh::document::Format::automatic});
  for (const mesh::Finding& finding : tree.findings)
    if (finding.message.size() > 4096) std::abort();

  mesh::config::Loaded loaded = mesh::config::load_text(json ? "x.json" : "x.yaml", std::move(text));
  if (loaded.findings.size() > mesh::config::Reader::kMaxFindings + 1) std::abort();
  if (!loaded.ok) return 0;
  std::string hash = loaded.model.content_hash();
  mesh::config::Loaded again =
      mesh::config::load_text("y.yaml", mesh::config::effective(loaded.model, &loaded.origins));
  if (!again.ok || again.model.content_hash() != hash) std::abort();
  return 0;
}
