# Installs a finished build into a scratch prefix, then configures, builds and runs outside projects against it: the examples,
# and the program of the README. They are copied out of the tree first, so that they cannot reach a header that was not installed.
#
#   cmake -Dbuild=... -Dscratch=... -Dexample=... -Dpersistent=... -Dreadme=... -Dgenerator=... -Dcompiler=... -Dbuild_type=... -Dflags=... -P ...

function(step what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "install.consumer: ${what}: expected exit status 0, found ${result}\n${output}")
  endif()
  message(STATUS "${what}: done")
endfunction()

file(REMOVE_RECURSE "${scratch}")
step("install" "${CMAKE_COMMAND}" --install "${build}" --config "${build_type}" --prefix "${scratch}/prefix")
file(COPY "${example}/" DESTINATION "${scratch}/example")
file(COPY "${persistent}/" DESTINATION "${scratch}/persistent")

# The README's first block of C++, as the main.cpp of the same project.
file(READ "${readme}" text)
if(NOT text MATCHES "```cpp\n([^`]*)```")
  message(FATAL_ERROR "install.consumer: ${readme}: expected a block of C++, found none")
endif()
file(COPY "${example}/CMakeLists.txt" DESTINATION "${scratch}/readme")
file(WRITE "${scratch}/readme/main.cpp" "${CMAKE_MATCH_1}")

foreach(project example readme persistent)
  set(folder "${scratch}/${project}-build")
  step("configure ${project}" "${CMAKE_COMMAND}" -S "${scratch}/${project}" -B "${folder}" -G "${generator}"
       "-DCMAKE_PREFIX_PATH=${scratch}/prefix" "-DCMAKE_CXX_COMPILER=${compiler}" "-DCMAKE_BUILD_TYPE=${build_type}"
       "-DCMAKE_CXX_FLAGS=${flags}")
  step("build ${project}" "${CMAKE_COMMAND}" --build "${folder}" --config "${build_type}")
  unset(program CACHE)
  find_program(program NAMES example notes PATHS "${folder}" "${folder}/${build_type}" NO_DEFAULT_PATH REQUIRED)
  set(words)
  if(project STREQUAL "persistent")
    set(words persistent.arena add "a note")
  endif()
  step("run ${project}" "${CMAKE_COMMAND}" -E chdir "${scratch}" "${program}" ${words})
endforeach()
