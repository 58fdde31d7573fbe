# Installs a finished build into a scratch prefix, then configures, builds and runs an outside project against it.
# The example is copied out of the tree first, so that it cannot reach a header that was not installed.
#
#   cmake -Dbuild=... -Dscratch=... -Dexample=... -Dgenerator=... -Dcompiler=... -Dbuild_type=... -Dflags=... -P ...

function(step what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "install.consumer: ${what}: expected exit status 0, found ${result}\n${output}")
  endif()
  message(STATUS "${what}: done")
endfunction()

file(REMOVE_RECURSE "${scratch}")
file(COPY "${example}/" DESTINATION "${scratch}/source")
step("install" "${CMAKE_COMMAND}" --install "${build}" --config "${build_type}" --prefix "${scratch}/prefix")
step("configure" "${CMAKE_COMMAND}" -S "${scratch}/source" -B "${scratch}/build" -G "${generator}"
     "-DCMAKE_PREFIX_PATH=${scratch}/prefix" "-DCMAKE_CXX_COMPILER=${compiler}" "-DCMAKE_BUILD_TYPE=${build_type}"
     "-DCMAKE_CXX_FLAGS=${flags}")
step("build" "${CMAKE_COMMAND}" --build "${scratch}/build" --config "${build_type}")
find_program(program example PATHS "${scratch}/build" "${scratch}/build/${build_type}" NO_DEFAULT_PATH REQUIRED)
step("run" "${CMAKE_COMMAND}" -E chdir "${scratch}" "${program}")
