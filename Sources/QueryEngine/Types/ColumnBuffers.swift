/// The values of a column, or of what is nested in one, in the form that Arrow lays them out in
/// memory: the engine maps them as they stand.
/// https://arrow.apache.org/docs/format/Columnar.html
final class ColumnBuffers {
  let type: HiveType
  /// The name in messages: `user.tags`.
  let path: String
  /// Members of a struct, the element of an array, the key and the value of a map.
  let children: [ColumnBuffers]
  /// Finds a struct's members by their JSON keys.
  let keys: KeyTable

  private struct State {
    var count = 0
    var nulls = 0
    /// A bit for each value, the lowest first; 1 where it isn't null.
    var validity: [UInt8] = []
    /// Ends of texts, elements or entries, and a 0 before them.
    var offsets: [Int32] = [0]
    /// Texts one after another.
    var bytes: [UInt8] = []
    /// Integers, booleans (0, 1), days, and the seconds of moments.
    var integers: [Int64] = []
    var nanoseconds: [Int32] = []
    var doubles: [Double] = []
    var decimals: [Int128] = []
  }

  /// Behind a pointer, because each access to a class's own variable is checked at run time, which
  /// took a fifth of a conversion's time.
  private let state: UnsafeMutablePointer<State>

  init(_ type: HiveType, path: String, keys: (HiveField) -> String, folding: KeyFolding) {
    state = .allocate(capacity: 1)
    state.initialize(to: State())
    self.type = type
    self.path = path
    func child(_ type: HiveType, _ name: String) -> ColumnBuffers {
      ColumnBuffers(
        type, path: path.isEmpty ? name : "\(path).\(name)", keys: keys, folding: folding)
    }
    switch type {
    case .structure(let fields):
      children = fields.map { child($0.type, $0.name) }
      self.keys = KeyTable(fields.map(keys), folding)
    case .array(let element):
      children = [child(element, "element")]
      self.keys = KeyTable([], folding)
    case .map(let key, let value):
      children = [child(key, "key"), child(value, "value")]
      self.keys = KeyTable([], folding)
    default:
      children = []
      self.keys = KeyTable([], folding)
    }
  }

  deinit {
    state.deinitialize(count: 1)
    state.deallocate()
  }

  var count: Int { state.pointee.count }
  var nulls: Int { state.pointee.nulls }

  // MARK: Appending

  func appendNull() {
    state.pointee.nulls += 1
    switch type {
    case .structure: for child in children { child.appendNull() }
    case .string, .varchar, .char, .array, .map:
      state.pointee.offsets.append(state.pointee.offsets[count])
    case .decimal: state.pointee.decimals.append(0)
    case .float, .double: state.pointee.doubles.append(0)
    case .timestamp:
      state.pointee.integers.append(0)
      state.pointee.nanoseconds.append(0)
    default: state.pointee.integers.append(0)
    }
    mark(false)
  }

  /// Ends a value whose parts are there: the members of a struct, elements or entries.
  func appendPresent() {
    switch type {
    case .array, .map:
      state.pointee.offsets.append(Int32(truncatingIfNeeded: children[0].count))
    default: break
    }
    mark(true)
  }

  /// Appends a text, cut to the column's length in characters.
  func append(text: UnsafeBufferPointer<UInt8>) {
    state.pointee.bytes.append(contentsOf: text)
    endText()
  }

  /// Appends the text that `body` writes.
  func appendText<Failure: Error>(_ body: (inout [UInt8]) throws(Failure) -> Void)
    throws(Failure)
  {
    try body(&state.pointee.bytes)
    endText()
  }

  private func endText() {
    switch type {
    case .varchar(let length): cut(to: length, dropsBlanks: false)
    case .char(let length): cut(to: length, dropsBlanks: true)
    default: break
    }
    state.pointee.offsets.append(Int32(truncatingIfNeeded: state.pointee.bytes.count))
    mark(true)
  }

  private func cut(to lengthMax: Int, dropsBlanks: Bool) {
    let bytes = state.pointee.bytes
    let start = Int(state.pointee.offsets[count])
    var end = start
    var characters = 0
    while end < bytes.count {
      // Bytes that continue a character don't count.
      if bytes[end] & 0xC0 != 0x80 {
        if characters == lengthMax { break }
        characters += 1
      }
      end += 1
    }
    if dropsBlanks { while end > start, bytes[end - 1] == 0x20 { end -= 1 } }
    state.pointee.bytes.removeLast(bytes.count - end)
  }

  func append(_ value: Int64) {
    state.pointee.integers.append(value)
    mark(true)
  }

  func append(_ value: Double) {
    state.pointee.doubles.append(value)
    mark(true)
  }

  func append(_ value: Int128) {
    state.pointee.decimals.append(value)
    mark(true)
  }

  func append(_ moment: Moment) {
    state.pointee.integers.append(moment.seconds)
    state.pointee.nanoseconds.append(moment.nanoseconds)
    mark(true)
  }

  @inline(__always) private func mark(_ isPresent: Bool) {
    let bit: UInt8 = isPresent ? 1 : 0
    let count = state.pointee.count
    if count & 7 == 0 {
      state.pointee.validity.append(bit)
    } else {
      state.pointee.validity[count >> 3] |= bit << (count & 7)
    }
    state.pointee.count = count + 1
  }

  // MARK: Taking back

  /// Keeps the first `kept` values, and nothing of one that was begun after them.
  func truncate(to kept: Int) {
    for index in stride(from: count - 1, through: kept, by: -1)
    where state.pointee.validity[index >> 3] & (1 << (index & 7)) == 0 {
      state.pointee.nulls -= 1
    }
    switch type {
    case .structure: for child in children { child.truncate(to: kept) }
    case .array, .map:
      for child in children { child.truncate(to: Int(state.pointee.offsets[kept])) }
      Self.cut(&state.pointee.offsets, to: kept + 1)
    case .string, .varchar, .char:
      Self.cut(&state.pointee.bytes, to: Int(state.pointee.offsets[kept]))
      Self.cut(&state.pointee.offsets, to: kept + 1)
    case .decimal: Self.cut(&state.pointee.decimals, to: kept)
    case .float, .double: Self.cut(&state.pointee.doubles, to: kept)
    default:
      Self.cut(&state.pointee.integers, to: kept)
      if case .timestamp = type { Self.cut(&state.pointee.nanoseconds, to: kept) }
    }
    guard kept < count else { return }
    Self.cut(&state.pointee.validity, to: (kept + 7) / 8)
    if kept & 7 != 0 { state.pointee.validity[kept >> 3] &= (1 << (kept & 7)) - 1 }
    state.pointee.count = kept
  }

  private static func cut<Element>(_ array: inout [Element], to count: Int) {
    array.removeLast(array.count - count)
  }

  // MARK: Reading

  /// Places, counted from `first`, of keys that come again behind them.
  func repeated(from first: Int) -> Set<Int> {
    guard count - first > 1 else { return [] }
    var last: [Key: Int] = [:]
    var found: Set<Int> = []
    for index in first..<count {
      if let before = last.updateValue(index - first, forKey: key(at: index)) {
        found.insert(before)
      }
    }
    return found
  }

  /// A value by which keys of a map are told apart.
  private enum Key: Hashable {
    case text(ArraySlice<UInt8>)
    case number(Int128)
  }

  private func key(at index: Int) -> Key {
    let state = state.pointee
    switch type {
    case .string, .varchar, .char:
      return .text(state.bytes[Int(state.offsets[index])..<Int(state.offsets[index + 1])])
    case .float, .double: return .number(Int128(state.doubles[index].bitPattern))
    case .decimal: return .number(state.decimals[index])
    case .timestamp:
      return .number(Int128(state.integers[index]) << 32 + Int128(state.nanoseconds[index]))
    default: return .number(Int128(state.integers[index]))
    }
  }

  /// The unit of moments in which all of them fit into 64 bits: nanoseconds for the years 1678 to
  /// 2261.
  var momentUnit: MomentUnit {
    let limit: Int64 = 9_223_372_035
    return state.pointee.integers.allSatisfy { -limit < $0 && $0 < limit }
      ? .nanoseconds : .microseconds
  }

  /// Hands the buffers over, in Arrow's order; nil for a validity of which nothing is null.
  func emit(_ out: (UnsafeRawBufferPointer?) throws -> Void) rethrows {
    let state = state.pointee
    if state.nulls == 0 { try out(nil) } else { try state.validity.withUnsafeBytes(out) }
    switch type {
    case .structure: break
    case .array, .map: try state.offsets.withUnsafeBytes(out)
    case .string, .varchar, .char:
      try state.offsets.withUnsafeBytes(out)
      try state.bytes.withUnsafeBytes(out)
    case .boolean: try packedBits.withUnsafeBytes(out)
    case .tinyint: try state.integers.map { Int8(truncatingIfNeeded: $0) }.withUnsafeBytes(out)
    case .smallint: try state.integers.map { Int16(truncatingIfNeeded: $0) }.withUnsafeBytes(out)
    case .int, .date:
      try state.integers.map { Int32(truncatingIfNeeded: $0) }.withUnsafeBytes(out)
    case .bigint: try state.integers.withUnsafeBytes(out)
    case .float: try state.doubles.map { Float($0) }.withUnsafeBytes(out)
    case .double: try state.doubles.withUnsafeBytes(out)
    case .decimal: try state.decimals.withUnsafeBytes(out)
    case .timestamp: try moments(in: momentUnit).withUnsafeBytes(out)
    }
  }

  private var packedBits: [UInt8] {
    var packed = [UInt8](repeating: 0, count: (count + 7) / 8)
    for (index, value) in state.pointee.integers.enumerated() where value != 0 {
      packed[index >> 3] |= 1 << (index & 7)
    }
    return packed
  }

  private func moments(in unit: MomentUnit) -> [Int64] {
    let perSecond: Int64 = unit == .nanoseconds ? 1_000_000_000 : 1_000_000
    let divisor = 1_000_000_000 / Int32(perSecond)
    return zip(state.pointee.integers, state.pointee.nanoseconds).map {
      $0 * perSecond + Int64($1 / divisor)
    }
  }
}

enum MomentUnit: String {
  case nanoseconds = "ns"
  case microseconds = "us"
}
