# Writes the ctest file of the model-checking tests of one engine:
#
#   cmake -Dengine=... -Dpython=... -Dverify=... -Dartifacts=... -Doutput=... -P this
#
# model.ENGINE.SCENARIO.FREELIST runs one scenario with its quick effort; corpus.ENGINE.BUG requires that the engine finds the
# bug, and that the shipped code holds with the same budget. Labels: model or corpus, and the engine's name.

execute_process(COMMAND "${engine}" list OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
string(JSON engine_name GET "${listing}" engine)
string(TOUPPER "RARENA_${engine_name}_ENGINE" override)

set(content "")
macro(add_model_test name label)
  string(APPEND content "add_test([=[${name}]=] [=[${CMAKE_COMMAND}]=] -E env [=[${override}=${engine}]=] [=[${python}]=] -B "
                        "[=[${verify}]=] --engine ${engine_name} --jobs 1 --artifacts [=[${artifacts}]=] ${ARGN})\n"
                        "set_tests_properties([=[${name}]=] PROPERTIES LABELS [=[${label};${engine_name}]=] TIMEOUT 900)\n")
endmacro()

string(JSON count LENGTH "${listing}" scenarios)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON scenario GET "${listing}" scenarios ${i} scenario)
  string(JSON freelist GET "${listing}" scenarios ${i} freelist)
  add_model_test(model.${engine_name}.${scenario}.${freelist} model "--no-corpus --scenario ${scenario} --freelist ${freelist}")
endforeach()

string(JSON count LENGTH "${listing}" corpus)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON bug GET "${listing}" corpus ${i} name)
  string(JSON expect GET "${listing}" corpus ${i} expect)
  if(expect STREQUAL "violation")
    add_model_test(corpus.${engine_name}.${bug} corpus "--bug ${bug}")
  endif()
endforeach()

file(WRITE "${output}" "${content}")
