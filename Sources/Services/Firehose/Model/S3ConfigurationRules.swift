import Effects
import PropertyTree

extension S3Configuration {
  /// The smallest buffer of a stream that partitions.
  private static let partitionedSizeMBsMin = 64

  /// Everything that is wrong with the configuration, in order.
  ///
  /// - Parameter streamName: part of every key; nil where it is not known yet and may be as long as
  ///   names can be.
  func faults(at path: PropertyPath = PropertyPath(), streamName: String? = nil)
    -> [ConfigurationFault]
  {
    plain.faults(at: path, streamName: streamName, naming: naming) + backupFaults(path, streamName)
      + memberFaults(path) + partitioningFaults(path)
      + (ProcessingConfiguration?.faults(at: path.appending("ProcessingConfiguration")) ?? [])
  }

  private var naming: PlainS3Configuration.Naming {
    let processors = processors
    return PlainS3Configuration.Naming(
      ending: objectExtension,
      partitioning: partitions
        ? .init(
          hasFunction: processors.lambda != nil,
          queried: processors.keyQuery.map { query in
            Firehose.ProcessingConfiguration.keys(ofQuery: query)
          } ?? [])
        : nil)
  }

  private func backupFaults(_ path: PropertyPath, _ streamName: String?) -> [ConfigurationFault] {
    let place = path.appending("S3BackupConfiguration")
    let inside = S3BackupConfiguration?.faults(at: place, streamName: streamName) ?? []
    switch S3BackupMode {
    case nil, "Disabled": return inside
    case "Enabled":
      guard S3BackupConfiguration == nil else { return inside }
      return [
        .init(
          path: path.appending("S3BackupMode"),
          message: "S3BackupConfiguration must be given when S3BackupMode is Enabled")
      ]
    case .some(let other):
      return inside + [
        .init(
          path: path.appending("S3BackupMode"),
          message: "S3BackupMode must be Disabled or Enabled, not \(other)")
      ]
    }
  }

  private func memberFaults(_ path: PropertyPath) -> [ConfigurationFault] {
    var found: [ConfigurationFault] = []
    if let name = FileExtension, !name.isEmpty, !Self.isFileExtension(name) {
      found.append(
        .init(
          path: path.appending("FileExtension"),
          message: "FileExtension must begin with a dot and hold only [0-9a-z!_.*'()-]"))
    }
    return found
  }

  /// A zone that the machine does not know.
  func zoneFaults(at path: PropertyPath = PropertyPath(), _ files: any FileSystem)
    -> [ConfigurationFault]
  {
    guard let zone = CustomTimeZone, TimeZoneRules.named(zone, files) == nil else { return [] }
    return [
      .init(
        path: path.appending("CustomTimeZone"), message: FirehoseError.unknownZoneText(zone))
    ]
  }

  private static func isFileExtension(_ name: String) -> Bool {
    name.hasPrefix(".") && name.count > 1 && name.utf8.count <= 128
      && name.unicodeScalars.allSatisfy {
        ("0"..."9").contains($0) || ("a"..."z").contains($0)
          || "!-_.*'()".unicodeScalars.contains($0)
      }
  }

  private func partitioningFaults(_ path: PropertyPath) -> [ConfigurationFault] {
    var found: [ConfigurationFault] = []
    func invalid(_ member: String, _ message: String) {
      found.append(.init(path: path.appending(member), message: message))
    }
    if let seconds = DynamicPartitioningConfiguration?.RetryOptions?.DurationInSeconds,
      !(0...7200).contains(seconds)
    {
      invalid(
        "DynamicPartitioningConfiguration",
        "DurationInSeconds must be between 0 and 7200, not \(seconds)")
    }
    guard partitions else {
      if processors.keyQuery != nil {
        invalid(
          "ProcessingConfiguration",
          "A MetadataExtraction processor needs dynamic partitioning, which is not enabled")
      }
      return found
    }
    if sizeMBs < Self.partitionedSizeMBsMin {
      invalid(
        "BufferingHints",
        "BufferingHints.SizeInMBs must be at least \(Self.partitionedSizeMBsMin) when Dynamic "
          + "Partitioning is enabled.")
    }
    if intervalSeconds == 0 {
      invalid(
        "BufferingHints",
        "BufferingHints.IntervalInSeconds must be at least 1 when Dynamic Partitioning is enabled.")
    }
    if ErrorOutputPrefix?.isEmpty ?? true {
      invalid(
        "ErrorOutputPrefix", "ErrorOutputPrefix must be given when dynamic partitioning is enabled")
    }
    return found
  }

  /// Changes of a live stream that are not allowed, in order.
  func changeFaults(from old: S3Configuration, at path: PropertyPath = PropertyPath())
    -> [ConfigurationFault]
  {
    guard partitions != old.partitions else { return [] }
    return [
      .init(
        path: path.appending("DynamicPartitioningConfiguration"),
        message: "Dynamic partitioning can't be \(partitions ? "enabled" : "disabled") on a "
          + "delivery stream that is already there")
    ]
  }
}
