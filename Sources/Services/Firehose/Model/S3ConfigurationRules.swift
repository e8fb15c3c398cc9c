import AWSModel
import PropertyTree

/// A part of a configuration that can't be accepted: for a call an error, for a template a finding.
struct ConfigurationFault: Sendable, Hashable {
  var path: PropertyPath
  var message: String
  /// True where AWS would take it and Leat does not implement it.
  var isUnsupported = false
  /// True where the API's validators find it (ValidationException), not the service
  /// (InvalidArgumentException).
  var isShape = false

  var error: ServiceError {
    if isUnsupported { return .unsupported(message) }
    return isShape ? .validation(message) : ServiceError("InvalidArgumentException", message)
  }
}

extension S3Configuration {
  /// Everything that is wrong with the configuration, in order.
  ///
  /// - Parameter streamName: part of every key; nil where it is not known yet and may be as long as
  ///   names can be.
  func faults(at path: PropertyPath = PropertyPath(), streamName: String? = nil)
    -> [ConfigurationFault]
  {
    var found: [ConfigurationFault] = []
    func invalid(_ member: String, _ message: String) {
      found.append(.init(path: path.appending(member), message: message))
    }
    func unsupported(_ member: String, _ what: String) {
      found.append(.init(path: path.appending(member), message: what, isUnsupported: true))
    }
    if RoleARN == nil { invalid("RoleARN", "RoleARN must be given") }
    if BucketARN.flatMap({ ARN(parsing: $0) })?.service != "s3" || bucket.isEmpty
      || bucket.contains("/")
    {
      invalid("BucketARN", "BucketARN must be the ARN of a bucket (arn:aws:s3:::name)")
    }
    switch CompressionFormat {
    case nil, "UNCOMPRESSED", "GZIP": break
    case "ZIP", "Snappy", "HADOOP_SNAPPY":
      unsupported(
        "CompressionFormat",
        "the compression format \(CompressionFormat ?? ""), only UNCOMPRESSED and GZIP")
    case .some(let other):
      invalid(
        "CompressionFormat",
        "CompressionFormat must be UNCOMPRESSED, GZIP, ZIP, Snappy or HADOOP_SNAPPY, not \(other)")
    }
    switch S3BackupMode {
    case nil, "Disabled": break
    case "Enabled": unsupported("S3BackupMode", "the S3BackupMode Enabled")
    case .some(let other):
      invalid("S3BackupMode", "S3BackupMode must be Disabled or Enabled, not \(other)")
    }
    if let zone = CustomTimeZone, !zone.isEmpty, zone != "UTC" {
      unsupported("CustomTimeZone", "the time zone \(zone)")
    }
    if let name = FileExtension, !name.isEmpty, !Self.isFileExtension(name) {
      invalid("FileExtension", "FileExtension must begin with a dot and hold only [0-9a-z!_.*'()-]")
    }
    if let none = EncryptionConfiguration?.NoEncryptionConfig, none != "NoEncryption" {
      invalid("EncryptionConfiguration", "NoEncryptionConfig must be NoEncryption")
    }
    if let logging = CloudWatchLoggingOptions, logging.Enabled == true,
      logging.LogGroupName?.isEmpty ?? true || logging.LogStreamName?.isEmpty ?? true
    {
      invalid(
        "CloudWatchLoggingOptions",
        "LogGroupName and LogStreamName must be given when error logging is enabled")
    }
    // AWS switches the conversion on where its block does not switch it off.
    if let conversion = DataFormatConversionConfiguration, conversion.Enabled != false {
      unsupported(
        "DataFormatConversionConfiguration", "DataFormatConversionConfiguration that is enabled")
    }
    if let partitioning = DynamicPartitioningConfiguration, partitioning.Enabled != false {
      unsupported(
        "DynamicPartitioningConfiguration", "DynamicPartitioningConfiguration that is enabled")
    }
    return found + hintFaults(path) + prefixFaults(path)
      + keyFaults(path, nameBytes: streamName?.utf8.count ?? 64) + processingFaults(path)
  }

  private static func isFileExtension(_ name: String) -> Bool {
    name.hasPrefix(".") && name.count > 1 && name.utf8.count <= 128
      && name.unicodeScalars.allSatisfy {
        ("0"..."9").contains($0) || ("a"..."z").contains($0)
          || "!-_.*'()".unicodeScalars.contains($0)
      }
  }

  private func hintFaults(_ path: PropertyPath) -> [ConfigurationFault] {
    var found: [ConfigurationFault] = []
    let hints = path.appending("BufferingHints")
    if let size = BufferingHints?.SizeInMBs, !(1...128).contains(size) {
      found.append(
        .init(
          path: hints.appending("SizeInMBs"),
          message: "SizeInMBs must be between 1 and 128, not \(size)", isShape: true))
    }
    if let interval = BufferingHints?.IntervalInSeconds, !(0...900).contains(interval) {
      found.append(
        .init(
          path: hints.appending("IntervalInSeconds"),
          message: "IntervalInSeconds must be between 0 and 900, not \(interval)", isShape: true))
    }
    if found.isEmpty, let given = BufferingHints,
      (given.SizeInMBs == nil) != (given.IntervalInSeconds == nil)
    {
      found.append(
        .init(
          path: hints,
          message: "Either both or none of SizeInMBs and IntervalInSeconds must be specified"))
    }
    return found
  }

  private func prefixFaults(_ path: PropertyPath) -> [ConfigurationFault] {
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
    return found
  }

  /// Prefixes that leave no room for a name: such a delivery would fail whenever it is tried.
  private func keyFaults(_ path: PropertyPath, nameBytes: Int) -> [ConfigurationFault] {
    func fault(_ text: String?, _ member: String, isError: Bool) -> ConfigurationFault? {
      // Malformed patterns are reported elsewhere.
      guard let text, let pattern = try? KeyPattern(text, isError: isError) else { return nil }
      let ending = isError ? 0 : objectExtension.utf8.count
      let bytes = pattern.bytesMax + nameBytes + KeyPattern.nameBytesMax + ending
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

  private static let parameterNames: Set<String> = [
    "LambdaArn", "NumberOfRetries", "RoleArn", "BufferSizeInMBs", "BufferIntervalInSeconds",
  ]

  private func processingFaults(_ path: PropertyPath) -> [ConfigurationFault] {
    guard let processors = ProcessingConfiguration?.Processors else { return [] }
    var found: [ConfigurationFault] = []
    let base = path.appending("ProcessingConfiguration").appending("Processors")
    for (index, processor) in processors.enumerated() {
      let here = base.appending(index)
      guard processor.Type == "Lambda" else {
        found.append(
          .init(
            path: here.appending("Type"), message: "the processor type \(processor.Type)",
            isUnsupported: true))
        continue
      }
      if index > 0 {
        found.append(.init(path: here, message: "more than one processor", isUnsupported: true))
      }
      let parameters = here.appending("Parameters")
      if processor["LambdaArn"] == nil {
        found.append(.init(path: parameters, message: "A Lambda processor needs LambdaArn"))
      }
      for (position, parameter) in (processor.Parameters ?? []).enumerated() {
        if let fault = Self.fault(of: parameter, at: parameters.appending(position)) {
          found.append(fault)
        }
      }
    }
    return found
  }

  private static func fault(of parameter: Parameter, at path: PropertyPath) -> ConfigurationFault? {
    let value = parameter.ParameterValue
    let isValid: Bool
    switch parameter.ParameterName {
    case "LambdaArn": isValid = !value.isEmpty
    case "RoleArn": isValid = ARN(parsing: value)?.service == "iam"
    case "NumberOfRetries": isValid = Int(value).map { (0...300).contains($0) } ?? false
    case "BufferSizeInMBs": isValid = Double(value).map { (0.2...3).contains($0) } ?? false
    case "BufferIntervalInSeconds": isValid = Int(value).map { (0...900).contains($0) } ?? false
    case let name:
      return ConfigurationFault(
        path: path.appending("ParameterName"), message: "the processor parameter \(name)",
        isUnsupported: true)
    }
    return isValid
      ? nil
      : ConfigurationFault(
        path: path.appending("ParameterValue"),
        message: "\(value) is not a valid \(parameter.ParameterName)")
  }
}

extension ConfigurationFault {
  /// The reason why a pattern can't be used.
  struct Reason: Error {
    var message: String
    var isUnsupported = false
  }
}
