/// A pattern as instructions for `PatternMatch`, which follows all of their paths at once.
struct PatternProgram {
  enum Instruction {
    /// Takes one character.
    case take(set: Int)
    case fork(Int, Int)
    case jump(Int)
    case assert(PatternSyntax.Assertion)
    /// Goes on where a look around says so.
    case look(Int, isNegated: Bool)
    case accept
  }

  /// A look around: a program of its own, which runs against the text's direction to see where
  /// it matches ahead, and with it to see where it matches behind.
  struct Look {
    var program: PatternProgram
    var isAhead: Bool
  }

  private(set) var instructions: [Instruction] = []

  /// More would take too long on long texts.
  static let instructionsMax = 20_000

  /// - Parameters:
  ///   - isBackward: for texts that are gone through from their end.
  ///   - sets: the classes of all programs of a pattern, each once.
  init(
    _ syntax: PatternSyntax, isBackward: Bool, sets: inout [ScalarSet]
  ) throws(Pattern.Failure) {
    try add(syntax, isBackward, &sets)
    instructions.append(.accept)
  }

  private mutating func append(_ instruction: Instruction) throws(Pattern.Failure) {
    guard instructions.count < Self.instructionsMax else { throw .tooLarge }
    instructions.append(instruction)
  }

  private mutating func add(
    _ syntax: PatternSyntax, _ isBackward: Bool, _ sets: inout [ScalarSet]
  ) throws(Pattern.Failure) {
    switch syntax {
    case .set(let set):
      let index = sets.firstIndex(of: set) ?? sets.count
      if index == sets.count { sets.append(set) }
      try append(.take(set: index))
    case .sequence(let parts):
      for part in isBackward ? parts.reversed() : parts {
        try add(part, isBackward, &sets)
      }
    case .choice(let branches): try add(branches[...], isBackward, &sets)
    case .repetition(let inside, let least, let most):
      for _ in 0..<least { try add(inside, isBackward, &sets) }
      try addOptional(inside, most.map { $0 - least }, isBackward, &sets)
    case .assertion(let assertion): try append(.assert(assertion))
    case .look(let index, let isNegated): try append(.look(index, isNegated: isNegated))
    }
  }

  private mutating func add(
    _ branches: ArraySlice<PatternSyntax>, _ isBackward: Bool, _ sets: inout [ScalarSet]
  ) throws(Pattern.Failure) {
    var ends: [Int] = []
    for branch in branches.dropLast() {
      let fork = instructions.count
      try append(.fork(fork + 1, 0))
      try add(branch, isBackward, &sets)
      ends.append(instructions.count)
      try append(.jump(0))
      instructions[fork] = .fork(fork + 1, instructions.count)
    }
    if let last = branches.last { try add(last, isBackward, &sets) }
    for end in ends { instructions[end] = .jump(instructions.count) }
  }

  /// Adds a part that may come again: without bound as a loop, else as copies that may be left out.
  private mutating func addOptional(
    _ inside: PatternSyntax, _ count: Int?, _ isBackward: Bool, _ sets: inout [ScalarSet]
  ) throws(Pattern.Failure) {
    guard let count else {
      let fork = instructions.count
      try append(.fork(fork + 1, 0))
      try add(inside, isBackward, &sets)
      try append(.jump(fork))
      instructions[fork] = .fork(fork + 1, instructions.count)
      return
    }
    var forks: [Int] = []
    for _ in 0..<count {
      forks.append(instructions.count)
      try append(.fork(instructions.count + 1, 0))
      try add(inside, isBackward, &sets)
    }
    for fork in forks { instructions[fork] = .fork(fork + 1, instructions.count) }
  }
}
