# find_package(checker CONFIG) defines the target checker::checker.
include(CMakeFindDependencyMacro)
find_dependency(fmt)
find_dependency(Boost COMPONENTS context)
include("${CMAKE_CURRENT_LIST_DIR}/checker-targets.cmake")
