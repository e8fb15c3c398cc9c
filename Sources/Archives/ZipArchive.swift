import CZlib

/// Reads ZIP archives that strangers made: every name, size and offset is checked.
public struct ZipArchive: Sendable {
  public struct Entry: Sendable, Hashable {
    /// Relative, without `.`, `..` or empty parts; directories have no entry of their own.
    public internal(set) var path: String
    var method: UInt16
    var compressedCount: Int
    /// In bytes, unpacked.
    public internal(set) var count: Int
    var crc: UInt32
    var headerOffset: Int
    public internal(set) var isExecutable: Bool
    /// True for a symbolic link, whose contents are its target.
    public internal(set) var isLink = false
  }

  /// The reason why an archive is refused, in words.
  public struct Failure: Error, Sendable, Hashable {
    public var reason: String
    public init(_ reason: String) { self.reason = reason }
  }

  /// Bounds of what an archive may come to when it is unpacked.
  public struct Limits: Sendable, Hashable {
    /// All files together.
    public var bytesMax: Int
    public var entriesMax: Int

    public init(bytesMax: Int, entriesMax: Int = 50_000) {
      self.bytesMax = bytesMax
      self.entriesMax = entriesMax
    }
  }

  /// The longest target of a link, in bytes.
  private static let targetBytesMax = 1024

  /// Files and links in the order of the archive's directory.
  public let entries: [Entry]
  /// Targets of the links, by their paths. Each stays within the archive.
  public private(set) var links: [String: String] = [:]
  private let bytes: [UInt8]

  /// Reads the directory. Throws for what is no archive, for names that leave it or come twice, for
  /// links that leave it, encrypted entries, unknown methods, and for more than the limits allow.
  public init(_ bytes: [UInt8], limits: Limits) throws(Failure) {
    self.bytes = bytes
    entries = try Self.readDirectory(bytes, limits)
    for entry in entries where entry.isLink { links[entry.path] = try target(entry) }
    try ArchiveLinks(links).check(entries.map(\.path))
  }

  private func target(_ entry: Entry) throws(Failure) -> String {
    guard entry.count <= Self.targetBytesMax,
      let target = String(validating: try contents(entry), as: UTF8.self)
    else { throw Failure("`\(entry.path)` is a link whose target is no path") }
    return target
  }

  private static func readDirectory(_ bytes: [UInt8], _ limits: Limits) throws(Failure) -> [Entry] {
    let reader = ByteReader(bytes)
    guard let end = endRecord(reader) else { throw Failure("it is not a ZIP archive") }
    guard let count = reader.uint16(end + 10), let offset = reader.uint32(end + 16) else {
      throw Failure("its directory is cut off")
    }
    guard count != 0xFFFF, offset != 0xFFFF_FFFF else { throw Failure("it is a ZIP64 archive") }
    guard count <= limits.entriesMax else {
      throw Failure("it has more than \(limits.entriesMax) entries")
    }
    var at = Int(offset)
    var entries: [Entry] = []
    var paths: Set<String> = []
    var folders: Set<String> = []
    var total = 0
    for _ in 0..<count {
      let (entry, next) = try readEntry(reader, at)
      at = next
      guard let entry else { continue }
      guard paths.insert(entry.path).inserted else {
        throw Failure("it has two entries named `\(entry.path)`")
      }
      var parent = entry.path[...]
      while let slash = parent.lastIndex(of: "/") {
        parent = parent[..<slash]
        if !folders.insert(String(parent)).inserted { break }
      }
      total += entry.count
      guard total <= limits.bytesMax else {
        throw Failure("its contents are larger than \(limits.bytesMax) bytes")
      }
      entries.append(entry)
    }
    if let clash = paths.first(where: folders.contains) {
      throw Failure("`\(clash)` is both a file and a folder")
    }
    return entries
  }

  private static func endRecord(_ reader: ByteReader) -> Int? {
    let last = reader.count - 22
    guard last >= 0 else { return nil }
    return stride(from: last, through: max(0, last - 65_535), by: -1).first {
      reader.uint32($0) == 0x0605_4B50
    }
  }

  private static func readEntry(_ reader: ByteReader, _ at: Int) throws(Failure)
    -> (entry: Entry?, next: Int)
  {
    guard reader.uint32(at) == 0x0201_4B50, let madeBy = reader.uint16(at + 4),
      let flags = reader.uint16(at + 8), let method = reader.uint16(at + 10),
      let crc = reader.uint32(at + 16), let compressed = reader.uint32(at + 20),
      let count = reader.uint32(at + 24), let nameCount = reader.uint16(at + 28),
      let extraCount = reader.uint16(at + 30), let commentCount = reader.uint16(at + 32),
      let attributes = reader.uint32(at + 38), let offset = reader.uint32(at + 42),
      let nameBytes = reader.slice(at + 46, Int(nameCount))
    else { throw Failure("its directory is damaged") }
    let next = at + 46 + Int(nameCount) + Int(extraCount) + Int(commentCount)
    guard let name = String(validating: nameBytes, as: UTF8.self) else {
      throw Failure("it has a name that is not UTF-8")
    }
    guard flags & 1 == 0 else { throw Failure("`\(name)` is encrypted") }
    guard method == 0 || method == 8 else {
      throw Failure("`\(name)` is compressed with method \(method)")
    }
    let mode = madeBy >> 8 == 3 ? attributes >> 16 : 0
    guard let path = safePath(name) else { throw Failure("the name `\(name)` leaves the archive") }
    if name.hasSuffix("/") { return (nil, next) }
    return (
      Entry(
        path: path, method: method, compressedCount: Int(compressed), count: Int(count), crc: crc,
        headerOffset: Int(offset), isExecutable: mode & 0o100 != 0,
        isLink: mode & 0o170000 == 0o120000), next
    )
  }

  /// nil for absolute names, `..`, NUL and names too long for a file.
  private static func safePath(_ name: String) -> String? {
    guard !name.hasPrefix("/"), !name.utf8.contains(0), name.utf8.count <= 1024 else { return nil }
    let parts = name.split(separator: "/").filter { $0 != "." }
    guard !parts.isEmpty || name.hasSuffix("/"), !parts.contains(".."),
      parts.allSatisfy({ $0.utf8.count <= 255 })
    else { return nil }
    return parts.joined(separator: "/")
  }

  /// The entry's bytes, checked against its size and checksum.
  public func contents(_ entry: Entry) throws(Failure) -> [UInt8] {
    let reader = ByteReader(bytes)
    guard reader.uint32(entry.headerOffset) == 0x0403_4B50,
      let nameCount = reader.uint16(entry.headerOffset + 26),
      let extraCount = reader.uint16(entry.headerOffset + 28),
      let packed = reader.slice(
        entry.headerOffset + 30 + Int(nameCount) + Int(extraCount), entry.compressedCount)
    else { throw Failure("`\(entry.path)` is cut off") }
    let contents = entry.method == 0 ? Array(packed) : Inflate.raw(packed, count: entry.count)
    guard let contents, contents.count == entry.count,
      UInt32(crc32(0, contents, UInt32(contents.count))) == entry.crc
    else { throw Failure("`\(entry.path)` is damaged") }
    return contents
  }
}

/// Little-endian fields at offsets that may be out of bounds.
struct ByteReader {
  private let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  func slice(_ offset: Int, _ count: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
      return nil
    }
    return bytes[offset..<offset + count]
  }

  func uint16(_ offset: Int) -> UInt16? {
    slice(offset, 2).map { UInt16($0[$0.startIndex]) | UInt16($0[$0.startIndex + 1]) << 8 }
  }

  func uint32(_ offset: Int) -> UInt32? {
    guard let low = uint16(offset), let high = uint16(offset + 2) else { return nil }
    return UInt32(low) | UInt32(high) << 16
  }
}
