#ifndef CSPAWN_H
#define CSPAWN_H

#include "heap.h"

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

/// Starts a program in a process group of its own, with `output` as its standard output and error,
/// `/dev/null` as its input, nothing else open, default signal handlers and `SIGKILL` as the signal
/// that it gets when the calling *thread* ends.
///
/// `bytes_max` limits its private writable memory (RLIMIT_DATA); 0 sets no limit.
/// Returns 0 and the child's id, or the error number of the step that failed in parent or child.
int leat_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory,
    int output, int64_t bytes_max, pid_t *child);

/// A descriptor that becomes readable when the process has ended; -1 and errno on failure.
int leat_pidfd_open(pid_t pid);

#endif
