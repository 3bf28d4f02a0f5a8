# claw_folder(NAME [USES folder...] [LIBS library...])
#
# Declares src/NAME (slashes become underscores) as the library claw_NAME made of its *.cc, with what
# it may use. Beside it, from files told apart by their ending:
#   *_test.cc    one GoogleTest program NAME_test, run by ctest in the source folder
#   *_fuzz.cc    one libFuzzer program each (only with CLAW_FUZZ)
#   *_bench.cc   one Google Benchmark program each
#   *_corpus.cc  one conformance program each: prints `NAME: passed N of M`
#
# Sources are globbed so that adding a file is only adding a file.

# Two precompiled headers, made once: the standard library, and the same with GoogleTest.
set(claw_std_headers <algorithm> <array> <cstdint> <functional> <map> <memory> <optional> <span> <string>
  <string_view> <unordered_map> <utility> <variant> <vector>)

function(claw_precompiled name)
  file(WRITE ${CMAKE_BINARY_DIR}/${name}.cc "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE claw_flags)
  target_precompile_headers(${name} PRIVATE ${claw_std_headers})
endfunction()

claw_precompiled(claw_std_pch)
if(CLAW_TESTS)
  find_package(GTest REQUIRED)
  claw_precompiled(claw_test_pch)
  target_link_libraries(claw_test_pch PRIVATE GTest::gtest)
  target_precompile_headers(claw_test_pch PRIVATE <gtest/gtest.h>)
endif()

function(claw_folder name)
  cmake_parse_arguments(arg "" "" "USES;LIBS" ${ARGN})
  string(REPLACE "/" "_" id ${name})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  set(fuzzers ${sources})
  set(benches ${sources})
  set(corpora ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  list(FILTER corpora INCLUDE REGEX "_corpus\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|bench|corpus)\\.cc$")

  list(TRANSFORM arg_USES REPLACE "/" "_")
  list(TRANSFORM arg_USES PREPEND claw_)
  if(NOT sources)  # A folder of headers only.
    add_library(claw_${id} INTERFACE)
    target_link_libraries(claw_${id} INTERFACE claw_flags ${arg_USES} ${arg_LIBS})
    return()
  endif()
  add_library(claw_${id} STATIC ${sources})
  target_link_libraries(claw_${id} PUBLIC claw_flags ${arg_USES} ${arg_LIBS})
  target_precompile_headers(claw_${id} REUSE_FROM claw_std_pch)

  if(CLAW_TESTS AND tests)
    add_executable(${id}_test ${tests})
    target_link_libraries(${id}_test PRIVATE claw_${id} GTest::gtest_main)
    target_precompile_headers(${id}_test REUSE_FROM claw_test_pch)
    target_compile_options(${id}_test PRIVATE -Wno-global-constructors)
    add_test(NAME ${id} COMMAND ${id}_test WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  if(CLAW_TESTS)
    foreach(source ${corpora})
      get_filename_component(program ${source} NAME_WE)
      add_executable(${program} ${source})
      target_link_libraries(${program} PRIVATE claw_${id})
      add_test(NAME ${program} COMMAND ${program})
      set_tests_properties(${program} PROPERTIES LABELS conformance)
    endforeach()
  endif()
  if(CLAW_FUZZ)
    foreach(source ${fuzzers})
      get_filename_component(program ${source} NAME_WE)
      add_executable(${id}_${program} ${source})
      target_link_libraries(${id}_${program} PRIVATE claw_${id} -fsanitize=fuzzer)
    endforeach()
  endif()
  if(CMAKE_BUILD_TYPE STREQUAL "Release" AND benches)
    find_package(benchmark REQUIRED)
    foreach(source ${benches})
      get_filename_component(program ${source} NAME_WE)
      add_executable(${program} ${source})
      target_link_libraries(${program} PRIVATE claw_${id} benchmark::benchmark_main)
    endforeach()
  endif()
endfunction()
