#include "fuzz/reopen/image_edits.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "core/freelist/policy.hpp"
#include "core/layout/geometry.hpp"
#include "core/layout/prefix.hpp"
#include "core/layout/seal.hpp"
#include "core/recovery/index_region.hpp"

namespace rarena::fuzz {

namespace {

// The words of an image that has room for a header.
class Editor {
 public:
  Editor(Image& image, const detail::Geometry& geometry, oracle::Random& random)
      : image_(image), geometry_(geometry), random_(random) {
    read_lists();
  }

  void edit_prefix();
  void edit_header();
  void edit_annex();
  void edit_index();
  void edit_head();
  void edit_link();
  void edit_extent();
  void edit_two_extents();
  void move_between_lists();

 private:
  template <class T>
  T load(detail::Word<T> word) const {
    T value{};
    if (inside(word)) std::memcpy(&value, image_.data() + word.place, sizeof value);
    return value;
  }
  template <class T>
  void store(detail::Word<T> word, T value) {
    if (inside(word)) std::memcpy(image_.data() + word.place, &value, sizeof value);
  }
  template <class T>
  bool inside(detail::Word<T> word) const {
    return static_cast<std::uint64_t>(word.place) + sizeof(T) <= image_.size();
  }

  void read_lists();
  Offset some_descriptor();
  Offset some_offset();
  Size some_number(Size near);
  detail::Link some_link(detail::Link old);
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[random_.below(values.size())];
  }

  Image& image_;
  detail::Geometry geometry_;
  oracle::Random& random_;
  std::vector<Offset> listed_, spare_;
};

void Editor::read_lists() {
  constexpr std::size_t most = 256;  // as many as an image has room for
  const auto follow = [&](detail::Word<std::uint64_t> head, std::vector<Offset>& met) {
    for (detail::Link link(load(head)); link.next() != null_offset && met.size() < most;
         link = detail::Link(load(detail::Geometry::link(met.back())))) {
      if (!inside(detail::Geometry::extent(link.next())) || std::ranges::find(met, link.next()) != met.end()) return;
      met.push_back(link.next());
    }
  };
  follow(geometry_.free_head(), listed_);
  follow(geometry_.spare_head(), spare_);
}

// One that a list reaches, else any.
Offset Editor::some_descriptor() {
  const std::uint64_t count = listed_.size() + spare_.size();
  if (count == 0 || random_.below(8) == 0) return static_cast<Offset>(random_.below(image_.size()) & ~std::uint64_t{15});
  const std::uint64_t i = random_.below(count);
  return i < listed_.size() ? listed_[i] : spare_[i - listed_.size()];
}

// A place where something begins or ends, or one beside it.
Offset Editor::some_offset() {
  const auto begin = static_cast<Offset>(geometry_.data_offset());
  const Offset descriptor = some_descriptor();
  const Extent extent = detail::decode_extent(load(detail::Geometry::extent(descriptor)));
  const auto base = one_of<Offset>({begin, load(geometry_.cursor()), static_cast<Offset>(image_.size()), descriptor,
                                    descriptor + detail::descriptor_size, extent.offset, static_cast<Offset>(extent.end()),
                                    static_cast<Offset>(random_.below(image_.size() + 1))});
  return base + one_of<Offset>({0, 0, 0, 0, 1, 0xffffffff, detail::descriptor_size, Offset{0} - detail::descriptor_size});
}

Size Editor::some_number(Size near) {
  return one_of<Size>({near + 1, near - 1, near + 16, near - 16, 0, 1, 0x7fffffff, 0xffffffff, some_offset(), some_offset()});
}

void Editor::edit_prefix() {
  const auto at = static_cast<std::size_t>(geometry_.prefix());
  const auto byte = one_of<std::size_t>({0, 1, 2, 3, 4, 5, 6, 6, 7});
  image_[at + byte] = static_cast<std::byte>(one_of<unsigned>({0, 1, 2, 3, 'a', 'l', 255}));
}

void Editor::edit_header() {
  if (random_.below(4) == 0) {  // about as many discarded bytes as there can be
    const auto most = static_cast<Size>(load(geometry_.cursor()) - geometry_.data_offset());
    return store(geometry_.discarded(), most - static_cast<Size>(random_.below(4) * random_.below(40)));
  }
  const auto word = one_of<detail::Word<std::uint32_t>>(
      {geometry_.cursor(), geometry_.cursor(), geometry_.discarded(), geometry_.min_segment_size(), geometry_.seal()});
  store(word, some_number(load(word)));
}

// A generation at either end, another machine, a flush that failed, a witness of any kind, members, a file that was longer;
// and, of a file that was open, an identity that nobody knew: the only such seal that is the same everywhere.
void Editor::edit_annex() {
  const auto word = [](detail::Place place) { return detail::Word<std::uint32_t>{place}; };
  switch (random_.below(9)) {
    case 0: {
      const std::uint32_t now = load(word(geometry_.annex()));
      return store(word(geometry_.annex()), one_of<std::uint32_t>({0, 48, 64, 80, 128, now + 16, now - 16, 0xffffffff}));
    }
    case 1:
    case 2: return store(geometry_.capacity_record(), some_number(static_cast<Size>(image_.size())));
    case 3: {
      const std::uint64_t now = load(geometry_.generation());
      return store(geometry_.generation(),
                   one_of<std::uint64_t>({0, 1, now + 1, now - 1, ~std::uint64_t{0}, ~std::uint64_t{1}}));
    }
    case 4:
      return store(one_of({geometry_.boot(), geometry_.device(), geometry_.file()}),
                   one_of({0U, 1U, static_cast<std::uint32_t>(random_.next())}));
    case 5: return store(geometry_.state(), one_of<std::uint32_t>({0, 1, 1, 2, 2, 3, 0xffffffff}));
    case 6:
      return store(geometry_.witness(random_.below(2)),
                   one_of({0U, detail::owner_died, detail::unwitnessed, detail::owner_died | detail::unwitnessed, 77U,
                           static_cast<std::uint32_t>(random_.next())}));
    case 7:
      return store(geometry_.members(), one_of<std::uint32_t>({1, 16, static_cast<std::uint32_t>(geometry_.data_offset()),
                                                               static_cast<std::uint32_t>(image_.size()) - 16, 0xfffffff0}));
    default: break;
  }
  for (const auto mark : {geometry_.boot(), geometry_.device(), geometry_.file()}) store(mark, 0U);
  store(geometry_.seal(), detail::dirty_marker(load(geometry_.generation()), {}));
}

// The shape, a hint, or a boundary: its key, its table, or a mark.
void Editor::edit_index() {
  if (!geometry_.has_index()) return edit_annex();
  const auto in_head = [&](std::size_t offset) {
    return detail::Word<std::uint32_t>{geometry_.index() + static_cast<detail::Place>(offset)};
  };
  const std::uint32_t boundaries = (static_cast<Offset>(geometry_.data_offset()) - geometry_.root(0)) / detail::descriptor_size;
  switch (random_.below(4)) {
    case 0: {
      const auto word = in_head(40 + 4 * random_.below(6));
      return store(word, one_of<std::uint32_t>({load(word) + 1, load(word) - 1, 0, 31, 32, 0xffffffff}));
    }
    case 1: return store(in_head(4 * random_.below(10)), static_cast<std::uint32_t>(random_.next()));
    default: break;
  }
  if (boundaries == 0) return;
  const Offset boundary = geometry_.root(0) + static_cast<Offset>(random_.below(boundaries)) * detail::descriptor_size;
  const auto word = detail::Geometry::extent(boundary);
  const Extent extent = detail::decode_extent(load(word));
  const Offset table = geometry_.table(static_cast<std::uint32_t>(random_.below(4)));
  switch (random_.below(3)) {
    case 0: return store(word, detail::encode(Extent{one_of<Offset>({table, table + 16, some_offset()}), extent.size}));
    case 1: return store(word, detail::encode(Extent{extent.offset, some_number(extent.size)}));
    default:
      return store(detail::Geometry::link(boundary), some_link(detail::Link(load(detail::Geometry::link(boundary)))).bits());
  }
}

detail::Link Editor::some_link(detail::Link old) {
  switch (random_.below(4)) {
    case 0: return {some_descriptor(), old.marked(), old.tag()};
    case 1: return {some_offset() & ~Offset{15}, old.marked(), old.tag()};
    case 2: return {old.next(), !old.marked(), old.tag()};
    default:
      return {one_of<Offset>({old.next(), null_offset}), old.marked(),
              one_of<std::uint64_t>({0, detail::Link::tag_limit - 1, old.tag() + 1})};
  }
}

void Editor::edit_head() {
  const auto word = one_of({geometry_.free_head(), geometry_.spare_head()});
  store(word, some_link(detail::Link(load(word))).bits());
}

void Editor::edit_link() {
  const auto word = detail::Geometry::link(some_descriptor());
  store(word, some_link(detail::Link(load(word))).bits());
}

void Editor::edit_extent() {
  const auto word = detail::Geometry::extent(some_descriptor());
  Extent extent = detail::decode_extent(load(word));
  switch (random_.below(4)) {
    case 0: extent.offset = some_offset(); break;
    case 1: extent.size = some_number(extent.size); break;
    case 2: extent.offset += one_of<Offset>({1, 0xffffffff, 16, Offset{0} - 16, extent.size, Offset{0} - extent.size}); break;
    default: extent = {some_offset(), some_number(extent.size)}; break;
  }
  store(word, detail::encode(extent));
}

// Two segments swap places, become one place, or touch.
void Editor::edit_two_extents() {
  const auto word = detail::Geometry::extent(some_descriptor()), other = detail::Geometry::extent(some_descriptor());
  Extent a = detail::decode_extent(load(word)), b = detail::decode_extent(load(other));
  switch (random_.below(3)) {
    case 0: std::swap(a, b); break;
    case 1: a.offset = b.offset; break;
    default: a.offset = static_cast<Offset>(b.end()); break;
  }
  store(word, detail::encode(a));
  store(other, detail::encode(b));
}

// The head of one list becomes that of the other.
void Editor::move_between_lists() {
  const bool frees = random_.below(2) == 0;
  const auto from = frees ? geometry_.free_head() : geometry_.spare_head();
  const auto to = frees ? geometry_.spare_head() : geometry_.free_head();
  const detail::Link source(load(from)), target(load(to));
  const auto word = detail::Geometry::link(source.next());
  if (source.next() == null_offset || !inside(detail::Geometry::extent(source.next()))) return;
  const detail::Link link(load(word));
  store(from, source.linked_to(link.next()).bits());
  store(word, (frees ? link.marked_to(target.next()) : link.linked_to(target.next())).bits());
  store(to, target.linked_to(source.next()).bits());
  if (!frees) store(detail::Geometry::extent(source.next()), detail::encode(Extent{some_offset(), some_number(16)}));
}

void resize(Image& image, const detail::Geometry& geometry, std::size_t limit, oracle::Random& random) {
  const std::array<std::uint64_t, 8> sizes = {image.size() + 1,           image.size() - 1,      image.size() + 16,
                                              image.size() - 16,          image.size() * 2,      image.size() / 2U,
                                              geometry.data_offset() + 1, geometry.data_offset()};
  const std::uint64_t size = sizes.at(random.below(sizes.size()));
  if (size <= limit) image.resize(size);
}

}  // namespace

void edit_image(Image& image, const Options& options, std::size_t limit, oracle::Random& random) {
  const detail::Geometry geometry = detail::recorded_geometry(image, options.reserved);
  if (image.size() < geometry.data_offset()) {
    if (Image made = sound_image(options, limit, random); !made.empty()) image = std::move(made);
    return;
  }
  Editor editor(image, geometry, random);
  switch (random.below(16)) {
    case 14:
    case 15: return editor.edit_index();
    case 0: return editor.edit_prefix();
    case 12:
    case 13: return editor.edit_annex();
    case 1:
    case 2: return editor.edit_header();
    case 3: return editor.edit_head();
    case 4:
    case 5: return editor.edit_link();
    case 6:
    case 7: return editor.edit_extent();
    case 8:
    case 9: return editor.edit_two_extents();
    case 10: return editor.move_between_lists();
    default: return resize(image, geometry, limit, random);
  }
}

namespace {

// Adjacent pieces of the data: slots for descriptors, free segments, and what is live or discarded.
struct Pieces {
  std::vector<Offset> slots;
  std::vector<Extent> free;
  std::uint64_t end = 0;
};

Pieces cut_data(std::uint64_t begin, std::uint64_t stop, oracle::Random& random) {
  Pieces pieces{.slots = {}, .free = {}, .end = begin};
  const std::uint64_t count = random.below(24);
  for (std::uint64_t i = 0; i < count; ++i) {
    const bool slot = random.below(2) == 0;
    const std::uint64_t first = slot ? detail::align_up(pieces.end, detail::descriptor_size) : pieces.end;
    const std::uint64_t end = first + (slot ? detail::descriptor_size : 1 + random.below(64));
    if (end > stop) break;
    if (slot)
      pieces.slots.push_back(static_cast<Offset>(first));
    else if (random.below(2) == 0)
      pieces.free.push_back(detail::extent_between(first, end));
    pieces.end = end;
  }
  return pieces;
}

template <class T>
void put(Image& image, detail::Place place, const T& value) {
  std::memcpy(image.data() + place, &value, sizeof value);
}

// Writes the lists, and returns their heads.
std::pair<detail::Link, detail::Link> put_lists(Image& image, Freelist kind, Pieces pieces, oracle::Random& random) {
  const bool descending = kind == Freelist::optimistic;
  if (pieces.free.size() > pieces.slots.size()) pieces.free.resize(pieces.slots.size());
  std::ranges::sort(pieces.free, [&](Extent a, Extent b) { return descending ? a.size > b.size : a.size < b.size; });
  for (std::size_t i = pieces.slots.size(); i > 1; --i) std::swap(pieces.slots[i - 1], pieces.slots[random.below(i)]);
  const std::size_t listed = pieces.free.size(), all = pieces.slots.size();
  for (std::size_t i = 0; i < all; ++i) {
    const bool last = i + 1 == listed || i + 1 == all;
    const bool marked = i >= listed || random.below(8) == 0;
    put(image, detail::Geometry::link(pieces.slots[i]).place,
        detail::Link(last ? null_offset : pieces.slots[i + 1], marked, random.next()).bits());
    put(image, detail::Geometry::extent(pieces.slots[i]).place, i < listed ? detail::encode(pieces.free[i]) : random.next());
  }
  const auto head = [&](std::size_t first, std::size_t stop) {
    return detail::Link(first < stop ? pieces.slots[first] : null_offset, false, random.next());
  };
  return {head(0, listed), head(listed, all)};
}

// An index of some shape, or none: there is none without a freelist.
detail::IndexShape some_shape(Freelist kind, oracle::Random& random) {
  if (kind == Freelist::none || random.below(2) == 0) return {};
  detail::IndexShape shape{.window_shift = static_cast<std::uint32_t>(6 + random.below(6)),
                           .windows = static_cast<std::uint32_t>(1 + random.below(6))};
  if (random.below(4) == 0) return shape;
  shape.first = static_cast<std::uint32_t>(random.below(5));
  shape.roots = static_cast<std::uint32_t>(1 + random.below(12));
  shape.tables = static_cast<std::uint32_t>(random.below(3));
  return shape;
}

// The root boundaries into the list whose head is given; returns the new head.
detail::Link put_roots(Image& image, const detail::Geometry& geometry, Freelist kind, detail::Link head) {
  const detail::Roots roots(geometry, kind);
  const auto next_of = [&](Offset descriptor) {
    return detail::Link(detail::MemoryView(image.data(), geometry).load(detail::Geometry::link(descriptor)));
  };
  for (std::uint32_t n = 0; n < roots.count(); ++n) {
    Offset before = null_offset;
    detail::Link link = head;
    while (link.next() != null_offset) {
      const Extent extent =
          detail::decode_extent(detail::MemoryView(image.data(), geometry).load(detail::Geometry::extent(link.next())));
      if (!detail::precedes(kind, extent.size, roots.key(n)) && !geometry.is_boundary(link.next())) break;
      before = link.next();
      link = next_of(before);
    }
    const Offset root = roots.descriptor(n);
    put(image, detail::Geometry::link(root).place, detail::Link(link.next(), false, n).bits());
    put(image, detail::Geometry::extent(root).place, detail::encode(Extent{null_offset, roots.key(n)}));
    const detail::Link past = link.marked() ? link.marked_to(root) : link.linked_to(root);
    if (before == null_offset)
      head = past;
    else
      put(image, detail::Geometry::link(before).place, past.bits());
  }
  return head;
}

}  // namespace

Image sound_image(const Options& options, std::size_t limit, oracle::Random& random) {
  const auto reserved = static_cast<Size>(options.reserved);
  if (options.freelist > Freelist::pessimistic) return {};
  const detail::IndexShape shape = some_shape(options.freelist, random);
  const std::uint64_t begin = detail::Geometry::unified(reserved, 0, shape).data_offset();
  if (begin >= limit) return {};
  const std::uint64_t size = begin + 1 + random.below(std::min<std::uint64_t>(limit - begin, 1024));
  Image image(size);
  const detail::Geometry geometry = detail::Geometry::unified(reserved, static_cast<Size>(size), shape);
  const Pieces pieces = cut_data(begin, size, random);
  detail::Header header{};
  header.allocated = static_cast<std::uint32_t>(pieces.end);
  header.min_segment_size = static_cast<std::uint32_t>(random.below(64));
  if (options.freelist != Freelist::none) {
    const auto [free, spare] = put_lists(image, options.freelist, pieces, random);
    const bool left_open = geometry.has_index() && random.below(2) == 0;
    header.free_head = (left_open ? put_roots(image, geometry, options.freelist, free) : free).bits();
    header.spare_head = spare.bits();
  }
  detail::Annex annex{};
  annex.size = static_cast<Size>(detail::annex_size + shape.bytes());
  annex.capacity = geometry.capacity();
  annex.generation = random.below(4);
  if (geometry.has_index()) put(image, geometry.index(), detail::head_of(shape));
  put(image, geometry.annex(), annex);
  put(image, geometry.header(), header);
  put(image, geometry.prefix(),
      detail::encode(
          detail::Prefix{.freelist = static_cast<std::uint8_t>(options.freelist), .magic_version = options.magic_version}));
  return image;
}

}  // namespace rarena::fuzz
