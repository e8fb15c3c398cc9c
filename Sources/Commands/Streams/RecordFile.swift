import ArgumentParser
import Effects
import Glibc
import PropertyTree
import StackContracts

/// The forms of a file with records.
enum RecordFileFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  case lines, json, csv, tsv

  /// The form that a file's ending tells; nil where the content must.
  init?(ending path: String) {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return nil }
    switch path[dot...].lowercased() {
    case ".csv": self = .csv
    case ".tsv": self = .tsv
    case ".json": return nil
    default: self = .lines
    }
  }
}

/// A file with records, each of them as its bytes.
struct RecordFile {
  var path: String
  /// nil to go by the ending, and in a `.json` file by the content: an array's elements, one
  /// document, or a document on each line.
  var format: RecordFileFormat?

  /// - Throws: `StackFailure` where the file can't be read, is not in its form, or has no record.
  func records(_ files: any FileSystem) throws -> [[UInt8]] {
    let bytes = try content(files)
    let records: [[UInt8]]
    switch format ?? (path == "-" ? .lines : RecordFileFormat(ending: path)) {
    case .lines: records = Self.lines(bytes)
    case .json:
      guard let found = Self.documents(bytes) else { throw notJSON(bytes) }
      records = found
    case .csv: records = try rows(bytes, separator: UInt8(ascii: ","))
    case .tsv: records = try rows(bytes, separator: UInt8(ascii: "\t"))
    case nil: records = Self.documents(bytes) ?? Self.lines(bytes)
    }
    guard !records.isEmpty else { throw StackFailure(.unreadableFile, "\(path) holds no records") }
    return records
  }

  private func content(_ files: any FileSystem) throws -> [UInt8] {
    guard path != "-" else { return Self.standardInput() }
    do { return try files.read(path) } catch {
      throw StackFailure(.unreadableFile, "can't read \(path): \(error.reason)")
    }
  }

  private static func standardInput() -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
    }
  }

  /// Lines as they are, without their ends; empty ones are none.
  private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split { $0 == 0x0A || $0 == 0x0D }.map(Array.init)
  }

  /// The elements of an array, or one document; nil for what is no single JSON text.
  private static func documents(_ bytes: [UInt8]) -> [[UInt8]]? {
    JSONText.elements(bytes) ?? JSONText.compact(bytes).map { [$0] }
  }

  private func rows(_ bytes: [UInt8], separator: UInt8) throws -> [[UInt8]] {
    do throws(CSVReader.Failure) {
      return try CSVReader.objects(bytes, separator: separator).map {
        JSONWriter.bytes(.object($0))
      }
    } catch { throw StackFailure(.unreadableFile, "\(path):\(error.line): \(error.message)") }
  }

  private func notJSON(_ bytes: [UInt8]) -> StackFailure {
    do throws(JSONReader.Failure) {
      _ = try JSONReader.read(bytes)
      return StackFailure(.unreadableFile, "\(path) is not UTF-8")
    } catch {
      let line = bytes.prefix(error.offset).count { $0 == 0x0A } + 1
      return StackFailure(
        .unreadableFile, "\(path):\(line): \(error.message)",
        hint: "a document on each line is --format lines")
    }
  }
}
