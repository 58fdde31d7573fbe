#include "fibers.hpp"

#include <boost/context/preallocated.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/checker/rc11/consistency.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define CHECKER_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHECKER_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(CHECKER_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace checker {

namespace {

// What AddressSanitizer must be told about stacks. Without it, nothing.
#if defined(CHECKER_ADDRESS_SANITIZER)
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

// Stacks belong to Fibers, not to the boost fibers that run on them.
struct KeepStack {
  void deallocate(boost::context::stack_context&) noexcept {}
};

}  // namespace

Fibers::Fibers(std::size_t count, std::size_t stack_bytes) {
  boost::context::protected_fixedsize_stack stacks(stack_bytes);
  for (std::size_t i = 0; i < count; ++i) {
    fibers_.push_back(std::make_unique<Fiber>());
    fibers_.back()->stack = stacks.allocate();
  }
}

Fibers::~Fibers() {
  boost::context::protected_fixedsize_stack stacks;
  for (const auto& fiber : fibers_) {
    clear_stack(bottom_of(fiber->stack), fiber->stack.size);
    stacks.deallocate(fiber->stack);
  }
}

void Fibers::start(std::size_t i, const std::function<void()>& body) {
  Fiber& f = *fibers_[i];
  clear_stack(bottom_of(f.stack), f.stack.size);
  f.body = &body;
  f.state = State::fresh;
  const boost::context::preallocated memory(f.stack.sp, f.stack.size, f.stack);
  std::construct_at(&f.resumer.fiber);
  std::construct_at(&f.own.fiber, std::allocator_arg, memory, KeepStack{},
                    [this, &f](boost::context::fiber&& resumer) { return run(*this, f, std::move(resumer)); });
}

boost::context::fiber Fibers::run(Fibers& fibers, Fiber& self, boost::context::fiber&& resumer) {
  after_switch(self.fake_stack, &fibers.resumer_stack_, &fibers.resumer_stack_bytes_);
  self.resumer.fiber = std::move(resumer);
  self.state = State::paused;
  State at_end = State::ended;
  try {
    (*self.body)();
  } catch (const Execution::Left&) {
    at_end = State::left;
  } catch (...) {
    self.thrown = std::current_exception();
  }
  self.state = at_end;
  before_switch(&self.fake_stack, fibers.resumer_stack_, fibers.resumer_stack_bytes_);
  return std::move(self.resumer.fiber);
}

void Fibers::resume(std::size_t i) {
  Fiber& f = *fibers_[i];
  Fiber* const outer = std::exchange(running_, &f);
  void* fake_stack = nullptr;
  const ExceptionState exceptions = ExceptionState::current();
  (f.state == State::fresh ? ExceptionState{} : f.exceptions).restore();
  before_switch(&fake_stack, bottom_of(f.stack), f.stack.size);
  f.own.fiber = std::move(f.own.fiber).resume();
  after_switch(fake_stack, nullptr, nullptr);
  f.exceptions = ExceptionState::current();
  exceptions.restore();
  running_ = outer;
  if (f.thrown) std::rethrow_exception(std::exchange(f.thrown, nullptr));
}

void Fibers::yield(State state) {
  Fiber& self = *running_;
  self.state = state;
  before_switch(&self.fake_stack, resumer_stack_, resumer_stack_bytes_);
  self.resumer.fiber = std::move(self.resumer.fiber).resume();
  after_switch(self.fake_stack, &resumer_stack_, &resumer_stack_bytes_);
}

FiberExecution::FiberExecution(const Program& program, const Limits& limits)
    : Execution(program, limits), fibers_(program.threads.size() + 1) {
  graph_ = &own_graph_;
}

void FiberExecution::begin() {
  unwind_threads();
  edit().reset(static_cast<int>(program_.threads.size()), static_cast<int>(program_.cells.size()));
  at_ = {};
  phase_ = Phase::threads;
  dead_ = false;
  begin_owning();
  for (std::size_t t = 0; t < program_.threads.size(); ++t) fibers_.start(t, program_.threads[t]);
}

// What waited when the execution before was over, and owns memory.
void FiberExecution::unwind_threads() {
  unwinding_ = true;
  for (int t = 0; t < graph().threads() && owns_memory(); ++t)
    if (fibers_.waits(slot(t))) run_thread(t);
  unwinding_ = false;
}

void FiberExecution::run_thread(int thread) {
  thread_ = thread;
  run_fiber(slot(thread));
}

void FiberExecution::run_fiber(std::size_t i) {
  enter_body();
  try {
    fibers_.resume(i);
  } catch (...) {
    if (is_itself()) failed(thrown_violation(std::current_exception()));
  }
  if (!is_itself() && fibers_.ended(i)) fibers_.count_as_left(i);  // it has swallowed what should have left it
  exit_body();
}

void FiberExecution::add_end(int thread) { inherit(edit(), edit().add(thread, Kind::end, no_cell, {.order = Order::relaxed})); }

bool FiberExecution::judge() {
  begin_finally();
  thread_ = 0;
  const Judgement judgement = program_.judge ? program_.judge(graph()) : Judgement{};
  if (!judgement.wrong.empty()) failed({.message = judgement.wrong, .graph = graph()});
  if (program_.finally && !dead_) {
    fibers_.start(program_.threads.size(), program_.finally);
    run_fiber(program_.threads.size());
  }
  end_finally();
  return judgement.interleaved;
}

}  // namespace checker
