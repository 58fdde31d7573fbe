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

// One folder for the whole process; a fork shares it, so the name of a file has the number of its process.
struct Folder {
  Folder() {
    std::error_code none;
    const std::filesystem::path memory = "/dev/shm";
    std::string pattern = (std::filesystem::is_directory(memory, none) ? memory : std::filesystem::temp_directory_path());
    pattern += "/rarena-operations-XXXXXX";
    require(::mkdtemp(pattern.data()) != nullptr, "mkdtemp");
    path = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);  // only if it is empty
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path path;
};

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

ScratchFile::ScratchFile() {
  static const Folder folder;
  static unsigned number = 0;
  path_ = folder.path / (std::to_string(::getpid()) + "." + std::to_string(++number));
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
