import Effects
import Synchronization
import Testing

struct VirtualClockTests {
  private let clock = VirtualClock(startingAt: Timestamp(milliseconds: 0))
  private let log = Log()

  /// Notes which pieces of work ran, and when.
  private final class Log: Sendable {
    let entries = Mutex<[String]>([])
    func add(_ entry: String) { entries.withLock { $0.append(entry) } }
    var all: [String] { entries.withLock { $0 } }
  }

  private func note(_ name: String, at milliseconds: Int64) -> TimerHandle {
    let (clock, log) = (clock, log)
    return clock.schedule(at: Timestamp(milliseconds: milliseconds)) {
      log.add("\(name)@\(clock.now.milliseconds)")
    }
  }

  @Test func workRunsByTimeAndThenInTheOrderOfScheduling() async {
    for (name, due) in [("a", 30), ("b", 10), ("c", 30), ("d", 20), ("e", 10)] as [(_, Int64)] {
      _ = note(name, at: due)
    }
    #expect(await clock.advance(milliseconds: 25) == 3)
    #expect(log.all == ["b@10", "e@10", "d@20"])
    #expect(clock.now.milliseconds == 25)
    #expect(await clock.advance(milliseconds: 5) == 2)
    #expect(log.all.suffix(2) == ["a@30", "c@30"])
  }

  @Test func workThatSchedulesWorkWithinTheSpanIsWaitedFor() async {
    let (clock, log) = (clock, log)
    clock.schedule(at: Timestamp(milliseconds: 10)) {
      log.add("first")
      clock.schedule(at: clock.now.adding(milliseconds: 5)) { log.add("second") }
      clock.schedule(at: Timestamp(milliseconds: 3)) { log.add("late@\(clock.now.milliseconds)") }
      clock.schedule(at: clock.now.adding(milliseconds: 500)) { log.add("never") }
    }
    #expect(await clock.advance(milliseconds: 100) == 3)
    #expect(log.all == ["first", "late@10", "second"])
  }

  @Test func cancelledWorkDoesNotRun() async {
    let kept = note("kept", at: 10)
    let cancelled = note("cancelled", at: 10)
    cancelled.cancel()
    cancelled.cancel()
    #expect(await clock.advance(milliseconds: 10) == 1)
    #expect(log.all == ["kept@10"])
    kept.cancel()
    #expect(await clock.advance(milliseconds: 10) == 0)
  }

  @Test func workMayCancelWhatIsDueAtTheSameTime() async {
    let (clock, log) = (clock, log)
    let second = Mutex<TimerHandle?>(nil)
    clock.schedule(at: Timestamp(milliseconds: 1)) { second.withLock { $0?.cancel() } }
    let handle = clock.schedule(at: Timestamp(milliseconds: 1)) { log.add("second") }
    second.withLock { $0 = handle }
    #expect(await clock.advance(milliseconds: 1) == 1)
    #expect(log.all.isEmpty)
  }

  /// A scan of all timers for each one takes minutes here.
  @Test(.timeLimit(.minutes(1))) func aHundredThousandTimersKeepTheirOrder() async {
    let count = 100_000
    let ran = Mutex<[Int64]>([])
    var handles: [TimerHandle] = []
    for index in 0..<count {
      // Seven is prime to the count: every moment once, in an order far from sorted.
      let due = Int64(index * 7 % count)
      handles.append(
        clock.schedule(at: Timestamp(milliseconds: due)) { ran.withLock { $0.append(due) } })
    }
    for index in handles.indices where index % 4 != 0 { handles[index].cancel() }
    #expect(await clock.advance(milliseconds: Int64(count)) == count / 4)
    let order = ran.withLock { $0 }
    #expect(order == order.sorted())
    let expected = Set((0..<count).filter { $0 % 4 == 0 }.map { Int64($0 * 7 % count) })
    #expect(Set(order) == expected)
  }
}
