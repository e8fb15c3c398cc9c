import PropertyTree
import StackModel

/// A plan as a comment on a change that is under review: a table of resources, and behind it each
/// change folded away. Stays below the size that the forges take.
struct PlanMarkdown {
  /// The longest comment that GitHub takes, in characters; GitLab and Gitea take longer ones.
  static let lengthMax = 65_536

  /// Characters at most.
  var lengthMax = Self.lengthMax
  /// Kept free for the sentence that says what is left out.
  private static let reserve = 200

  func lines(_ plans: [Plan]) -> [String] {
    var heads: [[String]] = []
    var details: [[String]] = []
    for plan in plans {
      let mask = SecretMask(plan.parameters)
      heads.append(head(plan, mask))
      details += plan.isEmpty ? [] : self.details(plan.changes, [], mask)
    }
    var lines: [String] = []
    var room = lengthMax - Self.reserve
    var (rowsLeft, detailsLeft) = (0, 0)
    for head in heads {
      for line in head {
        guard room > line.count else {
          rowsLeft += 1
          continue
        }
        room -= line.count + 1
        lines.append(line)
      }
    }
    for detail in details {
      let length = detail.reduce(0) { $0 + $1.count + 1 }
      guard room > length, rowsLeft == 0 else {
        detailsLeft += 1
        continue
      }
      room -= length
      lines += detail
    }
    if rowsLeft > 0 {
      lines.append("")
      lines.append("\(rowsLeft) lines and all details are left out: a comment can't be longer.")
    } else if detailsLeft > 0 {
      lines.append("")
      lines.append(
        "The details of \(detailsLeft) more are left out: a comment can't be longer. "
          + "`leat plan` shows them.")
    }
    return lines
  }

  // MARK: Changes

  private func head(_ plan: Plan, _ mask: SecretMask) -> [String] {
    let environment = plan.environment
    var lines = ["### \(Self.code(environment.stackName))"]
    let leftOut = (plan.omitted ?? []).map {
      "\(Self.code($0.logicalID.text)) is left out (\($0.words))."
    }
    if plan.isEmpty {
      return lines + ["", "No changes."] + leftOut + drift(plan, mask) + [""]
    }
    let view = PlanView(terminal: .plain)
    lines += [
      "",
      "\(view.summary(plan)) Region \(environment.scope.region.text), account "
        + "\(environment.scope.account.text).", "",
      "| | resource | type | name |", "| --- | --- | --- | --- |",
    ]
    lines += rows(plan.changes, [], mask)
    lines += drift(plan, mask)
    let losses = self.losses(plan.changes, [])
    if !losses.isEmpty { lines += ["", "> [!CAUTION]"] + losses.map { "> \($0)" } }
    if !leftOut.isEmpty { lines += ["", "> [!NOTE]"] + leftOut.map { "> \($0)" } }
    let outputs = plan.outputs.filter { $0.before != $0.after }
    if !outputs.isEmpty {
      lines += ["", "| output | before | after |", "| --- | --- | --- |"]
      for output in outputs {
        let before = output.before.map { Self.code(mask.hide($0.value)) } ?? ""
        let after = output.after.map { Self.code(mask.hide($0.value.showingDeferred)) } ?? ""
        lines.append("| \(Self.code(output.key)) | \(before) | \(after) |")
      }
    }
    lines.append("")
    return lines
  }

  private func rows(_ changes: [ResourceChange], _ parents: [String], _ mask: SecretMask)
    -> [String]
  {
    changes.filter { $0.action != .keep }.flatMap { change -> [String] in
      let path = parents + [change.logicalID.text]
      let name = mask.hide((change.after ?? change.before)?.identity.physicalID ?? "")
      let row =
        "| \(change.action.sign) \(change.action.rawValue) | \(Self.code(path.joined(separator: "/")))"
        + " | \(Self.code(change.type.text)) | \(Self.code(name)) |"
      return [row] + rows(change.nested ?? [], path, mask)
    }
  }

  /// Changes made outside of the stack; empty where nobody looked.
  private func drift(_ plan: Plan, _ mask: SecretMask) -> [String] {
    guard plan.drift != nil else { return [] }
    let entries = PlannedDriftEntry.all(plan)
    if entries.isEmpty { return ["", "No drift since the last deployment."] }
    let value = { (value: PropertyValue?) in
      value.map { Self.code(ValueText().text(mask.hide($0))) } ?? ""
    }
    return [
      "", "| changed outside of the stack | deployed | there now | this plan |",
      "| --- | --- | --- | --- |",
    ]
      + entries.flatMap { entry -> [String] in
        if entry.drift.status == .deleted {
          return ["| \(Self.code(entry.name)) | | is gone | \(entry.outcome ?? "") |"]
        }
        return entry.drift.differences.map { difference in
          "| \(Self.code("\(entry.name) \(difference.path)")) | \(value(difference.expected)) "
            + "| \(value(difference.actual)) | \(entry.outcome(of: difference)) |"
        }
      }
  }

  private func losses(_ changes: [ResourceChange], _ parents: [String]) -> [String] {
    changes.flatMap { change -> [String] in
      let path = parents + [change.logicalID.text]
      return change.losses.map { "\(Self.code(path.joined(separator: "/"))) loses \($0)." }
        + losses(change.nested ?? [], path)
    }
  }

  // MARK: Differences

  private func details(_ changes: [ResourceChange], _ parents: [String], _ mask: SecretMask)
    -> [[String]]
  {
    changes.flatMap { change -> [[String]] in
      let path = parents + [change.logicalID.text]
      var all: [[String]] = []
      if [.update, .replace, .adopt].contains(change.action), !change.properties.isEmpty {
        all.append(detail(change, path.joined(separator: "/"), mask))
      }
      return all + details(change.nested ?? [], path, mask)
    }
  }

  private func detail(_ change: ResourceChange, _ path: String, _ mask: SecretMask) -> [String] {
    var body: [String] = []
    for (index, property) in change.properties.enumerated() {
      var notes: [String] = []
      if property.requiresReplacement { notes.append("forces replacement") }
      let followed = change.reasons?[index].references.map(\.text) ?? []
      if !followed.isEmpty { notes.append("follows \(followed.joined(separator: ", "))") }
      if let location = property.location { notes.append(location) }
      body.append("# \(property.path)" + notes.map { "  \($0)" }.joined())
      body += Self.difference(property, mask)
    }
    // A fence ends at the first run of as many backticks.
    let fence = String(repeating: "`", count: max(3, Self.longestRun(of: "`", in: body) + 1))
    return [
      "<details><summary>\(change.action.sign) \(Self.code(path))</summary>", "", "\(fence)diff",
    ] + body + [fence, "", "</details>"]
  }

  private static func difference(_ property: PropertyChange, _ mask: SecretMask) -> [String] {
    switch (property.before.map(mask.hide), property.after.map(mask.hide)) {
    case (let before?, let after?):
      if let difference = LineDifference(before, after) { return difference.lines.map(\.text) }
      return ["- \(LineDifference.text(before))", "+ \(LineDifference.text(after))"]
    case (let before?, nil): return prefixed("-", before)
    case (nil, let after?): return prefixed("+", after)
    case (nil, nil): return []
    }
  }

  private static func prefixed(_ sign: String, _ value: PropertyValue) -> [String] {
    LineDifference.text(value).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { "\(sign) \($0)" }
  }

  private static func longestRun(of character: Character, in lines: [String]) -> Int {
    var longest = 0
    for line in lines {
      var run = 0
      for other in line {
        run = other == character ? run + 1 : 0
        longest = max(longest, run)
      }
    }
    return longest
  }

  /// Code in a line or a table's cell, whatever it holds.
  private static func code(_ text: String) -> String {
    var escaped = ""
    for character in GraphPicture.escaped(text) {
      switch character {
      case "|": escaped += "&#124;"
      case "`": escaped += "&#96;"
      case "\n", "\r", "\r\n": escaped += " "
      default: escaped.append(character)
      }
    }
    return "<code>\(escaped)</code>"
  }
}
