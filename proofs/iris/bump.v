(** * The cursor: every call is one atomic step, and a success owns its range exclusively.

    Any number of threads and calls, any capacity. Invariants: SEG-1 (bytes above the cursor and segments of different
    owners never overlap), SEG-3 in the sense of ownership (a take receives the very points-to assertions that a give-back
    surrendered), CUR-1 (the cursor only moves down over the topmost segment).

    Programs and code: [cursor_take] is Cursor::take (sites cursor_load, cursor_take), [cursor_give_back] is
    Cursor::give_back (cursor_load, cursor_give_back), both of core/bump/cursor.hpp.

    Assumed: HeapLang, that is sequential consistency and unbounded integers, and a CAS that fails only when the word
    differs. Not said: anything about memory orders, alignment, wrapping of 32 bits, or termination (PRG-1). *)
From iris.program_logic Require Export atomic.
From iris.heap_lang Require Import lang proofmode notation.
From iris.base_logic.lib Require Import invariants.

Definition cursor_take : val :=
  rec: "take" "cursor" "capacity" "size" :=
    let: "top" := !"cursor" in
    if: "top" + "size" ≤ "capacity" then
      if: CAS "cursor" "top" ("top" + "size") then SOME "top"
      else "take" "cursor" "capacity" "size"
    else NONE.

Definition cursor_give_back : val :=
  rec: "give_back" "cursor" "offset" "size" :=
    if: !"cursor" = "offset" + "size" then
      if: CAS "cursor" ("offset" + "size") "offset" then #true
      else "give_back" "cursor" "offset" "size"
    else #false.

(** A range of units, each with the resource [R]: bytes here, descriptors in arena.v. *)
Section range.
  Context `{!heapGS Σ}.

  Definition range (R : nat → iProp Σ) (offset size : nat) : iProp Σ := [∗ list] i ∈ seq offset size, R i.

  Global Instance range_timeless R o n : (∀ i, Timeless (R i)) → Timeless (range R o n).
  Proof. apply _. Qed.

  Lemma range_split R o n m : range R o (n + m) ⊣⊢ range R o n ∗ range R (o + n) m.
  Proof. by rewrite /range seq_app big_sepL_app. Qed.

  Lemma range_one R o : range R o 1 ⊣⊢ R o.
  Proof. by rewrite /range /= right_id. Qed.

  Lemma range_acc R o n i : (o ≤ i < o + n)%nat → range R o n -∗ R i ∗ (R i -∗ range R o n).
  Proof.
    iIntros (Hi) "H". iApply (big_sepL_lookup_acc _ _ (i - o) with "H").
    apply lookup_seq. lia.
  Qed.

  (** One byte, whatever it holds; and exclusive ownership of the bytes [offset, offset + size). *)
  Definition byte (data : loc) (i : nat) : iProp Σ := ∃ v : val, (data +ₗ i) ↦ v.
  Definition segment (data : loc) : nat → nat → iProp Σ := range (byte data).

  (** SEG-1: two owners, of whatever threads, never overlap. *)
  Theorem segment_disjoint data o1 n1 o2 n2 :
    (0 < n1)%nat → (0 < n2)%nat →
    segment data o1 n1 -∗ segment data o2 n2 -∗ ⌜(o1 + n1 ≤ o2 ∨ o2 + n2 ≤ o1)%nat⌝.
  Proof.
    iIntros (Hn1 Hn2) "H1 H2".
    destruct (decide (o1 + n1 ≤ o2 ∨ o2 + n2 ≤ o1)%nat) as [|Hno]; [by auto|].
    iDestruct (range_acc _ _ _ (o1 `max` o2) with "H1") as "[(%v & H1) _]"; [lia|].
    iDestruct (range_acc _ _ _ (o1 `max` o2) with "H2") as "[(%w & H2) _]"; [lia|].
    by iDestruct (mapsto_ne with "H1 H2") as %?.
  Qed.
End range.

Section atomic_steps.
  Context `{!heapGS Σ} (R : nat → iProp Σ) (cursor : loc) (capacity : nat).

  (** The abstract state: the cursor is at [top], and nobody owns what is above it. *)
  Definition cursor_at (top : nat) : iProp Σ :=
    ⌜(top ≤ capacity)%nat⌝ ∗ cursor ↦ #top ∗ range R top (capacity - top).

  Lemma cursor_at_take top n : (top + n ≤ capacity)%nat →
    cursor ↦ #(top + n) -∗ range R top (capacity - top) -∗ cursor_at (top + n) ∗ range R top n.
  Proof.
    iIntros (Hle) "Hc HR". replace (capacity - top)%nat with (n + (capacity - (top + n)))%nat by lia.
    iDestruct (range_split with "HR") as "[$ HR]". rewrite /cursor_at Nat2Z.inj_add. iFrame. by iPureIntro.
  Qed.

  Lemma cursor_at_give_back o n : (o + n ≤ capacity)%nat →
    cursor ↦ #o -∗ range R (o + n) (capacity - (o + n)) -∗ range R o n -∗ cursor_at o.
  Proof.
    iIntros (Hle) "Hc Habove Hmine". rewrite /cursor_at. iFrame "Hc". iSplit; [iPureIntro; lia|].
    replace (capacity - o)%nat with (n + (capacity - (o + n)))%nat by lia.
    iApply range_split. iFrame.
  Qed.

  (** A take is one atomic step: it succeeds if and only if the request fits at that moment. *)
  Theorem cursor_take_atomic (n : nat) :
    ⊢ <<< ∀∀ top : nat, cursor_at top >>>
        cursor_take #cursor #capacity #n @ ∅
      <<< if decide (top + n ≤ capacity)%nat then cursor_at (top + n) ∗ range R top n else cursor_at top,
          RET if decide (top + n ≤ capacity)%nat then SOMEV #top else NONEV >>>.
  Proof.
    iIntros (Φ) "AU". iLöb as "IH". wp_rec. wp_pures.
    wp_bind (!_)%E. iMod "AU" as (top) "[(%Hcap & Hc & HR) Hclose]". wp_load.
    destruct (decide (top + n ≤ capacity)%nat) as [Hle|Hgt]; last first.
    { iDestruct "Hclose" as "[_ Hclose]". iMod ("Hclose" with "[Hc HR]") as "HΦ"; [by iFrame|].
      iModIntro. wp_pures. rewrite bool_decide_eq_false_2; [|lia]. by wp_pures. }
    iDestruct "Hclose" as "[Hclose _]". iMod ("Hclose" with "[Hc HR]") as "AU"; [by iFrame|].
    iModIntro. wp_pures. rewrite bool_decide_eq_true_2; [|lia]. wp_pures.
    wp_bind (CmpXchg _ _ _). iMod "AU" as (top') "[(%Hcap' & Hc & HR) Hclose]".
    destruct (decide (top' = top)) as [->|Hne].
    - wp_cmpxchg_suc. iDestruct "Hclose" as "[_ Hclose]". rewrite !decide_True //.
      iMod ("Hclose" with "[Hc HR]") as "HΦ"; [by iApply (cursor_at_take with "Hc HR")|].
      iModIntro. by wp_pures.
    - wp_cmpxchg_fail; [intros [= ?]; lia|].
      iDestruct "Hclose" as "[Hclose _]". iMod ("Hclose" with "[Hc HR]") as "AU"; [by iFrame|].
      iModIntro. wp_pures. by iApply "IH".
  Qed.

  (** CUR-1: a give-back is one atomic step; it moves the cursor if and only if the segment is the topmost one at that
      moment, and otherwise the caller still owns it. *)
  Theorem cursor_give_back_atomic (o n : nat) :
    range R o n -∗
    <<< ∀∀ top : nat, cursor_at top >>>
      cursor_give_back #cursor #o #n @ ∅
    <<< if decide (top = o + n)%nat then cursor_at o else cursor_at top ∗ range R o n,
        RET #(bool_decide (top = o + n)%nat) >>>.
  Proof.
    iIntros "Hmine" (Φ) "AU". iLöb as "IH". wp_rec. wp_pures.
    wp_bind (!_)%E. iMod "AU" as (top) "[(%Hcap & Hc & HR) Hclose]". wp_load.
    destruct (decide (top = o + n)%nat) as [Htop|Hne]; last first.
    { rewrite (bool_decide_eq_false_2 _ Hne). iDestruct "Hclose" as "[_ Hclose]".
      iMod ("Hclose" with "[Hc HR Hmine]") as "HΦ"; [by iFrame|].
      iModIntro. wp_pures. rewrite bool_decide_eq_false_2; [|intros [= ?]; lia]. by wp_pures. }
    iDestruct "Hclose" as "[Hclose _]". iMod ("Hclose" with "[Hc HR]") as "AU"; [by iFrame|].
    iModIntro. wp_pures. rewrite bool_decide_eq_true_2; [|f_equal; f_equal; lia]. wp_pures.
    wp_bind (CmpXchg _ _ _). iMod "AU" as (top') "[(%Hcap' & Hc & HR) Hclose]".
    destruct (decide (top' = o + n)%nat) as [->|Hne].
    - rewrite Nat2Z.inj_add. wp_cmpxchg_suc. iDestruct "Hclose" as "[_ Hclose]".
      rewrite bool_decide_eq_true_2 //.
      iMod ("Hclose" with "[Hc HR Hmine]") as "HΦ"; [by iApply (cursor_at_give_back with "Hc HR Hmine")|].
      iModIntro. by wp_pures.
    - wp_cmpxchg_fail; [intros [= ?]; lia|].
      iDestruct "Hclose" as "[Hclose _]". iMod ("Hclose" with "[Hc HR]") as "AU"; [by iFrame|].
      iModIntro. wp_pures. by iApply ("IH" with "Hmine").
  Qed.
End atomic_steps.

(** What a client sees that shares the cursor with any number of threads. *)
Section shared.
  Context `{!heapGS Σ} (N : namespace) (R : nat → iProp Σ) `{!∀ i, Timeless (R i)} (cursor : loc) (capacity : nat).

  Definition is_cursor : iProp Σ := inv N (∃ top, cursor_at R cursor capacity top).

  Lemma cursor_init E : cursor ↦ #0 -∗ range R 0 capacity ={E}=∗ is_cursor.
  Proof.
    iIntros "Hc HR". iApply inv_alloc. iNext. iExists 0%nat. rewrite /cursor_at Nat.sub_0_r. iFrame.
    iPureIntro. lia.
  Qed.

  (* A call takes a step, so what is known one step later may be used about its result. *)
  Lemma wp_result (e : expr) (Q Φ : val → iProp Σ) :
    TCEq (to_val e) None → WP e {{ Q }} -∗ ▷ (∀ v, Q v -∗ Φ v) -∗ WP e {{ Φ }}.
  Proof.
    iIntros (?) "HW HΦ". iDestruct (wp_frame_step_l' with "[$HΦ $HW]") as "HW".
    iApply (wp_wand with "HW"). iIntros (v) "[HΦ HQ]". by iApply "HΦ".
  Qed.

  (** SEG-1: what a take returns is exclusively the caller's. *)
  Definition taken (n : nat) (v : val) : iProp Σ :=
    ⌜v = NONEV⌝ ∨ ∃ o : nat, ⌜v = SOMEV #o⌝ ∗ ⌜(o + n ≤ capacity)%nat⌝ ∗ range R o n.

  Theorem cursor_take_spec (n : nat) :
    {{{ is_cursor }}} cursor_take #cursor #capacity #n {{{ v, RET v; taken n v }}}.
  Proof.
    iIntros (Φ) "#I HΦ". iApply (wp_result with "[] HΦ").
    awp_apply cursor_take_atomic. iInv N as (top) ">H".
    iAaccIntro with "H"; [iIntros "H !>"; iSplitL; [by iExists top|done]|].
    destruct (decide _) as [Hle|Hgt].
    - iIntros "[H Hmine] !>". iSplitL "H"; [by iExists _|]. iRight. iExists top. by iFrame.
    - iIntros "H !>". iSplitL; [by iExists _|]. by iLeft.
  Qed.

  Theorem cursor_give_back_spec (o n : nat) :
    {{{ is_cursor ∗ range R o n }}}
      cursor_give_back #cursor #o #n
    {{{ b, RET #b; if b : bool then True else range R o n }}}.
  Proof.
    iIntros (Φ) "[#I Hmine] HΦ".
    iApply (wp_result _ (λ v, ∃ b : bool, ⌜v = #b⌝ ∗ if b then True else range R o n)%I with "[Hmine]"); last first.
    { iIntros "!>" (v) "(%b & -> & HR)". by iApply "HΦ". }
    awp_apply (cursor_give_back_atomic with "Hmine"). iInv N as (top) ">H".
    iAaccIntro with "H"; [iIntros "H !>"; iSplitL; [by iExists top|done]|].
    destruct (decide _) as [Htop|Hne].
    - iIntros "H !>". iSplitL; [by iExists _|]. iExists true. by rewrite bool_decide_eq_true_2.
    - iIntros "[H Hmine] !>". iSplitL "H"; [by iExists _|]. iExists false. rewrite bool_decide_eq_false_2 //. by iFrame.
  Qed.
End shared.
