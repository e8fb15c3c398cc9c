import AWSModel
import ResourceModel

/// The name of something that one service does for others, and the contract that it keeps: declared
/// beside the contract, and nowhere else.
public struct Capability<Contract: Sendable>: Sendable {
  let what: String
  let service: String

  /// - Parameters:
  ///   - what: in words, for the error where nobody offers it: `objects`.
  ///   - service: the service that offers it: `S3`.
  public init(_ what: String, offeredBy service: String) {
    self.what = what
    self.service = service
  }
}

/// Things that services do for one another without knowing each other, keyed by their contracts.
public struct Capabilities: Sendable {
  private struct Entry: Sendable {
    var what: String
    var value: any Sendable
  }

  private var entries: [ObjectIdentifier: Entry] = [:]
  /// Targets of events, by the service in their ARNs.
  public private(set) var targets: [String: any EventTarget] = [:]

  public init() {}

  /// These capabilities and one more.
  public func offering<Contract>(_ value: Contract, as capability: Capability<Contract>) -> Self {
    var more = self
    more.entries[ObjectIdentifier(Contract.self)] = Entry(what: capability.what, value: value)
    return more
  }

  /// These capabilities and one more thing that events can be sent to.
  public func offering(_ target: any EventTarget) -> Self {
    var more = self
    more.targets[target.service] = target
    return more
  }

  /// nil where no service offers it.
  public subscript<Contract>(capability: Capability<Contract>) -> Contract? {
    entries[ObjectIdentifier(Contract.self)]?.value as? Contract
  }

  /// Throws `UnsupportedOperation`, naming the service, where nobody offers it.
  public func require<Contract>(_ capability: Capability<Contract>) throws(ServiceError) -> Contract
  {
    guard let value = self[capability] else {
      throw .unsupported(
        "\(capability.what): the service \(capability.service) is not part of this emulator")
    }
    return value
  }

  /// Takes over all of `offer`. Throws where something is offered already.
  public mutating func add(_ offer: Capabilities) throws(DuplicateRegistration) {
    for (key, entry) in offer.entries {
      guard entries.updateValue(entry, forKey: key) == nil else {
        throw DuplicateRegistration("capability", entry.what)
      }
    }
    for (service, target) in offer.targets {
      guard targets.updateValue(target, forKey: service) == nil else {
        throw DuplicateRegistration("event target", service)
      }
    }
  }
}
