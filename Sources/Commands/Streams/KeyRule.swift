import Diagnostics
import Effects
import PropertyTree
import StackContracts

/// The way in which records of a stream get their partition keys.
enum KeyRule: Sendable, Hashable {
  /// A new one for each record.
  case random
  case fixed(String)
  /// The value of a field of the record, `user.id`.
  case field(String)

  /// Of a partition key, in characters.
  static let lengthMax = 256

  /// - Parameter number: of the record, from 1, for messages.
  /// - Throws: `StackFailure` where the record has no such field.
  func key(of record: [UInt8], number: Int, random: any RandomSource) throws -> String {
    switch self {
    case .random: return random.uuid()
    case .fixed(let key): return key
    case .field(let path): return try Self.field(path, of: record, number)
    }
  }

  private static func field(_ path: String, of record: [UInt8], _ number: Int) throws -> String {
    let document: PropertyValue
    do { document = try JSONReader.read(record) } catch {
      throw StackFailure(
        .invalidArgument, "record \(number) is no JSON, so that it has no field `\(path)`")
    }
    let value = try value(path, of: document, number)
    let key: String
    switch value {
    case .string(let text): key = text
    case .int(let whole): key = String(whole)
    case .bool(let bool): key = bool ? "true" : "false"
    default:
      throw StackFailure(
        .invalidArgument, "the field `\(path)` of record \(number) is \(noun(value))",
        hint: "a partition key is made of text, of a whole number below 2^63, or of true and false")
    }
    guard (1...lengthMax).contains(key.unicodeScalars.count) else {
      throw StackFailure(
        .invalidArgument,
        "the field `\(path)` of record \(number) has \(key.unicodeScalars.count) characters",
        hint: "a partition key has 1 to \(lengthMax)")
    }
    return key
  }

  /// A name with dots in it goes before a path.
  private static func value(_ path: String, of document: PropertyValue, _ number: Int) throws
    -> PropertyValue
  {
    if let value = document[path] { return value }
    var place = document
    for name in path.split(separator: ".", omittingEmptySubsequences: false).map(String.init) {
      guard let next = place[name] else {
        let names = place.objectValue.map { Array($0.keys) } ?? []
        throw StackFailure(
          .invalidArgument, "record \(number) has no field `\(path)`",
          hint: Suggestion.didYouMean(name, among: names)
            ?? (names.isEmpty ? nil : "it has: \(names.prefix(20).joined(separator: ", "))"))
      }
      place = next
    }
    return place
  }

  private static func noun(_ value: PropertyValue) -> String {
    switch value {
    case .null: "null"
    case .list: "a list"
    case .object: "an object"
    default: "the number \(value.scalarText ?? "")"
    }
  }
}
