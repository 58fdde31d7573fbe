#include "fibers.hpp"

#include <boost/context/protected_fixedsize_stack.hpp>

#if defined(__SANITIZE_ADDRESS__)
#define SCHEDULE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SCHEDULE_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(SCHEDULE_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace rarena::models::schedule {

namespace {

constexpr std::size_t stack_bytes = std::size_t{128} * 1024;

// What AddressSanitizer must be told about stacks. Without it, nothing.
#if defined(SCHEDULE_ADDRESS_SANITIZER)
void before_switch(void** fake_stack, const void* bottom, std::size_t bytes) {
  __sanitizer_start_switch_fiber(fake_stack, bottom, bytes);
}
void after_switch(void* fake_stack, const void** bottom, std::size_t* bytes) {
  __sanitizer_finish_switch_fiber(fake_stack, bottom, bytes);
}
void clear_stack(const void* bottom, std::size_t bytes) { __asan_unpoison_memory_region(bottom, bytes); }
#else
void before_switch(void**, const void*, std::size_t) {}
void after_switch(void*, const void**, std::size_t*) {}
void clear_stack(const void*, std::size_t) {}
#endif

const void* bottom_of(const boost::context::stack_context& stack) {
  return static_cast<const std::byte*>(stack.sp) - stack.size;
}

}  // namespace

Fibers::Fibers(unsigned count, Body body, void* context) : body_(body), context_(context), fibers_(count) {
  boost::context::protected_fixedsize_stack stacks(stack_bytes);
  for (Fiber& fiber : fibers_) fiber.stack = stacks.allocate();
}

Fibers::~Fibers() {
  boost::context::protected_fixedsize_stack stacks(stack_bytes);
  for (Fiber& fiber : fibers_) {
    clear_stack(bottom_of(fiber.stack), fiber.stack.size);
    stacks.deallocate(fiber.stack);
  }
}

void Fibers::run(boost::context::detail::transfer_t from) {
  Fibers& all = *static_cast<Fibers*>(from.data);
  const unsigned self = all.running_;
  after_switch(all.fibers_[self].fake_stack, &all.resumer_stack_, &all.resumer_stack_bytes_);
  all.resumer_ = from.fctx;
  for (;;) {
    all.body_(all.context_, self);
    all.fibers_[self].ended = true;
    all.pause();
  }
}

bool Fibers::resume(unsigned fiber) {
  namespace context = boost::context::detail;
  Fiber& f = fibers_[fiber];
  if (!f.context) f.context = context::make_fcontext(f.stack.sp, f.stack.size, &Fibers::run);
  running_ = fiber;
  f.ended = false;
  void* fake_stack = nullptr;
  before_switch(&fake_stack, bottom_of(f.stack), f.stack.size);
  f.context = context::jump_fcontext(f.context, this).fctx;
  after_switch(fake_stack, nullptr, nullptr);
  return f.ended;
}

void Fibers::pause() {
  Fiber& self = fibers_[running_];
  before_switch(&self.fake_stack, resumer_stack_, resumer_stack_bytes_);
  resumer_ = boost::context::detail::jump_fcontext(resumer_, nullptr).fctx;
  after_switch(self.fake_stack, &resumer_stack_, &resumer_stack_bytes_);
}

void Fibers::drop(unsigned fiber) {
  clear_stack(bottom_of(fibers_[fiber].stack), fibers_[fiber].stack.size);
  fibers_[fiber].context = nullptr;
}

}  // namespace rarena::models::schedule
