# Installs a finished build into a scratch prefix, then builds and runs outside projects against it: the examples and the program of
# the README by find_package, and the first example by pkg-config. They are copied out of the tree first, so that they cannot reach a
# header that was not installed.
#
#   cmake -Dbuild=... -Dscratch=... -Dexample=... -Dpersistent=... -Dreadme=... -Dgenerator=... -Dcompiler=... -Dbuild_type=... -Dflags=... -P ...

include("${CMAKE_CURRENT_LIST_DIR}/step.cmake")

file(REMOVE_RECURSE "${scratch}")
step("install" "${CMAKE_COMMAND}" --install "${build}" --config "${build_type}" --prefix "${scratch}/prefix")
file(COPY "${example}/" DESTINATION "${scratch}/example")
file(COPY "${example}/CMakeLists.txt" DESTINATION "${scratch}/readme")
block_of_readme("${readme}" cpp text)
file(WRITE "${scratch}/readme/main.cpp" "${text}")

file(COPY "${persistent}/" DESTINATION "${scratch}/persistent")
set(folder "${scratch}/persistent-build")
step("configure persistent" "${CMAKE_COMMAND}" -S "${scratch}/persistent" -B "${folder}" -G "${generator}" "-DCMAKE_CXX_COMPILER=${compiler}"
     "-DCMAKE_BUILD_TYPE=${build_type}" "-DCMAKE_PREFIX_PATH=${scratch}/prefix" "-DCMAKE_CXX_FLAGS=${flags}")
step("build persistent" "${CMAKE_COMMAND}" --build "${folder}" --config "${build_type}")
step("run persistent" "${folder}/notes" "${scratch}/notes.arena" add "a note")

foreach(project example readme)
  build_and_run(${project} "-DCMAKE_PREFIX_PATH=${scratch}/prefix" "-DCMAKE_CXX_FLAGS=${flags}")
endforeach()

find_program(pkg_config pkg-config REQUIRED)
file(GLOB_RECURSE found "${scratch}/prefix/rarena.pc")
cmake_path(GET found PARENT_PATH folder)
set(ENV{PKG_CONFIG_PATH} "${folder}")
execute_process(COMMAND "${pkg_config}" --cflags --libs rarena OUTPUT_VARIABLE options RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "pkg-config: expected exit status 0, found ${result}")
endif()
separate_arguments(options UNIX_COMMAND "${options}")
separate_arguments(flags UNIX_COMMAND "${flags}")
file(MAKE_DIRECTORY "${scratch}/pkgconfig")
step("build by pkg-config" "${compiler}" -std=c++23 ${flags} "${scratch}/example/main.cpp" -o "${scratch}/pkgconfig/example" ${options})
step("run by pkg-config" "${CMAKE_COMMAND}" -E chdir "${scratch}" "${scratch}/pkgconfig/example")
