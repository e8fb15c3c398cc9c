import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Lambda
import Testing

/// The process that a call gets, and the time that processes live.
@Suite struct PoolTests {
  private let pidSource = """
    import os
    def handler(event, context):
        return os.getpid()
    """

  @Test func processesAreReusedUntilTheFunctionChanges() async throws {
    let fixture = try Fixture()
    try await fixture.deploy("f", runtime: "python3.11", pidSource)
    let first = try await fixture.invoke("f").text
    #expect(try await fixture.invoke("f").text == first)
    try await fixture.deploy("f", runtime: "python3.11", pidSource, ["MemorySize": 256])
    let second = try await fixture.invoke("f").text
    #expect(second != first)
    try await fixture.close()
  }

  @Test func idleProcessesEndAfterFiveMinutes() async throws {
    let fixture = try Fixture()
    try await fixture.deploy("f", runtime: "python3.11", pidSource)
    let first = try await fixture.invoke("f").text
    await fixture.clock.advance(milliseconds: 299_000)
    #expect(try await fixture.invoke("f").text == first)
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(try await fixture.invoke("f").text != first)
    try await fixture.close()
  }

  @Test func callsBeyondTheConcurrencyWaitForTheirTurn() async throws {
    var limits = LambdaLimits()
    limits.concurrencyPerFunction = 2
    let fixture = try Fixture(limits: limits)
    try await fixture.deploy("f", runtime: "python3.11", pidSource)
    let pids = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<20 { group.addTask { try await fixture.invoke("f").text } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect((1...2).contains(pids.count))
    try await fixture.close()
  }

  @Test func functionsShareTheTotalByEvictingIdleProcesses() async throws {
    var limits = LambdaLimits()
    limits.processesMax = 1
    let fixture = try Fixture(limits: limits)
    for name in ["a", "b", "c"] {
      try await fixture.deploy(name, runtime: "python3.11", pidSource)
      #expect(try await fixture.invoke(name).functionError == nil)
    }
    try await fixture.close()
  }

  @Test func callsBeyondTheQueueAreThrottled() async throws {
    var limits = LambdaLimits()
    limits.concurrencyPerFunction = 1
    limits.waitingMax = 0
    let fixture = try Fixture(limits: limits)
    try await fixture.deploy("f", runtime: "python3.11", pidSource)
    await #expect {
      try await fixture.invoke("f")
    } throws: { ($0 as? ServiceError)?.code == "TooManyRequestsException" }
    try await fixture.close()
  }

  @Test func stoppingEndsTheProcesses() async throws {
    let fixture = try Fixture()
    try await fixture.deploy("f", runtime: "python3.11", pidSource)
    let pid = try await fixture.invoke("f").text
    #expect(fixture.effects.files.exists("/proc/\(pid)"))
    await fixture.service.stop()
    #expect(!fixture.effects.files.exists("/proc/\(pid)"))
    #expect(try fixture.effects.files.list("\(fixture.directory)/lambda/tmp").isEmpty)
    try await fixture.close()
  }
}
