#include "async/task.h"

#include <cstdlib>

namespace mesh::async {

namespace {

constexpr size_t kClass = 128;
constexpr size_t kClasses = 32;
constexpr size_t kKept = 512;  // frames kept per class

struct FreeFrames {
  struct Node {
    Node* next;
  };
  Node* head[kClasses] = {};
  size_t count[kClasses] = {};

  ~FreeFrames() {
    for (Node* node : head)
      while (node != nullptr) std::free(std::exchange(node, node->next));
  }
};

thread_local FreeFrames free_frames;

}  // namespace

void* allocate_frame(size_t size) {
  size_t index = (size + kClass - 1) / kClass;
  if (index < kClasses) {
    FreeFrames& frames = free_frames;
    if (FreeFrames::Node* node = frames.head[index]) {
      frames.head[index] = node->next;
      --frames.count[index];
      return node;
    }
    size = index * kClass;
  }
  void* frame = std::malloc(size);
  if (frame == nullptr) throw std::bad_alloc();
  return frame;
}

void free_frame(void* frame, size_t size) noexcept {
  size_t index = (size + kClass - 1) / kClass;
  FreeFrames& frames = free_frames;
  if (index >= kClasses || frames.count[index] == kKept) {
    std::free(frame);
    return;
  }
  auto* node = static_cast<FreeFrames::Node*>(frame);
  node->next = frames.head[index];
  frames.head[index] = node;
  ++frames.count[index];
}

}  // namespace mesh::async
