(** * The arena: a cursor, and free segments that are described out of band.

    [allocate] hands out exclusive ownership of a segment's bytes and [deallocate] takes it back, for any number of threads
    and calls, any capacity, any number of descriptors and any sizes. Invariants: SEG-1 and SEG-3 (the bytes a segment's
    next owner receives are the very points-to assertions its last owner gave up), FL-2 (no program below dereferences the
    bytes of the arena at all; descriptors are words of their own that stay descriptors).

    Programs and code: [allocate], [deallocate] are Allocator::allocate, deallocate (core/arena/allocator.hpp); [take], [put],
    [insert] are FreeSegments::take with settle, put, insert (core/freelist/free_segments.hpp); [obtain] is
    DescriptorSupply::obtain with slabs of one descriptor.

    Left out: descriptors come from a table of their own, not from the arena's bytes, and when it is used up the freed
    segment is discarded (the code would turn part of it into a slab); the list is last in, first out and allocation looks
    at its first segment, as the optimistic policy does with the largest; no alignment, no min_segment_size, no repeated
    attempts, no check of the range that is freed (owning it is the precondition). *)
From rarena Require Import bump stack.
From iris.heap_lang Require Import lang proofmode notation.
From iris.base_logic.lib Require Import invariants.

(** Where the words of an arena are; programs receive it as one value. *)
Record arena := Arena { cursor : loc; slots : loc; free : loc; spare : loc; links : loc; extents : loc; data : loc }.
Definition arena_val (A : arena) : val :=
  ((#(cursor A), #(slots A)), (#(free A), #(spare A)), (#(links A), #(extents A)), #(data A)).

Notation cursor_of a := (Fst (Fst (Fst (Fst a)))).
Notation slots_of a := (Snd (Fst (Fst (Fst a)))).
Notation free_of a := (Fst (Snd (Fst (Fst a)))).
Notation spare_of a := (Snd (Snd (Fst (Fst a)))).
Notation links_of a := (Fst (Snd (Fst a))).
Notation extents_of a := (Snd (Snd (Fst a))).
Notation data_of a := (Snd a).

Section code.
  Context (capacity count : nat).

  Definition obtain : val := λ: "a",
    match: pop count (spare_of "a") (links_of "a") with
      SOME "d" => SOME "d"
    | NONE => cursor_take (slots_of "a") #count #1
    end.

  Definition insert : val := λ: "a" "d" "offset" "size",
    extents_of "a" +ₗ "d" <- ("offset", "size") ;;
    push count (free_of "a") (links_of "a") "d".

  Definition put : val := λ: "a" "offset" "size",
    match: obtain "a" with
      SOME "d" => insert "a" "d" "offset" "size"
    | NONE => #()
    end.

  Definition take : val := λ: "a" "size",
    match: claim count (free_of "a") (links_of "a") (extents_of "a") "size" with
      SOME "claimed" =>
        let: "d" := Fst "claimed" in
        let: "offset" := Fst (Snd "claimed") in
        let: "there" := Snd (Snd "claimed") in
        (if: "size" < "there" then insert "a" "d" ("offset" + "size") ("there" - "size")
         else push count (spare_of "a") (links_of "a") "d") ;;
        SOME "offset"
    | NONE => NONE
    end.

  Definition allocate : val := λ: "a" "size",
    match: cursor_take (cursor_of "a") #capacity "size" with
      SOME "offset" => SOME "offset"
    | NONE => take "a" "size"
    end.

  Definition deallocate : val := λ: "a" "offset" "size",
    if: cursor_give_back (cursor_of "a") "offset" "size" then #()
    else put "a" "offset" "size".
End code.

Section proof.
  Context `{!heapGS Σ, !stackG Σ} (capacity count : nat) (A : arena).
  Let N := nroot .@ "arena".

  (** What a client owns: the bytes, exclusively, and that they lie in the arena. *)
  Definition owned (o n : nat) : iProp Σ := ⌜(o + n ≤ capacity)%nat⌝ ∗ segment (data A) o n.
  Definition unused (_ _ : nat) : iProp Σ := True.
  Definition held_descriptor (d : nat) : iProp Σ := descriptor count (links A) (extents A) d.

  Global Instance owned_timeless o n : Timeless (owned o n).
  Proof. apply _. Qed.
  Global Instance held_descriptor_timeless d : Timeless (held_descriptor d).
  Proof. apply _. Qed.

  Definition is_arena : iProp Σ :=
    ∃ γf γs,
      is_cursor (N .@ "cursor") (byte (data A)) (cursor A) capacity ∗
      is_cursor (N .@ "slots") held_descriptor (slots A) count ∗
      is_pool N count (links A) (extents A) ∗
      is_stack N count (links A) (extents A) "free" γf (free A) owned ∗
      is_stack N count (links A) (extents A) "spare" γs (spare A) unused.
  Global Instance is_arena_persistent : Persistent is_arena.
  Proof. apply _. Qed.

  Theorem owned_disjoint o1 n1 o2 n2 : (0 < n1)%nat → (0 < n2)%nat →
    owned o1 n1 -∗ owned o2 n2 -∗ ⌜(o1 + n1 ≤ o2 ∨ o2 + n2 ≤ o1)%nat⌝.
  Proof. iIntros (??) "[_ H1] [_ H2]". by iApply (segment_disjoint with "H1 H2"). Qed.

  Lemma owned_split o n m : (n ≤ m)%nat → owned o m -∗ owned o n ∗ owned (o + n) (m - n).
  Proof.
    iIntros (Hle) "[%Hin H]". rewrite /owned /segment. replace m with (n + (m - n))%nat at 1 by lia.
    iDestruct (range_split with "H") as "[$ $]". iPureIntro. lia.
  Qed.

  Lemma obtain_spec :
    {{{ is_arena }}} obtain count (arena_val A)
    {{{ v, RET v; ⌜v = NONEV⌝ ∨ ∃ d : nat, ⌜v = SOMEV #d⌝ ∗ held_descriptor d }}}.
  Proof.
    iIntros (Φ) "(%γf & %γs & #Ic & #Id & #Ip & #If & #Is) HΦ". wp_rec. wp_pures.
    wp_apply (pop_spec with "[$Ip $Is]"); [done|]. iIntros (v) "[->|(%d & %o & %n & -> & Hd & _)]"; wp_pures.
    - wp_apply (cursor_take_spec _ _ _ _ 1 with "Id"). iIntros (w) "[->|(%d & -> & _ & Hd)]"; iApply "HΦ"; [by iLeft|].
      iRight. iExists d. rewrite range_one. by iFrame.
    - iModIntro. iApply "HΦ". iRight. iExists d. iSplit; [done|]. iExists o, n. iFrame.
  Qed.

  Lemma insert_spec d o n :
    {{{ is_arena ∗ held_descriptor d ∗ owned o n }}} insert count (arena_val A) #d #o #n {{{ RET #(); True }}}.
  Proof.
    iIntros (Φ) "((%γf & %γs & #Ic & #Id & #Ip & #If & #Is) & (%o' & %n' & Hd) & HP) HΦ". wp_rec. wp_pures.
    wp_apply (write_extent with "[$Ip $Hd]"). iIntros "Hd". wp_pures.
    wp_apply (push_spec with "[$Ip $If $Hd $HP]"). iIntros "_". by iApply "HΦ".
  Qed.

  Lemma put_spec o n :
    {{{ is_arena ∗ owned o n }}} put count (arena_val A) #o #n {{{ RET #(); True }}}.
  Proof.
    iIntros (Φ) "[#I HP] HΦ". wp_rec. wp_pures. wp_apply (obtain_spec with "I").
    iIntros (v) "[->|(%d & -> & Hd)]"; wp_pures; [by iApply "HΦ"|].
    by wp_apply (insert_spec with "[$I $Hd $HP]").
  Qed.

  Lemma take_spec (n : nat) :
    {{{ is_arena }}} take count (arena_val A) #n
    {{{ v, RET v; ⌜v = NONEV⌝ ∨ ∃ o : nat, ⌜v = SOMEV #o⌝ ∗ owned o n }}}.
  Proof.
    iIntros (Φ) "#I HΦ". iPoseProof "I" as "(%γf & %γs & #Ic & #Id & #Ip & #If & #Is)". wp_rec. wp_pures.
    wp_apply (claim_spec with "[$Ip $If]"); [done|].
    iIntros (v) "[->|(%d & %o & %m & -> & %Hle & Hd & HP)]"; wp_pures; [iApply "HΦ"; by iLeft|].
    iDestruct (owned_split o n m with "HP") as "[Hmine Hrest]"; [done|].
    iAssert (▷ Φ (SOMEV #o))%I with "[HΦ Hmine]" as "HΦ".
    { iNext. iApply "HΦ". iRight. iExists o. by iFrame. }
    case_bool_decide as Hlt; wp_pures.
    - replace (o + n)%Z with (Z.of_nat (o + n)) by lia. replace (m - n)%Z with (Z.of_nat (m - n)) by lia.
      wp_apply (insert_spec with "[$I Hd $Hrest]"); [by iExists o, m|]. iIntros "_". by wp_pures.
    - wp_apply (push_spec with "[$Ip $Is $Hd]"). iIntros "_". by wp_pures.
  Qed.

  (** Success is exclusive ownership of exactly the bytes that were asked for. *)
  Theorem allocate_spec (n : nat) :
    {{{ is_arena }}} allocate capacity count (arena_val A) #n
    {{{ v, RET v; ⌜v = NONEV⌝ ∨ ∃ o : nat, ⌜v = SOMEV #o⌝ ∗ owned o n }}}.
  Proof.
    iIntros (Φ) "#I HΦ". iPoseProof "I" as "(%γf & %γs & #Ic & _)". wp_rec. wp_pures.
    wp_apply (cursor_take_spec with "Ic"). iIntros (v) "[->|(%o & -> & %Hin & HR)]"; wp_pures.
    - by wp_apply (take_spec with "I").
    - iApply "HΦ". iRight. iExists o. by iFrame.
  Qed.

  (** Freeing takes the ownership back: afterwards the caller has no right to the bytes. *)
  Theorem deallocate_spec o n :
    {{{ is_arena ∗ owned o n }}} deallocate count (arena_val A) #o #n {{{ RET #(); True }}}.
  Proof.
    iIntros (Φ) "[#I [%Hin HP]] HΦ". iPoseProof "I" as "(%γf & %γs & #Ic & _)". wp_rec. wp_pures.
    wp_apply (cursor_give_back_spec with "[$Ic $HP]"). iIntros ([|]) "HP"; wp_pures; [by iApply "HΦ"|].
    wp_apply (put_spec with "[$I HP]"); [by iFrame|]. done.
  Qed.

  Definition zeroed (d : nat) : iProp Σ := (links A +ₗ d) ↦ #0 ∗ (extents A +ₗ d) ↦ (#0, #0).

  Lemma descriptors_halve (l : list nat) : (∀ d, d ∈ l → (d < count)%nat) →
    ([∗ list] d ∈ l, zeroed d) -∗
    ([∗ list] d ∈ l, pooled (links A) (extents A) d) ∗ [∗ list] d ∈ l, held_descriptor d.
  Proof.
    iIntros (Hl) "H". rewrite -big_sepL_sep. iApply (big_sepL_impl with "H").
    iIntros "!>" (k d Hd) "[[Hl1 Hl2] [He1 He2]]". iSplitL "Hl1 He1".
    - iSplitL "Hl1"; [by iExists 0|]. by iExists 0%nat, 0%nat.
    - iExists 0%nat, 0%nat. iSplit; [iPureIntro; eapply Hl, elem_of_list_lookup_2, Hd|].
      iSplitL "Hl2"; [by iExists 0|done].
  Qed.

  Lemma arena_init E :
    cursor A ↦ #0 -∗ slots A ↦ #0 -∗ free A ↦ #count -∗ spare A ↦ #count -∗
    range zeroed 0 count -∗
    segment (data A) 0 capacity ={E}=∗ is_arena.
  Proof.
    iIntros "Hc Hs Hf Hp Hd Hdata".
    iDestruct (descriptors_halve with "Hd") as "[Hpool Hheld]"; [intros d [_ ?]%elem_of_seq; lia|].
    iMod history_alloc as (γf) "Hγf". iMod history_alloc as (γs) "Hγs".
    iMod (cursor_init with "Hc Hdata") as "#Ic". iMod (cursor_init with "Hs Hheld") as "#Id".
    iMod (inv_alloc (N .@ "pool") with "[Hpool]") as "#Ip"; [iApply "Hpool"|].
    iMod (stack_init with "Hf Hγf") as "#If". iMod (stack_init with "Hp Hγs") as "#Is".
    iModIntro. iExists γf, γs. by iFrame "#".
  Qed.
End proof.
