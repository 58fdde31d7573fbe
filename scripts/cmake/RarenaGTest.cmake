# The target rarena_gtest: GoogleTest and its main. MemorySanitizer must have compiled all that writes memory, so there
# GoogleTest is built from the sources that the system's package ships.

add_library(rarena_gtest INTERFACE)
if(RARENA_SANITIZE STREQUAL "memory")
  find_path(RARENA_GTEST_SOURCE googletest/src/gtest-all.cc PATHS /usr/src/googletest NO_DEFAULT_PATH REQUIRED)
  set(gtest "${RARENA_GTEST_SOURCE}/googletest")
  set(gmock "${RARENA_GTEST_SOURCE}/googlemock")
  find_package(Threads REQUIRED)
  add_library(rarena_gtest_instrumented STATIC EXCLUDE_FROM_ALL "${gtest}/src/gtest-all.cc" "${gmock}/src/gmock-all.cc"
                                               "${gmock}/src/gmock_main.cc")
  target_include_directories(rarena_gtest_instrumented SYSTEM PUBLIC "${gtest}/include" "${gmock}/include")
  target_include_directories(rarena_gtest_instrumented PRIVATE "${gtest}" "${gmock}")
  # Type names would be demangled by the standard library, which is not instrumented.
  target_compile_definitions(rarena_gtest_instrumented PUBLIC GTEST_HAS_RTTI=0)
  target_link_libraries(rarena_gtest_instrumented PUBLIC Threads::Threads)
  target_link_libraries(rarena_gtest INTERFACE rarena_gtest_instrumented)
else()
  find_package(GTest CONFIG REQUIRED)
  target_link_libraries(rarena_gtest INTERFACE GTest::gmock GTest::gtest_main)
endif()
