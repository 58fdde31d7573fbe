(** * A run by one thread: the programs of the model do what their names say.

    The theorems of arena.v hold of programs that always fail, too; this one does not. No invariant ID; HeapLang as there. *)
From rarena Require Import bump stack arena.
From iris.heap_lang Require Import adequacy lang proofmode notation.

(** Three bytes and one descriptor. The cursor is at the end when a segment of 2 is freed that is not the topmost one: it goes
    to the list, and serves a request of 1 and then another. *)
Definition split_and_reuse : heap_lang.expr :=
  let: "cursor" := ref #0 in
  let: "slots" := ref #0 in
  let: "free" := ref #1 in
  let: "spare" := ref #1 in
  let: "links" := ref #0 in
  let: "extents" := ref (#0, #0) in
  let: "data" := AllocN #3 #0 in
  let: "a" := (("cursor", "slots"), ("free", "spare"), ("links", "extents"), "data") in
  let: "first" := allocate 3 1 "a" #2 in
  let: "second" := allocate 3 1 "a" #1 in
  deallocate 1 "a" #0 #2 ;;
  let: "third" := allocate 3 1 "a" #1 in
  let: "fourth" := allocate 3 1 "a" #1 in
  ("first", "second", "third", "fourth").

(* All integers of the run are closed terms; as numerals they stay small. *)
Ltac compute_integers := repeat match goal with
  | |- context [LitInt ?z] => let n := eval vm_compute in z in progress change (LitInt z) with (LitInt n)
  end.
Ltac run := repeat first
  [ progress wp_pures | wp_load | wp_store | wp_cmpxchg_suc; compute_integers | progress rewrite !loc_add_0 | wp_rec ].

Theorem split_and_reuse_runs (σ : state) :
  adequate NotStuck split_and_reuse σ
    (λ v _, v = (SOMEV #0, SOMEV #2, SOMEV #0, SOMEV #1)%V).
Proof.
  apply (heap_adequacy #[heapΣ]). iIntros (?) "_". rewrite /split_and_reuse.
  wp_alloc c as "Hc". wp_alloc s as "Hs". wp_alloc f as "Hf". wp_alloc p as "Hp". wp_pures.
  wp_alloc l as "Hl". wp_alloc e as "He". wp_pures. wp_alloc d as "Hd"; [done|].
  run.
  done.
Qed.
