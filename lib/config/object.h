// How C++ types of the model are read and written, and the builder with which table_*.cc describe them. An accepted key
// is always a member of the model: there is no way to accept one and drop it.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/codes.h"
#include "config/model.h"
#include "config/reader.h"
#include "config/rules.h"
#include "config/schema.h"

namespace mesh::config {

template <class T>
class ObjectBuilder;

// One per struct of the model, in table_*.cc.
void describe(ObjectBuilder<Model>&);
void describe(ObjectBuilder<Listener>&);
void describe(ObjectBuilder<ListenerTls>&);
void describe(ObjectBuilder<Certificate>&);
void describe(ObjectBuilder<ClientAuthentication>&);
void describe(ObjectBuilder<ListenerLimits>&);
void describe(ObjectBuilder<Service>&);
void describe(ObjectBuilder<Endpoint>&);
void describe(ObjectBuilder<ServiceTls>&);
void describe(ObjectBuilder<Timeouts>&);
void describe(ObjectBuilder<Retry>&);
void describe(ObjectBuilder<ServiceLimits>&);
void describe(ObjectBuilder<Route>&);
void describe(ObjectBuilder<Match>&);
void describe(ObjectBuilder<PathMatch>&);
void describe(ObjectBuilder<ValueMatch>&);
void describe(ObjectBuilder<Target>&);
void describe(ObjectBuilder<RouteTimeouts>&);
void describe(ObjectBuilder<Filter>&);
void describe(ObjectBuilder<RequestHeaders>&);
void describe(ObjectBuilder<ResponseHeaders>&);
void describe(ObjectBuilder<Rewrite>&);
void describe(ObjectBuilder<Redirect>&);
void describe(ObjectBuilder<Respond>&);
void describe(ObjectBuilder<Cors>&);
void describe(ObjectBuilder<Compress>&);
void describe(ObjectBuilder<Telemetry>&);
void describe(ObjectBuilder<AccessLog>&);
void describe(ObjectBuilder<Metrics>&);
void describe(ObjectBuilder<Admin>&);

template <class T>
concept Described = requires(ObjectBuilder<T>& builder) { describe(builder); };

template <Described T>
const Object& object_of();

// Names of an enumeration's values: specialised in table_*.cc's headers below.
template <class T>
struct Names;
template <class T>
struct EnumValue {
  T value;
  std::string_view name;
  std::string_view doc;
};
template <class T>
concept Named_enum = requires { Names<T>::values; };

#define MESH_CONFIG_NAMES(T, ...)                         \
  template <>                                             \
  struct Names<T> {                                       \
    static constexpr EnumValue<T> values[] = __VA_ARGS__; \
  }

MESH_CONFIG_NAMES(TlsVersion, {{TlsVersion::v1_2, "1.2", "TLS 1.2 or newer"}, {TlsVersion::v1_3, "1.3", "TLS 1.3"}});
MESH_CONFIG_NAMES(ClientAuth, {{ClientAuth::none, "none", "no certificate is asked for"},
                               {ClientAuth::optional, "optional", "asked for and verified if there is one"},
                               {ClientAuth::required, "required", "the handshake fails without one"}});
MESH_CONFIG_NAMES(ListenerProtocol, {{ListenerProtocol::h2, "h2", "HTTP/2: by ALPN with TLS, by its preface without"},
                                     {ListenerProtocol::http1, "http/1.1", "HTTP/1.1 and 1.0"}});
MESH_CONFIG_NAMES(PathMode,
                  {{PathMode::strict, "strict", "normalised; a request whose path has empty segments is refused"},
                   {PathMode::merge, "merge", "normalised; empty segments are removed"},
                   {PathMode::raw, "raw", "paths are matched and forwarded as they came"}});
MESH_CONFIG_NAMES(Underscores, {{Underscores::reject, "reject", "a request with such a header is refused"},
                                {Underscores::drop, "drop", "the header is removed"},
                                {Underscores::keep, "keep", "the header is forwarded"}});
MESH_CONFIG_NAMES(UpstreamProtocol, {{UpstreamProtocol::http1, "http1", "HTTP/1.1"},
                                     {UpstreamProtocol::h2, "h2", "HTTP/2; without TLS by prior knowledge"},
                                     {UpstreamProtocol::automatic, "auto", "HTTP/2 or HTTP/1.1 by ALPN; needs tls"}});
MESH_CONFIG_NAMES(Balance,
                  {{Balance::round_robin, "round-robin", "one after the other, by weight"},
                   {Balance::least_request, "least-request", "the less busy of two picked at random, by weight"},
                   {Balance::random, "random", "at random, by weight"}});
MESH_CONFIG_NAMES(Encoding, {{Encoding::zstd, "zstd", "RFC 8878"},
                             {Encoding::br, "br", "RFC 7932"},
                             {Encoding::gzip, "gzip", "RFC 1952"}});
MESH_CONFIG_NAMES(LogFormat, {{LogFormat::json, "json", "one JSON object a line"},
                              {LogFormat::text, "text", "one line for people"},
                              {LogFormat::off, "off", "no access log"}});
#undef MESH_CONFIG_NAMES

template <class T>
std::string_view name_of(T value) {
  for (const auto& entry : Names<T>::values)
    if (entry.value == value) return entry.name;
  return {};
}

// What a field may add to its type.
struct Options {
  Rule rule = nullptr;      // of texts, and of each text of a list or each value of a map
  Rule key_rule = nullptr;  // of the keys of a map
  bool one_or_many = false;
  bool non_empty = false;
  bool file = false;         // a path: relative ones are beside the file that names them
  bool append = false;       // lists of several files are joined
  bool zero = false;         // a duration of 0 is allowed
  int64_t min = 0, max = 0;  // of numbers
  std::string absent = {};   // the word for a value that is not set
};

// Read and written by hand rather than by a template, since they are the same for every object.
void read_number(Reader& reader, const document::Node& node, const Options& options, int64_t& out);
void read_bool(Reader& reader, const document::Node& node, bool& out);
void read_size(Reader& reader, const document::Node& node, const Options& options, uint64_t& out);
void read_duration(Reader& reader, const document::Node& node, const Options& options, Duration& out);
void read_percent(Reader& reader, const document::Node& node, double& out);
void read_text(Reader& reader, const document::Node& node, const Options& options, std::string& out);
// Index into `choices`, or -1 with a finding.
int read_choice(Reader& reader, const document::Node& node, const std::vector<Choice>& choices);

template <class T>
struct Codec;

inline constexpr std::string_view kDurationWhat = "a duration with its unit, like 250ms or 10s";
inline constexpr std::string_view kSizeWhat = "a size with its unit, like 64KiB or 1MB";
inline constexpr std::string_view kPercentWhat = "a percentage, like 20%";

template <>
struct Codec<bool> {
  static Shape shape(const Options&) { return {.kind = Kind::boolean, .what = "true or false"}; }
  static void read(Reader& reader, const document::Node& node, bool& out, const Options&) {
    read_bool(reader, node, out);
  }
  static document::Json write(bool value) { return value; }
};

template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, uint64_t>)
struct Codec<T> {
  static Shape shape(const Options& options) {
    return {.kind = Kind::number, .what = "a whole number", .min = options.min, .max = options.max};
  }
  static void read(Reader& reader, const document::Node& node, T& out, const Options& options) {
    int64_t value = out;
    read_number(reader, node, options, value);
    out = static_cast<T>(value);
  }
  static document::Json write(T value) { return value; }
};

template <>
struct Codec<uint64_t> {
  static Shape shape(const Options&) { return {.kind = Kind::size, .what = std::string(kSizeWhat)}; }
  static void read(Reader& reader, const document::Node& node, uint64_t& out, const Options& options) {
    read_size(reader, node, options, out);
  }
  static document::Json write(uint64_t value) { return size_text(value); }
};

template <>
struct Codec<Duration> {
  static Shape shape(const Options&) { return {.kind = Kind::duration, .what = std::string(kDurationWhat)}; }
  static void read(Reader& reader, const document::Node& node, Duration& out, const Options& options) {
    read_duration(reader, node, options, out);
  }
  static document::Json write(Duration value) { return value.to_string(); }
};

template <>
struct Codec<double> {
  static Shape shape(const Options&) { return {.kind = Kind::percent, .what = std::string(kPercentWhat)}; }
  static void read(Reader& reader, const document::Node& node, double& out, const Options&) {
    read_percent(reader, node, out);
  }
  static document::Json write(double value) { return percent_text(value); }
};

template <>
struct Codec<std::string> {
  static Shape shape(const Options& options) {
    return {.kind = Kind::text, .what = options.file ? "the path of a file" : "text"};
  }
  static void read(Reader& reader, const document::Node& node, std::string& out, const Options& options) {
    read_text(reader, node, options, out);
  }
  static document::Json write(const std::string& value) { return value; }
};

template <Named_enum T>
struct Codec<T> {
  static Shape shape(const Options&) {
    Shape out{.kind = Kind::choice, .what = "one of several words"};
    for (const auto& entry : Names<T>::values) out.choices.push_back({entry.name, entry.doc});
    return out;
  }
  static void read(Reader& reader, const document::Node& node, T& out, const Options& options) {
    int index = read_choice(reader, node, shape(options).choices);
    if (index >= 0) out = Names<T>::values[index].value;
  }
  static document::Json write(T value) { return name_of(value); }
};

template <>
struct Codec<Address> {
  static Shape shape(const Options&);
  static void read(Reader& reader, const document::Node& node, Address& out, const Options&);
  static document::Json write(const Address& value) { return value.to_string(); }
};

template <>
struct Codec<Network> {
  static Shape shape(const Options&);
  static void read(Reader& reader, const document::Node& node, Network& out, const Options&);
  static document::Json write(const Network& value) { return value.to_string(); }
};

template <>
struct Codec<RetryOn> {
  static Shape shape(const Options&);
  static void read(Reader& reader, const document::Node& node, RetryOn& out, const Options&);
  static document::Json write(const RetryOn& value);
};

template <Described T>
struct Codec<T> {
  static Shape shape(const Options&) {
    return {.kind = Kind::object, .what = object_of<T>().name, .object = &object_of<T>()};
  }
  static void read(Reader& reader, const document::Node& node, T& out, const Options&) {
    reader.read_object(node, &out, object_of<T>());
  }
  static document::Json write(const T& value) { return write_object(&value, object_of<T>()); }
};

template <class T>
struct Codec<std::optional<T>> {
  static Shape shape(const Options& options) { return Codec<T>::shape(options); }
  static void read(Reader& reader, const document::Node& node, std::optional<T>& out, const Options& options) {
    if (!options.absent.empty() && node.is_scalar() && node.text == options.absent) {
      out.reset();
      return;
    }
    if (!out) out.emplace();
    Codec<T>::read(reader, node, *out, options);
  }
  static document::Json write(const std::optional<T>& value) {
    return value ? Codec<T>::write(*value) : document::Json();
  }
};

// Written as a mapping from name to the rest.
template <class T>
inline constexpr bool kKeyedByName = false;
template <>
inline constexpr bool kKeyedByName<Listener> = true;
template <>
inline constexpr bool kKeyedByName<Service> = true;
template <>
inline constexpr bool kKeyedByName<ValueMatch> = true;

template <class T>
struct Codec<std::vector<T>> {
  static Shape shape(const Options& options) {
    return {.kind = Kind::list, .what = "a list", .item = std::make_shared<Shape>(Codec<T>::shape(options))};
  }
  static void read(Reader& reader, const document::Node& node, std::vector<T>& out, const Options& options) {
    if (!options.append) out.clear();
    if (options.one_or_many && !node.is_sequence()) {
      if (!node.is_null()) return item(reader, node, out, options);
    }
    if (!node.is_sequence()) return reader.wrong_type(node, "a list");
    if (options.non_empty && node.items.empty())
      reader.error(code::kBadValue, node, "the list is empty", "give it an item or leave the key out");
    for (const document::Node& child : node.items) item(reader, child, out, options);
  }
  static document::Json write(const std::vector<T>& value) {
    document::Json out = document::Json::array();
    for (const T& entry : value) out.push(Codec<T>::write(entry));
    return out;
  }

 private:
  static void item(Reader& reader, const document::Node& node, std::vector<T>& out, const Options& options) {
    Reader::Step step(reader, out.size());
    reader.remember(node.pos);
    Codec<T>::read(reader, node, out.emplace_back(), options);
  }
};

template <class T>
  requires kKeyedByName<T>
struct Codec<std::vector<T>> {
  static Shape shape(const Options& options) {
    return {
        .kind = Kind::map, .what = "a mapping from names", .item = std::make_shared<Shape>(Codec<T>::shape(options))};
  }
  static void read(Reader& reader, const document::Node& node, std::vector<T>& out, const Options& options) {
    if (!node.is_mapping()) return reader.wrong_type(node, "a mapping from names");
    for (const document::Member& member : node.members) {
      std::string name = member.key.text;
      std::string problem = options.key_rule ? options.key_rule(name) : std::string();
      if (!problem.empty()) {
        reader.error(code::kBadValue, member.key, "'" + member.key.shown() + "' " + problem);
        continue;
      }
      Reader::Step step(reader, name);
      if (!reader.claim(member.key, object_of<T>().name)) continue;
      reader.remember(member.key.pos);
      T& entry = out.emplace_back();
      Codec<T>::read(reader, member.value, entry, options);
      entry.name = std::move(name);
      entry.pos = member.key.pos;
    }
  }
  static document::Json write(const std::vector<T>& value) {
    document::Json out = document::Json::object();
    for (const T& entry : value) out.set(entry.name, Codec<T>::write(entry));
    return out;
  }
};

template <>
struct Codec<std::vector<std::pair<std::string, std::string>>> {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  static Shape shape(const Options& options) {
    return {.kind = Kind::map,
            .what = "a mapping from names to text",
            .item = std::make_shared<Shape>(Codec<std::string>::shape(options))};
  }
  static void read(Reader& reader, const document::Node& node, Pairs& out, const Options& options);
  static document::Json write(const Pairs& value) {
    document::Json out = document::Json::object();
    for (const auto& [name, text] : value) out.set(name, text);
    return out;
  }
};

// As it would be written in a file.
std::string default_text(const document::Json& value);

// Refines the field that was added last.
class FieldRef {
 public:
  explicit FieldRef(Field& field) : field_(field) {}
  FieldRef& required() { return field_.required = true, *this; }
  // Words for a default that is not a value: "the service's".
  FieldRef& otherwise(std::string text) { return field_.default_text = std::move(text), *this; }
  // Several files may each say it.
  FieldRef& merges() { return field_.merges = true, *this; }
  FieldRef& example(std::string text) { return field_.example = std::move(text), *this; }

 private:
  Field& field_;
};

template <class T>
class ObjectBuilder {
 public:
  explicit ObjectBuilder(Object& object) : object_(object) {
    if constexpr (requires(T& value) { value.pos; })
      object_.place = [](void* value, const SourcePos& pos) { static_cast<T*>(value)->pos = pos; };
  }

  ObjectBuilder& named(std::string name, std::string doc) {
    object_.name = std::move(name);
    object_.doc = std::move(doc);
    return *this;
  }

  template <class M, class Base>
  FieldRef field(std::string name, M Base::* member, std::string doc, Options options = {}) {
    Field& field = add(std::move(name), Codec<M>::shape(options), std::move(doc));
    field.one_or_many = options.one_or_many;
    field.merges = options.append;
    document::Json fallback = written(T{}, member, options);
    if (!fallback.is_null() && !fallback.is_object()) field.default_text = default_text(fallback);
    field.write = [member, options](const void* owner) {
      return written(*static_cast<const T*>(owner), member, options);
    };
    field.read = [member, options = std::move(options)](Reader& reader, const document::Node& node, void* owner) {
      Codec<M>::read(reader, node, static_cast<T*>(owner)->*member, options);
    };
    return FieldRef(field);
  }

  // A field that is no single member: read into and written from the whole object.
  FieldRef custom(std::string name, Shape shape, std::string doc,
                  std::function<void(Reader&, const document::Node&, T&)> read,
                  std::function<document::Json(const T&)> write) {
    Field& field = add(std::move(name), std::move(shape), std::move(doc));
    field.read = [read = std::move(read)](Reader& reader, const document::Node& node, void* owner) {
      read(reader, node, *static_cast<T*>(owner));
    };
    field.write = [write = std::move(write)](const void* owner) { return write(*static_cast<const T*>(owner)); };
    return FieldRef(field);
  }

  ObjectBuilder& exactly_one() { return object_.exactly_one = true, *this; }

  ObjectBuilder& short_form(std::string words, std::function<void(Reader&, const document::Node&, T&)> read,
                            std::function<document::Json(const T&)> write = {}, Kind kind = Kind::text) {
    object_.short_form = std::move(words);
    object_.short_kind = kind;
    object_.read_short = [read = std::move(read)](Reader& reader, const document::Node& node, void* value) {
      read(reader, node, *static_cast<T*>(value));
    };
    if (write)
      object_.write_short = [write = std::move(write)](const void* value) {
        return write(*static_cast<const T*>(value));
      };
    return *this;
  }

  ObjectBuilder& applies(bool (*applies)(const T&, const Field&)) {
    object_.applies = [applies](const void* value, const Field& field) {
      return applies(*static_cast<const T*>(value), field);
    };
    return *this;
  }

  ObjectBuilder& check(void (*check)(Reader&, const document::Node&, T&)) {
    object_.check = [check](Reader& reader, const document::Node& node, void* value) {
      check(reader, node, *static_cast<T*>(value));
    };
    return *this;
  }

 private:
  Field& add(std::string name, Shape shape, std::string doc) {
    Field& field = object_.fields.emplace_back();
    field.name = std::move(name);
    field.shape = std::move(shape);
    field.doc = std::move(doc);
    return field;
  }
  // Null for what is not set and empty by default.
  template <class M, class Base>
  static document::Json written(const T& owner, M Base::* member, const Options& options) {
    document::Json out = Codec<M>::write(owner.*member);
    if (out.is_null() && !options.absent.empty()) return options.absent;
    bool nothing = out.empty() || (out.is_string() && out.string().empty());
    if (nothing && is_empty(T{}.*member)) return {};
    return out;
  }
  template <class M>
  static bool is_empty(const M& value) {
    if constexpr (requires { value.empty(); })
      return value.empty();
    else
      return false;
  }

  Object& object_;
};

template <Described T>
const Object& object_of() {
  static const Object object = [] {
    Object out;
    ObjectBuilder<T> builder(out);
    describe(builder);
    return out;
  }();
  return object;
}

}  // namespace mesh::config
