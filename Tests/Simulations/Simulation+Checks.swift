import AWSModel
import Effects
import PropertyTree
import ServiceKit
import StackEngine
import StackModel
import StackStore

extension Simulation {
  /// Looks at everything; `isFinal` where nothing is under way any more.
  func check(isFinal: Bool) async throws {
    try await checkStream()
    try await checkValues()
    for key in 0..<3 { try checkObject(key) }
    try await checkStacks()
    try checkFiles(isFinal: isFinal)
    if isFinal { try await checkDeliveries() }
  }

  private func checkValues() async throws {
    let secret = try await call("secretsmanager", "GetSecretValue", ["SecretId": "secret"])
    let found = Self.id(ofText: secret["SecretString"]?.stringValue)
    try require(expected.secret.candidates.contains(found), "the secret is \(secret)")
    expected.secret.see(found)
    var value: String?
    do {
      let answer = try await call(
        "ssm", "GetParameter", ["Name": "parameter", "WithDecryption": true])
      value = answer["Parameter"]?["Value"]?.stringValue
    } catch let error as ServiceError where error.code == "ParameterNotFound" { value = nil }
    let parameter = Self.id(ofText: value)
    try require(
      expected.parameter.candidates.contains(parameter), "the parameter is \(value ?? "gone")")
    expected.parameter.see(parameter)
  }

  private func read(_ key: String) throws -> [UInt8]? {
    guard let source = local.emulator.capabilities[.storedObjects] else {
      throw Violation("no service has objects")
    }
    do {
      return try local.emulator.environment.database.read { transaction in
        try source.object(
          ObjectReference(bucket: "bucket", key: key), bytesMax: 1 << 24, scope: .standard,
          in: transaction)
      }
    } catch let error as ServiceError
      where error.code == "NoSuchKey" || error.code == "MethodNotAllowed"
    { return nil }
  }

  private func checkObject(_ key: Int) throws {
    let bytes = try read("k\(key)")
    var found: Int?
    if let bytes {
      let parts = String(decoding: bytes.prefix(40), as: UTF8.self).split(separator: "/")
      guard parts.count >= 2, let id = Self.id(ofText: String(parts[0])), let size = Int(parts[1]),
        bytes == Self.object(id, bytes: size)
      else { throw Violation("the object k\(key) is not whole: \(bytes.count) bytes") }
      found = id
    }
    let place = expected.objects[key] ?? .init()
    try require(
      place.candidates.contains(found),
      "k\(key) is \(found.map(String.init) ?? "gone"), not one of \(place.candidates)")
    expected.objects[key, default: .init()].see(found)
  }

  /// Every stack has come to an end, holds what it says, and nothing is held that no stack says.
  private func checkStacks() async throws {
    let environment = local.emulator.environment
    let (unfinished, open) = try environment.database.read { transaction in
      (
        try JournalStore(vault: environment.vault).unfinished(transaction).count,
        try AssetLedger().openStacks(transaction).count
      )
    }
    try require(unfinished == 0, "\(unfinished) deployments are not finished")
    try require(open == 0, "the assets of \(open) stacks are undecided")
    let states = try await local.engine.stacks(in: .standard)
    for state in states {
      try require(!state.status.isInProgress, "\(state.environment.stackName) is \(state.status)")
      try checkResources(of: state)
    }
    let streams = try await call("kinesis", "ListStreams", [:])["StreamNames"]?.listValue ?? []
    let recorded = states.flatMap(\.resources).filter { $0.type == "AWS::Kinesis::Stream" }
      .map(\.identity.physicalID)
    try require(
      Set(streams.compactMap(\.stringValue)) == Set(recorded + ["stream"]),
      "streams are \(streams), recorded \(recorded)")
    for stack in 0..<2 { try await checkForm(of: stack, states) }
    expected.unsettled = []
  }

  private func checkResources(of state: StackState) throws {
    let handlers = local.emulator.services.flatMap(\.resources)
    for resource in state.resources where resource.status != .deleteComplete {
      // Nested stacks are the engine's own; they are among the stacks.
      guard let handler = handlers.first(where: { $0.type == resource.type }) else {
        continue
      }
      let request = ResourceRequest(
        environment: state.environment, logicalID: resource.logicalID,
        physicalID: resource.identity.physicalID, properties: resource.properties,
        now: world.clock.now)
      let exists = try local.emulator.environment.database.read {
        try handler.exists(request, in: $0)
      }
      try require(exists, "\(resource.logicalID) is recorded and not there")
    }
  }

  private func checkForm(of stack: Int, _ states: [StackState]) async throws {
    var found: Int?
    do {
      let answer = try await call(
        "ssm", "GetParameter", ["Name": .string(SimulatedStack.marker(stack))])
      found = answer["Parameter"]?["Value"]?.stringValue.flatMap { Int($0.dropFirst(5)) }
    } catch let error as ServiceError where error.code == "ParameterNotFound" { found = nil }
    let place = expected.stacks[stack] ?? .init()
    try require(
      place.candidates.contains(found),
      "stack \(stack) has form \(found.map(String.init) ?? "none"), not one of \(place.candidates)")
    expected.stacks[stack, default: .init()].see(found)
  }

  private func checkFiles(isFinal: Bool) throws {
    let files = world.effects.files
    let staged = try files.list("\(world.directory)/s3/staging")
    try require(staged.isEmpty, "staged files are left over: \(staged)")
    guard isFinal else { return }
    let stored = try files.list("\(world.directory)/s3/objects").flatMap {
      try files.list("\(world.directory)/s3/objects/\($0)")
    }
    let named = try local.emulator.environment.database.read { transaction in
      try transaction.fileNames()
    }
    let strays = Set(stored).subtracting(named)
    let missing = named.subtracting(stored)
    try require(
      strays.isEmpty && missing.isEmpty,
      "files of no object: \(strays); objects without: \(missing)")
  }

  private func checkDeliveries() async throws {
    var keys: [String] = []
    var start: PropertyValue?
    repeat {
      var members: PropertyObject = ["Bucket": "bucket", "Prefix": "in/"]
      members["ContinuationToken"] = start
      let page = try await call("s3", "ListObjectsV2", .object(members))
      keys += (page["Contents"]?.listValue ?? []).compactMap { $0["Key"]?.stringValue }
      start = page["NextContinuationToken"]
    } while start != nil
    let ids = try keys.map { key in
      let text = String(decoding: try read(key) ?? [], as: UTF8.self)
      return text.split(separator: "\n").compactMap { Self.id(ofText: String($0)) }
    }
    try expected.deliveries.check(ids, "delivered records")
  }
}
