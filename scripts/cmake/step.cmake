# What the tests of installing have in common; they set scratch, generator, compiler and build_type.
cmake_minimum_required(VERSION 3.25)

# step(WHAT COMMAND...): runs it, and ends the test unless its exit status is 0.
function(step what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${what}: expected exit status 0, found ${result}\n${output}")
  endif()
  message(STATUS "${what}: done")
endfunction()

# build_and_run(PROJECT OPTION...): configures and builds the folder PROJECT of scratch with these options, and runs its example.
function(build_and_run project)
  set(folder "${scratch}/${project}-build")
  step("configure ${project}" "${CMAKE_COMMAND}" -S "${scratch}/${project}" -B "${folder}" -G "${generator}" "-DCMAKE_CXX_COMPILER=${compiler}"
       "-DCMAKE_BUILD_TYPE=${build_type}" ${ARGN})
  step("build ${project}" "${CMAKE_COMMAND}" --build "${folder}" --config "${build_type}")
  unset(program CACHE)
  find_program(program example PATHS "${folder}" "${folder}/${build_type}" NO_DEFAULT_PATH REQUIRED)
  step("run ${project}" "${CMAKE_COMMAND}" -E chdir "${scratch}" "${program}")
endfunction()

# block_of_readme(FILE LANGUAGE VARIABLE): its first block in that language.
function(block_of_readme file language variable)
  file(READ "${file}" text)
  if(NOT text MATCHES "```${language}\n([^`]*)```")
    message(FATAL_ERROR "${file}: expected a block of ${language}, found none")
  endif()
  set(${variable} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()
