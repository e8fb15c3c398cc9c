#ifndef CSPAWN_H
#define CSPAWN_H

#include "heap.h"

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

/// Bounds of a child and of what it starts; 0 sets none.
struct leat_limits {
  /// Private writable memory of a process, in bytes (RLIMIT_DATA).
  int64_t memory_bytes;
  int64_t open_files;
  /// Processes and threads of the *user*, those of others among them (RLIMIT_NPROC).
  int64_t user_tasks;
  /// The longest file that it can write, in bytes; further writes fail with EFBIG.
  int64_t file_bytes;
  /// Added to its niceness, 0 to 19.
  int niceness;
};

/// Starts a program in a process group of its own, with `output` as its standard output and error,
/// `/dev/null` as its input, nothing else open, default signal handlers and `SIGKILL` as the signal
/// that it gets when the calling *thread* ends.
///
/// Returns 0 and the child's id, or the error number of the step that failed in parent or child.
int leat_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory,
    int output, const struct leat_limits *limits, pid_t *child);

/// A descriptor that becomes readable when the process has ended; -1 and errno on failure.
int leat_pidfd_open(pid_t pid);

#endif
