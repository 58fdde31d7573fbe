# How tests are added. Defines functions only.

include(GoogleTest)
include(RarenaGTest)

# rarena_add_unit_tests(NAME SOURCE...): a GoogleTest program; each of its tests is a ctest with label unit.
function(rarena_add_unit_tests name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE rarena_warnings rarena_gtest)
  if(RARENA_SANITIZE STREQUAL "memory")
    # What the standard library's own code writes still counts as not written. Nearly all of that is memory from the
    # heap, so the heap starts as written. What starts as not written: the stack and what core poisons.
    set_target_properties(${name} PROPERTIES CROSSCOMPILING_EMULATOR "env;MSAN_OPTIONS=poison_in_malloc=0:poison_in_free=0:intercept_strlen=0")
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120 PROPERTIES LABELS unit TIMEOUT 900)
endfunction()

# The ctest install.consumer: see install_consumer.cmake.
function(rarena_add_install_test)
  list(JOIN rarena_sanitize_flags " " flags)
  add_test(
    NAME install.consumer
    COMMAND
      "${CMAKE_COMMAND}" "-Dbuild=${PROJECT_BINARY_DIR}" "-Dscratch=${PROJECT_BINARY_DIR}/install.consumer"
      "-Dexample=${PROJECT_SOURCE_DIR}/core/arena/example" "-Dreadme=${PROJECT_SOURCE_DIR}/README.md"
      "-Dgenerator=${CMAKE_GENERATOR}"
      "-Dcompiler=${CMAKE_CXX_COMPILER}" "-Dbuild_type=$<CONFIG>" "-Dflags=${flags}" -P
      "${PROJECT_SOURCE_DIR}/scripts/cmake/install_consumer.cmake")
  set_tests_properties(install.consumer PROPERTIES LABELS install TIMEOUT 300)
endfunction()

# scripts/lib/NAME_test.py is the ctest scripts.NAME.
function(rarena_add_script_tests)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  file(GLOB tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/scripts/lib/*_test.py")
  foreach(test IN LISTS tests)
    cmake_path(GET test STEM name)
    string(REGEX REPLACE "_test$" "" name "${name}")
    add_test(NAME scripts.${name} COMMAND Python3::Interpreter "${test}")
    set_tests_properties(scripts.${name} PROPERTIES LABELS scripts TIMEOUT 300)
  endforeach()
endfunction()
