// LMDB, a B+ tree in a file: a block is the value of a new key, put and deleted in one transaction that nothing waits for.
// Values move when others are put, so there is one block at a time. Debian package liblmdb-dev.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "bench/peer.hpp"
#include "bench/temporary_folder.hpp"

#ifdef RARENA_BENCH_LMDB
#include <lmdb.h>
#endif

namespace rarena::bench {

#ifdef RARENA_BENCH_LMDB

inline void lmdb_or_throw(int status) {
  if (status != MDB_SUCCESS) throw std::runtime_error(::mdb_strerror(status));
}

// A file that is open.
class LmdbEnvironment {
 public:
  LmdbEnvironment(const std::filesystem::path& folder, std::size_t bytes, unsigned flags) {
    lmdb_or_throw(::mdb_env_create(&environment_));
    lmdb_or_throw(::mdb_env_set_mapsize(environment_, bytes));
    lmdb_or_throw(::mdb_env_open(environment_, folder.c_str(), flags, 0600));
  }
  ~LmdbEnvironment() { ::mdb_env_close(environment_); }
  LmdbEnvironment(const LmdbEnvironment&) = delete;
  LmdbEnvironment& operator=(const LmdbEnvironment&) = delete;

  MDB_env* get() const { return environment_; }

 private:
  MDB_env* environment_ = nullptr;
};

// A transaction that writes; what is not committed is dropped.
class LmdbTransaction {
 public:
  explicit LmdbTransaction(const LmdbEnvironment& environment) {
    lmdb_or_throw(::mdb_txn_begin(environment.get(), nullptr, 0, &transaction_));
    lmdb_or_throw(::mdb_dbi_open(transaction_, nullptr, MDB_INTEGERKEY, &database_));
  }
  ~LmdbTransaction() {
    if (transaction_ != nullptr) ::mdb_txn_abort(transaction_);
  }
  LmdbTransaction(const LmdbTransaction&) = delete;
  LmdbTransaction& operator=(const LmdbTransaction&) = delete;

  // Where the value is; nullptr: there is no room.
  std::byte* put(std::uint64_t key, std::size_t size) {
    MDB_val name{sizeof key, &key};
    MDB_val value{size, nullptr};
    return ::mdb_put(transaction_, database_, &name, &value, MDB_RESERVE) == MDB_SUCCESS
               ? static_cast<std::byte*>(value.mv_data)
               : nullptr;
  }
  void remove(std::uint64_t key) {
    MDB_val name{sizeof key, &key};
    lmdb_or_throw(::mdb_del(transaction_, database_, &name, nullptr));
  }
  void commit() { lmdb_or_throw(::mdb_txn_commit(std::exchange(transaction_, nullptr))); }

 private:
  MDB_txn* transaction_ = nullptr;
  MDB_dbi database_ = 0;
};

#endif

class LmdbPeer {
 public:
  struct Block {
    std::byte* memory = nullptr;
    std::size_t size = 0;
    std::uint64_t key = 0;
  };
  static constexpr std::string_view name = "lmdb";
  static constexpr bool threads = false;
  static constexpr bool stays = false;
  static constexpr bool bounded = true;

#ifdef RARENA_BENCH_LMDB
  // One record stays: a tree that gets empty gives a page up, which serves again only after the transaction.
  explicit LmdbPeer(std::size_t bytes) : environment_(folder_.path(), 4 * bytes, MDB_NOSYNC | MDB_WRITEMAP) { allocate(1); }

  Block allocate(std::size_t size) {
    ++key_;
    return {transaction_.put(key_, size), size, key_};
  }
  void free(const Block& block) { transaction_.remove(block.key); }

 private:
  TemporaryFolder folder_;
  LmdbEnvironment environment_;
  LmdbTransaction transaction_{environment_};
  std::uint64_t key_ = 0;
#else
  explicit LmdbPeer(std::size_t) { throw std::runtime_error("liblmdb-dev was not there when this program was built"); }

  Block allocate(std::size_t) { return {}; }
  void free(const Block&) {}
#endif
};

static_assert(Frees<LmdbPeer> && !Keeps<LmdbPeer>);

}  // namespace rarena::bench
