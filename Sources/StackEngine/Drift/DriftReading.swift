import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit
import StackModel
import StackPlanning

/// Compares resources as a stack's record has them with those that the emulator holds.
final class DriftReading {
  /// A resource that was compared.
  struct Finding {
    /// The part of it that is shown.
    var drift: ResourceDrift
    /// The recorded properties with live values where they have drifted; nil where the resource was
    /// not read. Secrets among them too: never to be stored or shown.
    var live: PropertyValue?
    /// The same, what has drifted hidden where it is a secret.
    var shown: PropertyValue?
  }

  private let handlers: [ResourceType: any ResourceHandler]
  private let answered: AnsweredProperties
  private let environment: StackEnvironment
  /// Texts that nothing may show, besides those that references give.
  var secrets: [String]
  private let transaction: Transaction
  private let now: Timestamp

  init(
    handlers: [ResourceType: any ResourceHandler], stores: ReferenceStores,
    environment: StackEnvironment, secrets: [String], at now: Timestamp, _ transaction: Transaction
  ) {
    self.handlers = handlers
    answered = AnsweredProperties(stores, transaction)
    self.environment = environment
    self.secrets = secrets
    self.transaction = transaction
    self.now = now
  }

  /// - Parameter name: as the report calls it, where that is not the logical id.
  func finding(of resource: ResourceState, name: String? = nil) throws -> Finding {
    var drift = ResourceDrift(
      resource, name: name ?? resource.logicalID.text, stackID: environment.stackID,
      status: .notChecked)
    guard let handler = handlers.handler(of: resource.type) else {
      drift.reason = "Leat does not provide its type"
      return Finding(drift: drift)
    }
    if let reason = handler.unreadable {
      drift.reason = reason
      return Finding(drift: drift)
    }
    let known = try answered.answer(
      resource.properties, .possible, in: environment.scope, at: now)
    guard let live = try live(resource, known, handler) else {
      drift.status = .deleted
      return Finding(drift: drift)
    }
    var skipped = handler.writeOnly
    drift.unchecked = unchecked(resource.properties, handler.writeOnly)
    for path in unanswered(known, []) where skipped.insert(path).inserted {
      drift.unchecked.append(UncheckedProperty(path: path, reason: "its value is not known here"))
    }
    return compared(resource, known, live, skipped, drift)
  }

  private func live(
    _ resource: ResourceState, _ known: PropertyValue, _ handler: any ResourceHandler
  ) throws -> PropertyValue? {
    try handler.liveProperties(
      ResourceRequest(
        environment: environment, type: resource.type, logicalID: resource.logicalID,
        physicalID: resource.identity.physicalID, properties: known, now: now), in: transaction)
  }

  private func compared(
    _ resource: ResourceState, _ known: PropertyValue, _ live: PropertyValue,
    _ skipped: Set<String>, _ drift: ResourceDrift
  ) -> Finding {
    var drift = drift
    let cover = DriftCover(
      SecretMask(secrets: secrets + answered.secrets), written: resource.properties)
    let found = Drift.properties(desired: known, live: live, writeOnly: skipped)
    drift.differences = found.map(cover.shown)
    drift.status = found.isEmpty ? .inSync : .modified
    let merged =
      found.isEmpty
      ? resource.properties
      : Drift.merged(desired: known, live: live, writeOnly: skipped)
        .restoring(resource.properties, where: known)
    let shown = cover.covering(merged)
    drift.expected = cover.shown(resource.properties.leavingOut(skipped))
    drift.actual = cover.shown(shown.leavingOut(skipped))
    return Finding(drift: drift, live: merged, shown: shown)
  }

  // MARK: Not compared

  private func unchecked(_ properties: PropertyValue, _ writeOnly: Set<String>)
    -> [UncheckedProperty]
  {
    writeOnly.sorted().filter { properties.holds($0.split(separator: ".").map(String.init)[...]) }
      .map { UncheckedProperty(path: $0, reason: "it can't be read back") }
  }

  /// Paths of values that are not known: of references that nothing answers, and of what a
  /// deployment has left open.
  private func unanswered(_ value: PropertyValue, _ path: [String]) -> [String] {
    switch value {
    case .unknown: [path.joined(separator: ".")]
    case .string(let text): text.containsDynamicReference ? [path.joined(separator: ".")] : []
    case .list(let list): list.flatMap { unanswered($0, path) }
    case .object(let object): object.flatMap { unanswered($0.value, path + [$0.key]) }
    default: []
    }
  }
}

extension PropertyValue {
  /// True where a value stands at the path, in any element of lists on the way.
  fileprivate func holds(_ path: ArraySlice<String>) -> Bool {
    if let list = listValue { return list.contains { $0.holds(path) } }
    guard let key = path.first else { return self != .null }
    return self[key]?.holds(path.dropFirst()) ?? false
  }

  /// The value without what stands at the dotted paths.
  fileprivate func leavingOut(_ paths: Set<String>, _ path: [String] = []) -> PropertyValue {
    switch self {
    case .list(let list): return .list(list.map { $0.leavingOut(paths, path) })
    case .object(let object):
      return .object(
        PropertyObject(
          object.compactMap { key, value in
            let place = path + [key]
            if paths.contains(place.joined(separator: ".")) { return nil }
            return (key, value.leavingOut(paths, place))
          }))
    default: return self
    }
  }

  /// The value with references as they are `written`, where it is what they have `answered`.
  fileprivate func restoring(_ written: PropertyValue, where answered: PropertyValue)
    -> PropertyValue
  {
    if self == answered { return written }
    switch (self, written, answered) {
    case (.object(let object), .object(let texts), .object(let values)):
      return .object(
        PropertyObject(
          object.map { key, value in
            guard let text = texts[key], let known = values[key] else { return (key, value) }
            return (key, value.restoring(text, where: known))
          }))
    case (.list(let list), .list(let texts), .list(let values))
    where list.count == texts.count && list.count == values.count:
      return .list(list.indices.map { list[$0].restoring(texts[$0], where: values[$0]) })
    default: return self
    }
  }
}
