// Scopes: those of an arena that are open (handles/scope.hpp), each linked to the one around it. A scope that ends takes those
// inside it along, which are void from then on.
//
// Thread safety: only while nobody else is using the arena. Progress: wait-free; O(scopes that end). Invariants: none.
#pragma once

namespace rarena::detail {

class Scopes {
 public:
  // Lies in its scope, and stays where it is until it is closed.
  class Link {
   public:
    Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    bool open() const { return open_; }

   private:
    friend Scopes;
    Link* outer_ = nullptr;
    bool open_ = false;
  };

  void open(Link& scope) {
    scope.outer_ = innermost_;
    scope.open_ = true;
    innermost_ = &scope;
  }

  // Ends an open scope, and those inside it. Whether there was none inside.
  bool close(Link& scope) {
    const bool in_order = innermost_ == &scope;
    for (bool inside = true; inside; innermost_ = innermost_->outer_) {
      inside = innermost_ != &scope;
      innermost_->open_ = false;
    }
    return in_order;
  }

 private:
  Link* innermost_ = nullptr;
};

}  // namespace rarena::detail
