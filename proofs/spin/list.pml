/* The freelist and the supply of descriptors, bounded: THREADS threads, CALLS calls each, DESCRIPTORS descriptors.
 *
 * The same sites as core/freelist/sorted_list.hpp and descriptor_supply.hpp, one shared access per step, sequentially
 * consistent. A segment is a size only (its bytes are proofs/smt's matter); a call is one of
 *
 *     allocate(want)   find_*, claim_mark, claim_unlink or a confirming search; what is left of a larger segment goes back
 *                      under the same descriptor (a split), else the descriptor goes to the stack
 *     free             spare_load, spare_next, spare_pop, then insert_*
 *     merge            a walk notes the first two segments; each is marked from the link noted and unlinked, then they are one
 *                      segment under the descriptor of the first, and the other descriptor goes to the stack. That they are
 *                      neighbours is proofs/smt's matter
 *
 * With a boundary, every search begins there whose place is behind it.
 *
 * Checked: assertions after every write (REC: what a kill would leave), and, with pan's -l, that there is no cycle without a
 * call being begun: lock-freedom, without any fairness.
 *
 * Mutants: MUT_NO_TAGS, MUT_NO_VALIDATION, MUT_NO_MARK, MUT_NO_CONFIRMATION, MUT_NO_HELPING, MUT_NO_TAGS_SPARE;
 * MUT_BOUNDARY_CLAIMED, MUT_BEGINS_BEHIND, MUT_MARK_BY_DESCRIPTOR, MUT_EARLY_JOIN.
 */
#ifndef THREADS
#define THREADS 2
#endif
#ifndef CALLS
#define CALLS 2
#endif
#ifndef DESCRIPTORS
#define DESCRIPTORS 3
#endif
#ifndef LISTED
#define LISTED 2 /* how many of them describe a free segment at the start, of sizes 1, 2, ...; the others are unused */
#endif
#ifndef HAD
#define HAD 0 /* the size of the segment that each thread has at the start */
#endif

#ifndef BOUNDARY
#define BOUNDARY 0 /* the key of a boundary, which is the last of the descriptors; at most LISTED + 1; 0: there is none */
#endif
#ifndef MERGES
#define MERGES 0 /* how many of the threads merge, and do nothing else */
#endif

#if BOUNDARY
#define SEGMENTS       (DESCRIPTORS - 1)
#define IS_BOUNDARY(x) ((x) == DESCRIPTORS - 1)
#if BOUNDARY == 1
#define BEFORE_BOUNDARY HEAD
#else
#define BEFORE_BOUNDARY (BOUNDARY - 2) /* where the segment of the size before is at the start */
#endif
#else
#define SEGMENTS       DESCRIPTORS
#define IS_BOUNDARY(x) 0
#endif
#define NULL_ DESCRIPTORS
#define HEAD  DESCRIPTORS
#define STACK (DESCRIPTORS + 1)

#ifdef MUT_NO_TAGS
#define COUNT 0
#define COUNT_SPARE 0
#else
#define COUNT 1
#ifdef MUT_NO_TAGS_SPARE
#define COUNT_SPARE 0
#else
#define COUNT_SPARE 1
#endif
#endif

/* link word: next (3 bits) | mark | tag */
#define NEXT(w)   ((w) & 7)
#define MARKED(w) (((w) >> 3) & 1)
#define TAG(w)    ((w) >> 4)
#define WORD(next, mark, tag) (((tag) << 4) | ((mark) << 3) | (next))

#define FREE_  0 /* in the list */
#define UNUSED 1 /* on the stack */
#define BOUND  2 /* a boundary, in the list */
#define OWNED(me) (3 + (me))

#define CLAIM   0
#define INSERT  1
#define CONFIRM 2
#define WALK    3

#define NOBODY 255

short link[DESCRIPTORS + 2];
byte extent[DESCRIPTORS];
byte owner[DESCRIPTORS]; /* ghost */
hidden byte at_; hidden byte before_; hidden byte seen_; hidden short word_;

/* FL-1, FL-3, SEG-1, SEG-2 and REC-2 (the marked ones are in their place), whatever the threads are about. */
inline check() {
  at_ = NEXT(link[HEAD]); before_ = 0; seen_ = 0;
  do
  :: at_ == NULL_ -> break
  :: else ->
       assert(!(seen_ & (1 << at_)));   /* no cycle */
       seen_ = seen_ | (1 << at_);
       word_ = link[at_];
       assert(extent[at_] >= before_);  /* sorted */
       assert(!IS_BOUNDARY(at_) || extent[at_] > before_);
       before_ = extent[at_];
       if
       :: MARKED(word_) -> assert(owner[at_] >= OWNED(0))
       :: else -> assert(owner[at_] == (IS_BOUNDARY(at_) -> BOUND : FREE_))
       fi;
       at_ = NEXT(word_)
  od;
  at_ = NEXT(link[STACK]);
  do
  :: at_ == NULL_ -> break
  :: else ->
       assert(!(seen_ & (1 << at_)));   /* not in both, no cycle */
       seen_ = seen_ | (1 << at_);
       assert(MARKED(link[at_]) && owner[at_] == UNUSED);
       at_ = NEXT(link[at_])
  od;
  at_ = 0;
  do                                    /* nothing is lost */
  :: at_ == DESCRIPTORS -> break
  :: else -> assert(owner[at_] >= OWNED(0) || (seen_ & (1 << at_))); at_++
  od;
  at_ = 0
}

/* A weak CAS, without its spurious failures. */
inline cas(place, expected, desired) {
  ok = (link[place] == (expected));
  if
  :: ok -> link[place] = (desired)
  :: else
  fi
}

proctype thread(byte me) {
  byte calls = 0, mode = 0, mine = 0, size = 0, want = 0, had = HAD;
  byte prev = 0, cur = 0, seg = 0;
  short pw = 0, cw = 0, own = 0;
  bit ok = 0;
#if MERGES
  byte notes = 0, tried = 0, first = NOBODY, second = NOBODY, total = 0;
  byte whom[2], sizes[2], prevs[2];
  short words[2], prev_words[2];
#endif

call:
#if MERGES
  atomic {
    notes = 0; tried = 0; first = NOBODY; total = 0; whom[0] = 0; whom[1] = 0;
    sizes[0] = 0; sizes[1] = 0; prevs[0] = 0; prevs[1] = 0;
    words[0] = 0; words[1] = 0; prev_words[0] = 0; prev_words[1] = 0
  };
  if
  :: second != NOBODY -> mine = second; second = NOBODY; goto push   /* of a run that is in the list again */
  :: else
  fi;
#endif
  atomic { mode = CLAIM; mine = 0; size = 0; want = 0; prev = 0; cur = 0; seg = 0; pw = 0; cw = 0; own = 0; ok = 0 };
progress_call:
  if
  :: calls == CALLS -> goto end
  :: calls < CALLS && me >= MERGES -> calls++; if :: want = 1 :: want = 2 fi; goto find
  :: calls < CALLS && me >= MERGES && had > 0 -> calls++; size = had; had = 0; goto pop
#if MERGES
  :: calls < CALLS && me < MERGES -> calls++; mode = WALK; goto find
#endif
  fi;

find: /* find_head, confirm_head */
  atomic {
    prev = HEAD;
#if BOUNDARY
    if
    :: (mode == CLAIM && BOUNDARY <= want) || (mode == INSERT && BOUNDARY <= size) -> prev = DESCRIPTORS - 1
#ifdef MUT_BEGINS_BEHIND
    :: mode == CONFIRM -> prev = DESCRIPTORS - 1
#else
    :: mode == CONFIRM && BOUNDARY <= size -> prev = DESCRIPTORS - 1
#endif
    :: else
    fi;
#endif
    pw = link[prev]; cur = NEXT(pw); cw = 0; seg = 0
#if MERGES
    ; if :: mode == WALK -> notes = 0 :: else fi
#endif
  };
step:
  if
  :: cur == NULL_ -> goto stop
  :: mode == CONFIRM && cur == NEXT(link[mine]) -> goto stop   /* where the marked link leads */
  :: else
  fi;
  cw = link[cur];                                            /* find_link */
  seg = extent[cur];                                         /* find_extent */
#ifndef MUT_NO_VALIDATION
  if                                                         /* find_validate */
  :: link[prev] != pw -> goto find
  :: else
  fi;
#endif
  if
  :: MARKED(cw) ->
#ifdef MUT_NO_HELPING
       goto find
#else
       d_step {                                              /* find_help */
         cas(prev, pw, WORD(NEXT(cw), 0, TAG(pw) + COUNT));
         if :: ok -> pw = link[prev]; cur = NEXT(pw); check() :: else fi
       };
       if :: ok -> goto step :: else -> goto find fi
#endif
  :: else ->
       if
#ifdef MUT_BOUNDARY_CLAIMED
       :: mode == CLAIM && seg >= want -> goto stop
#else
       :: mode == CLAIM && seg >= want && !IS_BOUNDARY(cur) -> goto stop
#endif
       :: (mode == INSERT && seg >= size + IS_BOUNDARY(cur)) || (mode == CONFIRM && seg > size) -> goto stop
#if MERGES
       :: mode == WALK && notes < 2 && !IS_BOUNDARY(cur) -> d_step {
            whom[notes] = cur; sizes[notes] = seg; words[notes] = cw; prevs[notes] = prev; prev_words[notes] = pw; notes++;
            prev = cur; pw = cw; cur = NEXT(cw)
          }; goto step
#endif
       :: else -> d_step { prev = cur; pw = cw; cur = NEXT(cw) }; goto step
       fi
  fi;

stop:
  if
  :: mode == CLAIM && cur == NULL_ -> goto call
  :: mode == CLAIM && cur != NULL_ ->
       d_step {                                              /* claim_mark */
#ifdef MUT_NO_MARK
         cas(cur, cw, WORD(NEXT(cw), 0, TAG(cw) + COUNT));
#else
         cas(cur, cw, WORD(NEXT(cw), 1, TAG(cw) + COUNT));
#endif
         if
         :: ok -> assert(owner[cur] == FREE_ && extent[cur] == seg); owner[cur] = OWNED(me); mine = cur; size = seg;
#ifndef MUT_NO_MARK
              check()
#endif
         :: else
         fi
       };
       if :: !ok -> goto find :: else fi;
       d_step {                                              /* claim_unlink */
         cas(prev, pw, WORD(NEXT(cw), 0, TAG(pw) + COUNT));
         if :: ok -> check() :: else fi
       };
       if
       :: ok -> goto claimed
#ifdef MUT_NO_CONFIRMATION
       :: else -> goto claimed
#else
       :: else -> mode = CONFIRM; goto find
#endif
       fi
#if MERGES
  :: mode == WALK -> goto draw
  :: mode == CONFIRM && notes > 0 -> goto drawn
  :: mode == CONFIRM && notes == 0 -> goto claimed
#else
  :: mode == CONFIRM -> goto claimed
#endif
  :: mode == INSERT ->
       d_step { own = WORD(cur, 0, TAG(own) + COUNT); link[mine] = own };   /* insert_link */
       d_step {                                              /* insert_publish */
         cas(prev, pw, WORD(mine, 0, TAG(pw) + COUNT));
         if :: ok -> assert(owner[mine] == OWNED(me)); owner[mine] = FREE_; check() :: else fi
       };
       if :: ok -> goto call :: else -> goto find fi
  fi;

claimed: /* size is that of the segment claimed; a part of it is wanted, unless somebody still has some */
  if
  :: had > 0 -> goto insert                                  /* a user that has enough puts all of it back */
  :: had == 0 && size > want -> had = want; size = size - want; goto insert
  :: had == 0 && size <= want -> had = size; goto push
  fi;

#if MERGES
draw:
  if
  :: tried == notes && first == NOBODY -> goto call
  :: tried == notes && first != NOBODY -> mine = first; size = total; goto insert
  :: else
  fi;
  cur = whom[tried]; cw = words[tried]; seg = sizes[tried];
  d_step {                                                   /* claim_mark, from the link noted */
#ifdef MUT_MARK_BY_DESCRIPTOR
    cw = (MARKED(link[cur]) -> cw : link[cur]);
#endif
    cas(cur, cw, WORD(NEXT(cw), 1, TAG(cw) + COUNT));
    if
    :: ok -> assert(owner[cur] == FREE_ && extent[cur] == seg); owner[cur] = OWNED(me); mine = cur; size = seg; check()
    :: else
    fi
  };
  if :: !ok -> tried++; goto draw :: else fi;
  d_step {                                                   /* claim_unlink, of the predecessor noted */
    cas(prevs[tried], prev_words[tried], WORD(NEXT(cw), 0, TAG(prev_words[tried]) + COUNT));
    if :: ok -> check() :: else fi
  };
#ifndef MUT_EARLY_JOIN
  if :: !ok -> mode = CONFIRM; goto find :: else fi;
#endif
drawn:
  if :: first == NOBODY -> first = mine :: else -> second = mine fi;
  total = total + size; tried++;
  goto draw;
#endif

insert: /* the taken descriptor, or a popped one, describes `size` bytes */
  assert(owner[mine] == OWNED(me));
  extent[mine] = size;                                       /* insert_extent */
  own = link[mine];                                          /* insert_tag */
  mode = INSERT;
  goto find;

push:
  own = link[mine];                                          /* spare_tag */
push_again:
  pw = link[STACK];                                          /* spare_top */
  d_step { own = WORD(NEXT(pw), 1, TAG(own) + COUNT_SPARE); link[mine] = own };   /* spare_link */
  d_step {                                                   /* spare_push */
    cas(STACK, pw, WORD(mine, 0, TAG(pw) + COUNT_SPARE));
    if :: ok -> assert(owner[mine] == OWNED(me)); owner[mine] = UNUSED; check() :: else fi
  };
  if :: ok -> goto call :: else -> goto push_again fi;

pop:
  pw = link[STACK];                                          /* spare_load */
  if
  :: NEXT(pw) == NULL_ -> had = size; goto call              /* no descriptor: the user keeps the segment */
  :: else
  fi;
  cw = link[NEXT(pw)];                                       /* spare_next */
  d_step {                                                   /* spare_pop */
    cas(STACK, pw, WORD(NEXT(cw), 0, TAG(pw) + COUNT_SPARE));
    if :: ok -> mine = NEXT(pw); assert(owner[mine] == UNUSED); owner[mine] = OWNED(me); check() :: else fi
  };
  if :: ok -> goto insert :: else -> goto pop fi;

end:
  skip
}

init {
  byte i = 0;
  atomic {
    do
    :: i == DESCRIPTORS -> break
    :: i < LISTED -> owner[i] = FREE_; extent[i] = i + 1; link[i] = WORD((i + 1 == LISTED -> NULL_ : i + 1), 0, 0); i++
    :: i >= LISTED && i < SEGMENTS -> owner[i] = UNUSED; link[i] = WORD((i + 1 == SEGMENTS -> NULL_ : i + 1), 1, 0); i++
#if BOUNDARY
    :: i == SEGMENTS -> owner[i] = BOUND; extent[i] = BOUNDARY; i++
#endif
    od;
    link[HEAD] = WORD((LISTED == 0 -> NULL_ : 0), 0, 0);
    link[STACK] = WORD((LISTED == SEGMENTS -> NULL_ : LISTED), 0, 0);
#if BOUNDARY
    link[SEGMENTS] = link[BEFORE_BOUNDARY];
    link[BEFORE_BOUNDARY] = WORD(SEGMENTS, 0, 0);
#endif
    i = 0;
    do :: i == THREADS -> break :: else -> run thread(i); i++ od
  }
}
