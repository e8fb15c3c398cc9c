// malloc's parameters: <malloc.h> is not part of Swift's Glibc module.
#define _GNU_SOURCE
#include "heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { step = 96 << 20, large_page = 2 << 20, mapped_apart = 32 << 20 };
enum { server_mapped_apart = 12 << 20, server_kept = 16 << 20 };

void leat_share_heap(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, mapped_apart);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, step);
  // Grown once, so that its pages can be asked for: a fault for each 4 KiB would cost a fifth of the
  // time of a large template. Only what is touched becomes resident.
  uintptr_t start = ((uintptr_t)sbrk(0) + large_page - 1) & ~(uintptr_t)(large_page - 1);
  // Volatile: an allocation that nobody uses is optimised away.
  void *volatile grown = malloc(1 << 20);
  free(grown);
  uintptr_t end = (uintptr_t)sbrk(0);
  if (end > start) madvise((void *)start, end - start, MADV_HUGEPAGE);
}

void leat_keep_heap(void) {
  mallopt(M_MMAP_THRESHOLD, server_mapped_apart);
  mallopt(M_TRIM_THRESHOLD, server_kept);
}
