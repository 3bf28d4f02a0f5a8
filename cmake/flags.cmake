# One interface library carries every flag, so that no folder can have its own idea of safety.

add_library(claw_flags INTERFACE)
target_include_directories(claw_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(claw_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wswitch-enum
  -Wnon-virtual-dtor -Wold-style-cast -Wimplicit-fallthrough -fstack-protector-strong -fPIE -pthread)
target_compile_definitions(claw_flags INTERFACE CLAW_VERSION="${PROJECT_VERSION}")
target_link_libraries(claw_flags INTERFACE Threads::Threads)
target_link_options(claw_flags INTERFACE -pie)

if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_link_options(claw_flags INTERFACE -fuse-ld=lld)
endif()

if(CLAW_SANITIZE)
  target_compile_options(claw_flags INTERFACE
    -fsanitize=${CLAW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(claw_flags INTERFACE -fsanitize=${CLAW_SANITIZE})
endif()

if(CLAW_FUZZ)
  target_compile_options(claw_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(claw_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  target_link_options(claw_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
  # Across folders a query runs through some two hundred small functions; see docs/decisions/performance.md.
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(claw_flags INTERFACE -flto=thin)
    # What is linked by a profile is not looked up there: the cache does not tell profiles apart.
    target_link_options(claw_flags INTERFACE -flto=thin
      $<$<NOT:$<BOOL:$<TARGET_PROPERTY:CLAW_PROFILED>>>:-Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/thinlto>)
    # What nobody calls is left out, what is the same is kept once, and 14,000 relocations are a bitmap, not
    # 330 KiB to be read.
    target_link_options(claw_flags INTERFACE -Wl,--gc-sections,--icf=safe,-z,pack-relative-relocs)
  endif()
endif()
