/// One text held against one pattern. Goes through the text once, with all states that the pattern
/// could be in: time grows with the text and the pattern, never exponentially with either.
struct PatternMatch {
  private let pattern: Pattern
  private let text: [UInt32]
  /// Places at which each look around holds, made when it is first asked for.
  private var answers: [[Bool]?]
  /// Steps that may still be made; below 0 the match was given up.
  private(set) var stepsLeft: Int

  init(_ pattern: Pattern, _ text: String, stepsMax: Int) {
    self.pattern = pattern
    self.text = text.unicodeScalars.map(\.value)
    answers = Array(repeating: nil, count: pattern.looks.count)
    stepsLeft = stepsMax
  }

  mutating func isMatch(whole: Bool) -> Bool {
    var states = StateSet(pattern.main.instructions.count)
    var upcoming = StateSet(pattern.main.instructions.count)
    for position in 0...text.count {
      if position == 0 || !whole { enter(0, position, pattern.main, &states) }
      if states.isAccepting, !whole || position == text.count { return true }
      guard stepsLeft >= 0, position < text.count else { return false }
      if states.takers.isEmpty, whole { return false }
      step(text[position], position + 1, pattern.main, states, &upcoming)
      swap(&states, &upcoming)
    }
    return false
  }

  /// True at the places where a look around holds: where its program, started everywhere, accepts.
  private mutating func holds(_ index: Int, at position: Int) -> Bool {
    if let known = answers[index] { return known[position] }
    let look = pattern.looks[index]
    var found = Array(repeating: false, count: text.count + 1)
    var states = StateSet(look.program.instructions.count)
    var upcoming = StateSet(look.program.instructions.count)
    for count in 0...text.count {
      let place = look.isAhead ? text.count - count : count
      enter(0, place, look.program, &states)
      found[place] = states.isAccepting
      guard stepsLeft >= 0, count < text.count else { break }
      let scalar = text[look.isAhead ? place - 1 : place]
      step(scalar, look.isAhead ? place - 1 : place + 1, look.program, states, &upcoming)
      swap(&states, &upcoming)
    }
    answers[index] = found
    return found[position]
  }

  /// The states after one character.
  private mutating func step(
    _ scalar: UInt32, _ position: Int, _ program: PatternProgram, _ states: StateSet,
    _ upcoming: inout StateSet
  ) {
    upcoming.clear()
    stepsLeft -= states.takers.count
    for state in states.takers {
      guard case .take(let set) = program.instructions[state], pattern.sets[set].contains(scalar)
      else { continue }
      enter(state + 1, position, program, &upcoming)
    }
  }

  /// Adds a state with all that it leads to without taking a character.
  private mutating func enter(
    _ start: Int, _ position: Int, _ program: PatternProgram, _ states: inout StateSet
  ) {
    var pending = [start]
    while let state = pending.popLast() {
      guard states.insert(state) else { continue }
      stepsLeft -= 1
      switch program.instructions[state] {
      case .take: states.takers.append(state)
      case .fork(let first, let second):
        pending.append(second)
        pending.append(first)
      case .jump(let target): pending.append(target)
      case .assert(let assertion):
        if isTrue(assertion, at: position) { pending.append(state + 1) }
      case .look(let index, let isNegated):
        if holds(index, at: position) != isNegated { pending.append(state + 1) }
      case .accept: states.isAccepting = true
      }
    }
  }

  private func isTrue(_ assertion: PatternSyntax.Assertion, at position: Int) -> Bool {
    switch assertion {
    case .start: position == 0
    case .end: position == text.count
    case .lastLineEnd:
      position == text.count || position == text.count - 1 && text[position] == 0x0A
    case .wordBoundary: isWord(position - 1) != isWord(position)
    case .noWordBoundary: isWord(position - 1) == isWord(position)
    }
  }

  private func isWord(_ position: Int) -> Bool {
    text.indices.contains(position) && ScalarSet.wordCharacters.contains(text[position])
  }
}

/// States of a program, each at most once.
private struct StateSet {
  /// Those that take a character next.
  var takers: [Int] = []
  var isAccepting = false
  private var marks: [UInt32]
  private var round: UInt32 = 1

  init(_ count: Int) { marks = Array(repeating: 0, count: count) }

  mutating func clear() {
    takers.removeAll(keepingCapacity: true)
    isAccepting = false
    round += 1
  }

  /// False where the state is there already.
  mutating func insert(_ state: Int) -> Bool {
    guard marks[state] != round else { return false }
    marks[state] = round
    return true
  }
}
