import AWSModel
import Effects

/// One file of a log: `<base index, 20 digits>.log`, zeroed ahead so that appends change no
/// metadata. Everything here is about what is on disk; the log guards it with its lock.
struct RecordSegment {
  /// A known place inside the file: where the record `index` begins.
  struct Mark {
    var index: UInt64
    var timestamp: Int64
    var offset: Int64
  }

  /// Distance between two marks, in bytes: bounds what a read must skip.
  static let markSpacing: Int64 = 16 << 10

  let baseIndex: UInt64
  let path: String
  /// One past the last readable record.
  var endIndex: UInt64
  /// One past the last readable byte; known once `isIndexed`.
  var endOffset: Int64 = 0
  /// Of the first record; nil while there is none.
  var firstTimestamp: Int64?
  var marks: [Mark] = []
  /// False until the file has been scanned (segments that an earlier run has sealed).
  var isIndexed = false

  var isEmpty: Bool { endIndex == baseIndex }

  /// The ending of a segment's name tells the form of its bytes: `.log` is form 1.
  private static let ending = ".log"

  static func name(_ baseIndex: UInt64) -> String {
    let digits = String(baseIndex)
    return String(repeating: "0", count: 20 - digits.count) + digits + ending
  }

  /// The base index that a file name tells, or nil for a file that is no segment.
  ///
  /// - Throws: for a segment in a form that this Leat doesn't know.
  static func baseIndex(ofName name: String, in directory: String) throws(FileFailure) -> UInt64? {
    guard let dot = name.firstIndex(of: "."), name[..<dot].utf8.count == 20,
      let index = UInt64(name[..<dot])
    else { return nil }
    guard name[dot...] == ending else {
      throw FileFailure(
        operation: "open", path: "\(directory)/\(name)", errno: 0,
        reason: "a newer Leat has written this log; use that one or a later one")
    }
    return index
  }

  /// Walks the file from its start up to `limit` (nil: as far as frames are whole) and notes
  /// marks, end and timestamps. Returns whether it stopped at damage rather than at `limit`.
  mutating func index(in files: any FileSystem, upTo limit: UInt64?) throws(FileFailure) -> Bool {
    let file = try files.open(path, .read)
    var next = baseIndex
    var offset: Int64 = 0
    var chunk: [UInt8] = []
    var chunkStart: Int64 = 0
    marks = []
    firstTimestamp = nil
    var isDamaged = false
    scan: while limit.map({ next < $0 }) ?? true {
      let parsed = chunk.withUnsafeBytes { raw -> (timestamp: Int64, length: Int)? in
        switch RecordFrame.parse(raw, at: Int(offset - chunkStart), expecting: next) {
        case .record(_, let timestamp, _, let length): (timestamp, length)
        case .needs(let count): (-1, -count)
        case .damaged: nil
        }
      }
      guard let parsed else {
        isDamaged = true
        break scan
      }
      if parsed.length < 0 {
        let more = try file.read(at: offset, count: max(-parsed.length, 1 << 20))
        guard more.count >= -parsed.length else {
          isDamaged = true
          break scan
        }
        (chunk, chunkStart) = (more, offset)
        continue
      }
      if marks.last.map({ offset - $0.offset >= Self.markSpacing }) ?? true {
        marks.append(Mark(index: next, timestamp: parsed.timestamp, offset: offset))
      }
      if firstTimestamp == nil { firstTimestamp = parsed.timestamp }
      lastTimestamp = parsed.timestamp
      offset += Int64(parsed.length)
      next += 1
    }
    endIndex = next
    endOffset = offset
    isIndexed = true
    return isDamaged
  }

  /// Of the last record; known once `isIndexed`.
  var lastTimestamp: Int64 = .min

  /// The last mark at or before the record `index`.
  func mark(atOrBefore index: UInt64) -> Mark? {
    var low = 0
    var high = marks.count
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].index <= index { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? marks[low - 1] : nil
  }

  /// The last mark whose record is older than `timestamp`: the first record that is not stands
  /// behind it.
  func mark(before timestamp: Int64) -> Mark? {
    var low = 0
    var high = marks.count
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].timestamp < timestamp { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? marks[low - 1] : marks.first
  }
}
