#include "durability.hpp"

namespace rarena::detail {

std::expected<void, Error> DiskRecord::check() const {
  const int error = first_error_.value();
  if (error != 0) return std::unexpected(Error{.code = ErrorCode::flush_failed, .os_error = error});
  return {};
}

}  // namespace rarena::detail
