/// State that must be there after any crash, given what was acknowledged.
struct Expectations: Sendable {
  /// Ids in the order of their acknowledgement, and those whose call failed: they may be there.
  struct Log: Sendable {
    var acknowledged: [Int] = []
    var doubtful: Set<Int> = []
  }

  /// The values that a place may hold: the last acknowledged one, and later ones whose call failed.
  struct Place: Sendable {
    /// nil: nothing is there.
    var candidates: Set<Int?> = [nil]
    mutating func acknowledge(_ value: Int?) { candidates = [value] }
    mutating func doubt(_ value: Int?) { candidates.insert(value) }
    /// It has been seen, so it stays.
    mutating func see(_ value: Int?) { candidates = [value] }
  }

  var records = Log()
  var deliveries = Log()
  var objects: [Int: Place] = [:]
  /// 1 for a consumer that is registered.
  var consumers: [Int: Place] = [:]
  var secret = Place()
  var parameter = Place()
  /// Forms of stacks; nil where there is none.
  var stacks: [Int: Place] = [:]
  /// Stacks whose last operation failed: they may be in progress until the next opening.
  var unsettled: Set<Int> = []
}

/// Something that must never happen.
struct Violation: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
  if !condition { throw Violation(text()) }
}

extension Expectations.Log {
  /// - Parameter found: ids in the order in which they were found in each place that keeps order.
  func check(_ found: [[Int]], _ name: String) throws {
    for list in found {
      try require(list == list.sorted(), "\(name) out of order: \(list)")
    }
    let all = found.flatMap { $0 }
    try require(Set(all).count == all.count, "\(name) found twice: \(all.sorted())")
    let lost = Set(acknowledged).subtracting(all)
    try require(lost.isEmpty, "\(name) acknowledged and lost: \(lost.sorted())")
    let strange = Set(all).subtracting(acknowledged).subtracting(doubtful)
    try require(strange.isEmpty, "\(name) that nobody has put: \(strange.sorted())")
  }
}
