# Builds the checker without the rest of the project and its packages, installs it, and builds and runs a project of somebody else
# with it: by find_package, by pkg-config, and fetched as the checker's README has it, also with clang++ if there is one. Nothing that
# the checker is compiled with may reach that project.
#
#   cmake -Dsource=... -Dscratch=... -Dgenerator=... -Dcompiler=... -Dclang=... -Dbuild_type=... -P ...

include("${CMAKE_CURRENT_LIST_DIR}/step.cmake")

set(without)
foreach(package CLI11 GTest benchmark Protobuf Python3)
  list(APPEND without "-DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON")
endforeach()
file(REMOVE_RECURSE "${scratch}")
file(COPY "${source}/models/checker/example/consumer/" DESTINATION "${scratch}/found")
set(commands -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)

step("configure" "${CMAKE_COMMAND}" -S "${source}/models/checker" -B "${scratch}/build" -G "${generator}" "-DCMAKE_CXX_COMPILER=${compiler}"
     "-DCMAKE_BUILD_TYPE=${build_type}" ${without})
step("build" "${CMAKE_COMMAND}" --build "${scratch}/build" --config "${build_type}")
step("install" "${CMAKE_COMMAND}" --install "${scratch}/build" --config "${build_type}" --prefix "${scratch}/prefix")
build_and_run(found "-DCMAKE_PREFIX_PATH=${scratch}/prefix" ${commands})

file(COPY "${source}/models/checker/example/consumer/main.cpp" DESTINATION "${scratch}/fetched")
block_of_readme("${source}/models/checker/README.md" cmake lines)
file(WRITE "${scratch}/fetched/CMakeLists.txt"
     "cmake_minimum_required(VERSION 3.25)\nproject(fetched LANGUAGES CXX)\nadd_executable(example main.cpp)\n${lines}")
if(clang)
  set(compiler_of_others "${clang}")
else()
  set(compiler_of_others "${compiler}")
endif()
build_and_run(fetched "-DFETCHCONTENT_SOURCE_DIR_CHECKER=${source}" "-DCMAKE_CXX_COMPILER=${compiler_of_others}" ${without} ${commands})

foreach(project found fetched)
  file(READ "${scratch}/${project}-build/compile_commands.json" text)
  string(JSON count LENGTH "${text}")
  math(EXPR last "${count} - 1")
  foreach(i RANGE ${last})
    string(JSON file GET "${text}" ${i} file)
    string(JSON command GET "${text}" ${i} command)
    if(file MATCHES "main\\.cpp$" AND command MATCHES " (-W[a-z]|-f[a-z]|-I${source} |-O2 .*-O2)")
      message(FATAL_ERROR "${project}: expected no flags of the checker, found ${command}")
    endif()
  endforeach()
endforeach()

find_program(pkg_config pkg-config REQUIRED)
file(GLOB_RECURSE found "${scratch}/prefix/checker.pc")
cmake_path(GET found PARENT_PATH folder)
set(ENV{PKG_CONFIG_PATH} "${folder}")
execute_process(COMMAND "${pkg_config}" --cflags --libs checker OUTPUT_VARIABLE options RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "pkg-config: expected exit status 0, found ${result}")
endif()
separate_arguments(options UNIX_COMMAND "${options}")
file(MAKE_DIRECTORY "${scratch}/pkgconfig")
step("build by pkg-config" "${compiler}" -std=c++23 "${scratch}/found/main.cpp" -o "${scratch}/pkgconfig/example" ${options})
step("run by pkg-config" "${scratch}/pkgconfig/example")
