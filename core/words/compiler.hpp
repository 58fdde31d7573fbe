// What an older compiler, or an older choice of the language, would say in hundreds of lines is said in one. rarena.hpp begins
// with it.
#pragma once

#if __cplusplus < 202100L
#error "rarena: expected C++23, found an earlier standard: compile with -std=c++23"
#elif defined(__clang__) && __clang_major__ < 16
#error "rarena: expected clang 16 or newer, found an older one"
#elif !defined(__clang__) && defined(__GNUC__) && __GNUC__ < 12
#error "rarena: expected g++ 12 or newer, found an older one"
#elif !__has_include(<expected>)
#error "rarena: expected a standard library with <expected>, found none: libstdc++ 12 or libc++ 16 have it"
#endif
