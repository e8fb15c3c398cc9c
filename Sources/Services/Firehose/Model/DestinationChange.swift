import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// An update of a delivery stream's destination.
enum DestinationChange: Sendable {
  case bucket(S3Configuration)
  /// The members that are given, and the kind of the server by its block's name.
  case server(PropertyObject, String)
}

extension DeliveryStreamModel {
  /// Takes an update, if it is valid, and counts the version up.
  mutating func update(
    _ change: DestinationChange, in catalog: DeliveryCatalog, _ scope: Scope,
    _ transaction: Transaction
  ) throws {
    switch change {
    case .bucket(let update):
      guard remote == nil else { throw Self.anotherKind(place) }
      try set(destination.updated(by: update), nil, in: catalog, scope, transaction)
    case .server(let update, let member):
      guard let remote, remote.member == member else {
        throw Self.anotherKind(place)
      }
      let new = try catalog.opened(remote).updated(by: update)
      try set(new.objects, new, in: catalog, scope, transaction)
    }
  }

  /// Takes a new destination, if it is valid and another one, and counts the version up.
  ///
  /// - Parameter remote: in clear text.
  mutating func set(
    _ bucket: S3Configuration, _ remote: RemoteDestination?, in catalog: DeliveryCatalog,
    _ scope: Scope, _ transaction: Transaction
  ) throws {
    let environment = catalog.environment
    var faults = remote?.configuration.faults(streamName: name) ?? []
    if case .redshift(let new) = remote, case .redshift(let old) = self.remote {
      faults += new.changeFaults(from: old)
    }
    if remote == nil {
      faults =
        bucket.faults(streamName: name) + bucket.zoneFaults(environment.effects.files)
        + bucket.conversionFaults(catalog.columnarWriter)
        + (self.remote == nil ? bucket.changeFaults(from: destination) : [])
    }
    if let fault = faults.first { throw fault.error }
    try catalog.checkConversion(of: bucket, scope, transaction)
    destination = bucket
    self.remote = try remote?.sealed(environment.vault)
    updated = environment.effects.clock.now
    version += 1
  }

  private static func anotherKind(_ place: String) -> ServiceError {
    FirehoseError.invalid(
      "The destination (\(place)) is of another kind than the update. Leat changes a delivery "
        + "stream's kind of destination through a template alone.")
  }

  // MARK: As DescribeDeliveryStream shows them

  var describedSource: PropertyValue? {
    if let source {
      return [
        "KinesisStreamSourceDescription": [
          "KinesisStreamARN": .string(source.KinesisStreamARN),
          "RoleARN": .string(source.RoleARN),
          "DeliveryStartTimestamp": .double(created.epochSeconds),
        ]
      ]
    }
    return throughputHintMBs.map {
      ["DirectPutSourceDescription": ["ThroughputHintInMBs": .int(Int64($0))]]
    }
  }

  func describedDestination(_ vault: Vault) throws -> PropertyValue {
    var shown: PropertyObject = ["DestinationId": .string(Self.destinationID)]
    if let remote = try remote?.opened(vault) {
      shown["\(remote.member)Description"] = .object(
        try remote.description)
    } else {
      let described = destination.described
      shown["S3DestinationDescription"] = try TreeEncoder().encode(described.plain)
      shown["ExtendedS3DestinationDescription"] = try TreeEncoder().encode(
        S3Configuration.Description(settings: described))
    }
    return .object(shown)
  }
}
