#include "models/operations/judge.hpp"

#include "models/operations/text.hpp"

namespace rarena::operations {

std::optional<Difference> judge(const History& history) {
  if (history.setting.store == StoreKind::atomic) return judge(history, Shipped<AtomicStore>());
  return judge(history, Shipped<PlainStore>());
}

std::string artifact(const History& history, const Difference& finding) {
  History cut = history;
  cut.operations.resize(finding.operation);
  return print(cut) + "# FOUND: " + finding.message + "\n";
}

}  // namespace rarena::operations
