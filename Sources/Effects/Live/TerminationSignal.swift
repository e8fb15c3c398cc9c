import Dispatch
import Glibc
import Synchronization

/// SIGTERM and SIGINT as an event that code can wait for, in place of the sudden end.
public final class TerminationSignal: Sendable {
  // Made once, resumed, and never touched again: only their life matters.
  nonisolated(unsafe) private let sources: [any DispatchSourceSignal]
  private let stream: AsyncStream<Int32>

  public init() {
    let (stream, continuation) = AsyncStream<Int32>.makeStream()
    self.stream = stream
    sources = [SIGTERM, SIGINT].map { number -> any DispatchSourceSignal in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { continuation.yield(number) }
      source.resume()
      return source
    }
  }

  /// Suspends until the first of the two comes, and returns its number.
  public func wait() async -> Int32 {
    for await number in stream { return number }
    return SIGTERM
  }
}
