import AWSModel
import PropertyTree

extension PlainS3Configuration {
  /// The partition keys that a prefix may name, and the ending of objects' names.
  struct Naming: Sendable {
    var ending: String?
    /// nil where the stream does not partition.
    var partitioning: Partitioning?

    struct Partitioning: Sendable {
      var hasFunction: Bool
      /// The keys of the query; nil where they can't be told without a record.
      var queried: [String]?
    }
  }

  /// Everything that is wrong with it, in order.
  ///
  /// - Parameter streamName: part of every key; nil where it is not known yet and may be as long as
  ///   names can be.
  func faults(
    at path: PropertyPath = PropertyPath(), streamName: String? = nil, naming: Naming = Naming()
  ) -> [ConfigurationFault] {
    var found: [ConfigurationFault] = []
    func invalid(_ member: String, _ message: String) {
      found.append(.init(path: path.appending(member), message: message))
    }
    if RoleARN == nil { invalid("RoleARN", "RoleARN must be given") }
    if BucketARN.flatMap({ ARN(parsing: $0) })?.service != "s3" || bucket.isEmpty
      || bucket.contains("/")
    {
      invalid("BucketARN", "BucketARN must be the ARN of a bucket (arn:aws:s3:::name)")
    }
    if let format = CompressionFormat, Compression(rawValue: format) == nil {
      let known = Compression.allCases.map(\.rawValue).joined(separator: ", ")
      invalid("CompressionFormat", "CompressionFormat must be one of \(known), not \(format)")
    }
    if let none = EncryptionConfiguration?.NoEncryptionConfig {
      if none != "NoEncryption" {
        invalid("EncryptionConfiguration", "NoEncryptionConfig must be NoEncryption")
      } else if EncryptionConfiguration?.KMSEncryptionConfig != nil {
        invalid(
          "EncryptionConfiguration",
          "NoEncryptionConfig and KMSEncryptionConfig can't be given together")
      }
    }
    if let key = EncryptionConfiguration?.KMSEncryptionConfig?.AWSKMSKeyARN,
      ARN(parsing: key)?.service != "kms"
    {
      invalid("EncryptionConfiguration", "AWSKMSKeyARN must be the ARN of a key")
    }
    return found + loggingFaults(CloudWatchLoggingOptions, path)
      + hintFaults(BufferingHints, path, sizesMB: 1...128) + prefixFaults(path, naming)
      + keyFaults(path, nameBytes: streamName?.utf8.count ?? 64, ending: naming.ending)
  }

  private func prefixFaults(_ path: PropertyPath, _ naming: Naming) -> [ConfigurationFault] {
    var found: [ConfigurationFault] = []
    func check(_ text: String?, _ member: String, isError: Bool) -> KeyPattern? {
      guard let text else { return nil }
      if text.utf16.count > 1024 {
        found.append(
          .init(
            path: path.appending(member), message: "\(member) is longer than 1024 characters",
            isShape: true))
      }
      do throws(ConfigurationFault.Reason) { return try KeyPattern(text, isError: isError) } catch {
        found.append(
          .init(
            path: path.appending(member), message: error.message,
            isUnsupported: error.isUnsupported))
        return nil
      }
    }
    let success = check(Prefix, "Prefix", isError: false)
    let failure = check(ErrorOutputPrefix, "ErrorOutputPrefix", isError: true)
    if success?.hasExpressions == true, ErrorOutputPrefix == nil {
      found.append(
        .init(
          path: path.appending("Prefix"),
          message: "ErrorOutputPrefix must be given when Prefix contains expressions"))
    }
    if let failure, failure.hasExpressions, !failure.namesErrorType {
      found.append(
        .init(
          path: path.appending("ErrorOutputPrefix"),
          message: "ErrorOutputPrefix must contain !{firehose:error-output-type} when it contains "
            + "expressions"))
    }
    return found + partitionFaults(success?.partitionKeys ?? [], path.appending("Prefix"), naming)
  }

  private func partitionFaults(
    _ keys: [PartitionKey], _ path: PropertyPath, _ naming: Naming
  ) -> [ConfigurationFault] {
    guard let partitioning = naming.partitioning else {
      return keys.prefix(1).map { key in
        .init(
          path: path,
          message: "!{\(key.namespace.rawValue):\(key.name)} needs dynamic partitioning, which is "
            + "not enabled")
      }
    }
    if keys.isEmpty {
      return [
        .init(
          path: path,
          message: "Prefix must contain a partition key (!{partitionKeyFromQuery:…} or "
            + "!{partitionKeyFromLambda:…}) when dynamic partitioning is enabled")
      ]
    }
    return keys.compactMap { key in
      let reason: String
      switch key.namespace {
      case .lambda:
        if partitioning.hasFunction { return nil }
        reason = "which needs a Lambda processor"
      case .query:
        guard let queried = partitioning.queried, !queried.contains(key.name) else { return nil }
        let known = queried.isEmpty ? "" : ", which gives \(queried.joined(separator: ", "))"
        reason = "a key that no MetadataExtractionQuery gives\(known)"
      }
      return .init(
        path: path, message: "Prefix contains !{\(key.namespace.rawValue):\(key.name)}, \(reason)")
    }
  }

  /// Prefixes that leave no room for a name: such a delivery would fail whenever it is tried.
  private func keyFaults(_ path: PropertyPath, nameBytes: Int, ending: String?)
    -> [ConfigurationFault]
  {
    let ending = ending ?? extended.objectExtension
    func fault(_ text: String?, _ member: String, isError: Bool) -> ConfigurationFault? {
      // Malformed patterns are reported elsewhere.
      guard let text, let pattern = try? KeyPattern(text, isError: isError) else { return nil }
      let bytes =
        pattern.bytesMax + nameBytes + KeyPattern.nameBytesMax
        + (isError ? 0 : ending.utf8.count)
      guard bytes > KeyPattern.keyBytesMax else { return nil }
      return ConfigurationFault(
        path: path.appending(member),
        message: "\(member) is too long: with the object's name behind it, a key may have "
          + "\(bytes) bytes, and S3 takes \(KeyPattern.keyBytesMax)")
    }
    // Without a prefix of their own, error records go under the other one.
    let isShared = ErrorOutputPrefix == nil
    return [
      fault(Prefix, "Prefix", isError: false)
        ?? (isShared ? fault(Prefix, "Prefix", isError: true) : nil),
      fault(ErrorOutputPrefix, "ErrorOutputPrefix", isError: true),
    ].compactMap { $0 }
  }
}

/// The faults of a place in CloudWatch Logs.
func loggingFaults(_ logging: ErrorLogging?, _ path: PropertyPath) -> [ConfigurationFault] {
  guard let logging, logging.Enabled == true,
    logging.LogGroupName?.isEmpty ?? true || logging.LogStreamName?.isEmpty ?? true
  else { return [] }
  return [
    .init(
      path: path.appending("CloudWatchLoggingOptions"),
      message: "LogGroupName and LogStreamName must be given when error logging is enabled")
  ]
}

/// The faults of a buffer's bounds.
func hintFaults(
  _ given: BufferingHints?, _ path: PropertyPath, sizesMB: ClosedRange<Int>,
  seconds: ClosedRange<Int> = 0...900
) -> [ConfigurationFault] {
  guard let given else { return [] }
  var found: [ConfigurationFault] = []
  let hints = path.appending("BufferingHints")
  func check(_ value: Int?, _ member: String, _ bounds: ClosedRange<Int>) {
    guard let value, !bounds.contains(value) else { return }
    found.append(
      .init(
        path: hints.appending(member),
        message: "\(member) must be between \(bounds.lowerBound) and \(bounds.upperBound), not "
          + "\(value)", isShape: true))
  }
  check(given.SizeInMBs, "SizeInMBs", sizesMB)
  check(given.IntervalInSeconds, "IntervalInSeconds", seconds)
  if found.isEmpty, (given.SizeInMBs == nil) != (given.IntervalInSeconds == nil) {
    found.append(
      .init(
        path: hints,
        message: "Either both or none of SizeInMBs and IntervalInSeconds must be specified"))
  }
  return found
}
