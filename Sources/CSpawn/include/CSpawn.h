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
/// `/dev/null` as its input, nothing else open but what `kept` names, default signal handlers and
/// `SIGKILL` as the signal that it gets when the calling *thread* ends.
///
/// The `kept_count` descriptors of `kept` are 3, 4, … in the child.
///
/// Returns 0 and the child's id, or the error number of the step that failed in parent or child.
int leat_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory,
    int output, const int *kept, int kept_count, const struct leat_limits *limits, pid_t *child);

/// A descriptor that becomes readable when the process has ended; -1 and errno on failure.
int leat_pidfd_open(pid_t pid);

/// Opens a pipe whose ends no other program gets; 0, or -1 and errno.
int leat_pipe(int ends[2]);

/// Opens an empty file in memory that no other program gets; -1 and errno on failure.
int leat_memory_file(const char *name);

/// Opens a TCP socket that listens on `port` of every address in *another process's* network, for
/// the calling process to accept from: a socket belongs to the network that it was made in, whoever
/// holds its descriptor.
///
/// `network` is that process's `/proc/<pid>/ns/net`. Returns the descriptor, or the negative number
/// of the error.
int leat_listen_in(const char *network, uint16_t port);

#endif
