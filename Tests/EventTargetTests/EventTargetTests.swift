import AWSModel
import Effects
import ServiceKit
import Testing

@Suite struct EventTargetTests {
  @Test func eventsArriveInOrderAndInBatches() async throws {
    let bench = try TargetBench()
    bench.targets.start()
    let texts = (0..<8).map { "event-\($0)" }
    try await bench.send(texts)
    #expect(bench.things.bodies == texts)
    #expect(bench.things.deliveries.map(\.bodies.count) == [3, 3, 2])
    #expect(bench.things.deliveries.allSatisfy { $0.arn == TargetBench.arn("things", "a") })
    try await bench.end()
  }

  @Test func batchesAreBoundedInBytes() async throws {
    let bench = try TargetBench()
    bench.targets.start()
    let texts = ["a", "b", "c"].map { String(repeating: $0, count: 50) }
    try await bench.send(texts)
    #expect(bench.things.deliveries.map(\.bodies.count) == [2, 1])
    let error = try await #require(throws: ServiceError.self) {
      try await bench.send([String(repeating: "d", count: 61)])
    }
    #expect(error.code == "ValidationException" && error.message.contains("61 bytes"))
    try await bench.end()
  }

  @Test func whatNobodyTakesIsRefusedByNameWhenConfiguredAndWhenSent() async throws {
    let bench = try TargetBench()
    try bench.targets.check(TargetBench.arn("things", "a"))
    let cases = [
      ("arn:aws:sqs:eu-west-1:111122223333:queue", "UnsupportedOperation", "sqs"),
      ("arn:aws:things:eu-west-1:111122223333:other/a", "ValidationException", "not the ARN"),
      ("queue", "ValidationException", "queue is not the ARN"),
    ]
    for (arn, code, part) in cases {
      let configured = try #require(throws: ServiceError.self) { try bench.targets.check(arn) }
      #expect(configured.code == code && configured.message.contains(part), "\(configured)")
      let sent = try await #require(throws: ServiceError.self) {
        try await bench.targets.send([], to: arn, from: "rule")
      }
      #expect(sent == configured)
      var policy = DeliveryPolicy()
      policy.deadLetter = arn
      let dead = try await #require(throws: ServiceError.self) {
        try await bench.send(["x"], policy: policy)
      }
      #expect(dead == configured)
    }
    try await bench.end()
  }

  @Test func aFailingTargetIsTriedAgainByTheClockAndKeepsTheOrder() async throws {
    let bench = try TargetBench()
    bench.targets.start()
    bench.things.fail(3, TargetBench.passing)
    try await bench.send(["1", "2"])
    try await bench.send(["3"])
    // Another sender, and another target, are not held up.
    try await bench.send(["other"], from: "second")
    #expect(bench.things.attempts == 2)
    // One second, then two: the second sender used up one of the failures.
    await bench.clock.advance(milliseconds: 999)
    #expect(bench.things.bodies == [])
    await bench.clock.advance(milliseconds: 10_000)
    #expect(bench.things.bodies.filter { $0 != "other" } == ["1", "2", "3"])
    #expect(bench.things.bodies.contains("other"))
    try await bench.end()
  }

  @Test func waitingTimesDouble() async throws {
    let bench = try TargetBench()
    bench.targets.start()
    bench.things.fail(5, TargetBench.passing)
    var policy = DeliveryPolicy()
    policy.retrySecondsMax = 5
    try await bench.send(["x"], policy: policy)
    var moments: [Int] = []
    for second in 1...30 {
      let before = bench.things.attempts
      await bench.clock.advance(milliseconds: 1000)
      if bench.things.attempts > before { moments.append(second) }
    }
    #expect(moments == [1, 3, 7, 12, 17])
    #expect(bench.things.bodies == ["x"])
    try await bench.end()
  }

  @Test(arguments: [true, false]) func whatIsInVainBecomesADeadLetter(_ isLasting: Bool)
    async throws
  {
    let bench = try TargetBench()
    bench.targets.start()
    bench.things.fail(10, isLasting ? TargetBench.lasting : TargetBench.passing)
    var policy = DeliveryPolicy()
    policy.attemptsMax = 4
    policy.deadLetter = TargetBench.arn("graves", "g")
    try await bench.send(["1"], policy: policy)
    await bench.clock.advance(milliseconds: 60_000)
    #expect(bench.things.attempts == (isLasting ? 1 : 4))
    #expect(bench.things.bodies == [])
    #expect(bench.graves.bodies == ["1"])
    let attributes = try #require(bench.graves.deliveries.first?.attributes.first)
    #expect(
      attributes == [
        "ERROR_CODE": isLasting ? "ResourceNotFoundException" : "ThrottlingException",
        "ERROR_MESSAGE": isLasting ? "gone" : "Rate exceeded",
        "TARGET_ARN": TargetBench.arn("things", "a"),
      ])
    #expect(bench.reports == [])
    try await bench.end()
  }

  @Test func withoutADeadLetterTheLossIsReported() async throws {
    let bench = try TargetBench()
    bench.targets.start()
    bench.things.fail(1, TargetBench.lasting)
    try await bench.send(["1"])
    #expect(
      bench.reports == [
        "An event for \(TargetBench.arn("things", "a")) is dropped after 1 attempt: "
          + "ResourceNotFoundException: gone"
      ])
    try await bench.send(["2"])
    #expect(bench.things.bodies == ["2"])
    try await bench.end()
  }

  @Test func eventsThatAreTooOldAreGivenUp() async throws {
    let bench = try TargetBench()
    bench.targets.start()
    bench.things.fail(100, TargetBench.passing)
    var policy = DeliveryPolicy()
    policy.ageSecondsMax = 10
    policy.deadLetter = TargetBench.arn("graves", "g")
    try await bench.send(["1"], policy: policy)
    await bench.clock.advance(milliseconds: 60_000)
    // At 0, 1, 3 and 7 seconds; the next would have come at 15.
    #expect(bench.things.attempts == 4)
    #expect(bench.graves.bodies == ["1"])
    try await bench.end()
  }

  @Test func onlyTheEventsThatWereRefusedAreSentAgain() async throws {
    let bench = try TargetBench()
    bench.targets.start()
    bench.things.script([
      { events in events.map { $0.id == "2" ? TargetBench.passing : nil } },
      { events in events.map { $0.id == "2" ? TargetBench.lasting : nil } },
    ])
    var policy = DeliveryPolicy()
    policy.deadLetter = TargetBench.arn("graves", "g")
    try await bench.send(["1", "2", "3"], policy: policy)
    #expect(bench.things.bodies == ["1", "3"])
    try await bench.send(["4"], policy: policy)
    #expect(bench.things.bodies == ["1", "3"], "4 waits for 2, which came before it")
    await bench.clock.advance(milliseconds: 1000)
    #expect(bench.things.bodies == ["1", "3", "4"])
    #expect(bench.graves.bodies == ["2"])
    try await bench.end()
  }

  @Test func acceptedEventsOutliveARestart() async throws {
    let first = try TargetBench()
    // Never started, as in a command that ends at once.
    try await first.send(["1", "2"])
    #expect(first.things.attempts == 0)
    let second = try first.restarted()
    second.things.fail(1, TargetBench.passing)
    second.targets.start()
    await second.targets.whenIdle()
    #expect(second.things.attempts == 1 && second.things.bodies == [])
    let third = try second.restarted()
    third.targets.start()
    await third.targets.whenIdle()
    #expect(third.things.bodies == [], "not before its time")
    await third.clock.advance(milliseconds: 1000)
    #expect(third.things.bodies == ["1", "2"])
    try await third.end()
  }

  @Test func anEventComesWithItsSendersChangeOrNotAtAll() async throws {
    struct Refusal: Error {}
    let bench = try TargetBench()
    bench.targets.start()
    let event = TargetEvent(id: "1", body: [0x31], time: bench.clock.now)
    await #expect(throws: Refusal.self) {
      try await bench.database.write { transaction in
        try bench.targets.send(
          [event], to: TargetBench.arn("things", "a"), from: "rule", in: transaction)
        throw Refusal()
      }
    }
    await bench.targets.whenIdle()
    await bench.clock.advance(milliseconds: 10_000)
    #expect(bench.things.attempts == 0)
    try await bench.database.write { transaction in
      try bench.targets.send(
        [event], to: TargetBench.arn("things", "a"), from: "rule", in: transaction)
    }
    await bench.targets.whenIdle()
    #expect(bench.things.bodies == ["1"])
    try await bench.end()
  }

  @Test func aDeletedSenderSendsNothingMore() async throws {
    let bench = try TargetBench()
    bench.targets.start()
    bench.things.fail(1, TargetBench.passing)
    try await bench.send(["1"])
    try await bench.database.write { try bench.targets.discard(from: "rule", in: $0) }
    await bench.clock.advance(milliseconds: 60_000)
    #expect(bench.things.bodies == [] && bench.reports == [])
    try await bench.end()
  }

  /// Whatever fails, and whenever the process is killed: each sender's events arrive in order, each
  /// at least once, or become dead letters.
  @Test(arguments: 0..<10) func nothingAcceptedIsLost(_ seed: Int) async throws {
    let random = SeededRandomSource(seed: UInt64(seed))
    var bench = try TargetBench()
    bench.targets.start()
    var sent: [String: [String]] = [:]
    var policy = DeliveryPolicy()
    policy.attemptsMax = 3
    policy.deadLetter = TargetBench.arn("graves", "g")
    for number in 0..<25 {
      let sender = "s\(random.nextUInt64() % 3)"
      let texts = (0...(random.nextUInt64() % 4)).map { "\(sender)-\(number).\($0)" }
      if random.nextUInt64() % 4 == 0 {
        let isLasting = random.nextUInt64() % 5 == 0
        bench.things.fail(
          Int(random.nextUInt64() % 4), isLasting ? TargetBench.lasting : TargetBench.passing)
      }
      try await bench.send(texts, from: sender, policy: policy)
      sent[sender, default: []] += texts
      if random.nextUInt64() % 6 == 0 {
        bench = try bench.restarted()
        bench.targets.start()
        await bench.targets.whenIdle()
      }
      await bench.clock.advance(milliseconds: Int64(random.nextUInt64() % 3000))
    }
    await bench.clock.advance(milliseconds: 3_600_000)
    let arrived = bench.things.bodies
    let dead = bench.graves.bodies
    for (sender, texts) in sent {
      #expect(Set(arrived + dead).isSuperset(of: texts), "seed \(seed)")
      var seen: Set<String> = []
      let mine = arrived.filter { $0.hasPrefix("\(sender)-") && seen.insert($0).inserted }
      #expect(mine == texts.filter(seen.contains), "seed \(seed): \(sender) out of order")
    }
    try await bench.end()
  }
}
