import Diagnostics
import StackModel

extension CommandContext {
  /// Warnings about functions that this machine has no program for: they deploy, and fail when they
  /// are called. A warning names all functions of a language.
  func missingPrograms(for plan: Plan) -> [Diagnostic] {
    let languages = [
      (program: "node", runtime: "nodejs", name: "Node.js"),
      (program: "python3", runtime: "python", name: "Python"),
    ]
    let changed = plan.changes.changedFunctions
    return languages.compactMap { language in
      let names = changed.filter { $0.runtime?.hasPrefix(language.runtime) == true }
        .map { "`\($0.logicalID)`" }
      guard !names.isEmpty, effects.processes.find(language.program) == nil else { return nil }
      return Diagnostic(
        .missingProgram,
        "there is no `\(language.program)` in PATH, which \(names.joined(separator: ", ")) "
          + (names.count == 1 ? "needs" : "need"), at: nil,
        hint: "install \(language.name); `leat doctor` shows what this machine has",
        severity: .warning)
    }
  }
}

extension [ResourceChange] {
  /// Functions that are made or changed, those inside of nested stacks among them.
  fileprivate var changedFunctions: [ResourceChange] {
    flatMap { change -> [ResourceChange] in
      switch change.action {
      case .keep, .move, .import, .adopt, .delete, .retain: []
      case .create, .update, .replace:
        change.type == "AWS::Lambda::Function" ? [change] : change.nested?.changedFunctions ?? []
      }
    }
  }
}

extension ResourceChange {
  fileprivate var runtime: String? { after?.properties["Runtime"]?.stringValue }
}
