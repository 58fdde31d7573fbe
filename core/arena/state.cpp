#include "state.hpp"

#include <utility>

namespace rarena::detail {

ArenaState::ArenaState(Opened&& opened, const Options& options, std::optional<std::filesystem::path>&& path) noexcept
    : memory_(std::move(opened.memory)), base_(memory_.data()), geometry_(opened.geometry), options_(options),
      alignment_limit_(opened.alignment_limit), read_only_(opened.structure.has_value()), shared_(opened.shared),
      cursor_first_(!read_only_ && options.reuse == Reuse::at_exhaustion), path_(std::move(path)), recovery_(opened.recovery) {}

}  // namespace rarena::detail
