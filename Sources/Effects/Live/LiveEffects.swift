import Glibc

extension Effects {
  /// The real world. `LEAT_CRASH_AT=<boundary>:<count>` kills this process with SIGKILL when that
  /// boundary (or `*` for any) is reached for the `count`-th time: for fault-injection runs.
  public static func live(clock: any Clock = LiveClock()) -> Effects {
    Effects(
      clock: clock, random: LiveRandomSource(), files: LiveFileSystem(),
      processes: LiveProcessSpawner(), http: CurlCaller(), databases: LibpqConnector(),
      crashPoint: CrashInjection.fromEnvironment())
  }
}

enum CrashInjection {
  static func fromEnvironment() -> @Sendable (String) -> Void {
    guard let value = getenv("LEAT_CRASH_AT").map({ String(cString: $0) }),
      let colon = value.lastIndex(of: ":"), let count = Int(value[value.index(after: colon)...])
    else { return { _ in } }
    let boundary = String(value[..<colon])
    let counter = CrashCounter(remaining: count)
    return { name in
      guard boundary == "*" || boundary == name else { return }
      if counter.isDue() { kill(getpid(), SIGKILL) }
    }
  }
}
