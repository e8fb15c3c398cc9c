import Effects

/// One thing that happens in a delivery simulation.
package enum DeliveryStep: Sendable, CustomStringConvertible {
  /// Records `first ..< first + count` to one of the seed's two delivery streams.
  case put(stream: Int, first: Int, count: Int)
  case reshard(Int)
  case change(stream: Int, form: Int)
  case failFunctions(OutsideWorld.FunctionFault, count: Int)
  case failServers(OutsideWorld.ServerFault, count: Int)
  case advance(seconds: Int)
  case fillDisk(after: Int, count: Int)
  case losePower(after: Int, again: Int?)
  case kill
  case restart

  package var description: String {
    switch self {
    case .put(let stream, let first, let count):
      "put records \(first) to \(first + count - 1) to delivery stream \(stream)"
    case .reshard(let id): "reshard by \(id)"
    case .change(let stream, let form): "change delivery stream \(stream) to form \(form)"
    case .failFunctions(let fault, let count): "\(count) invocations end in \(fault)"
    case .failServers(let fault, let count): "\(count) requests end in \(fault)"
    case .advance(let seconds): "advance \(seconds) s"
    case .fillDisk(let after, let count): "full disk after \(after) steps for \(count)"
    case .losePower(let after, let again):
      "lose power after \(after) steps" + (again.map { ", again after \($0)" } ?? "")
    case .kill: "kill"
    case .restart: "restart"
    }
  }

  /// The same list for the same seed; a shorter list is the beginning of a longer one.
  package static func list(seed: UInt64, count: Int) -> [DeliveryStep] {
    let random = SeededRandomSource(seed: seed)
    func number(_ bound: Int) -> Int { Int(random.nextUInt64() % UInt64(bound)) }
    func one<Fault>(_ faults: [Fault]) -> Fault { faults[number(faults.count)] }
    var next = 0
    return (0..<count).map { _ in
      switch number(100) {
      case ..<38:
        let records = 1 + number(6)
        defer { next += records }
        return .put(stream: number(2), first: next, count: records)
      case ..<42: return .reshard(number(1000))
      case ..<45: return .change(stream: number(2), form: number(2))
      case ..<52:
        return .failFunctions(one(OutsideWorld.FunctionFault.allCases), count: 1 + number(6))
      case ..<60: return .failServers(one(OutsideWorld.ServerFault.allCases), count: 1 + number(5))
      case ..<80: return .advance(seconds: [1, 30, 61, 200][number(4)])
      case ..<85: return .fillDisk(after: number(12), count: 1 + number(8))
      case ..<95: return .losePower(after: number(40), again: number(4) == 0 ? number(25) : nil)
      case ..<98: return .kill
      default: return .restart
      }
    }
  }
}
