import Testing

/// The walls and the style of the house, kept by a test.
@Suite struct TidyTests {
  @Test func sourcesAreFound() {
    #expect(SourceTree.sources.count > 50)
    #expect(SourceTree.tests.count > 5)
  }

  static let services = Set(SourceTree.sources.filter(\.isService).map(\.target))

  /// Target → modules that it must not import, besides what the manifest keeps from it.
  static let walls: [(target: String, forbidden: Set<String>)] = [
    ("TemplateParsing", ["ResourceModel", "StackModel", "AWSModel", "ServiceKit", "GRDB"]),
    ("StackResolution", ["ServiceKit", "Emulator", "AWSWire", "GRDB", "StackStore"]),
    ("StackPlanning", ["Effects", "StackStore", "TemplateParsing", "ServiceKit", "GRDB"]),
    ("StackExecution", ["ServiceKit", "GRDB", "AWSWire", "StackStore"]),
    ("ServiceKit", ["StackModel", "AWSWire", "Emulator"]),
    ("AWSWire", ["ServiceKit", "GRDB", "StackStore", "Emulator"]),
    ("Diagnostics", ["ResourceModel", "StackModel", "AWSModel", "PropertyTree", "Effects"]),
    ("PropertyTree", ["StackModel", "AWSModel", "Effects", "Foundation"]),
    ("Commands", ["GRDB", "AWSWire", "StackPlanning", "StackExecution"]),
  ]

  @Test(arguments: walls.indices) func wall(_ index: Int) {
    let wall = Self.walls[index]
    for file in SourceTree.sources where file.target == wall.target {
      let crossed = wall.forbidden.intersection(file.imports)
      #expect(crossed.isEmpty, "\(file.path) imports \(crossed.sorted())")
    }
  }

  @Test func servicesAreImportedByTheEmulatorAlone() {
    for file in SourceTree.sources where file.target != "Emulator" {
      let crossed = Self.services.intersection(file.imports)
      #expect(crossed.isEmpty, "\(file.path) imports \(crossed.sorted())")
    }
  }

  @Test func servicesKnowNoWireAndNoStack() {
    let forbidden: Set = [
      "AWSWire", "NIOCore", "NIOPosix", "NIOHTTP1", "HummingbirdCore", "Emulator", "StackModel",
    ]
    for file in SourceTree.sources where file.isService {
      let crossed = forbidden.intersection(file.imports)
      #expect(crossed.isEmpty, "\(file.path) imports \(crossed.sorted())")
    }
  }

  @Test func onlyStorageFoldersKnowSQLite() {
    for file in SourceTree.sources where file.isService && file.imports.contains("GRDB") {
      #expect(file.path.contains("/Storage/"), "\(file.path) imports GRDB")
    }
  }

  /// The program comes without the tables that Foundation's formatting reads (CNoLocaleData).
  @Test func noSourceKnowsTheWholeFoundation() {
    for file in SourceTree.sources {
      let forbidden: Set = ["Foundation", "FoundationInternationalization"]
      let crossed = forbidden.intersection(file.imports)
      #expect(crossed.isEmpty, "\(file.path) imports \(crossed.sorted())")
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
    where !file.path.hasSuffix("ResourceFactsData.swift")
      && !file.path.hasPrefix("Sources/APIFacts/Data/")
    {
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

  /// Comments begin with the noun or the verb: a thing and its facts, or an action and its reason.
  @Test func commentsBeginWithANounOrAVerb() {
    let questions: Set = ["What", "How", "Whether", "Who", "Why", "Which", "Where"]
    for file in SourceTree.sources + SourceTree.tests {
      var before = ""
      for (index, line) in file.lines.enumerated() {
        let text = line.drop { $0 == " " }
        let isComment = text.hasPrefix("//")
        defer { before = isComment ? String(text.drop { $0 == "/" || $0 == " " }) : "" }
        guard isComment, before.isEmpty else { continue }
        let word = text.drop { $0 == "/" || $0 == " " }.prefix { $0.isLetter }
        #expect(
          !questions.contains(String(word)),
          "\(file.path):\(index + 1) begins a comment with \(word)")
      }
    }
  }

  @Test func operationsLinkThePageThatTheyFollow() {
    for file in SourceTree.sources
    where file.isService && file.path.contains("/Operations/")
      || file.path.hasPrefix("Sources/CloudFormationAPI/")
    {
      #expect(
        file.lines.contains { $0.contains("/// ") && $0.contains("https://docs.aws.amazon.com/") },
        "\(file.path) links no page of AWS's documentation")
    }
  }
}
