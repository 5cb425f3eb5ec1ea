// The codes of findings about configuration files. MC1001 to MC1003, MC1008 and MC1010 are made in lib/document.
// docs/findings.md explains each; a test compares the two.
#pragma once

#include <span>
#include <string_view>

namespace mesh::config {

namespace code {
inline constexpr std::string_view kSyntax = "MC1001";
inline constexpr std::string_view kDuplicateKey = "MC1002";
inline constexpr std::string_view kLimit = "MC1003";
inline constexpr std::string_view kUnknownKey = "MC1004";
inline constexpr std::string_view kWrongType = "MC1005";
inline constexpr std::string_view kBadValue = "MC1006";
inline constexpr std::string_view kMissingKey = "MC1007";
inline constexpr std::string_view kUnsupported = "MC1008";
inline constexpr std::string_view kUnreadableFile = "MC1009";
inline constexpr std::string_view kSubstitution = "MC1010";
inline constexpr std::string_view kVersion = "MC1011";
inline constexpr std::string_view kExclusive = "MC1101";
inline constexpr std::string_view kBadPattern = "MC1102";
inline constexpr std::string_view kNoAnswer = "MC1103";
inline constexpr std::string_view kNeverReached = "MC1104";
inline constexpr std::string_view kUnsafeCors = "MC1105";
inline constexpr std::string_view kUnsafe = "MC1106";
inline constexpr std::string_view kNoPrefix = "MC1107";
inline constexpr std::string_view kUndefinedService = "MC1201";
inline constexpr std::string_view kUndefinedListener = "MC1202";
inline constexpr std::string_view kDefinedTwice = "MC1203";
inline constexpr std::string_view kUndefinedVariable = "MC1204";
inline constexpr std::string_view kUnusedService = "MC1205";
inline constexpr std::string_view kIdleListener = "MC1206";
inline constexpr std::string_view kUnservedRoute = "MC1207";
inline constexpr std::string_view kEqualRoutes = "MC1301";
inline constexpr std::string_view kHiddenRoute = "MC1310";
inline constexpr std::string_view kAddressConflict = "MC1401";
inline constexpr std::string_view kUnreadableKey = "MC1402";
inline constexpr std::string_view kKeyMismatch = "MC1403";
}  // namespace code

struct CodeDoc {
  std::string_view code;
  std::string_view severity;
  std::string_view title;  // "unknown key"
  std::string_view doc;    // what it means and what to do
};

// All of the above, in order.
std::span<const CodeDoc> all_codes();

}  // namespace mesh::config
