import Crypto
import PropertyTree
import StackContracts
import StackEngine
import StackModel

/// Plans that `leat plan --out` keeps for `leat apply`, in the order in which they are carried out.
struct PlanFile: Sendable, Hashable, Codable {
  /// A stack that was to be planned and could not be yet.
  struct Waiting: Sendable, Hashable, Codable {
    var stack: String
    /// Stacks that must be deployed first, because it uses their exports.
    var waitsFor: [String]
  }

  /// 1 was a plan alone, without a version; 2 had no checksum. Append a version; never change an
  /// older one.
  static let version = 3

  var planFile = Self.version
  var plans: [Plan]
  var waiting: [Waiting] = []

  init(_ plans: [Plan], waiting: [Waiting] = []) {
    self.plans = plans
    self.waiting = waiting
  }

  /// Reads both forms.
  ///
  /// - Throws: `StackFailure` for a form of a later Leat, and what says why it is no plan at all.
  init(_ tree: PropertyValue) throws {
    guard let version = tree["planFile"]?.integerValue else {
      plans = [try TreeDecoder().decode(Plan.self, from: tree)]
      return
    }
    guard version <= Self.version else {
      throw StackFailure(
        .unreadableFile, "a later Leat has written this plan, in form \(version)",
        hint: "apply it with the Leat that made it, or plan again")
    }
    guard version < 3 || tree["checksum"]?.stringValue == Self.checksum(of: tree) else {
      throw StackFailure(
        .unreadableFile, "the plan is not as it was written: its checksum is another",
        hint: "a plan is carried out as it was reviewed, or made again: `leat plan --out`")
    }
    var members = tree.objectValue ?? [:]
    members["checksum"] = nil
    self = try TreeDecoder().decode(PlanFile.self, from: .object(members))
  }
}

extension PlanFile {
  /// The SHA-256 of everything else that the file says, in compact JSON: `sha256:…`.
  static func checksum(of tree: PropertyValue) -> String {
    var members = tree.objectValue ?? [:]
    members["checksum"] = nil
    let digest = SHA256.hash(data: Array(JSONWriter.compact(.object(members)).utf8))
    return "sha256:\(Hex.encode(digest))"
  }

  /// The file's content, with its checksum.
  func sealed() throws -> PropertyValue {
    var members = try TreeEncoder().encode(self).objectValue ?? [:]
    members["checksum"] = .string(Self.checksum(of: .object(members)))
    return .object(members)
  }
}

extension CommandContext {
  func write(_ file: PlanFile, to path: String) throws {
    try effects.files.writeAtomically(
      Array(JSONWriter.pretty(try file.sealed()).utf8), to: path)
    guard !common.json else { return }
    terminal.line("Written to \(path); carry it out with: leat apply \(path)")
    for waiting in file.waiting { terminal.line("Without \(sentence(waiting))") }
  }

  /// - Throws: `StackFailure` (LT5001).
  func readPlans(_ path: String) throws -> PlanFile {
    do { return try PlanFile(JSONReader.read(effects.files.read(path))) } catch {
      if let failure = error as? StackFailure { throw failure }
      throw StackFailure(
        .unreadableFile, "\(path) is not a plan: \(error)",
        hint: "write one with: leat plan <stack> --out \(path)")
    }
  }

  func sentence(_ waiting: PlanFile.Waiting) -> String {
    "\(terminal.styled(waiting.stack, .bold)): can be planned when "
      + "\(waiting.waitsFor.joined(separator: ", ")) is deployed, whose exports it uses."
  }

  /// Several plans as one JSON document.
  ///
  /// - Parameter buffers: what waits, one list a plan; nothing where nobody has looked.
  func printJSON(_ file: PlanFile, buffers: [PropertyValue] = []) {
    printJSON([
      "formatVersion": PlanDocument.formatVersion,
      "plans": .list(
        file.plans.enumerated().map { number, plan in
          var body = document(plan).body
          if number < buffers.count { body["buffers"] = buffers[number] }
          return .object(body)
        }),
      "waiting": tree(file.waiting),
    ])
  }

  func document(_ plan: Plan) -> PlanDocument {
    PlanDocument(plan, diagnostics: tree(plan.diagnostics))
  }
}
