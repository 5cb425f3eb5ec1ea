#include "config/codes.h"

namespace mesh::config {

namespace {

constexpr CodeDoc kCodes[] = {
    {code::kSyntax, "error", "not valid YAML or JSON",
     "The text cannot be parsed from here on, or it is not UTF-8 text. Nothing behind this place was looked at."},
    {code::kDuplicateKey, "error", "duplicate key",
     "One mapping has the same key twice. The message names the first place; keep one of the two."},
    {code::kLimit, "error", "a limit on the file's shape",
     "Files may have 8 MiB, 64 levels, 1,000,000 values, and aliases may add ten times the file's own text."},
    {code::kUnknownKey, "error", "unknown or misplaced key",
     "No such key exists in this place. The hint names the nearest one, or the object that the key belongs in."},
    {code::kWrongType, "error", "wrong type", "A list stands where a mapping is expected, or text where a list is."},
    {code::kBadValue, "error", "bad value",
     "The value has the right type, but not the form or range that the key needs: a duration without its unit, a "
     "number out of range, a word that is not offered. `meshctl config explain KEY` says what is."},
    {code::kMissingKey, "error", "missing key", "A key that the object needs is not there."},
    {code::kUnsupported, "error", "YAML that is not offered",
     "Tags and several documents in one file are not part of the language."},
    {code::kUnreadableFile, "error", "unreadable file", "A configuration file or folder cannot be opened or read."},
    {code::kSubstitution, "error", "substitution failed",
     "`${env:NAME}` names a variable that is not set, `${file:PATH}` a file that cannot be read, or the expression is "
     "neither. Write `$${` for the characters `${`."},
    {code::kVersion, "error", "unknown version", "Every file says `version: 1`."},
    {code::kExclusive, "error", "keys that exclude each other",
     "Two settings cannot work together, or one has no meaning beside the other."},
    {code::kBadPattern, "error", "bad path or regex",
     "A path that no request can have after normalisation, a template with a broken segment, or a regex that RE2 does "
     "not take."},
    {code::kNoAnswer, "error", "route without an answer",
     "A route needs `to`, or a filter that answers: `redirect` or `respond`."},
    {code::kNeverReached, "error", "never reached",
     "A filter or `to` stands behind a filter that answers every request itself."},
    {code::kUnsafeCors, "error", "CORS for everybody with credentials",
     "`origins: \"*\"` with `credentials: true` would let every site act in the visitor's name. List the origins."},
    {code::kUnsafe, "warning", "unsafe setting", "A setting whose name begins with `unsafe_` is on."},
    {code::kNoPrefix, "error", "no prefix to replace",
     "`prefix` in a rewrite or redirect replaces the prefix that matched, so every condition of the route must have "
     "one."},
    {code::kUndefinedService, "error", "undefined service",
     "A route or tcp listener names a service that is not there."},
    {code::kUndefinedListener, "error", "undefined listener", "A route names a listener that is not there."},
    {code::kDefinedTwice, "error", "defined twice",
     "The same name or setting is given in two files, or a header twice in other letters. Both places are named."},
    {code::kUndefinedVariable, "error", "undefined path variable",
     "A rewrite template uses a `{name}` that the path of the route does not have."},
    {code::kUnusedService, "note", "unused service", "No route and no tcp listener leads to the service."},
    {code::kIdleListener, "warning", "listener without routes", "Every request at this listener is answered with 404."},
    {code::kUnservedRoute, "warning", "route without a listener",
     "No http listener has a host in common with the route, or those that it names do not."},
    {code::kEqualRoutes, "error", "equal routes",
     "Two routes have the same conditions; only their names could order them. Change one or give it a `priority`."},
    {code::kHiddenRoute, "warning", "hidden route", "Every request that the route matches is taken by another one."},
    {code::kAddressConflict, "error", "address taken", "Two listeners want the same address and port."},
    {code::kUnreadableKey, "error", "unreadable certificate or key",
     "A file named in `tls` cannot be read or has no PEM block of the expected kind."},
    {code::kKeyMismatch, "error", "key of another certificate", "The private key does not belong to the certificate."},
};

}  // namespace

std::span<const CodeDoc> all_codes() { return kCodes; }

}  // namespace mesh::config
