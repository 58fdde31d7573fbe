# The checker without the rest of the project: included by models/checker/CMakeLists.txt where that is configured by itself or
# fetched. It needs fmt, nlohmann-json and Boost.Context to be built, fmt and Boost.Context to be linked with, and nothing but the
# standard library to be included. Nothing that it is compiled with reaches those who use it, but C++23.
#
#   include directory   checker/checker.hpp, and models/checker/ with what that includes

cmake_path(SET checker_root NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../..")
file(STRINGS "${checker_root}CMakeLists.txt" checker_version REGEX "^project\\(rarena VERSION ")
string(REGEX MATCH "[0-9]+[.][0-9]+[.][0-9]+" checker_version "${checker_version}")
project(checker VERSION ${checker_version} DESCRIPTION "An exhaustive model checker for C++ atomics" LANGUAGES CXX)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS context)

set(checker_folders graph rc11 explore report front sync)
list(TRANSFORM checker_folders APPEND "/*.cpp" OUTPUT_VARIABLE patterns)
file(GLOB checker_sources CONFIGURE_DEPENDS ${patterns})
list(FILTER checker_sources EXCLUDE REGEX "_test\\.cpp$")
add_library(checker STATIC ${checker_sources})
add_library(checker::checker ALIAS checker)
set_target_properties(checker PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
target_compile_features(checker PUBLIC cxx_std_23)
target_compile_options(checker PRIVATE -O2)  # at -O0 it is ten times slower, and shows nothing more
target_link_libraries(checker PRIVATE fmt::fmt Boost::context $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)

# An include directory that has the checker and nothing else of the tree.
set(checker_include "${CMAKE_CURRENT_BINARY_DIR}/include")
file(MAKE_DIRECTORY "${checker_include}/models" "${checker_include}/checker")
file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${checker_include}/models/checker" SYMBOLIC)
file(CONFIGURE OUTPUT "${checker_include}/checker/checker.hpp" CONTENT "// All of the checker.\n#pragma once\n\n#include \"models/checker/checker.hpp\"\n")
target_include_directories(checker PRIVATE "${checker_root}"
                                   INTERFACE $<BUILD_INTERFACE:${checker_include}>
                                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/checker>)

# What is installed can be moved: it names its folders as seen from its own.
set(checker_headers "${CMAKE_INSTALL_INCLUDEDIR}/checker")
list(TRANSFORM checker_folders APPEND "/*.hpp" OUTPUT_VARIABLE patterns)
file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" ${patterns} checker.hpp)
list(FILTER headers EXCLUDE REGEX "_test_support\\.hpp$")
foreach(header IN LISTS headers)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES ${header} DESTINATION "${checker_headers}/models/checker/${folder}")
endforeach()
install(FILES "${checker_include}/checker/checker.hpp" DESTINATION "${checker_headers}/checker")
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/checker")
install(TARGETS checker EXPORT checker)
install(EXPORT checker NAMESPACE checker:: FILE checker-targets.cmake DESTINATION "${package_folder}")
write_basic_package_version_file(checker-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/checker-config-version.cmake" "${CMAKE_CURRENT_LIST_DIR}/checker-config.cmake"
        DESTINATION "${package_folder}")
file(RELATIVE_PATH pkgconfig_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file("${CMAKE_CURRENT_LIST_DIR}/checker.pc.in" checker.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/checker.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
install(FILES "${checker_root}LICENSE-MIT" "${checker_root}LICENSE-APACHE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
