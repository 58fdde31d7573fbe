# Compiles and links everything below the including folder with RARENA_SANITIZE. Sets rarena_sanitize_flags, for the
# outside projects that the tests build.

set(rarena_sanitize_flags "")
if(RARENA_SANITIZE)
  set(rarena_sanitize_flags -fsanitize=${RARENA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(RARENA_SANITIZE STREQUAL "memory")
    list(APPEND rarena_sanitize_flags "-fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/msan.ignore" -D_GLIBCXX_EXTERN_TEMPLATE=0)
  endif()
  add_compile_options(${rarena_sanitize_flags})
  add_link_options(${rarena_sanitize_flags})
endif()
