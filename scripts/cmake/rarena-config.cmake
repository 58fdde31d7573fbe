# find_package(rarena CONFIG) defines the target rarena::rarena.
include(CMakeFindDependencyMacro)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/rarena-targets.cmake")
