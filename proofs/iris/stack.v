(** * Tagged lock-free stacks of type-stable descriptors.

    A descriptor is an index [d < count]; its link and its extent are words of their own in two tables that no client ever
    owns. Half of every word stays in the pool invariant for ever (FL-2: a slow thread may load the link or the extent of a
    descriptor that somebody else owns by now); the other half belongs to whoever holds the descriptor, so that only the
    holder writes. A head packs tag and index into one integer, and every change of a head increases its tag (FL-3): a CAS
    that succeeds proves that nothing has changed since the head was loaded, however often descriptors were reused.

    Programs and code: [pop], [push] are DescriptorSupply::pop, push_chain of one descriptor (sites spare_load, spare_next,
    spare_pop; spare_top, spare_link, spare_push); [push] is also SortedList::insert at the front (find_head, insert_link,
    insert_publish), and [claim] is SortedList::claim of the first segment (find_head, find_link, find_extent,
    find_validate, and claim_mark with claim_unlink as one CAS of the head).

    Not said: the order by size, marks, helping and the tags of inner links. The list here is last in, first out. *)
From rarena Require Import bump.
From iris.heap_lang Require Import lang proofmode notation.
From iris.base_logic.lib Require Import invariants mono_nat ghost_map.

Section code.
  Context (count : nat).
  Definition radix : Z := count + 1.

  Definition pop : val :=
    rec: "pop" "head" "links" :=
      let: "word" := !"head" in
      let: "d" := "word" `rem` #radix in
      if: "d" = #count then NONE
      else
        let: "next" := !("links" +ₗ "d") in
        if: CAS "head" "word" ("word" - "d" + #radix + "next") then SOME "d"
        else "pop" "head" "links".

  Definition push : val :=
    rec: "push" "head" "links" "d" :=
      let: "word" := !"head" in
      let: "next" := "word" `rem` #radix in
      "links" +ₗ "d" <- "next" ;;
      if: CAS "head" "word" ("word" - "next" + #radix + "d") then #()
      else "push" "head" "links" "d".

  Definition claim : val :=
    rec: "claim" "head" "links" "extents" "size" :=
      let: "word" := !"head" in
      let: "d" := "word" `rem` #radix in
      if: "d" = #count then NONE
      else
        let: "next" := !("links" +ₗ "d") in
        let: "extent" := !("extents" +ₗ "d") in
        if: !"head" ≠ "word" then "claim" "head" "links" "extents" "size"
        else if: Snd "extent" < "size" then NONE
        else if: CAS "head" "word" ("word" - "d" + #radix + "next") then SOME ("d", "extent")
        else "claim" "head" "links" "extents" "size".
End code.

(** A member of a stack: a descriptor and the extent it describes. *)
Definition entry : Type := nat * (nat * nat).

Class stackG Σ := StackG {
  stackG_map :> ghost_mapG Σ nat (list entry);
  stackG_tag :> mono_natG Σ;
}.
Definition stackΣ : gFunctors := #[ghost_mapΣ nat (list entry); mono_natΣ].
Global Instance subG_stackΣ {Σ} : subG stackΣ Σ → stackG Σ.
Proof. solve_inG. Qed.

(** What a stack held under each tag it ever had; a tag is never used twice. *)
Section history.
  Context `{!heapGS Σ, !stackG Σ}.
  Implicit Types (γ : gname * gname) (t : nat) (es : list entry).

  Definition at_tag γ t es : iProp Σ := t ↪[γ.1]□ es ∗ mono_nat_lb_own γ.2 t.
  Definition past γ t : iProp Σ := mono_nat_lb_own γ.2 (S t).
  Definition history γ t es : iProp Σ :=
    ∃ M, ghost_map_auth γ.1 1 M ∗ t ↪[γ.1]□ es ∗ mono_nat_auth_own γ.2 1 t ∗ ⌜∀ t', is_Some (M !! t') → (t' ≤ t)%nat⌝.

  Lemma history_witness γ t es : history γ t es -∗ at_tag γ t es.
  Proof. iIntros "(%M & _ & $ & Ht & _)". by iApply mono_nat_lb_own_get. Qed.

  Lemma history_same_or_past γ t t' es es' :
    history γ t' es' -∗ at_tag γ t es -∗ (⌜t' = t⌝ ∗ ⌜es' = es⌝) ∨ past γ t.
  Proof.
    iIntros "(%M & _ & He' & Ht & _) [He Hlb]". iDestruct (mono_nat_lb_own_valid with "Ht Hlb") as %[_ Hle].
    destruct (decide (t' = t)) as [->|Hne].
    - iLeft. iDestruct (ghost_map_elem_agree with "He He'") as %->. done.
    - iRight. iApply mono_nat_lb_own_le; [|iApply (mono_nat_lb_own_get with "Ht")]. lia.
  Qed.

  Lemma history_not_past γ t es : history γ t es -∗ past γ t -∗ False.
  Proof.
    iIntros "(%M & _ & _ & Ht & _) Hlb". iDestruct (mono_nat_lb_own_valid with "Ht Hlb") as %[_ ?]. lia.
  Qed.

  Lemma history_step γ t es es' : history γ t es ==∗ history γ (S t) es'.
  Proof.
    iIntros "(%M & HM & _ & Ht & %Hdom)".
    iMod (mono_nat_own_update (S t) with "Ht") as "[Ht _]"; [lia|].
    iMod (ghost_map_insert_persist (S t) es' with "HM") as "[HM #He]".
    { apply eq_None_not_Some. intros ?%Hdom. lia. }
    iModIntro. iExists _. iFrame "∗#". iPureIntro. intros t' [es'' Hl].
    destruct (decide (t' = S t)) as [->|]; [lia|]. rewrite lookup_insert_ne // in Hl.
    specialize (Hdom t' (mk_is_Some _ _ Hl)). lia.
  Qed.

  Lemma history_alloc : ⊢ |==> ∃ γ, history γ 0 [].
  Proof.
    iMod (mono_nat_own_alloc 0) as (γt) "[Ht _]".
    iMod (ghost_map_alloc_empty (K:=nat) (V:=list entry)) as (γm) "HM".
    iMod (ghost_map_insert_persist 0%nat ([] : list entry) with "HM") as "[HM #He]"; [done|].
    iModIntro. iExists (γm, γt), _. iFrame "∗#". iPureIntro. intros t' [es Hl].
    destruct (decide (t' = 0)%nat) as [->|]; [done|]. rewrite lookup_insert_ne // in Hl.
  Qed.
End history.

Section proof.
  Context `{!heapGS Σ, !stackG Σ} (N : namespace) (count : nat) (links extents : loc).
  Implicit Types (γ : gname * gname) (t d o n : nat) (es : list entry) (P : nat → nat → iProp Σ).
  Notation link d := (links +ₗ Z.of_nat d).
  Notation extent d := (extents +ₗ Z.of_nat d).

  (** ** Descriptors *)
  Definition described d o n : iProp Σ :=
    ⌜(d < count)%nat⌝ ∗ (∃ z : Z, link d ↦{#1/2} #z) ∗ extent d ↦{#1/2} (#o, #n).
  Definition descriptor d : iProp Σ := ∃ o n, described d o n.
  Definition pooled d : iProp Σ := (∃ z : Z, link d ↦{#1/2} #z) ∗ ∃ o n, extent d ↦{#1/2} (#o, #n).
  Definition is_pool : iProp Σ := inv (N .@ "pool") (range pooled 0 count).

  Lemma write_link d (z z' : Z) : (d < count)%nat →
    {{{ is_pool ∗ link d ↦{#1/2} #z }}} #(link d) <- #z' {{{ RET #(); link d ↦{#1/2} #z' }}}.
  Proof.
    iIntros (Hd Φ) "[#I Hmine] HΦ". iInv "I" as ">Hpool".
    iDestruct (range_acc pooled 0 count d with "Hpool") as "[[(%z0 & Hz) He] Hback]"; [lia|].
    iDestruct (mapsto_agree with "Hmine Hz") as %[= ->]. iCombine "Hmine Hz" as "Hz".
    wp_store. iDestruct "Hz" as "[Hmine Hz]". iModIntro. iSplitR "HΦ Hmine"; [|by iApply "HΦ"].
    iApply "Hback". iFrame. by iExists _.
  Qed.

  Lemma write_extent d o n o' n' :
    {{{ is_pool ∗ described d o n }}} #(extent d) <- (#o', #n')%V {{{ RET #(); described d o' n' }}}.
  Proof.
    iIntros (Φ) "[#I (%Hd & Hl & Hmine)] HΦ". iInv "I" as ">Hpool".
    iDestruct (range_acc pooled 0 count d with "Hpool") as "[[Hz (%o0 & %n0 & He)] Hback]"; [lia|].
    iDestruct (mapsto_agree with "Hmine He") as %[= Ho Hn]. rewrite Ho Hn. iCombine "Hmine He" as "He".
    wp_store. iDestruct "He" as "[Hmine He]". iModIntro. iSplitR "HΦ Hmine Hl"; [|iApply "HΦ"; by iFrame].
    iApply "Hback". iFrame. by iExists _, _.
  Qed.

  (** ** Stacks: [P o n] is what a member's extent stands for. *)
  Definition top es : nat := default count (fst <$> head es).
  Definition word t es : Z := t * radix count + top es.

  Fixpoint chain P es : iProp Σ :=
    match es with
    | [] => True
    | (d, (o, n)) :: es' =>
        ⌜(d < count)%nat⌝ ∗ link d ↦{#1/2} #(top es') ∗ extent d ↦{#1/2} (#o, #n) ∗ P o n ∗ chain P es'
    end.
  Definition stack_inv γ head P : iProp Σ := ∃ t es, head ↦ #(word t es) ∗ history γ t es ∗ chain P es.
  Definition is_stack (name : string) γ head P : iProp Σ := inv (N .@ name) (stack_inv γ head P).

  Global Instance chain_timeless P es : (∀ o n, Timeless (P o n)) → Timeless (chain P es).
  Proof. intros. induction es as [|[d [o n]] es IH]; apply _. Qed.

  Lemma chain_cons P d o n es :
    chain P ((d, (o, n)) :: es) =
    (⌜(d < count)%nat⌝ ∗ link d ↦{#1/2} #(top es) ∗ extent d ↦{#1/2} (#o, #n) ∗ P o n ∗ chain P es)%I.
  Proof. done. Qed.

  Lemma chain_top P es : chain P es -∗ ⌜(top es ≤ count)%nat ∧ (es ≠ [] → top es < count)%nat⌝.
  Proof.
    destruct es as [|[d [o n]] es]; [by iIntros "_"|]. iIntros "(%Hd & _)". iPureIntro.
    rewrite /top /=. split; lia.
  Qed.

  Lemma word_rem t es : (top es ≤ count)%nat → Z.rem (word t es) (radix count) = top es.
  Proof.
    intros. rewrite /word /radix Z.rem_mod_nonneg; [|lia|lia].
    rewrite Z.add_comm Z.mod_add; [|lia]. apply Z.mod_small. lia.
  Qed.

  Lemma word_inj t es t' es' :
    (top es ≤ count)%nat → (top es' ≤ count)%nat → word t es = word t' es' → t = t' ∧ top es = top es'.
  Proof. rewrite /word /radix. intros. assert (t = t') by nia. subst. lia. Qed.

  Lemma word_next t es es' : (word t es - top es + radix count + top es')%Z = word (S t) es'.
  Proof. rewrite /word. lia. Qed.

  Context (name : string) (Hname : name ≠ "pool") (γ : gname * gname) (head : loc) (P : nat → nat → iProp Σ).
  Context `{!∀ o n, Timeless (P o n)}.

  Lemma stack_init E : head ↦ #count -∗ history γ 0 [] ={E}=∗ is_stack name γ head P.
  Proof.
    iIntros "Hh HH". iApply inv_alloc. iNext. iExists 0%nat, []. rewrite /word /top /=. by iFrame.
  Qed.

  Lemma load_head :
    {{{ is_stack name γ head P }}} !#head
    {{{ t es, RET #(word t es); at_tag γ t es ∗ ⌜(top es ≤ count)%nat ∧ (es ≠ [] → top es < count)%nat⌝ }}}.
  Proof.
    iIntros (Φ) "#I HΦ". iInv "I" as (t es) ">(Hh & HH & HC)".
    iDestruct (history_witness with "HH") as "#Hat". iDestruct (chain_top with "HC") as %Htop.
    wp_load. iModIntro. iSplitR "HΦ"; [iExists t, es; by iFrame|]. iApply "HΦ". by iFrame "#".
  Qed.

  (** FL-2: whoever owns the descriptor by now, its words can be loaded; what is loaded is right, or the head has moved. *)
  Lemma load_link t d x es : (d < count)%nat →
    {{{ is_pool ∗ is_stack name γ head P ∗ at_tag γ t ((d, x) :: es) }}}
      !#(link d)
    {{{ (z : Z), RET #z; ⌜z = top es⌝ ∨ past γ t }}}.
  Proof.
    iIntros (Hd Φ) "(#Ip & #I & #Hat) HΦ".
    iInv "I" as (t' es') ">(Hh & HH & HC)".
    iDestruct (history_same_or_past with "HH Hat") as "#[[-> ->]|Hpast]".
    - destruct x as [o n]. rewrite chain_cons. iDestruct "HC" as "(_ & Hl & HC)". wp_load.
      iModIntro. iSplitR "HΦ"; [iExists t, ((d, (o, n)) :: es); rewrite chain_cons; by iFrame|]. iApply "HΦ". by iLeft.
    - iInv "Ip" as ">Hpool".
      iDestruct (range_acc pooled 0 count d with "Hpool") as "[[(%z & Hz) He] Hback]"; [lia|].
      wp_load. iModIntro. iSplitL "Hz He Hback"; [iApply "Hback"; iFrame; by iExists z|].
      iModIntro. iSplitR "HΦ"; [iExists t', es'; by iFrame|]. iApply "HΦ". by iRight.
  Qed.

  Lemma load_extent t d o n es : (d < count)%nat →
    {{{ is_pool ∗ is_stack name γ head P ∗ at_tag γ t ((d, (o, n)) :: es) }}}
      !#(extent d)
    {{{ (o' n' : nat), RET (#o', #n'); ⌜o' = o ∧ n' = n⌝ ∨ past γ t }}}.
  Proof.
    iIntros (Hd Φ) "(#Ip & #I & #Hat) HΦ".
    iInv "I" as (t' es') ">(Hh & HH & HC)".
    iDestruct (history_same_or_past with "HH Hat") as "#[[-> ->]|Hpast]".
    - rewrite chain_cons. iDestruct "HC" as "(_ & Hl & He & HC)". wp_load.
      iModIntro. iSplitR "HΦ"; [iExists t, ((d, (o, n)) :: es); rewrite chain_cons; by iFrame|]. iApply "HΦ". by iLeft.
    - iInv "Ip" as ">Hpool".
      iDestruct (range_acc pooled 0 count d with "Hpool") as "[[Hz (%o' & %n' & He)] Hback]"; [lia|].
      wp_load. iModIntro. iSplitL "Hz He Hback"; [iApply "Hback"; iFrame; by iExists o', n'|].
      iModIntro. iSplitR "HΦ"; [iExists t', es'; by iFrame|]. iApply "HΦ". by iRight.
  Qed.

  (** FL-3: the CAS that takes the first member succeeds only if the head has not moved since it was loaded. *)
  Lemma take_first t d o n es (z : Z) : (d < count)%nat →
    {{{ is_stack name γ head P ∗ at_tag γ t ((d, (o, n)) :: es) ∗ (⌜z = top es⌝ ∨ past γ t) }}}
      CmpXchg #head #(word t ((d, (o, n))%core :: es)) #(word t ((d, (o, n))%core :: es) - d + radix count + z)
    {{{ v (b : bool), RET (v, #b); if b then described d o n ∗ P o n else True }}}.
  Proof.
    iIntros (Hd Φ) "(#I & #Hat & #Hz) HΦ". iInv "I" as (t' es') ">(Hh & HH & HC)".
    iDestruct (chain_top with "HC") as %[Htop _].
    destruct (decide (word t' es' = word t ((d, (o, n)) :: es))) as [Heq|Hne].
    - rewrite Heq. wp_cmpxchg_suc.
      apply word_inj in Heq as [-> _]; [|done|rewrite /top /=; lia].
      iDestruct "Hz" as "[->|Hpast]"; [|by iDestruct (history_not_past with "HH Hpast") as %[]].
      iDestruct (history_same_or_past with "HH Hat") as "#[[_ ->]|Hpast]"; last first.
      { by iDestruct (history_not_past with "HH Hpast") as %[]. }
      iMod (history_step _ _ _ es with "HH") as "HH". rewrite chain_cons. iDestruct "HC" as "(_ & Hl & He & HP & HC)".
      iModIntro. iSplitL "Hh HH HC".
      { iExists _, es. iFrame. rewrite -(word_next t ((d, (o, n)) :: es)). by iFrame. }
      iApply "HΦ". iFrame. iSplit; [done|by iExists _].
    - wp_cmpxchg_fail. iModIntro. iSplitR "HΦ"; [iExists t', es'; by iFrame|]. by iApply "HΦ".
  Qed.

  Lemma take_first_past t d o n es (w : Z) : (d < count)%nat →
    {{{ is_stack name γ head P ∗ past γ t }}}
      CmpXchg #head #(word t ((d, (o, n))%core :: es)) #w
    {{{ v, RET (v, #false); True }}}.
  Proof.
    iIntros (Hd Φ) "[#I #Hpast] HΦ". iInv "I" as (t' es') ">(Hh & HH & HC)".
    iDestruct (chain_top with "HC") as %[Htop _].
    destruct (decide (word t' es' = word t ((d, (o, n)) :: es))) as [Heq|Hne].
    - apply word_inj in Heq as [-> _]; [|done|rewrite /top /=; lia].
      by iDestruct (history_not_past with "HH Hpast") as %[].
    - wp_cmpxchg_fail. iModIntro. iSplitR "HΦ"; [iExists t', es'; by iFrame|]. by iApply "HΦ".
  Qed.

  Lemma publish t d o n es : (top es ≤ count)%nat → (d < count)%nat →
    {{{ is_stack name γ head P ∗ link d ↦{#1/2} #(top es) ∗ extent d ↦{#1/2} (#o, #n) ∗ P o n }}}
      CmpXchg #head #(word t es) #(word t es - top es + radix count + d)
    {{{ v (b : bool), RET (v, #b); if b then True else link d ↦{#1/2} #(top es) ∗ extent d ↦{#1/2} (#o, #n) ∗ P o n }}}.
  Proof.
    iIntros (Hes Hd Φ) "(#I & Hl & He & HP) HΦ". iInv "I" as (t' es') ">(Hh & HH & HC)".
    iDestruct (chain_top with "HC") as %[Htop _].
    destruct (decide (word t' es' = word t es)) as [Heq|Hne].
    - rewrite Heq. wp_cmpxchg_suc. apply word_inj in Heq as [-> Htops]; [|done|done].
      iMod (history_step _ _ _ ((d, (o, n)) :: es') with "HH") as "HH".
      iModIntro. iSplitR "HΦ"; [|by iApply "HΦ"].
      iExists _, ((d, (o, n)) :: es'). rewrite chain_cons -Htops. iFrame "HH Hl He HP HC". iSplit; [|done].
      rewrite -(word_next t es ((d, (o, n)) :: es')) Htops. iFrame "Hh".
    - wp_cmpxchg_fail. iModIntro. iSplitL "Hh HH HC"; [iExists t', es'; by iFrame|]. iApply "HΦ". by iFrame.
  Qed.

  Theorem pop_spec :
    {{{ is_pool ∗ is_stack name γ head P }}}
      pop count #head #links
    {{{ v, RET v; ⌜v = NONEV⌝ ∨ ∃ d o n, ⌜v = SOMEV #d⌝ ∗ described d o n ∗ P o n }}}.
  Proof.
    iIntros (Φ) "[#Ip #I] HΦ". iLöb as "IH". wp_rec. wp_pures.
    wp_apply (load_head with "I"). iIntros (t es) "[#Hat %Htop]". destruct Htop as [Hle Hlt].
    wp_pures. rewrite word_rem //. destruct es as [|[d [o n]] es].
    { wp_pures. rewrite bool_decide_eq_true_2 //. wp_pures. iApply "HΦ". by iLeft. }
    assert (d < count)%nat as Hd by (apply (Hlt ltac:(done))).
    change (top ((d, (o, n)) :: es)) with d.
    rewrite bool_decide_eq_false_2; [|intros [= ?]; lia]. wp_pures.
    wp_apply (load_link with "[$Ip $I $Hat]"); [done|]. iIntros (z) "#Hz". wp_pures.
    wp_apply (take_first with "[$I $Hat $Hz]"); [done|].
    iIntros (v [|]) "H"; wp_pures; [|by iApply "IH"].
    iApply "HΦ". iRight. iExists d, o, n. by iFrame.
  Qed.

  Theorem push_spec d o n :
    {{{ is_pool ∗ is_stack name γ head P ∗ described d o n ∗ P o n }}}
      push count #head #links #d
    {{{ RET #(); True }}}.
  Proof.
    iIntros (Φ) "(#Ip & #I & (%Hd & Hl & He) & HP) HΦ". iLöb as "IH". wp_rec. wp_pures.
    wp_apply (load_head with "I"). iIntros (t es) "[_ [%Hle _]]". wp_pures. rewrite word_rem //.
    iDestruct "Hl" as (z) "Hl". wp_apply (write_link with "[$Ip $Hl]"); [done|]. iIntros "Hl". wp_pures.
    wp_apply (publish with "[$I $Hl $He $HP]"); [done|done|].
    iIntros (v [|]) "H"; wp_pures; [by iApply "HΦ"|].
    iDestruct "H" as "(Hl & He & HP)". iApply ("IH" with "[Hl] He HP HΦ"). by iExists _.
  Qed.

  Theorem claim_spec (size : nat) :
    {{{ is_pool ∗ is_stack name γ head P }}}
      claim count #head #links #extents #size
    {{{ v, RET v; ⌜v = NONEV⌝ ∨
        ∃ d o n, ⌜v = SOMEV (#d, (#o, #n))⌝ ∗ ⌜(size ≤ n)%nat⌝ ∗ described d o n ∗ P o n }}}.
  Proof.
    iIntros (Φ) "[#Ip #I] HΦ". iLöb as "IH". wp_rec. wp_pures.
    wp_apply (load_head with "I"). iIntros (t es) "[#Hat %Htop]". destruct Htop as [Hle Hlt].
    wp_pures. rewrite word_rem //. destruct es as [|[d [o n]] es].
    { wp_pures. rewrite bool_decide_eq_true_2 //. wp_pures. iApply "HΦ". by iLeft. }
    assert (d < count)%nat as Hd by (apply (Hlt ltac:(done))).
    change (top ((d, (o, n)) :: es)) with d.
    rewrite bool_decide_eq_false_2; [|intros [= ?]; lia]. wp_pures.
    wp_apply (load_link with "[$Ip $I $Hat]"); [done|]. iIntros (z) "#Hz". wp_pures.
    wp_apply (load_extent with "[$Ip $I $Hat]"); [done|]. iIntros (o' n') "#Hx". wp_pures.
    wp_apply (load_head with "I"). iIntros (t' es') "_". wp_pures.
    case_bool_decide; wp_pures; [|by iApply "IH"].
    case_bool_decide; wp_pures; [iApply "HΦ"; by iLeft|].
    wp_bind (CmpXchg _ _ _).
    iDestruct "Hx" as "[[-> ->]|Hpast]".
    - wp_apply (take_first with "[$I $Hat $Hz]"); [done|].
      iIntros (v [|]) "H"; wp_pures; [|by iApply "IH"].
      iApply "HΦ". iRight. iExists d, o, n. iFrame. iPureIntro. split; [done|lia].
    - (* the head has moved: this CAS cannot succeed *)
      wp_apply (take_first_past with "[$I $Hpast]"); [done|].
      iIntros (v) "_". wp_pures. by iApply "IH".
  Qed.
End proof.
