import Effects
import Testing

/// The real timer, whose entries come and go behind one sleeper.
struct RealTimerTests {
  private let timer = LiveRealTimer()

  @Test func workRunsInTheOrderOfItsMoments() async {
    let (names, told) = AsyncStream.makeStream(of: String.self)
    let long = timer.after(milliseconds: 600_000) { told.yield("never") }
    for (name, milliseconds) in [("third", 60), ("first", 1), ("second", 30)] as [(_, Int64)] {
      _ = timer.after(milliseconds: milliseconds) { told.yield(name) }
    }
    var found: [String] = []
    for await name in names.prefix(3) { found.append(name) }
    #expect(found == ["first", "second", "third"])
    long.cancel()
  }

  @Test func whatIsCancelledDoesNotRunAndHoldsNothing() async {
    let (names, told) = AsyncStream.makeStream(of: String.self)
    var held: Held? = Held { told.yield("let go") }
    let handle = timer.after(milliseconds: 20) { [held] in
      _ = held
      told.yield("cancelled")
    }
    held = nil
    handle.cancel()
    handle.cancel()
    _ = timer.after(milliseconds: 40) { told.yield("later") }
    var found: [String] = []
    for await name in names.prefix(2) { found.append(name) }
    #expect(found == ["let go", "later"])
  }

  @Test func manyMomentsAreAllKept() async {
    let (numbers, told) = AsyncStream.makeStream(of: Int.self)
    let handles = (0..<2000).map { number in
      timer.after(milliseconds: Int64(number * 37 % 50)) { told.yield(number) }
    }
    for number in stride(from: 0, to: 2000, by: 2) { handles[number].cancel() }
    var found: Set<Int> = []
    for await number in numbers where !number.isMultiple(of: 2) {
      found.insert(number)
      if found.count == 1000 { break }
    }
    #expect(found.count == 1000)
  }

  private final class Held: Sendable {
    private let end: @Sendable () -> Void
    init(_ end: @escaping @Sendable () -> Void) { self.end = end }
    deinit { end() }
  }
}
