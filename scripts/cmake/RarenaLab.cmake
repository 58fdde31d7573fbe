# scripts/lab as a command of the tests: rarena_lab. Its Python is Debian's, because its packages are.
set(Python3_EXECUTABLE /usr/bin/python3)
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
set(rarena_lab_python "${CMAKE_COMMAND}" -E env "PYTHONPATH=${PROJECT_SOURCE_DIR}/scripts" "${Python3_EXECUTABLE}" -B -m)
set(rarena_lab ${rarena_lab_python} rarena_lab)
