# Builds and runs the example as a project that fetches rarena, as the README has it, with a static library and with a shared one;
# then with clang++ and each of its standard libraries, if there is one; and looks at the dialects of C++ that a program may be compiled
# in. The project finds no package that it did not ask for.
#
#   cmake -Dsource=... -Dscratch=... -Dexample=... -Dreadme=... -Dgenerator=... -Dcompiler=... -Dclang=... -Dbuild_type=... -P ...

include("${CMAKE_CURRENT_LIST_DIR}/step.cmake")

file(REMOVE_RECURSE "${scratch}")
file(COPY "${example}/main.cpp" DESTINATION "${scratch}/fetched")
block_of_readme("${readme}" cmake lines)
file(WRITE "${scratch}/fetched/CMakeLists.txt"
     "cmake_minimum_required(VERSION 3.25)\nproject(fetched LANGUAGES CXX)\nadd_executable(example main.cpp)\n${lines}")
set(without)
foreach(package fmt nlohmann_json CLI11 Boost GTest benchmark Protobuf Python3)
  list(APPEND without "-DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON")
endforeach()
foreach(shared OFF ON)
  build_and_run(fetched "-DFETCHCONTENT_SOURCE_DIR_RARENA=${source}" "-DBUILD_SHARED_LIBS=${shared}" ${without})
endforeach()
file(GLOB_RECURSE library "${scratch}/fetched-build/librarena.so*")
if(NOT library)
  message(FATAL_ERROR "shared: expected librarena.so in ${scratch}/fetched-build, found none")
endif()

if(clang)
  foreach(standard_library libstdc++ libc++)
    file(COPY "${scratch}/fetched/" DESTINATION "${scratch}/${standard_library}")
    build_and_run(${standard_library} "-DFETCHCONTENT_SOURCE_DIR_RARENA=${source}" "-DCMAKE_CXX_COMPILER=${clang}"
                  "-DCMAKE_CXX_FLAGS=-stdlib=${standard_library}" ${without})
  endforeach()
endif()

# Names of rarena beside those of the system; and every dialect of a user, warnings being errors there.
file(WRITE "${scratch}/all.cpp" "#include <unistd.h>\n#include <rarena/rarena.hpp>\nusing namespace rarena;
int main() { MemoryResource resource(*Arena::alloc({})); (void)resource.is_equal(resource); (void)&::pause; }\n")
set(compile "${compiler}" -I "${scratch}/fetched-build/_deps/rarena-build/include" -fsyntax-only "${scratch}/all.cpp")
set(warnings -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wsign-conversion -Werror)
step("C++23 with warnings" ${compile} -std=c++23 ${warnings})
if(compiler MATCHES "clang")  # g++ 12 has no later one
  step("the next C++" ${compile} -std=c++2c ${warnings})
endif()
step("without exceptions" ${compile} -std=c++23 -fno-exceptions ${warnings})
step("without type information" ${compile} -std=c++23 -fno-rtti ${warnings})
execute_process(COMMAND ${compile} -std=c++20 RESULT_VARIABLE result ERROR_VARIABLE said)
if(result EQUAL 0 OR NOT said MATCHES "expected C\\+\\+23, found an earlier standard")
  message(FATAL_ERROR "C++20: expected the message of words/compiler.hpp, found ${said}")
endif()
