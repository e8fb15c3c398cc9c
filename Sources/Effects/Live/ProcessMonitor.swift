import CSpawn
import Glibc
import Synchronization

/// Forks children and waits for their output and their end, on one thread with epoll: no thread
/// a child, and none of the cooperative pool's.
final class ProcessMonitor: Sendable {
  /// The meaning of a descriptor in the epoll set.
  private enum Watched {
    case wake
    case output(ProcessOutput)
    case ending(LiveProcess)
  }

  private struct State {
    var epoll: Int32 = -1
    var wake: Int32 = -1
    var watched: [Int32: Watched] = [:]
    var jobs: [@Sendable () -> Void] = []
    var isStopping = false
  }

  private let state = Mutex(State())

  /// Starts a child on the monitor's thread and waits for the result: about a millisecond.
  ///
  /// - Parameter kept: descriptors that are 3, 4, … in the child.
  func spawn(_ command: ProcessCommand, kept: [Int32] = []) throws(FileFailure) -> LiveProcess {
    try startThread()
    let result = Mutex<Result<LiveProcess, FileFailure>?>(nil)
    // The semaphore outlives the job, which signals it as its last act, and whose end this awaits.
    let done = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    sem_init(done, 0, 0)
    defer {
      sem_destroy(done)
      done.deallocate()
    }
    let address = UInt(bitPattern: done)
    enqueue { [self] in
      let outcome: Result<LiveProcess, FileFailure>
      do throws(FileFailure) { outcome = .success(try fork(command, kept)) } catch {
        outcome = .failure(error)
      }
      result.withLock { $0 = outcome }
      if let done = UnsafeMutablePointer<sem_t>(bitPattern: address) { sem_post(done) }
    }
    while sem_wait(done) != 0, errno == EINTR {}
    guard let outcome = result.withLock({ $0 }) else {
      throw FileFailure(
        operation: "spawn", path: command.executable, errno: ECANCELED, reason: "stopped")
    }
    return try outcome.get()
  }

  func stop() {
    enqueueStop()
  }

  private func enqueueStop() {
    let wake = state.withLock { state in
      state.isStopping = true
      return state.wake
    }
    if wake >= 0 { eventfd_write(wake, 1) }
  }

  private func enqueue(_ job: @escaping @Sendable () -> Void) {
    let wake = state.withLock { state in
      state.jobs.append(job)
      return state.wake
    }
    eventfd_write(wake, 1)
  }

  private func startThread() throws(FileFailure) {
    let failure = state.withLock { state -> FileFailure? in
      guard state.epoll < 0 else { return nil }
      let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
      guard epoll >= 0 else { return .last("epoll_create1", "") }
      let wake = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
      guard wake >= 0 else {
        defer { close(epoll) }
        return .last("eventfd", "")
      }
      var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: wake))
      guard epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) == 0 else {
        defer {
          close(epoll)
          close(wake)
        }
        return .last("epoll_ctl", "")
      }
      state.epoll = epoll
      state.wake = wake
      state.watched[wake] = .wake
      var thread = pthread_t()
      let context = Unmanaged.passRetained(self)
      let code = pthread_create(
        &thread, nil,
        { context in
          guard let context else { return nil }
          Unmanaged<ProcessMonitor>.fromOpaque(context).takeRetainedValue().run()
          return nil
        }, context.toOpaque())
      guard code == 0 else {
        context.release()
        return FileFailure(
          operation: "pthread_create", path: "", errno: code,
          reason: String(cString: strerror(code)))
      }
      pthread_detach(thread)
      return nil
    }
    if let failure { throw failure }
  }

  private func run() {
    var events = [epoll_event](repeating: epoll_event(), count: 64)
    let epoll = state.withLock { $0.epoll }
    while true {
      let count = epoll_wait(epoll, &events, Int32(events.count), -1)
      for event in events.prefix(Int(max(0, count))) { handle(event.data.fd, epoll) }
      let (jobs, isStopping) = state.withLock { state in
        defer { state.jobs = [] }
        return (state.jobs, state.isStopping)
      }
      for job in jobs { job() }
      if isStopping && jobs.isEmpty { return finish() }
    }
  }

  /// The thread's end is the children's: reap them before it.
  private func finish() {
    let watched = state.withLock { state in
      defer { state.watched = [:] }
      return state.watched
    }
    for (descriptor, thing) in watched {
      switch thing {
      case .ending(let process):
        process.kill()
        process.reap()
        close(descriptor)
      case .output(let output): output.becameReadable()
      case .wake: break
      }
    }
    state.withLock { state in
      close(state.epoll)
      close(state.wake)
      state.epoll = -1
      state.wake = -1
    }
  }

  private func handle(_ descriptor: Int32, _ epoll: Int32) {
    let thing = state.withLock { state -> Watched? in
      if case .wake? = state.watched[descriptor] { return .wake }
      return state.watched.removeValue(forKey: descriptor)
    }
    switch thing {
    case .wake:
      var count: eventfd_t = 0
      eventfd_read(descriptor, &count)
    case .output(let output):
      epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
      output.becameReadable()
    case .ending(let process):
      epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
      close(descriptor)
      process.reap()
    case nil: break
    }
  }

  private func watch(_ descriptor: Int32, _ thing: Watched) -> Bool {
    state.withLock { state in
      guard state.epoll >= 0 else { return false }
      state.watched[descriptor] = thing
      var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: descriptor))
      if epoll_ctl(state.epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 { return true }
      state.watched[descriptor] = nil
      return false
    }
  }

  private func fork(_ command: ProcessCommand, _ kept: [Int32]) throws(FileFailure) -> LiveProcess {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .last("pipe", command.executable) }
    defer { close(ends[1]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    let output = ProcessOutput(descriptor: ends[0]) { [weak self] output in
      // Without a monitor the children are gone: the next read finds the end.
      if self?.watch(output.descriptor, .output(output)) != true { output.becameReadable() }
    }
    var pid: pid_t = 0
    let arguments = CStrings([command.executable] + command.arguments)
    let environment = CStrings(command.environment.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })
    var limits = leat_limits(command.limits)
    let code = leat_spawn(
      command.executable, arguments.pointers, environment.pointers, command.workingDirectory,
      ends[1], kept, Int32(kept.count), &limits, &pid)
    guard code == 0 else {
      throw FileFailure(
        operation: "spawn", path: command.executable, errno: code,
        reason: String(cString: strerror(code)))
    }
    let mark = command.mark.flatMap { name in
      command.environment[name].map { "\(name)=\($0)" }
    }
    let process = LiveProcess(
      pid: pid, output: output, mark: mark)
    let ending = leat_pidfd_open(pid)
    guard ending >= 0, watch(ending, .ending(process)) else {
      let failure = FileFailure.last("pidfd_open", command.executable)
      process.kill()
      process.reap()
      throw failure
    }
    return process
  }
}

extension leat_limits {
  fileprivate init(_ limits: ProcessLimits) {
    self.init(
      memory_bytes: limits.memoryBytes ?? 0, open_files: limits.openFiles ?? 0,
      user_tasks: limits.furtherTasks.map { $0 + Int64(ProcessTable.taskCount) } ?? 0,
      file_bytes: limits.fileBytes ?? 0, niceness: limits.niceness)
  }
}

/// A NULL-terminated array of C strings, freed with it.
private final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    pointers = .allocate(capacity: count + 1)
    for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
    pointers[count] = nil
  }

  deinit {
    for index in 0..<count { free(pointers[index]) }
    pointers.deallocate()
  }
}
