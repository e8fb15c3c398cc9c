import JQ
import PropertyTree

/// Reads partition keys from records with a jq program.
/// https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
struct KeyExtraction: Sendable {
  static let code = "DynamicPartitioning.MetadataExtractionFailed"
  static let blank = "partitionKeys values must not be null or empty"

  private let program: JQProgram

  init(_ query: String) throws { program = try JQProgram(query) }

  func applied(to item: DeliveryItem) throws(RecordProcessing.Failure) -> DeliveryItem {
    var item = item
    for (name, value) in try keys(item.payload) {
      guard let text = value.scalarText, !text.isEmpty else { throw Self.failure(Self.blank) }
      item.keys[PartitionKey(.query, name)] = text
    }
    return item
  }

  private func keys(_ document: [UInt8]) throws(RecordProcessing.Failure) -> PropertyObject {
    let results: [String]
    do throws(JQProgram.Failure) { results = try program.run(document, resultsMax: 2) } catch {
      throw Self.failure("The partition keys can't be read from the record: \(error)")
    }
    let tree: PropertyValue?
    do throws(JSONReader.Failure) {
      tree = try results.first.map { (text) throws(JSONReader.Failure) in try JSONReader.read(text)
      }
    } catch { tree = nil }
    guard results.count == 1, case .object(let keys)? = tree else {
      throw Self.failure("The query must give one object that holds the partition keys")
    }
    return keys
  }

  static func failure(_ message: String) -> RecordProcessing.Failure {
    RecordProcessing.Failure(code: code, message: message)
  }
}
