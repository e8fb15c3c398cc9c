import Effects

/// One thing that happens in a mapping simulation.
package enum MappingStep: Sendable, CustomStringConvertible {
  /// Records `first ..< first + count`.
  case put(first: Int, count: Int)
  case reshard(Int)
  /// Another batch size, number of lanes, window.
  case change(form: Int)
  case enable(Bool)
  case failFunctions(MappedFunction.Fault, count: Int)
  case advance(seconds: Int)
  case fillDisk(after: Int, count: Int)
  case losePower(after: Int, again: Int?)
  case kill
  case restart

  package var description: String {
    switch self {
    case .put(let first, let count): "put records \(first) to \(first + count - 1)"
    case .reshard(let id): "reshard by \(id)"
    case .change(let form): "change the mapping to form \(form)"
    case .enable(let isEnabled): isEnabled ? "enable the mapping" : "disable the mapping"
    case .failFunctions(let fault, let count): "\(count) invocations end in \(fault)"
    case .advance(let seconds): "advance \(seconds) s"
    case .fillDisk(let after, let count): "full disk after \(after) steps for \(count)"
    case .losePower(let after, let again):
      "lose power after \(after) steps" + (again.map { ", again after \($0)" } ?? "")
    case .kill: "kill"
    case .restart: "restart"
    }
  }

  /// The same list for the same seed; a shorter list is the beginning of a longer one.
  package static func list(seed: UInt64, count: Int) -> [MappingStep] {
    let random = SeededRandomSource(seed: seed)
    func number(_ bound: Int) -> Int { Int(random.nextUInt64() % UInt64(bound)) }
    let faults = MappedFunction.Fault.allCases
    var next = 0
    return (0..<count).map { _ in
      switch number(100) {
      case ..<38:
        let records = 1 + number(9)
        defer { next += records }
        return .put(first: next, count: records)
      case ..<46: return .reshard(number(1000))
      case ..<51: return .change(form: number(8))
      case ..<55: return .enable(number(3) > 0)
      case ..<67: return .failFunctions(faults[number(faults.count)], count: 1 + number(5))
      case ..<82: return .advance(seconds: [1, 5, 31, 200][number(4)])
      case ..<86: return .fillDisk(after: number(12), count: 1 + number(8))
      case ..<95: return .losePower(after: number(40), again: number(4) == 0 ? number(25) : nil)
      case ..<98: return .kill
      default: return .restart
      }
    }
  }
}
