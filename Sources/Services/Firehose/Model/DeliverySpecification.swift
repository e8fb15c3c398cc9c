import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Members that a delivery stream is made from, under AWS's names: the input of
/// CreateDeliveryStream and the properties of `AWS::KinesisFirehose::DeliveryStream` alike.
struct DeliverySpecification: Decodable, Sendable, Hashable {
  var DeliveryStreamName: String?
  var DeliveryStreamType: String?
  var KinesisStreamSourceConfiguration: KinesisSource?
  var ExtendedS3DestinationConfiguration: S3Configuration?
  var S3DestinationConfiguration: PlainS3Configuration?
  var Tags: [Tag]?

  static let tagCountMax = 50

  private static let types = [
    "DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource",
  ]

  /// The destination, in the form that holds every member.
  var destination: S3Configuration? {
    ExtendedS3DestinationConfiguration ?? S3DestinationConfiguration?.extended
  }

  /// Everything that is wrong, in order.
  ///
  /// - Parameters:
  ///   - files: where the machine's time zones are.
  ///   - writer: tells the conversions that can't be done.
  func faults(_ files: any FileSystem, _ writer: (any ColumnarWriter)?) -> [ConfigurationFault] {
    var found = sourceFaults()
    let root = PropertyPath()
    if let extended = ExtendedS3DestinationConfiguration {
      found += extended.faults(
        at: root.appending("ExtendedS3DestinationConfiguration"), streamName: DeliveryStreamName)
      found += extended.zoneFaults(
        at: root.appending("ExtendedS3DestinationConfiguration"), files)
      found += extended.conversionFaults(
        at: root.appending("ExtendedS3DestinationConfiguration"), writer)
      if S3DestinationConfiguration != nil {
        found.append(
          .init(
            path: root.appending("S3DestinationConfiguration"),
            message: "Exactly one destination configuration must be given"))
      }
    } else if let plain = S3DestinationConfiguration {
      let path = root.appending("S3DestinationConfiguration")
      found += plain.faults(at: path, streamName: DeliveryStreamName)
    } else {
      found.append(
        .init(path: root, message: "Exactly one destination configuration must be given"))
    }
    for (index, tag) in (Tags ?? []).enumerated() where !(1...128).contains(tag.Key.utf16.count) {
      found.append(
        .init(
          path: root.appending("Tags").appending(index),
          message: "A tag's key must have 1 to 128 characters", isShape: true))
    }
    if let tags = Tags, tags.count > Self.tagCountMax {
      found.append(
        .init(path: root.appending("Tags"), message: "At most 50 tags are allowed", isShape: true))
    }
    return found
  }

  private func sourceFaults() -> [ConfigurationFault] {
    let path = PropertyPath().appending("DeliveryStreamType")
    let source = KinesisStreamSourceConfiguration
    switch DeliveryStreamType ?? "DirectPut" {
    case "DirectPut":
      guard source != nil else { return [] }
      return [
        .init(
          path: path,
          message: "KinesisStreamSourceConfiguration needs DeliveryStreamType KinesisStreamAsSource"
        )
      ]
    case "KinesisStreamAsSource":
      let arn = source.flatMap { ARN(parsing: $0.KinesisStreamARN) }
      if arn?.service == "kinesis", arn?.resource.hasPrefix("stream/") == true { return [] }
      return [
        .init(
          path: PropertyPath().appending("KinesisStreamSourceConfiguration"),
          message: "KinesisStreamARN must be the ARN of a stream")
      ]
    case let type where Self.types.contains(type):
      return [.init(path: path, message: "the delivery stream type \(type)", isUnsupported: true)]
    case let type:
      return [
        .init(
          path: path,
          message: "DeliveryStreamType must be one of \(Self.types.joined(separator: ", ")), "
            + "not \(type)", isShape: true)
      ]
    }
  }

  func validate(in catalog: DeliveryCatalog) throws(ServiceError) {
    if let first = faults(catalog.environment.effects.files, catalog.columnarWriter).first {
      throw first.error
    }
  }

  /// Makes the delivery stream; throws ResourceInUseException when the name is taken.
  func create(
    _ name: String, in catalog: DeliveryCatalog, _ scope: Scope, at now: Timestamp,
    _ transaction: Transaction
  ) throws {
    guard try catalog.get(name, in: scope, transaction) == nil else {
      throw FirehoseError.exists(name, scope)
    }
    guard let destination else {
      throw FirehoseError.invalid("Exactly one destination configuration must be given")
    }
    try catalog.checkConversion(of: destination, scope, transaction)
    let model = DeliveryStreamModel(
      name: name,
      storageID: catalog.environment.effects.random.text(16, from: "0123456789abcdef"),
      created: now, updated: nil, version: 1,
      type: KinesisStreamSourceConfiguration == nil ? .directPut : .kinesisStream,
      source: KinesisStreamSourceConfiguration, destination: destination,
      tags: (Tags ?? []).sorted { $0.Key < $1.Key })
    try catalog.put(model, in: scope, transaction)
  }
}
