# Fails if a fuzz target with a planted bug does not find it within its budget:
#
#   cmake -Dprogram=... -Dcorpus=... -Dfolder=... -Dseed=N -Dseconds=N -Dexpected=REGEX -P this
#
# `folder` is made anew, for what the program writes.

file(REMOVE_RECURSE "${folder}")
file(MAKE_DIRECTORY "${folder}/corpus")
execute_process(
  COMMAND "${program}" -seed=${seed} -max_total_time=${seconds} -max_len=4098 "-artifact_prefix=${folder}/" "${folder}/corpus"
          "${corpus}"
  RESULT_VARIABLE result
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "expected that the planted bug is found within ${seconds} seconds, found nothing\n${output}")
endif()
if(NOT output MATCHES "${expected}")
  message(FATAL_ERROR "expected a finding that matches '${expected}', found\n${output}")
endif()
string(REGEX MATCH "FOUND: [^\n]*" finding "${output}")
string(REGEX MATCHALL "\n#[0-9]+" runs "${output}")
set(last "none: a seed found it")
if(runs)
  list(GET runs -1 last)
  string(STRIP "${last}" last)
endif()
message(STATUS "${finding}; last progress line ${last}")
