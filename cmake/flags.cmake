# Warnings, sanitizers and hardening shared by every target of the project.
add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-unused-parameter
                    -Wno-missing-field-initializers -Werror -fno-omit-frame-pointer -ftrivial-auto-var-init=zero
                    -fno-strict-aliasing -fno-delete-null-pointer-checks -ffunction-sections -fdata-sections)
add_link_options(-fuse-ld=lld -Wl,--as-needed -Wl,--gc-sections)
add_compile_definitions(_GLIBCXX_ASSERTIONS)

if(MESH_SANITIZE)
  add_compile_options(-fsanitize=${MESH_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MESH_SANITIZE})
endif()

if(MESH_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(MESH_HARDEN)
  # OpenSSF's list as far as clang 19 has it; the ThinLTO cache keeps rebuilds short.
  add_compile_options(-D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
                      -fstrict-flex-arrays=3 -flto=thin)
  add_link_options(-flto=thin -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto-cache
                   -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported()
