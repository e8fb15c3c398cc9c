import PropertyTree
import ServiceKit

extension FormatConversion {
  /// Everything that is wrong with the conversion by itself, in AWS's order: bounds, which hold
  /// while it is switched off too, then what it must have.
  ///
  /// - Parameter writer: tells the options that can't be written; nil where there is none.
  func faults(at path: PropertyPath, _ writer: (any ColumnarWriter)?) -> [ConfigurationFault] {
    var found = boundFaults(path)
    guard isEnabled else { return found }
    func invalid(_ member: String, _ message: String) {
      found.append(.init(path: path.appending(member), message: message))
    }
    let members: [(String, Bool)] = [
      ("InputFormatConfiguration", InputFormatConfiguration == nil),
      ("OutputFormatConfiguration", OutputFormatConfiguration == nil),
      ("SchemaConfiguration", SchemaConfiguration == nil),
    ]
    for (member, isMissing) in members where isMissing {
      invalid(member, "\(member) must not be null")
    }
    if let input = InputFormatConfiguration {
      let given = [
        input.Deserializer?.OpenXJsonSerDe != nil, input.Deserializer?.HiveJsonSerDe != nil,
      ]
      if let fault = Self.choice(given, "deserializer") {
        invalid("InputFormatConfiguration", fault)
      }
    }
    if let output = OutputFormatConfiguration {
      let given = [output.Serializer?.ParquetSerDe != nil, output.Serializer?.OrcSerDe != nil]
      if let fault = Self.choice(given, "serializer") {
        invalid("OutputFormatConfiguration", fault)
      }
    }
    if let schema = SchemaConfiguration {
      // The message spells RoleARN in its own way.
      let members = [
        ("RoleArn", schema.RoleARN), ("DatabaseName", schema.DatabaseName),
        ("TableName", schema.TableName),
      ]
      for (member, value) in members where value?.isEmpty ?? true {
        invalid(
          "SchemaConfiguration", "SchemaConfiguration.\(member) must not be null or empty")
      }
    }
    if found.isEmpty { found += optionFaults(path, writer) }
    return found
  }

  private static func choice(_ given: [Bool], _ kind: String) -> String? {
    switch given.filter({ $0 }).count {
    case 0: "\(kind.prefix(1).uppercased())\(kind.dropFirst()) must not be null"
    case 1: nil
    default: "More than one \(kind) specified. Only one may be chosen."
    }
  }

  /// Options that the writer can't do. Columns are looked at where the table is known.
  private func optionFaults(_ path: PropertyPath, _ writer: (any ColumnarWriter)?)
    -> [ConfigurationFault]
  {
    guard let writer else { return [] }
    var layout = layout([TableColumn(name: "any", type: "string")])
    if case .orc(var options) = layout.format {
      options.bloomFilterColumns = []
      layout.format = .orc(options)
    }
    guard let refusal = writer.refusal(of: layout) else { return [] }
    return [.init(path: path, message: refusal, isUnsupported: true)]
  }

  // MARK: Bounds

  private func boundFaults(_ path: PropertyPath) -> [ConfigurationFault] {
    let serializer = OutputFormatConfiguration?.Serializer
    var found: [ConfigurationFault] = []
    func shape(_ member: String, _ message: String) {
      found.append(
        .init(
          path: path.appending("OutputFormatConfiguration"), message: "\(member) \(message)",
          isShape: true))
    }
    func atLeast(_ minimum: Int, _ value: Int?, _ member: String) {
      guard let value, value < minimum else { return }
      shape(member, "must be at least \(minimum), not \(value)")
    }
    func share(_ value: Double?, _ member: String) {
      guard let value, !(0...1).contains(value) else { return }
      shape(member, "must be between 0 and 1, not \(value)")
    }
    func oneOf(_ known: [String], _ value: String?, _ member: String) {
      guard let value, !known.contains(value) else { return }
      shape(member, "must be one of \(known.joined(separator: ", ")), not \(value)")
    }
    if let parquet = serializer?.ParquetSerDe {
      atLeast(0, parquet.MaxPaddingBytes, "MaxPaddingBytes")
      atLeast(64 << 20, parquet.BlockSizeBytes, "BlockSizeBytes")
      atLeast(64 << 10, parquet.PageSizeBytes, "PageSizeBytes")
      oneOf(["SNAPPY", "GZIP", "UNCOMPRESSED"], parquet.Compression, "Compression")
      oneOf(["V1", "V2"], parquet.WriterVersion, "WriterVersion")
    }
    if let orc = serializer?.OrcSerDe {
      share(orc.DictionaryKeyThreshold, "DictionaryKeyThreshold")
      atLeast(64 << 20, orc.BlockSizeBytes, "BlockSizeBytes")
      atLeast(8 << 20, orc.StripeSizeBytes, "StripeSizeBytes")
      atLeast(1000, orc.RowIndexStride, "RowIndexStride")
      share(orc.PaddingTolerance, "PaddingTolerance")
      share(orc.BloomFilterFalsePositiveProbability, "BloomFilterFalsePositiveProbability")
      oneOf(["ZLIB", "SNAPPY", "NONE"], orc.Compression, "Compression")
      oneOf(["V0_11", "V0_12"], orc.FormatVersion, "FormatVersion")
    }
    return found
  }
}

extension S3Configuration {
  /// The smallest buffer of a stream that converts.
  private static let convertedSizeMBsMin = 64

  /// The conversion, where it is on.
  var conversion: FormatConversion? {
    DataFormatConversionConfiguration.flatMap { $0.isEnabled ? $0 : nil }
  }

  /// Everything that is wrong about a conversion to columns, in AWS's order.
  ///
  /// - Parameter writer: tells the options that can't be written; nil where there is none.
  func conversionFaults(
    at path: PropertyPath = PropertyPath(), _ writer: (any ColumnarWriter)?
  ) -> [ConfigurationFault] {
    guard let conversion = DataFormatConversionConfiguration else { return [] }
    var found: [ConfigurationFault] = []
    if conversion.isEnabled {
      if let format = CompressionFormat, format != Compression.none.rawValue {
        found.append(
          .init(
            path: path.appending("CompressionFormat"),
            message:
              "The S3 destination's compression format must be set to UNCOMPRESSED when data "
              + "format conversion is enabled. To enable compression within the converted output "
              + "format, set the appropriate serialization option in the output format configuration."
          ))
      }
      if let size = BufferingHints?.SizeInMBs, size < Self.convertedSizeMBsMin {
        found.append(
          .init(
            path: path.appending("BufferingHints"),
            message: "BufferingHints.SizeInMBs must be at least \(Self.convertedSizeMBsMin) when "
              + "data format conversion is enabled."))
      }
    }
    return found
      + conversion.faults(at: path.appending("DataFormatConversionConfiguration"), writer)
  }
}
