(** * The closed theorem: clients of the arena never get stuck.

    No separation logic is left in the statement. [main capacity count sizes] makes an arena of [capacity] bytes and [count]
    descriptors and starts one thread for each element of [sizes]. Each thread loops for ever: allocate so many bytes,
    write a value that nobody else has into all of them, assert that all of them still hold it, free them. A thread whose
    assertion fails is stuck in HeapLang, and so is one that touches memory that was never allocated. SEG-1, SEG-3.

    Assumed: HeapLang's semantics (sequential consistency, unbounded integers) and what arena.v leaves out. Not said: that
    an allocation ever succeeds, or that a thread makes progress. *)
From rarena Require Import bump stack arena.
From iris.heap_lang Require Import lang proofmode notation adequacy.
From iris.heap_lang.lib Require Import assert.
From iris.base_logic.lib Require Import invariants.

Section code.
  Context (capacity count : nat).

  Definition fill : val :=
    rec: "fill" "p" "size" "mine" :=
      if: "size" = #0 then #() else "p" <- "mine" ;; "fill" ("p" +ₗ #1) ("size" - #1) "mine".

  Definition check : val :=
    rec: "check" "p" "size" "mine" :=
      if: "size" = #0 then #()
      else assert: (!"p" = "mine") ;; "check" ("p" +ₗ #1) ("size" - #1) "mine".

  Definition worker : val :=
    rec: "work" "a" "size" :=
      match: allocate capacity count "a" "size" with
        NONE => "work" "a" "size"
      | SOME "offset" =>
          let: "mine" := ref #() in
          let: "p" := data_of "a" +ₗ "offset" in
          fill "p" "size" "mine" ;;
          check "p" "size" "mine" ;;
          deallocate count "a" "offset" "size" ;;
          "work" "a" "size"
      end.

  (** One thread for each size. *)
  Fixpoint start (sizes : list nat) : val :=
    match sizes with
    | [] => λ: "a", #()
    | size :: sizes' => λ: "a", Fork (worker "a" #size) ;; start sizes' "a"
    end.

  Definition main (sizes : list nat) : expr :=
    let: "cursor" := ref #0 in
    let: "slots" := ref #0 in
    let: "free" := ref #count in
    let: "spare" := ref #count in
    let: "links" := AllocN #count #0 in
    let: "extents" := AllocN #count (#0, #0) in
    let: "data" := AllocN #capacity #0 in
    let: "a" := (("cursor", "slots"), ("free", "spare"), ("links", "extents"), "data") in
    start sizes "a".
End code.

Section proof.
  Context `{!heapGS Σ, !stackG Σ} (capacity count : nat).

  Definition written (data : loc) (v : val) (i : nat) : iProp Σ := (data +ₗ i) ↦ v.

  Lemma fill_spec (data : loc) (o n : nat) (v : val) :
    {{{ segment data o n }}} fill #(data +ₗ o) #n v {{{ RET #(); range (written data v) o n }}}.
  Proof.
    iIntros (Φ) "H HΦ". iInduction n as [|n] "IH" forall (o); wp_rec; wp_pures; [by iApply "HΦ"|].
    rewrite /segment -(Nat.add_1_l n) !range_split !range_one. iDestruct "H" as "[(%w & Hp) H]".
    wp_store. wp_pures. rewrite loc_add_assoc.
    replace (o + 1)%Z with (Z.of_nat (o + 1)) by lia. replace (S n - 1)%Z with (Z.of_nat n) by lia.
    iApply ("IH" with "H"). iIntros "!> H". iApply "HΦ". iFrame.
  Qed.

  (* The assertion holds because the bytes are this thread's alone. *)
  Lemma check_spec (data m : loc) (o n : nat) :
    {{{ range (written data #m) o n }}} check #(data +ₗ o) #n #m {{{ RET #(); segment data o n }}}.
  Proof.
    iIntros (Φ) "H HΦ". iInduction n as [|n] "IH" forall (o); wp_rec; wp_pures; [by iApply "HΦ"|].
    rewrite /segment -(Nat.add_1_l n) !range_split !range_one. iDestruct "H" as "[Hp H]".
    wp_smart_apply wp_assert. rewrite /written. wp_load. wp_pures. rewrite bool_decide_eq_true_2 //.
    iModIntro. iSplit; [done|]. iIntros "!>". wp_pures. rewrite loc_add_assoc.
    replace (o + 1)%Z with (Z.of_nat (o + 1)) by lia. replace (S n - 1)%Z with (Z.of_nat n) by lia.
    iApply ("IH" with "H"). iIntros "!> H". iApply "HΦ". iFrame. by iExists #m.
  Qed.

  Lemma worker_spec (A : arena) (n : nat) :
    {{{ is_arena capacity count A }}} worker capacity count (arena_val A) #n {{{ RET #(); False }}}.
  Proof.
    iIntros (Φ) "#I HΦ". iLöb as "IH". wp_rec. wp_pures. wp_apply (allocate_spec with "I").
    iIntros (v) "[->|(%o & -> & %Hin & Hmine)]"; wp_pures; [by iApply "IH"|].
    wp_alloc m as "Hm". wp_pures. wp_apply (fill_spec with "Hmine"). iIntros "Hmine". wp_pures.
    wp_apply (check_spec with "Hmine"). iIntros "Hmine". wp_pures.
    wp_apply (deallocate_spec with "[$I $Hmine]"); [done|]. iIntros "_". wp_pures. by iApply "IH".
  Qed.

  Lemma start_spec (A : arena) (sizes : list nat) :
    is_arena capacity count A -∗ WP start capacity count sizes (arena_val A) {{ _, True }}.
  Proof.
    iIntros "#I". iInduction sizes as [|n sizes] "IH"; simpl; wp_pures; [done|].
    wp_apply wp_fork; [|by wp_pures; iApply "IH"]. wp_apply (worker_spec with "I"). by iIntros.
  Qed.

  Lemma array_range (l : loc) (o k : nat) (v : val) : (l +ₗ o) ↦∗ replicate k v -∗ range (written l v) o k.
  Proof.
    iIntros "H". iInduction k as [|k] "IH" forall (o); [done|].
    rewrite /= array_cons -(Nat.add_1_l k) range_split range_one. iDestruct "H" as "[$ H]".
    iApply "IH". rewrite loc_add_assoc. by replace (o + 1)%Z with (Z.of_nat (o + 1)) by lia.
  Qed.

  Lemma new_array (l : loc) (k : nat) (v : val) : l ↦∗ replicate (Z.to_nat k) v -∗ range (written l v) 0 k.
  Proof. rewrite Nat2Z.id -{1}(loc_add_0 l). apply (array_range l 0). Qed.

  Lemma main_spec (sizes : list nat) : (0 < capacity)%nat → (0 < count)%nat →
    ⊢ WP main capacity count sizes {{ _, True }}.
  Proof.
    iIntros (Hcap Hcount). rewrite /main.
    wp_alloc c as "Hc". wp_alloc s as "Hs". wp_alloc f as "Hf". wp_alloc p as "Hp". wp_pures.
    wp_alloc l as "Hl"; [lia|]. wp_pures. wp_alloc e as "He"; [lia|]. wp_pures. wp_alloc d as "Hd"; [lia|].
    iDestruct (new_array with "Hl") as "Hl". iDestruct (new_array with "He") as "He".
    iDestruct (new_array with "Hd") as "Hd".
    set (A := Arena c s f p l e d).
    iMod (arena_init capacity count A with "Hc Hs Hf Hp [Hl He] [Hd]") as "#I".
    { rewrite /range /zeroed. iApply big_sepL_sep. iFrame. }
    { iApply (big_sepL_impl with "Hd"). iIntros "!>" (k i _) "H". by iExists _. }
    wp_pures. iApply (start_spec A with "I").
  Qed.
End proof.

(** For every size of the arena, any number of threads, every schedule and every length of the run: no thread is stuck. *)
Theorem arena_client_safe (capacity count : nat) (sizes : list nat) (σ : state) :
  (0 < capacity)%nat → (0 < count)%nat → adequate NotStuck (main capacity count sizes) σ (λ _ _, True).
Proof.
  intros. set (Σ := #[heapΣ; stackΣ]). apply (heap_adequacy Σ). iIntros (?) "_". by iApply main_spec.
Qed.

(** The same, spelled out over the reduction relation. *)
Theorem arena_client_never_stuck (capacity count : nat) (sizes : list nat) (σ σ' : state) (threads : list expr) (e : expr) :
  (0 < capacity)%nat → (0 < count)%nat →
  rtc erased_step ([main capacity count sizes], σ) (threads, σ') → e ∈ threads →
  is_Some (to_val e) ∨ reducible e σ'.
Proof.
  intros Hcap Hcount Hsteps He.
  by apply (adequate_not_stuck _ _ _ _ (arena_client_safe capacity count sizes σ Hcap Hcount) threads σ' e).
Qed.

(** Getting stuck is what a failed assertion does: it goes on to [#0 #0], which is no value and has no step. *)
Theorem failed_assertion_stuck (σ : state) : stuck (#0 #0)%E σ.
Proof.
  apply head_stuck_stuck.
  - split; [done|]. intros κ e' σ' efs Hstep. inversion Hstep.
  - apply ectxi_language_sub_redexes_are_values. intros [] e' Heq; by simplify_eq/=; eauto.
Qed.
