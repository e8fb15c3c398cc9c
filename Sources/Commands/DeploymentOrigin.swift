import Effects
import Glibc
import StackModel

extension CommandContext {
  /// Whoever runs this command, and the commit that the template's folder is at; the working
  /// directory's where there is no template.
  func origin(of templateFile: String? = nil) -> DeploymentOrigin {
    let folder = templateFile?.lastIndex(of: "/").map { String(templateFile?[..<$0] ?? "") }
    return DeploymentOrigin(
      user: Self.user,
      commit: RepositoryHead(above: folder ?? ".", files: effects.files)?.commit,
      command: Self.commandName)
  }

  /// `ada@laptop`
  private static var user: String? {
    guard let name = environmentValue("USER") ?? environmentValue("LOGNAME") ?? loginName else {
      return nil
    }
    var host = [CChar](repeating: 0, count: 256)
    guard gethostname(&host, host.count - 1) == 0 else { return name }
    let end = host.firstIndex(of: 0) ?? host.endIndex
    return "\(name)@\(String(decoding: host[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self))"
  }

  private static var loginName: String? {
    guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return nil }
    return String(cString: name)
  }

  private static var commandName: String {
    let word = CommandLine.arguments.dropFirst().first { !$0.hasPrefix("-") }
    return word.map { "leat \($0)" } ?? "leat"
  }
}

/// The commit that a Git working copy is at, read from its files: starting Git would cost more than a
/// deployment does.
/// https://git-scm.com/docs/gitrepository-layout
struct RepositoryHead {
  let commit: String

  /// Folders that are looked at, from the first one upwards.
  private static let levelsMax = 64

  /// nil where there is no repository, or no commit yet.
  init?(above folder: String, files: any FileSystem) {
    var folder = folder
    if !folder.hasPrefix("/") {
      let working = workingDirectory()
      folder = folder == "." ? working : "\(working)/\(folder)"
    }
    for _ in 0..<Self.levelsMax {
      let place = "\(folder)/.git"
      if files.exists(place) {
        guard let commit = Self.commit(place, files) else { return nil }
        self.commit = commit
        return
      }
      guard let slash = folder.lastIndex(of: "/"), slash > folder.startIndex else { return nil }
      folder = String(folder[..<slash])
    }
    return nil
  }

  private static func commit(_ place: String, _ files: any FileSystem) -> String? {
    var directory = place
    if !files.isDirectory(place) {
      // A working tree beside its repository.
      guard let pointer = text(place, files), pointer.hasPrefix("gitdir: ") else { return nil }
      let target = String(pointer.dropFirst(8))
      directory = target.hasPrefix("/") ? target : "\(parent(place))/\(target)"
    }
    guard let head = text("\(directory)/HEAD", files) else { return nil }
    guard head.hasPrefix("ref: ") else { return hash(head) }
    let reference = String(head.dropFirst(5))
    let shared = text("\(directory)/commondir", files).map {
      $0.hasPrefix("/") ? $0 : "\(directory)/\($0)"
    }
    for root in [directory, shared].compactMap({ $0 }) {
      if let loose = text("\(root)/\(reference)", files).flatMap(hash) { return loose }
      let packed = text("\(root)/packed-refs", files)?.split(separator: "\n") ?? []
      for line in packed where line.hasSuffix(" \(reference)") {
        return hash(String(line.prefix { $0 != " " }))
      }
    }
    return nil
  }

  private static func parent(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }

  private static func hash(_ text: String) -> String? {
    [40, 64].contains(text.utf8.count) && text.allSatisfy(\.isHexDigit) ? text : nil
  }

  /// Without the line end; nil for a file that can't be read, which only leaves the commit out.
  private static func text(_ path: String, _ files: any FileSystem) -> String? {
    guard files.exists(path), !files.isDirectory(path) else { return nil }
    do throws(FileFailure) {
      var text = String(decoding: try files.read(path), as: UTF8.self)
      while text.last?.isNewline == true { text.removeLast() }
      return text
    } catch { return nil }
  }
}
