# Writes the ctest file of the model-checking tests: cmake -Dengine=... -Dpython=... -Dverify=... -Dartifacts=... -Doutput=... -P this
#
# model.SCENARIO.FREELIST runs one scenario with its quick effort; corpus.BUG requires that the engine finds the bug, and that
# the shipped code holds with the same budget.

execute_process(COMMAND "${engine}" list OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)

set(content "")
macro(add_model_test name label)
  string(APPEND content "add_test([=[${name}]=] [=[${CMAKE_COMMAND}]=] -E env [=[RARENA_RELACY_ENGINE=${engine}]=] [=[${python}]=] -B "
                        "[=[${verify}]=] --jobs 1 --artifacts [=[${artifacts}]=] ${ARGN})\n"
                        "set_tests_properties([=[${name}]=] PROPERTIES LABELS ${label} TIMEOUT 900)\n")
endmacro()

string(JSON count LENGTH "${listing}" scenarios)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON scenario GET "${listing}" scenarios ${i} scenario)
  string(JSON freelist GET "${listing}" scenarios ${i} freelist)
  add_model_test(model.${scenario}.${freelist} model "--no-corpus --scenario ${scenario} --freelist ${freelist}")
endforeach()

string(JSON count LENGTH "${listing}" corpus)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON bug GET "${listing}" corpus ${i} name)
  string(JSON expect GET "${listing}" corpus ${i} expect)
  if(expect STREQUAL "violation")
    add_model_test(corpus.${bug} corpus "--bug ${bug}")
  endif()
endforeach()

file(WRITE "${output}" "${content}")
