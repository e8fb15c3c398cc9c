#define _GNU_SOURCE
#include "CSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// In C because only async-signal-safe calls are allowed between fork and exec in a program with
// threads, which Swift can't promise; posix_spawn knows neither limits nor a parent-death signal.

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// The number of a child's first descriptor beyond the standard ones.
#define FIRST_KEPT 3
#define KEPT_MAX 8

static void close_on_exec_from(int first) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, (unsigned)first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
#endif
  struct rlimit limit;
  int end = 65536;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536) end = (int)limit.rlim_cur;
  for (int descriptor = first; descriptor < end; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

// A hard limit that is lower already stays: it can't be raised.
static int bound(int resource, int64_t most) {
  if (most <= 0) return 0;
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0) return errno;
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < (rlim_t)most) most = (int64_t)limit.rlim_max;
  limit.rlim_cur = limit.rlim_max = (rlim_t)most;
  return setrlimit(resource, &limit) == 0 ? 0 : errno;
}

static int bound_all(const struct leat_limits *limits) {
  int failure = bound(RLIMIT_DATA, limits->memory_bytes);
  if (failure == 0) failure = bound(RLIMIT_NOFILE, limits->open_files);
  if (failure == 0) failure = bound(RLIMIT_NPROC, limits->user_tasks);
  if (failure == 0) failure = bound(RLIMIT_FSIZE, limits->file_bytes);
  if (failure != 0) return failure;
  // A write beyond the limit is then an error (EFBIG) that a program can handle, and no signal.
  if (limits->file_bytes > 0) {
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    sigaction(SIGXFSZ, &ignored, NULL);
  }
  // Politeness that the system refuses changes nothing but time.
  if (limits->niceness > 0) setpriority(PRIO_PROCESS, 0, limits->niceness);
  return 0;
}

static int become(
    const char *path, char *const arguments[], char *const environment[], const char *directory,
    int output, const int *kept, int kept_count, const struct leat_limits *limits, pid_t parent) {
  if (setpgid(0, 0) != 0) return errno;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
  // The parent may have died before the line above.
  if (getppid() != parent) _exit(137);
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int number = 1; number < 32; number++) sigaction(number, &standard, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int null = open("/dev/null", O_RDONLY);
  if (null < 0) return errno;
  if (dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) return errno;
  for (int index = 0; index < kept_count; index++)
    if (dup2(kept[index], FIRST_KEPT + index) < 0) return errno;
  close_on_exec_from(FIRST_KEPT + kept_count);
  if (chdir(directory) != 0) return errno;
  int failure = bound_all(limits);
  if (failure != 0) return failure;
  struct rlimit no_core = {0, 0};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) return errno;
  execve(path, arguments, environment);
  return errno;
}

int leat_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory,
    int output, const int *kept, int kept_count, const struct leat_limits *limits, pid_t *child) {
  if (kept_count > KEPT_MAX) return EINVAL;
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return errno;
  pid_t parent = getpid();
  pid_t pid = fork();
  if (pid < 0) {
    int failure = errno;
    close(report[0]);
    close(report[1]);
    return failure;
  }
  if (pid == 0) {
    // Above those that the child gets, which then overwrite none that is still needed.
    int above = FIRST_KEPT + KEPT_MAX, moved[KEPT_MAX], failure = 0;
    int channel = fcntl(report[1], F_DUPFD_CLOEXEC, above);
    for (int index = 0; index < kept_count && failure == 0; index++)
      if ((moved[index] = fcntl(kept[index], F_DUPFD_CLOEXEC, above)) < 0) failure = errno;
    if (failure == 0)
      failure = become(
          path, arguments, environment, directory, output, moved, kept_count, limits, parent);
    ssize_t ignored = write(channel, &failure, sizeof failure);
    (void)ignored;  // nobody is left to tell
    _exit(127);
  }
  close(report[1]);
  int failure = 0;
  ssize_t count;
  do count = read(report[0], &failure, sizeof failure);
  while (count < 0 && errno == EINTR);
  close(report[0]);
  if (count == (ssize_t)sizeof failure) {
    waitpid(pid, NULL, 0);
    return failure;
  }
  *child = pid;
  return 0;
}

int leat_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
