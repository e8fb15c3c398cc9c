import Testing

/// The walls and the style of the house, kept by a test.
@Suite struct TidyTests {
  @Test func sourcesAreFound() {
    #expect(SourceTree.sources.count > 50)
    #expect(SourceTree.tests.count > 5)
  }

  /// Target → modules that it must not import.
  static let walls: [(target: String, forbidden: Set<String>)] = [
    ("TemplateParsing", ["StackModel", "AWSModel", "ServiceKit", "Services", "Emulator", "GRDB"]),
    ("StackResolution", ["ServiceKit", "Services", "Emulator", "AWSWire", "GRDB", "StackStore"]),
    ("StackPlanning", ["Effects", "StackStore", "TemplateParsing", "ServiceKit", "GRDB"]),
    ("StackExecution", ["Services", "ServiceKit", "GRDB", "AWSWire", "StackStore"]),
    ("Services", ["AWSWire", "NIOCore", "NIOPosix", "NIOHTTP1", "HummingbirdCore", "Emulator"]),
    ("AWSWire", ["Services", "ServiceKit", "GRDB", "StackStore", "Emulator"]),
    ("Diagnostics", ["StackModel", "AWSModel", "PropertyTree", "Effects"]),
    ("PropertyTree", ["StackModel", "AWSModel", "Effects", "Foundation"]),
    ("Commands", ["GRDB", "Services", "AWSWire", "StackPlanning", "StackExecution"]),
  ]

  @Test(arguments: walls.indices) func wall(_ index: Int) {
    let wall = Self.walls[index]
    for file in SourceTree.sources where file.target == wall.target {
      let crossed = wall.forbidden.intersection(file.imports)
      #expect(crossed.isEmpty, "\(file.path) imports \(crossed.sorted())")
    }
  }

  @Test func onlyStorageFoldersKnowSQLite() {
    for file in SourceTree.sources where file.target == "Services" {
      if file.imports.contains("GRDB") {
        #expect(file.path.contains("/Storage/"), "\(file.path) imports GRDB")
      }
    }
  }

  @Test func servicesDoNotNameEachOther() {
    let files = SourceTree.sources.filter { $0.target == "Services" }
    let owners = Set(files.map { $0.path.split(separator: "/")[2] }.map(String.init))
    for file in files {
      let own = String(file.path.split(separator: "/")[2])
      for other in owners where other != own && !other.hasSuffix(".swift") {
        for line in file.code where line.text.contains("\(other)Service") {
          Issue.record("\(file.path):\(line.number) names \(other)Service")
        }
      }
    }
  }

  static let ambient = [
    "Date()", "UUID()", ".random(", "SystemRandomNumberGenerator", "Task.sleep", "Process()",
    "ContinuousClock()", "Thread.sleep", "usleep(",
  ]

  @Test func timeChanceAndProcessesComeThroughEffects() {
    for file in SourceTree.sources where !file.path.hasPrefix("Sources/Effects/Live/") {
      for line in file.code {
        for word in Self.ambient where line.text.contains(word) {
          Issue.record("\(file.path):\(line.number) uses \(word)")
        }
      }
    }
  }

  @Test func noSleepInTests() {
    for file in SourceTree.tests where !file.path.hasPrefix("Tests/TidyTests/") {
      for line in file.code {
        for word in ["Task.sleep", "Thread.sleep", "usleep(", ".disabled("]
        where line.text.contains(word) {
          Issue.record("\(file.path):\(line.number) uses \(word)")
        }
      }
    }
  }

  @Test func filesStaySmall() {
    for file in SourceTree.sources + SourceTree.tests
    where !file.path.hasSuffix("ResourceFactsData.swift") {
      #expect(file.lines.count <= 600, "\(file.path) has \(file.lines.count) lines")
    }
  }

  @Test func functionsStayShort() {
    for file in SourceTree.sources {
      var start: (line: Int, indent: Int)?
      for (number, text) in file.code {
        let indent = text.prefix { $0 == " " }.count
        let words = text.split(separator: " ")
        if start == nil, words.contains("func") || words.contains(where: { $0.hasPrefix("init(") })
        {
          start = (number, indent)
        } else if let begun = start, indent == begun.indent, text.dropFirst(indent).hasPrefix("}") {
          let length = number - begun.line + 1
          #expect(length <= 70, "\(file.path):\(begun.line) is \(length) lines long")
          start = nil
        } else if let begun = start, indent <= begun.indent, !words.isEmpty,
          words.contains("func"), number > begun.line
        {
          start = (number, indent)
        }
      }
    }
  }

  @Test func nothingIsForcedOrLeftForLater() {
    for file in SourceTree.sources {
      for line in file.code {
        for word in ["fatalError(", "try!", "as!"] where line.text.contains(word) {
          #expect(
            word == "as!" && file.lines[line.number - 1].contains("//"),
            "\(file.path):\(line.number) uses \(word)")
        }
      }
      for (index, line) in file.lines.enumerated() {
        for word in ["TO" + "DO", "FIX" + "ME", "XX" + "X"] where line.contains(word) {
          Issue.record("\(file.path):\(index + 1) says \(word)")
        }
      }
    }
  }
}
