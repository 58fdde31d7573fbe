# How tests are added.

include(GoogleTest)
include(RarenaGTest)

# What tests leave of themselves, for scripts/test.
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/records")

# rarena_add_unit_tests(NAME [SHARDS N | ALONE] SOURCE...): a GoogleTest program. It is one ctest with label unit, or N of them that
# share its tests, because starting a program takes longer than most tests. Each leaves a record, NAME.xml in records/. With ALONE
# each test is a ctest, because it depends on what its process has done before.
function(rarena_add_unit_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ALONE" "SHARDS" "")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE rarena_warnings rarena_gtest)
  if(RARENA_SANITIZE STREQUAL "memory")
    # What the standard library's own code writes still counts as not written. Nearly all of that is memory from the
    # heap, so the heap starts as written. What starts as not written: the stack and what core poisons.
    set_target_properties(${name} PROPERTIES CROSSCOMPILING_EMULATOR "env;MSAN_OPTIONS=poison_in_malloc=0:poison_in_free=0:intercept_strlen=0")
  endif()
  if(arg_ALONE)
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120 PROPERTIES LABELS unit TIMEOUT 900)
    return()
  endif()
  if(NOT arg_SHARDS)
    set(arg_SHARDS 1)
  endif()
  math(EXPR last "${arg_SHARDS} - 1")
  foreach(shard RANGE ${last})
    set(test ${name})
    if(arg_SHARDS GREATER 1)
      math(EXPR number "${shard} + 1")
      set(test ${name}.${number})
    endif()
    add_test(NAME ${test} COMMAND ${name} --gtest_brief=1 "--gtest_output=xml:${PROJECT_BINARY_DIR}/records/${test}.xml")
    set_tests_properties(${test} PROPERTIES LABELS unit TIMEOUT 900 ENVIRONMENT
                                            "GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${shard}")
  endforeach()
endfunction()

# For the tests of an arena: compiles once, for all of them, what nearly every one begins with. ccache needs the first flag of each
# compiler. The two warnings are off for g++, because its version 12 sees overruns in std::string at -O1 that are none; clang++ has
# them all.
function(rarena_precompile name)
  if(NOT TARGET rarena_instances)
    add_library(rarena_instances STATIC "${PROJECT_SOURCE_DIR}/scripts/cmake/tests_instances.cpp")
    target_precompile_headers(rarena_instances PRIVATE "${PROJECT_SOURCE_DIR}/scripts/cmake/tests_precompiled.hpp")
    target_link_libraries(rarena_instances PUBLIC rarena::rarena rarena_gtest PRIVATE rarena_warnings)
    target_compile_options(rarena_instances PUBLIC
                           "$<$<CXX_COMPILER_ID:GNU>:SHELL:-fpch-preprocess -Wno-array-bounds -Wno-stringop-overflow>"
                           "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  endif()
  target_link_libraries(${name} PRIVATE rarena_instances)
  target_precompile_headers(${name} REUSE_FROM rarena_instances)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
endfunction()

# rarena_bugs_found_by(HARNESS VARIABLE): the names of the known bugs that a harness finds, from models/bugs/bugs.json; and for each what
# it may spend, as BUG_seconds, BUG_cycles and so on, and BUG_scenario and BUG_freelist.
function(rarena_bugs_found_by harness variable)
  set(path "${PROJECT_SOURCE_DIR}/models/bugs/bugs.json")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  file(READ "${path}" json)
  string(JSON count LENGTH "${json}" bugs)
  math(EXPR last "${count} - 1")
  set(names)
  foreach(i RANGE ${last})
    string(JSON found ERROR_VARIABLE absent GET "${json}" bugs ${i} found_by ${harness})
    if(absent)
      continue()
    endif()
    string(JSON name GET "${json}" bugs ${i} name)
    list(APPEND names ${name})
    foreach(field IN ITEMS scenario freelist)
      string(JSON value ERROR_VARIABLE absent GET "${json}" bugs ${i} ${field})
      set(${name}_${field} "${value}" PARENT_SCOPE)
    endforeach()
    string(JSON fields LENGTH "${found}")
    if(fields EQUAL 0)
      continue()
    endif()
    math(EXPR last_field "${fields} - 1")
    foreach(f RANGE ${last_field})
      string(JSON field MEMBER "${found}" ${f})
      string(JSON value GET "${found}" ${field})
      set(${name}_${field} "${value}" PARENT_SCOPE)
    endforeach()
  endforeach()
  set(${variable} ${names} PARENT_SCOPE)
endfunction()

# The ctests install.consumer (install_consumer.cmake), install.fetched (fetched_consumer.cmake) and install.fuzz_only.
function(rarena_add_install_test)
  list(JOIN rarena_sanitize_flags " " flags)
  add_test(
    NAME install.consumer
    COMMAND
      "${CMAKE_COMMAND}" "-Dbuild=${PROJECT_BINARY_DIR}" "-Dscratch=${PROJECT_BINARY_DIR}/install.consumer"
      "-Dexample=${PROJECT_SOURCE_DIR}/core/arena/example"
      "-Dpersistent=${PROJECT_SOURCE_DIR}/core/persistent/example" "-Dreadme=${PROJECT_SOURCE_DIR}/README.md"
      "-Dgenerator=${CMAKE_GENERATOR}"
      "-Dcompiler=${CMAKE_CXX_COMPILER}" "-Dbuild_type=$<CONFIG>" "-Dflags=${flags}" -P
      "${PROJECT_SOURCE_DIR}/scripts/cmake/install_consumer.cmake")
  set_tests_properties(install.consumer PROPERTIES LABELS install TIMEOUT 300)
  if(NOT RARENA_SANITIZE)
    find_program(RARENA_CLANG clang++-19)
    add_test(
      NAME install.fetched
      COMMAND
        "${CMAKE_COMMAND}" "-Dsource=${PROJECT_SOURCE_DIR}" "-Dscratch=${PROJECT_BINARY_DIR}/install.fetched"
        "-Dexample=${PROJECT_SOURCE_DIR}/core/arena/example" "-Dreadme=${PROJECT_SOURCE_DIR}/README.md"
        "-Dgenerator=${CMAKE_GENERATOR}" "-Dcompiler=${CMAKE_CXX_COMPILER}" "-Dclang=${RARENA_CLANG}" "-Dbuild_type=$<CONFIG>" -P
        "${PROJECT_SOURCE_DIR}/scripts/cmake/fetched_consumer.cmake")
    set_tests_properties(install.fetched PROPERTIES LABELS install TIMEOUT 600)
  endif()
  # Builds of fuzz targets alone, as OSS-Fuzz makes them, find none of the packages of tests and models.
  add_test(
    NAME install.fuzz_only
    COMMAND
      "${CMAKE_COMMAND}" -S "${PROJECT_SOURCE_DIR}" -B "${PROJECT_BINARY_DIR}/install.fuzz_only" -G "${CMAKE_GENERATOR}"
      "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}" -DRARENA_BUILD_FUZZERS=ON -DRARENA_BUILD_TESTS=OFF -DRARENA_BUILD_MODELS=OFF
      -DRARENA_BUILD_TOOLS=OFF -DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON -DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON
      -DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON)
  set_tests_properties(install.fuzz_only PROPERTIES LABELS install TIMEOUT 300)
endfunction()

# The ctest scripts: what is in scripts/tests.
function(rarena_add_script_tests)
  add_test(NAME scripts COMMAND ${rarena_lab_python} pytest -q -n 2 -p no:cacheprovider "--junitxml=${PROJECT_BINARY_DIR}/records/scripts.xml"
                                "${PROJECT_SOURCE_DIR}/scripts/tests")
  set_tests_properties(scripts PROPERTIES LABELS scripts PROCESSORS 2 TIMEOUT 300)
endfunction()

# rarena_add_guide(NAME PROGRAM): the ctest guide.NAME, a program in a folder of its own.
function(rarena_add_guide name program)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/guides/${name}")
  file(CONFIGURE OUTPUT "${folder}/main.cpp" CONTENT "${program}" @ONLY)
  add_executable(guide_${name} "${folder}/main.cpp")
  target_link_libraries(guide_${name} PRIVATE rarena::rarena)
  add_test(NAME guide.${name} COMMAND guide_${name} WORKING_DIRECTORY "${folder}")
  set_tests_properties(guide.${name} PROPERTIES LABELS unit TIMEOUT 60)
endfunction()
