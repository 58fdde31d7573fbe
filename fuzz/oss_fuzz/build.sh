#!/bin/bash -eu
# Builds the fuzz targets the way OSS-Fuzz and ClusterFuzzLite ask for it: sanitizers and coverage are in CXXFLAGS, the engine is
# LIB_FUZZING_ENGINE, and what is to run goes to OUT: per target the program, its seeds, its options, and its dictionary if it has one.

cmake -S "$SRC/rarena" -B "$WORK/rarena" -G Ninja -DCMAKE_BUILD_TYPE=None -DRARENA_BUILD_FUZZERS=ON \
  -DRARENA_BUILD_TESTS=OFF -DRARENA_BUILD_MODELS=OFF -DRARENA_BUILD_TOOLS=OFF "-DRARENA_FUZZING_ENGINE=$LIB_FUZZING_ENGINE"

for target in reopen:4098 op_sequence:2048; do
  name=${target%:*} longest=${target#*:}
  cmake --build "$WORK/rarena" --target "${name}_fuzzer"
  cp "$WORK/rarena/fuzz/${name}_fuzzer" "$OUT/"
  (cd "$SRC/rarena/fuzz/$name/corpus" && python3 -m zipfile -c "$OUT/${name}_fuzzer_seed_corpus.zip" ./*)
  printf '[libfuzzer]\nmax_len = %s\n' "$longest" >"$OUT/${name}_fuzzer.options"
  dictionary=$SRC/rarena/fuzz/$name/$name.dict
  if [[ -e $dictionary ]]; then cp "$dictionary" "$OUT/${name}_fuzzer.dict"; fi
done
