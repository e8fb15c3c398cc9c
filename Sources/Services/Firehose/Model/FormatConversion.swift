import PropertyTree
import ServiceKit

/// Conversion of records from JSON to columns: the members of `DataFormatConversionConfiguration`.
/// https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
struct FormatConversion: Codable, Sendable, Hashable {
  struct Input: Codable, Sendable, Hashable { var Deserializer: Deserializer? }

  struct Deserializer: Codable, Sendable, Hashable {
    var OpenXJsonSerDe: OpenX?
    var HiveJsonSerDe: Hive?
  }

  struct OpenX: Codable, Sendable, Hashable {
    var CaseInsensitive: Bool?
    var ColumnToJsonKeyMappings: [String: String]?
    var ConvertDotsInJsonKeysToUnderscores: Bool?
  }

  struct Hive: Codable, Sendable, Hashable { var TimestampFormats: [String]? }

  struct Output: Codable, Sendable, Hashable { var Serializer: Serializer? }

  struct Serializer: Codable, Sendable, Hashable {
    var OrcSerDe: ORC?
    var ParquetSerDe: Parquet?
  }

  struct Parquet: Codable, Sendable, Hashable {
    var BlockSizeBytes: Int?
    var Compression: String?
    var EnableDictionaryCompression: Bool?
    var MaxPaddingBytes: Int?
    var PageSizeBytes: Int?
    var WriterVersion: String?
  }

  struct ORC: Codable, Sendable, Hashable {
    /// Counts for padding alone, which is refused.
    var BlockSizeBytes: Int?
    var BloomFilterColumns: [String]?
    var BloomFilterFalsePositiveProbability: Double?
    var Compression: String?
    var DictionaryKeyThreshold: Double?
    var EnablePadding: Bool?
    var FormatVersion: String?
    /// Of no effect without padding, says AWS.
    var PaddingTolerance: Double?
    var RowIndexStride: Int?
    var StripeSizeBytes: Int?
  }

  struct Schema: Codable, Sendable, Hashable {
    /// nil for the account's own.
    var CatalogId: String?
    var DatabaseName: String?
    /// nil for the delivery stream's.
    var Region: String?
    var RoleARN: String?
    var TableName: String?
    /// A number; nil for `LATEST`.
    var VersionId: String?
  }

  var Enabled: Bool?
  var InputFormatConfiguration: Input?
  var OutputFormatConfiguration: Output?
  var SchemaConfiguration: Schema?

  /// AWS switches the conversion on where its block does not switch it off.
  var isEnabled: Bool { Enabled != false }

  /// The ending of converted objects' names.
  var objectExtension: String {
    OutputFormatConfiguration?.Serializer?.OrcSerDe == nil ? ".parquet" : ".orc"
  }

  /// This one with what `update` gives, down to the members of the schema.
  func updated(by update: FormatConversion) -> FormatConversion {
    var new = self
    if let value = update.Enabled { new.Enabled = value }
    if let value = update.InputFormatConfiguration { new.InputFormatConfiguration = value }
    if let value = update.OutputFormatConfiguration { new.OutputFormatConfiguration = value }
    guard let given = update.SchemaConfiguration else { return new }
    var schema = SchemaConfiguration ?? Schema()
    if let value = given.CatalogId { schema.CatalogId = value }
    if let value = given.DatabaseName { schema.DatabaseName = value }
    if let value = given.Region { schema.Region = value }
    if let value = given.RoleARN { schema.RoleARN = value }
    if let value = given.TableName { schema.TableName = value }
    if let value = given.VersionId { schema.VersionId = value }
    new.SchemaConfiguration = schema
    return new
  }

  // MARK: The way of conversion

  /// The layout of files with these columns.
  func layout(_ columns: [TableColumn]) -> ColumnarLayout {
    ColumnarLayout(columns: columns, reader: reader, format: format)
  }

  private var reader: JSONRecordReader {
    let deserializer = InputFormatConfiguration?.Deserializer
    if let hive = deserializer?.HiveJsonSerDe {
      return .hive(timestampFormats: hive.TimestampFormats ?? [])
    }
    var options = OpenXOptions()
    if let given = deserializer?.OpenXJsonSerDe {
      options.isCaseInsensitive = given.CaseInsensitive ?? options.isCaseInsensitive
      options.convertsDots = given.ConvertDotsInJsonKeysToUnderscores ?? options.convertsDots
      options.keys = given.ColumnToJsonKeyMappings ?? [:]
    }
    return .openX(options)
  }

  private var format: ColumnarFormat {
    let serializer = OutputFormatConfiguration?.Serializer
    if let orc = serializer?.OrcSerDe { return .orc(orc.options) }
    return .parquet((serializer?.ParquetSerDe ?? Parquet()).options)
  }
}

extension FormatConversion.Parquet {
  var options: ParquetOptions {
    var options = ParquetOptions()
    if let value = BlockSizeBytes { options.blockSize = value }
    if let value = Compression.flatMap({ ParquetOptions.Compression(rawValue: $0) }) {
      options.compression = value
    }
    if let value = EnableDictionaryCompression { options.usesDictionary = value }
    if let value = MaxPaddingBytes { options.paddingMax = value }
    if let value = PageSizeBytes { options.pageSize = value }
    if let value = WriterVersion.flatMap({ ParquetOptions.WriterVersion(rawValue: $0) }) {
      options.writerVersion = value
    }
    return options
  }
}

extension FormatConversion.ORC {
  var options: ORCOptions {
    var options = ORCOptions()
    if let value = BloomFilterColumns { options.bloomFilterColumns = value }
    if let value = BloomFilterFalsePositiveProbability {
      options.bloomFilterFalsePositives = value
    }
    if let value = Compression.flatMap({ ORCOptions.Compression(rawValue: $0) }) {
      options.compression = value
    }
    if let value = DictionaryKeyThreshold { options.dictionaryKeyThreshold = value }
    if let value = EnablePadding { options.isPadded = value }
    if let value = FormatVersion.flatMap({ ORCOptions.FormatVersion(rawValue: $0) }) {
      options.formatVersion = value
    }
    if let value = RowIndexStride { options.rowIndexStride = value }
    if let value = StripeSizeBytes { options.stripeSize = value }
    return options
  }
}

extension FormatConversion {
  /// A stored delivery stream with its conversion in this form. Until version 2 it was kept only
  /// while it was switched off, whatever it held: what can't be read is left out.
  static func typed(in model: PropertyValue) -> PropertyValue {
    let member = "DataFormatConversionConfiguration"
    guard var object = model.objectValue, var destination = object["destination"]?.objectValue,
      let kept = destination[member]
    else { return model }
    do {
      destination[member] = try TreeEncoder().encode(
        try TreeDecoder().decode(FormatConversion.self, from: kept))
    } catch { destination[member] = ["Enabled": false] }
    object["destination"] = .object(destination)
    return .object(object)
  }
}
