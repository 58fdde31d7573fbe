// strings: a std::pmr::vector gets strings of 32 to 199 characters, and ends; a peer that frees nothing is reset then. An
// operation is all of it. The amount is the number of strings.
#include <string>
#include <string_view>
#include <vector>

#include "bench/peers.hpp"
#include "bench/resource.hpp"
#include "bench/workloads.hpp"

namespace rarena::bench {

namespace {

template <class P>
class Strings {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 64;

  explicit Strings(const Settings& settings) : strings_(settings.amount), peer_(settings.amount * 1024 + (1U << 16U)) {}

  struct Worker {
    Worker(Strings& work, int) : strings(work) {}
    void operation() { strings.build(); }
    Strings& strings;
  };

 private:
  void build() {
    {
      std::pmr::vector<std::pmr::string> strings(resource_.get());
      for (std::size_t i = 0; i < strings_; ++i) strings.emplace_back(length(i), letter(i));
      benchmark::DoNotOptimize(strings.data());
      if constexpr (checking)
        for (std::size_t i = 0; i < strings_; ++i)
          if (std::string_view(strings[i]) != std::string(length(i), letter(i))) throw Broken("a live block has changed");
    }
    if constexpr (!Frees<P>) peer_.reset();
  }
  static std::size_t length(std::size_t i) { return 32 + i * 53 % 168; }
  static char letter(std::size_t i) { return static_cast<char>('a' + i % 26); }

  std::size_t strings_;
  P peer_;
  ResourceOf<P> resource_{peer_};
};

}  // namespace

void add_strings(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (ServesContainers<P>) suite.add<Strings<P>>("strings", {"strings", {64}});
  });
}

}  // namespace rarena::bench
