// meshctl-config(5), made from the field table of the configuration language.
#pragma once

#include <string>

// mdoc(7) source.
std::string config_manual();
