"""Mutants of plain data: races and values. What a mutant is: scripts/rarena_lab/mutation.py."""

MUTANTS = [
    dict(
        name="races.write_behind_a_read",
        rule="a write races with an unordered read that was there first",
        file="races.cpp",
        old="(writes || a.writes)",
        new="a.writes",
    ),
    dict(
        name="races.read_behind_a_write",
        rule="a read races with an unordered write that was there first",
        file="races.cpp",
        old="(writes || a.writes)",
        new="writes",
    ),
    dict(
        name="races.of_two_reads",
        rule="two reads do not race",
        file="races.cpp",
        old="(writes || a.writes) && ",
        new="",
    ),
    dict(
        name="races.of_different_objects",
        rule="accesses to different objects do not race",
        file="races.cpp",
        old="a.datum == datum && (writes",
        new="(writes",
    ),
    dict(
        name="races.happens_before_ignored",
        rule="ordered accesses do not race",
        file="races.cpp",
        old=" && !is_before(t, a, thread, view)) return Race{t, a};",
        new=") return Race{t, a};",
    ),
    dict(
        name="races.position_off_by_one",
        rule="an access behind an event does not happen-before what that event happens-before",
        file="races.cpp",
        old="return thread == other_thread || a.position < view[thread];",
        new="return thread == other_thread || a.position <= view[thread];",
    ),
    dict(
        name="races.position_too_early",
        rule="an access directly before an event happens-before what that event happens-before",
        file="races.cpp",
        old="return thread == other_thread || a.position < view[thread];",
        new="return thread == other_thread || a.position + 1 < view[thread];",
    ),
    dict(
        name="races.view_before_the_last_event",
        rule="what happens-before the last event of a thread happens-before an access behind it",
        file="races.cpp",
        old="return position == 0 ? Clock{} : g[g.at(thread, position - 1)].happens_before;",
        new="return position <= 1 ? Clock{} : g[g.at(thread, position - 2)].happens_before;",
    ),
    dict(
        name="races.within_a_thread",
        rule="accesses of one thread do not race",
        file="races.cpp",
        old="    if (t == thread) continue;\n",
        new="",
        equivalent="is_before says of two accesses of one thread that they are ordered, so none is found there; the line "
        "only saves the look",
    ),
    dict(
        name="races.same_thread_is_unordered",
        rule="accesses of one thread with no event between them are ordered",
        file="races.cpp",
        old="return thread == other_thread || a.position < view[thread];",
        new="return (void)other_thread, a.position < view[thread];",
    ),
    dict(
        name="values.first_write",
        rule="a plain read has the value of the last write",
        file="races.cpp",
        old="      if (last && !is_before(last_thread, *last, t, view_at(g, t, a.position))) continue;\n",
        new="      if (last) continue;\n",
    ),
    dict(
        name="values.last_in_the_log",
        rule="a plain read has the value of the write that is last by happens-before, not by thread",
        file="races.cpp",
        old="      if (last && !is_before(last_thread, *last, t, view_at(g, t, a.position))) continue;\n",
        new="",
    ),
    dict(
        name="values.of_any_datum",
        rule="a plain read has a value of its own object",
        file="races.cpp",
        old="if (a.datum != datum || !a.writes || !known(t, a)) continue;",
        new="if (!a.writes || !known(t, a)) continue;",
    ),
    dict(
        name="values.of_reads",
        rule="a plain read has the value of a write",
        file="races.cpp",
        old="if (a.datum != datum || !a.writes || !known(t, a)) continue;",
        new="if (a.datum != datum || !known(t, a)) continue;",
        equivalent="a logged read has the value of the last write before it. The last access before a read is either that "
        "write or a read behind it, which had the same value, since any other write between them would be "
        "unordered with one of them, a race",
    ),
    dict(
        name="values.of_unordered_writes",
        rule="a plain read has the value of a write that happens-before it",
        file="races.cpp",
        old="[&](int t, const Access& a) { return is_before(t, a, thread, view); }",
        new="[&](int, const Access&) { (void)view; return true; }",
        equivalent="a write in the log that does not happen-before the read is unordered with it, since nothing happens- "
        "after the newest step of a thread: that is a race, and the check of this access reports it before "
        "anybody sees the value",
    ),
]
