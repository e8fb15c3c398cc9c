import Foundation

/// The Swift files of the project, read once.
struct SourceTree: Sendable {
  struct File: Sendable {
    /// From the repository's root: `Sources/Effects/Clock.swift`.
    var path: String
    var lines: [String]

    /// The target that it belongs to: the folder below `Sources`, `Sources/Services` or `Tests`.
    var target: String {
      let parts = path.split(separator: "/")
      return String(isService ? parts[2] : parts[1])
    }
    var isService: Bool { path.hasPrefix("Sources/Services/") }
    /// Module names of its import statements.
    var imports: [String] {
      code.compactMap { _, line in
        let words = line.split(separator: " ").map(String.init)
        guard let index = words.firstIndex(of: "import"), index < 2, index + 1 < words.count,
          index == 0 || words[0].hasPrefix("@")
        else { return nil }
        return String(words[index + 1].split(separator: ".")[0])
      }
    }
    /// The lines with comments, the insides of one-line strings and whole multi-line strings
    /// blanked.
    var code: [(number: Int, text: String)] {
      var isInText = false
      return lines.enumerated().map { index, line in
        let marks = line.components(separatedBy: "\"\"\"").count - 1
        if isInText || marks == 1 {
          if marks == 1 { isInText.toggle() }
          return (index + 1, isInText || marks == 0 ? "" : "·")
        }
        return (index + 1, Self.blanked(line))
      }
    }

    private static func blanked(_ line: String) -> String {
      var text = ""
      var isInString = false
      var previous: Character = " "
      for character in line {
        if character == "\"", previous != "\\" { isInString.toggle() }
        if !isInString, character == "/", previous == "/" { break }
        text.append(isInString && character != "\"" ? "·" : character)
        // A backslash that is escaped itself escapes nothing.
        previous = character == "\\" && previous == "\\" ? " " : character
      }
      return text
    }
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let sources = read("Sources")
  static let tests = read("Tests")

  private static func read(_ folder: String) -> [File] {
    let base = root.appending(path: folder)
    guard let walker = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
    else { return [] }
    var files: [File] = []
    for case let url as URL in walker where url.pathExtension == "swift" {
      guard let text = try? String(contentsOf: url, encoding: .utf8) else {
        preconditionFailure("can't read \(url.path())")
      }
      let path = String(url.path().dropFirst(root.path().count))
      files.append(File(path: path, lines: text.components(separatedBy: "\n")))
    }
    return files.sorted { $0.path < $1.path }
  }
}
