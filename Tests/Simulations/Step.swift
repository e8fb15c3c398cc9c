import Effects

/// One thing that happens to the emulator.
package enum Step: Sendable, Hashable, CustomStringConvertible {
  case putRecord(Int)
  /// Splits or merges open shards, as the number says.
  case reshard(Int)
  case register(consumer: Int)
  case deregister(consumer: Int)
  case putObject(key: Int, id: Int, bytes: Int)
  case deleteObject(key: Int)
  case deliver(Int)
  case putSecret(Int)
  case putParameter(Int)
  /// A stack in one of several forms; each is an update of the others.
  case deploy(stack: Int, form: Int)
  case destroy(stack: Int)
  case advance(seconds: Int)
  /// The disk is full for `count` of its steps, after `after` more.
  case fillDisk(after: Int, count: Int)
  /// The machine loses power at a step of the disk, and, when `again` is not nil, once more while
  /// what is left is being opened.
  case losePower(after: Int, again: Int?)
  /// The process is killed between two steps.
  case kill
  /// Closed in good order and opened again.
  case restart

  package var description: String {
    switch self {
    case .putRecord(let id): "put record \(id)"
    case .reshard(let id): "reshard by \(id)"
    case .register(let consumer): "register consumer \(consumer)"
    case .deregister(let consumer): "deregister consumer \(consumer)"
    case .putObject(let key, let id, let bytes): "put object \(id) as k\(key), \(bytes) bytes"
    case .deleteObject(let key): "delete object k\(key)"
    case .deliver(let id): "hand over record \(id) for delivery"
    case .putSecret(let id): "put secret \(id)"
    case .putParameter(let id): "put parameter \(id)"
    case .deploy(let stack, let form): "deploy stack \(stack) in form \(form)"
    case .destroy(let stack): "destroy stack \(stack)"
    case .advance(let seconds): "advance \(seconds) s"
    case .fillDisk(let after, let count): "full disk after \(after) steps for \(count)"
    case .losePower(let after, let again):
      "lose power after \(after) steps" + (again.map { ", again after \($0)" } ?? "")
    case .kill: "kill"
    case .restart: "restart"
    }
  }

  /// Steps of the stream. No number is drawn for it, so that lists are otherwise what they were
  /// for their seeds.
  private static func stream(_ id: Int) -> Step {
    switch id % 10 {
    case 3, 8: .reshard(id)
    case 5: .register(consumer: id / 10 % 2)
    case 7: id / 10 % 3 == 2 ? .deregister(consumer: id / 10 % 2) : .register(consumer: id / 10 % 2)
    default: .putRecord(id)
    }
  }

  /// The same list for the same seed; a shorter list is the beginning of a longer one.
  package static func list(seed: UInt64, count: Int) -> [Step] {
    let random = SeededRandomSource(seed: seed)
    func number(_ bound: Int) -> Int { Int(random.nextUInt64() % UInt64(bound)) }
    return (0..<count).map { id in
      switch number(100) {
      case ..<20: stream(id)
      case ..<34: .putObject(key: number(3), id: id, bytes: [5, 700, 9_000, 300_000][number(4)])
      case ..<38: .deleteObject(key: number(3))
      case ..<50: .deliver(id)
      case ..<54: .putSecret(id)
      case ..<58: .putParameter(id)
      case ..<70: .deploy(stack: number(2), form: number(4))
      case ..<74: .destroy(stack: number(2))
      case ..<82: .advance(seconds: [1, 30, 70, 200][number(4)])
      case ..<86: .fillDisk(after: number(12), count: 1 + number(6))
      case ..<94: .losePower(after: number(60), again: number(3) == 0 ? number(25) : nil)
      case ..<97: .kill
      default: .restart
      }
    }
  }
}
