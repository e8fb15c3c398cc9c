#define _GNU_SOURCE
#include "CSpawn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// In C because only async-signal-safe calls are allowed in a copy of a program with threads.

int leat_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int leat_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

// The network belongs to a user namespace, in which whoever made it has every right. It may be the
// caller's own, which can't be entered again.
static int enter(int network) {
  int owner = ioctl(network, NS_GET_USERNS);
  if (owner < 0) return errno;
  struct stat theirs, ours;
  int failure = 0;
  if (fstat(owner, &theirs) != 0 || stat("/proc/self/ns/user", &ours) != 0 ||
      (theirs.st_ino != ours.st_ino && setns(owner, CLONE_NEWUSER) != 0))
    failure = errno;
  close(owner);
  if (failure != 0) return failure;
  return setns(network, CLONE_NEWNET) == 0 ? 0 : errno;
}

// On every address: the loopback interface may not be up yet, and there is no other one.
static int listen_on(uint16_t port) {
  int one = 1, none = 0;
  struct sockaddr_in6 both = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  int socket6 = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket6 >= 0) {
    setsockopt(socket6, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (setsockopt(socket6, IPPROTO_IPV6, IPV6_V6ONLY, &none, sizeof none) == 0 &&
        bind(socket6, (struct sockaddr *)&both, sizeof both) == 0 && listen(socket6, 128) == 0)
      return socket6;
    close(socket6);
  }
  // A system without IPv6.
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
  int socket4 = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket4 < 0) return -errno;
  setsockopt(socket4, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(socket4, (struct sockaddr *)&four, sizeof four) == 0 && listen(socket4, 128) == 0)
    return socket4;
  int failure = errno;
  close(socket4);
  return -failure;
}

int leat_listen_in(const char *network, uint16_t port) {
  int namespace = open(network, O_RDONLY | O_CLOEXEC);
  if (namespace < 0) return -errno;
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) {
    int failure = errno;
    close(namespace);
    return -failure;
  }
  // A user namespace can't be entered by a program with threads: a copy does it. The copy has the
  // same table of descriptors, so what it opens is open here when it has ended.
  long copy = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
  if (copy == 0) {
    int failure = enter(namespace);
    int result = failure == 0 ? listen_on(port) : -failure;
    ssize_t ignored = write(report[1], &result, sizeof result);
    (void)ignored;  // nobody is left to tell
    _exit(0);
  }
  int result = copy < 0 ? -errno : -ECHILD;
  if (copy > 0) {
    while (waitpid((pid_t)copy, NULL, 0) < 0 && errno == EINTR) {}
    int told;
    // The pipe is open on this side too: it is read only when the copy has ended, and never waits.
    fcntl(report[0], F_SETFL, O_NONBLOCK);
    if (read(report[0], &told, sizeof told) == (ssize_t)sizeof told) result = told;
  }
  close(namespace);
  close(report[0]);
  close(report[1]);
  return result;
}
