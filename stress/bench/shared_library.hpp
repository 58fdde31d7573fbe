// A shared library that is loaded when a peer wants it, and whose symbols replace nothing: a program that is linked with it
// would have its malloc everywhere.
//
// Thread safety: none needed.
#pragma once

#include <dlfcn.h>

#include <stdexcept>
#include <string>

namespace rarena::bench {

class SharedLibrary {
 public:
  // Throws std::runtime_error if it is not there. It stays until the program ends: blocks may be in it.
  explicit SharedLibrary(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) throw std::runtime_error(::dlerror());
  }

  template <class Function>
  Function* function(const char* name) const {
    void* const found = ::dlsym(handle_, name);
    if (found == nullptr) throw std::runtime_error(std::string("no function ") + name);
    return reinterpret_cast<Function*>(found);
  }

 private:
  void* handle_;
};

}  // namespace rarena::bench
