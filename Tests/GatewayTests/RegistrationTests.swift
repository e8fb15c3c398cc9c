import AWSModel
import Effects
import Emulator
import PropertyTree
import ServiceKit
import ResourceModel
import Testing

/// A service that claims what the test says.
private struct Claimant: Service {
  static let traits = ServiceTraits("claims", .json11, targetPrefix: "Claims_1")
  var operations: [Operation] = []
  var resources: [any ResourceHandler] = []
  var offer = Capabilities()
}

/// Another one, with a prefix of its own.
private struct Rival: Service {
  static let traits = ServiceTraits("rival", .json11, targetPrefix: "Rival_1")
  var operations: [Operation] = []
  var resources: [any ResourceHandler] = []
  var offer = Capabilities()
}

private struct ThingResource: ResourceHandler {
  let schema: ResourceSchema
  init(_ type: String) {
    schema = ResourceSchema(type: ResourceType(type), naming: nil, supported: [])
  }

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    ResourceIdentity(physicalID: physicalID, reference: .string(physicalID), attributes: [:])
  }
  func create(_ request: ResourceRequest, in transaction: Transaction) throws {}
  func update(_ request: ResourceRequest, in transaction: Transaction) throws {}
  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {}
  func liveProperties(_ request: ResourceRequest, in transaction: Transaction) throws
    -> PropertyValue?
  { nil }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool { false }
}

private struct Keys: AccessKeyDirectory {
  func account(ofAccessKey key: String, for use: AccessKeyUse) -> AccountID? { nil }
}

@Suite struct RegistrationTests {
  private static func open(_ services: [any Service]) throws {
    let effects = Effects.live()
    let directory = "/tmp/leat-registration-\(effects.random.uuid())"
    defer {
      do { try effects.files.remove(directory) } catch { Issue.record(error) }
    }
    let emulator = try Emulator(
      EmulatorConfiguration(dataDirectory: directory, isDurable: false), effects: effects,
      make: { _ in services })
    try emulator.close()
  }

  private static func operation(_ name: String) -> Operation {
    Operation(name: name) { _, _ in OperationOutput(members: [:]) }
  }

  @Test func aTypeThatTwoServicesProvisionIsAnErrorAtTheStart() throws {
    let thing = ThingResource("Fake::Thing::One")
    let failure = try #require(throws: DuplicateRegistration.self) {
      try Self.open([Claimant(resources: [thing]), Rival(resources: [thing])])
    }
    #expect(failure == DuplicateRegistration("resource type", "Fake::Thing::One"))
    #expect(failure.description.contains("`Fake::Thing::One` is registered twice"))
    try Self.open([
      Claimant(resources: [thing]), Rival(resources: [ThingResource("Fake::Thing::Two")]),
    ])
  }

  @Test func anOperationThatAServiceListsTwiceIsAnErrorAtTheStart() throws {
    let failure = try #require(throws: DuplicateRegistration.self) {
      try Self.open([Claimant(operations: [Self.operation("Put"), Self.operation("Put")])])
    }
    #expect(failure == DuplicateRegistration("operation of claims", "Put"))
    try Self.open([
      Claimant(operations: [Self.operation("Put")]), Rival(operations: [Self.operation("Put")]),
    ])
  }

  @Test func aTargetPrefixThatTwoServicesClaimIsAnErrorAtTheStart() throws {
    let failure = try #require(throws: DuplicateRegistration.self) {
      try Self.open([Claimant(), Claimant()])
    }
    #expect(failure == DuplicateRegistration("target prefix", "Claims_1"))
  }

  /// Clients of this program's own ask for the traits before there is an emulator.
  @Test func everyServiceOfTheCatalogIsKnownByItsTraits() throws {
    let effects = Effects.live()
    let directory = "/tmp/leat-registration-\(effects.random.uuid())"
    let emulator = try Emulator(
      EmulatorConfiguration(dataDirectory: directory, isDurable: false), effects: effects)
    for service in emulator.services {
      let traits = type(of: service).traits
      #expect(Emulator.traits(of: traits.signingName)?.targetPrefix == traits.targetPrefix)
    }
    #expect(emulator.services.count >= 9)
    #expect(Emulator.traits(of: "none") == nil)
    try emulator.close()
    try effects.files.remove(directory)
  }

  @Test func aCapabilityIsOfferedOnce() throws {
    let offer = Capabilities().offering(Keys(), as: .accessKeys)
    let failure = try #require(throws: DuplicateRegistration.self) {
      try Self.open([Claimant(offer: offer), Rival(offer: offer)])
    }
    #expect(failure == DuplicateRegistration("capability", "temporary access keys"))
  }

  @Test func aCapabilityThatNobodyOffersIsNamed() throws {
    let capabilities = Capabilities().offering(Keys(), as: .accessKeys)
    let use = AccessKeyUse(service: "s3", region: "", moment: Timestamp(milliseconds: 0))
    #expect(
      try capabilities.require(.accessKeys).account(ofAccessKey: "AKIA", for: use) == nil)
    #expect(capabilities[.objects] == nil)
    let error = try #require(throws: ServiceError.self) { try capabilities.require(.objects) }
    #expect(error.code == "UnsupportedOperation" && error.status == 400)
    #expect(
      error.message
        == "Leat does not support objects: the service S3 is not part of this emulator.")
  }
}
