"""Mutants of the exploration: retries, blocks, bounds, liveness, determinism. What a mutant is:
scripts/rarena_lab/mutation.py."""

SAME_EVENT = (
    "  if (e.kind != kind || e.cell != cell || e.request.operation != request.operation || "
    "e.request.order != request.order ||\n"
    "      e.request.failure != request.failure || e.request.operand != request.operand || "
    "e.request.desired != request.desired)\n"
)
SAME_ACCESS = "a.datum != datum || a.writes != writes || a.position != at.events || (writes && a.value != value)"


def without(condition, text=SAME_EVENT):
    """The comparison of a repeated step, without one condition."""
    for part in (f"{condition} ||\n      ", f"{condition} || ", f" || {condition}"):
        if part in text:
            return text.replace(part, "", 1)
    raise ValueError(condition)


def determinism(name, condition):
    return dict(
        name=f"determinism.{name}",
        rule=f"a thread that repeats a step with another {name.replace('_', ' ')} is not a function of what it reads",
        file="execution.cpp",
        old=SAME_EVENT,
        new=without(condition),
    )


def plain_determinism(name, condition):
    return dict(
        name=f"determinism.plain_{name}",
        rule=f"a thread that repeats a plain access with another {name} is not a function of what it reads",
        file="execution.cpp",
        old=SAME_ACCESS,
        new=without(condition, SAME_ACCESS),
    )


MUTANTS = [
    # Retries.
    dict(
        name="retry.pruned_after_a_write",
        rule="a retry after a pass that wrote something is explored",
        file="execution.cpp",
        old="at_[slot()].writes == head.writes)",
        new="at_[slot()].writes >= head.writes)",
    ),
    dict(
        name="retry.never_pruned",
        rule="a retry after a pass that wrote nothing is blocked",
        file="execution.cpp",
        old="if (limits_.prune_retries && at_",
        new="if (!limits_.prune_retries && at_",
    ),
    dict(
        name="retry.always_pruned",
        rule="retries are explored where the options say so",
        file="execution.cpp",
        old="if (limits_.prune_retries && at_",
        new="if (at_",
    ),
    dict(
        name="retry.since_the_head_of_any_loop",
        rule="a pass is fruitless if it wrote nothing since the head of its own loop, not of an inner one",
        file="execution.hpp",
        old="LoopHead loop_head() const { return {at_[slot()].events, at_[slot()].writes}; }",
        new="mutable LoopHead latest_head_;\n"
        "  LoopHead loop_head() const { return latest_head_ = {at_[slot()].events, at_[slot()].writes}; }",
        more=[("execution.cpp", "at_[slot()].writes == head.writes)", "at_[slot()].writes == latest_head_.writes)")],
    ),
    dict(
        name="retry.stores_do_not_count",
        rule="a pass that stored something wrote something",
        file="execution.cpp",
        old="  ++at_[slot()].writes;\n  edit()[s].value = request.operand;\n",
        new="  edit()[s].value = request.operand;\n",
    ),
    dict(
        name="retry.repeated_stores_do_not_count",
        rule="a pass that stored something in an earlier run wrote something",
        file="execution.cpp",
        old="  at.writes += kind == Kind::write;\n",
        new="",
    ),
    dict(
        name="retry.updates_do_not_count",
        rule="a pass with a read-modify-write wrote something",
        file="execution.cpp",
        old="    at_[slot()].writes += !restores(graph(), write);\n    place_update(write);\n",
        new="    place_update(write);\n",
    ),
    dict(
        name="retry.repeated_updates_do_not_count",
        rule="a pass with a read-modify-write in an earlier run wrote something",
        file="execution.cpp",
        old="    at_[slot()].writes += !restores(graph(), write);\n    return",
        new="    return",
    ),
    dict(
        name="retry.plain_writes_do_not_count",
        rule="a pass that wrote plain data wrote something",
        file="execution.cpp",
        old="  ++at.accesses;\n  at.writes += writes;\n",
        new="  ++at.accesses;\n",
    ),
    dict(
        name="retry.repeated_plain_writes_do_not_count",
        rule="a pass that wrote plain data in an earlier run wrote something",
        file="execution.cpp",
        old="not_a_function(where);\n  at.writes += writes;\n",
        new="not_a_function(where);\n",
    ),
    # What an execution is counted as.
    dict(
        name="blocked.counted_complete",
        rule="an execution with a blocked thread is not complete",
        file="explorer.cpp",
        old="  } else if (blocked) {\n",
        new="  } else if (false) {\n",
    ),
    dict(
        name="blocked.runs_again",
        rule="a blocked thread does not run again",
        file="explorer.cpp",
        old="if (last.kind == Kind::end || last.kind == Kind::block) {",
        new="if (last.kind == Kind::end) {",
    ),
    dict(
        name="blocked.forgotten",
        rule="a thread that was blocked in an earlier run is blocked",
        file="explorer.cpp",
        old="      return last.obstacle;\n",
        new="      return Obstacle::none;\n",
    ),
    dict(
        name="violated.counted_complete",
        rule="an execution that ends in a violation is not complete",
        file="explorer.cpp",
        old="  c.complete += !dead_;\n",
        new="  ++c.complete;\n",
    ),
    # The step bound.
    dict(
        name="bound.one_step_too_many",
        rule="a thread takes no more steps than the bound",
        file="execution.cpp",
        old="if (graph().length(thread_) >= limits_.step_bound)\n",
        new="if (graph().length(thread_) > limits_.step_bound)\n",
    ),
    dict(
        name="bound.one_step_too_few",
        rule="a thread may take as many steps as the bound",
        file="execution.cpp",
        old="if (graph().length(thread_) >= limits_.step_bound)\n",
        new="if (graph().length(thread_) + 1 >= limits_.step_bound)\n",
    ),
    dict(
        name="bound.never_a_violation",
        rule="the step bound is a violation unless the options say otherwise",
        file="execution.cpp",
        old="if (limits_.step_bound_is_violation) fail(",
        new="if (false) fail(",
    ),
    dict(
        name="bound.always_a_violation",
        rule="the step bound is no violation where the options say so",
        file="execution.cpp",
        old="if (limits_.step_bound_is_violation) fail(",
        new="fail(",
    ),
    dict(
        name="bound.counted_as_blocked",
        rule="an execution that reaches the step bound is counted as such",
        file="explorer.cpp",
        old="bound |= obstacle == Obstacle::step_bound;",
        new="",
    ),
    dict(
        name="bound.held",
        rule="a check that reached the step bound is bounded, not held",
        file="explorer.cpp",
        old="r.counters.cut + r.counters.bound > 0",
        new="r.counters.cut > 0",
    ),
    # Bounded mode.
    dict(
        name="bounded.held",
        rule="a check that left something out is bounded, not held",
        file="explorer.cpp",
        old="r.counters.cut + r.counters.bound > 0",
        new="r.counters.bound > 0",
    ),
    dict(
        name="bounded.one_deviation_too_many",
        rule="bounded mode leaves out what is more choices away than the bound",
        file="explorer.cpp",
        old="options_.deviations >= 0 && node.depth > options_.deviations)",
        new="options_.deviations >= 0 && node.depth > options_.deviations + 1)",
    ),
    dict(
        name="bounded.one_deviation_too_few",
        rule="bounded mode has what is as many choices away as the bound",
        file="explorer.cpp",
        old="options_.deviations >= 0 && node.depth > options_.deviations)",
        new="options_.deviations >= 0 && node.depth >= options_.deviations)",
    ),
    dict(
        name="tree.old_alternatives_in_a_second_run",
        rule="a second run begins from the beginning",
        file="explorer.cpp",
        old="  use_context(0);\n  alternatives().clear();\n",
        new="  use_context(0);\n",
    ),
    dict(
        name="limits.too_many_threads",
        rule="a program has no more threads than clocks have entries",
        file="execution.cpp",
        old="if (threads < 1 || threads > maximum_threads)",
        new="if (threads < 1)",
    ),
    dict(
        name="limits.too_large_a_step_bound",
        rule="a step bound with which a graph could have more events than stamps is refused",
        file="execution.cpp",
        old="limits.step_bound > largest_step_bound(threads))",
        new="limits.step_bound > largest_step_bound(threads) + 1)",
    ),
    # Liveness.
    dict(
        name="liveness.unchecked",
        rule="an execution in which nobody can go on is a livelock or a deadlock",
        file="explorer.cpp",
        old="    if (all_suspected_stuck(graph())) check_liveness();\n",
        new="",
    ),
    dict(
        name="liveness.after_old_stores",
        rule="a thread that read an old store is not stuck",
        file="liveness.cpp",
        old="(e.spurious || !is_newest(g, e))",
        new="e.spurious",
    ),
    dict(
        name="liveness.after_spurious_failures",
        rule="a thread whose compare-exchange failed spuriously is not stuck",
        file="liveness.cpp",
        old="(e.spurious || !is_newest(g, e))",
        new="!is_newest(g, e)",
        equivalent="it is only a suspicion. The loop carries nothing but what its compare-exchange found, which is what it "
        "expected, so in the first extra pass, without spurious failures, the compare-exchange succeeds, and the "
        "thread is not stuck",
    ),
    dict(
        name="liveness.after_choices",
        rule="a thread that another choice would free is not stuck",
        file="liveness.cpp",
        old="    if (e.kind == Kind::choice) return false;\n",
        new="",
    ),
    dict(
        name="liveness.of_assumptions",
        rule="an execution that an assumption leaves out is no deadlock",
        file="liveness.cpp",
        old="  if (block.obstacle != Obstacle::retry && block.obstacle != Obstacle::await) return false;\n",
        new="",
    ),
    dict(
        name="liveness.of_any_thread",
        rule="only if every blocked thread is stuck is nobody left to free it",
        file="liveness.cpp",
        old="if (last.kind != Kind::block || !is_stuck(g, last)) return false;",
        new="if (last.kind != Kind::block || !is_stuck(g, last)) continue;",
    ),
    dict(
        name="liveness.without_extra_passes",
        rule="a suspected loop is let go on, and may end",
        file="explorer.cpp",
        old="stuck = !goes_on(t);",
        new="stuck = true;",
    ),
    dict(
        name="liveness.no_extra_pass",
        rule="a suspected loop is let go on, as far as it goes",
        file="explorer.cpp",
        old="  extra_passes_ = 4;\n",
        new="  extra_passes_ = 2;\n",
    ),
    dict(
        name="liveness.one_extra_pass",
        rule="a suspected loop is let go on for more than one pass",
        file="explorer.cpp",
        old="  extra_passes_ = 4;\n",
        new="  extra_passes_ = 3;\n",
    ),
    dict(
        name="liveness.never_stuck",
        rule="a loop that changes nothing in its extra passes is stuck",
        file="explorer.cpp",
        old="  return !stuck;\n",
        new="  return !stuck || t >= 0;\n",
    ),
    dict(
        name="liveness.writers_are_stuck",
        rule="a loop that writes in its extra passes is not stuck",
        file="explorer_choices.cpp",
        old="  if (extra_passes_ == 0) return;\n  extra_passes_ = 0;\n",
        new="  if (extra_passes_ == 0) return;\n  extra_passes_ = 1;\n",
    ),
    dict(
        name="liveness.violations_of_extra_passes",
        rule="what goes wrong in an extra pass is no violation of this execution",
        file="explorer.cpp",
        old="  if (extra_passes_ > 0) {  //",
        new="  if (extra_passes_ > 9) {  //",
    ),
    dict(
        name="liveness.loops_are_deadlocks",
        rule="a loop that nobody ends is a livelock, even beside an await",
        file="liveness.cpp",
        old="(!first || last.obstacle == Obstacle::retry)",
        new="!first",
    ),
    # Threads are functions of what they read.
    determinism("kind", "e.kind != kind"),
    determinism("cell", "e.cell != cell"),
    determinism("operation", "e.request.operation != request.operation"),
    determinism("order", "e.request.order != request.order"),
    determinism("failure_order", "e.request.failure != request.failure"),
    determinism("operand", "e.request.operand != request.operand"),
    determinism("desired_value", "e.request.desired != request.desired"),
    plain_determinism("object", "a.datum != datum"),
    plain_determinism("kind", "a.writes != writes"),
    plain_determinism("place", "a.position != at.events"),
    plain_determinism("value", "(writes && a.value != value)"),
    dict(
        name="determinism.earlier_end",
        rule="a thread that ends earlier than before is not a function of what it reads",
        file="explorer.cpp",
        old="  if (!has_replayed_all()) {\n",
        new="  if (t < 0) {\n",
    ),
]
