#include "models/operations/scratch_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

namespace rarena::operations {

namespace {

void require(bool done, const char* call) {
  if (done) return;
  std::perror(call);
  std::abort();
}

const std::filesystem::path& folder() {
  static const std::filesystem::path path = [] {
    std::error_code none;
    const std::filesystem::path memory = "/dev/shm";
    return std::filesystem::is_directory(memory, none) ? memory : std::filesystem::temp_directory_path();
  }();
  return path;
}

class OpenFile {
 public:
  OpenFile(const std::filesystem::path& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC)) {
    require(number_ != -1, "open");
  }
  ~OpenFile() { ::close(number_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  operator int() const { return number_; }

 private:
  int number_;
};

}  // namespace

// The name has the number of the process: a fork may go on with the numbers of its parent.
ScratchFile::ScratchFile() {
  static unsigned number = 0;
  path_ = folder() / ("rarena-operations." + std::to_string(::getpid()) + "." + std::to_string(++number));
  std::error_code none;
  std::filesystem::remove(path_, none);  // what a process of the same number left when it was killed
}

ScratchFile::~ScratchFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

std::vector<std::byte> ScratchFile::bytes() const {
  const OpenFile file(path_, O_RDONLY);
  struct stat status{};
  require(::fstat(file, &status) == 0, "fstat");
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
  require(::pread(file, bytes.data(), bytes.size(), 0) == status.st_size, "pread");
  return bytes;
}

void ScratchFile::overwrite(std::span<const std::byte> bytes) const {
  const OpenFile file(path_, O_WRONLY);
  require(::pwrite(file, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "pwrite");
}

}  // namespace rarena::operations
