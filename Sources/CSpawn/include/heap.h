#ifndef LEAT_HEAP_H
#define LEAT_HEAP_H

#include <malloc.h>

// <malloc.h> is not part of Swift's Glibc module. A refusal changes nothing but time.
static inline void leat_share_heap(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TOP_PAD, 8 << 20);
}

#endif
