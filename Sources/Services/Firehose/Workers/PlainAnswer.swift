import Effects
import PropertyTree
import ServiceKit

/// A function's answer in the form that functions write: a result for each record, in the order of
/// the records, with nothing but its id, `Ok` or `Dropped`, and data. It is read straight into the
/// form in which results wait.
///
/// Every other answer takes the thorough way, which also finds the words for what is wrong.
enum PlainAnswer {
  /// The results of the records `numbers` of a piece; nil where the answer is not plain.
  ///
  /// - Parameter delimiter: stands behind each payload.
  static func items(
    _ answer: [UInt8], _ piece: RecordPiece, _ numbers: Range<Int>, _ ids: RecordIDs,
    delimiter: [UInt8]
  ) -> FrameItems? {
    answer.withUnsafeBufferPointer { bytes in
      piece.bytes.withUnsafeBytes { raw -> FrameItems? in
        let payloads = numbers.reduce(0) { $0 + piece.range($1).count }
        var items = FrameItems(
          reservingBytes: bytes.count + payloads + numbers.count * delimiter.count)
        var number = numbers.lowerBound
        var scanner = PlainJSONScanner(bytes)
        var isRead = false
        let isPlain = scanner.object { scanner, key in
          guard scanner.matches(key, "records"), !isRead else { return false }
          isRead = true
          return scanner.list { scanner in
            guard number < numbers.upperBound, let result = Result(&scanner),
              ids.holds(scanner.slice(result.id), at: number - numbers.lowerBound)
            else { return false }
            defer { number += 1 }
            if result.isDropped { return true }
            guard let data = result.data else { return false }
            return append(
              scanner.slice(data), number, piece, raw, ids[number - numbers.lowerBound],
              delimiter, to: &items)
          }
        }
        guard isPlain, isRead, scanner.isAtEnd(), number == numbers.upperBound else { return nil }
        return items
      }
    }
  }

  /// The members of one record's result.
  private struct Result {
    var id: Range<Int>
    var isDropped: Bool
    var data: Range<Int>?

    /// nil where they are not plain.
    init?(_ scanner: inout PlainJSONScanner) {
      var id: Range<Int>?
      var result: Range<Int>?
      var data: Range<Int>?
      let isPlain = scanner.object { scanner, key in
        if scanner.matches(key, "recordId"), id == nil {
          id = scanner.rawString()
          return id != nil
        }
        if scanner.matches(key, "result"), result == nil {
          result = scanner.rawString()
          return result != nil
        }
        guard scanner.matches(key, "data"), data == nil else { return false }
        data = scanner.rawString()
        return data != nil
      }
      guard isPlain, let id, let result else { return nil }
      isDropped = scanner.matches(result, "Dropped")
      guard isDropped || scanner.matches(result, "Ok") else { return nil }
      (self.id, self.data) = (id, data)
    }
  }

  /// Decodes one record's data; false where it is not plain.
  private static func append(
    _ data: UnsafeBufferPointer<UInt8>, _ number: Int, _ piece: RecordPiece,
    _ raw: UnsafeRawBufferPointer, _ id: ArraySlice<UInt8>, _ delimiter: [UInt8],
    to items: inout FrameItems
  ) -> Bool {
    items.append(
      id: id, piece.arrival(number),
      raw: UnsafeRawBufferPointer(rebasing: raw[piece.range(number)]),
      piece.origin(number)?.origin, upTo: Base64.decodedCountMax(data.count) + delimiter.count
    ) { target in
      guard let count = Base64.decode(data, into: target) else { return nil }
      UnsafeMutableRawBufferPointer(rebasing: target[count...]).copyBytes(from: delimiter)
      return count + delimiter.count
    }
  }
}
