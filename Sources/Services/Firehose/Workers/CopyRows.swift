import Effects
import PropertyTree

/// A column that COPY fills.
struct CopyColumn: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case text
    case moment
    case other
  }

  var name: String
  var kind: Kind
  /// The most characters; nil without a bound.
  var lengthMax: Int?
}

/// Lines of a server's own COPY, made of an object's rows.
struct CopyRows {
  /// A row that can't be loaded.
  struct Fault: Error, Sendable, Hashable { var message: String }

  let options: CopyOptions
  let columns: [CopyColumn]
  /// The members of each column, where a file says so.
  var paths: [[CopyMembers.Step]] = []

  /// The line of each row, or its fault, in order.
  func lines(_ bytes: [UInt8]) -> [Result<[UInt8], Fault>] {
    switch options.form {
    case .delimited, .csv:
      return CopyFields(options: options).rows(bytes).map { row in
        do throws(Fault) { return .success(try line(row)) } catch { return .failure(error) }
      }
    case .json, .jsonPaths:
      guard let objects = CopyMembers.objects(bytes) else {
        return [.failure(Fault(message: "Invalid JSONPath format. Object is not valid."))]
      }
      return objects.map { object in
        do throws(Fault) { return .success(try line(object: object)) } catch {
          return .failure(error)
        }
      }
    }
  }

  // MARK: Rows

  private func line(_ row: CopyFields.Row) throws(Fault) -> [UInt8] {
    if let fault = row.fault { throw Fault(message: fault) }
    guard row.fields.count <= columns.count else { throw Fault(message: "Extra column(s) found") }
    guard row.fields.count == columns.count || options.fillsRecords else {
      throw Fault(message: "Delimiter not found")
    }
    var out: [UInt8] = []
    let null = Array(options.null.utf8)
    for (number, column) in columns.enumerated() {
      if number > 0 { out.append(0x09) }
      guard number < row.fields.count, row.fields[number] != null else {
        out += Self.null
        continue
      }
      write(try text(row.fields[number], column), column, &out)
    }
    return out + [0x0A]
  }

  private func line(object: [UInt8]) throws(Fault) -> [UInt8] {
    guard var members = CopyMembers.members(object) else {
      throw Fault(message: "Invalid JSON")
    }
    if case .json(ignoresCase: true) = options.form {
      var lower: PropertyObject = [:]
      for (name, value) in members { lower[name.lowercased()] = value }
      members = lower
    }
    var out: [UInt8] = []
    for (number, column) in columns.enumerated() {
      if number > 0 { out.append(0x09) }
      let value =
        paths.isEmpty ? members[column.name] : CopyMembers.value(paths[number], in: members)
      guard let text = CopyMembers.text(value) else {
        out += Self.null
        continue
      }
      write(text, column, &out)
    }
    return out + [0x0A]
  }

  private func text(_ field: [UInt8], _ column: CopyColumn) throws(Fault) -> String {
    if let text = String(validating: field, as: UTF8.self) { return text }
    guard let replacement = options.replacement else {
      throw Fault(message: "String contains invalid or unsupported UTF8 codepoints")
    }
    let stand = Character(Unicode.Scalar(replacement))
    return String(String(decoding: field, as: UTF8.self).map { $0 == "\u{FFFD}" ? stand : $0 })
  }

  // MARK: Values

  private static let null = Array("\\N".utf8)

  private func write(_ given: String, _ column: CopyColumn, _ out: inout [UInt8]) {
    guard let text = value(given, column) else {
      out += Self.null
      return
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): out += [byte, byte]
      case 0x09: out += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
      case 0x0A: out += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
      case 0x0D: out += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
      default: out.append(byte)
      }
    }
  }

  /// The value as the server reads it; nil is NULL.
  private func value(_ given: String, _ column: CopyColumn) -> String? {
    var text = given
    if options.blankIsNull, !text.isEmpty, text.allSatisfy(\.isWhitespace) { return nil }
    if options.trimsBlanks, column.kind == .text {
      while text.last?.isWhitespace == true { text.removeLast() }
    }
    if text.isEmpty, column.kind != .text || options.emptyIsNull { return nil }
    if options.truncates, let most = column.lengthMax, text.unicodeScalars.count > most {
      text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(most)))
    }
    if column.kind == .moment, options.moments != .auto, let number = Double(text),
      number.magnitude < 1e14
    {
      let scale: Double = options.moments == .epochSeconds ? 1000 : 1
      return Timestamp(milliseconds: Int64(number * scale)).iso8601
    }
    return text
  }
}
