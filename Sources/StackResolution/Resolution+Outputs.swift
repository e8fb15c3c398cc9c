import Diagnostics
import PropertyTree
import StackModel
import TemplateParsing

extension Resolution {
  /// Checks the names in outputs, those of outputs with a false condition too.
  func checkOutputs() {
    for output in template.outputs {
      if let condition = output.condition { checkCondition(condition, block: "Outputs") }
      let place = NamePlace.output(isLive: isLive(output))
      checkNames(output.value, in: place)
      if let name = output.exportName { checkNames(name, in: place) }
    }
    if let metadata = template.metadata { checkNames(metadata, in: .metadata) }
  }

  func resolveOutputs() -> [StackOutput] {
    dynamicPlace = .output
    defer { dynamicPlace = .elsewhere }
    var resolved: [StackOutput] = []
    var exporters: [String: TemplateOutput] = [:]
    for output in template.outputs where isLive(output) {
      guard let value = outputText(output.value, "the output `\(output.key.value)`") else {
        continue
      }
      let exportName = output.exportName.flatMap { exported($0, output, &exporters) }
      resolved.append(
        StackOutput(
          key: output.key.value, value: value, description: output.description,
          exportName: exportName))
    }
    return resolved
  }

  /// An export's name, checked; two outputs can't have the same.
  private func exported(
    _ expression: Expression, _ output: TemplateOutput, _ exporters: inout [String: TemplateOutput]
  ) -> String? {
    guard let name = text(expression, "an export's name") else { return nil }
    let isPlain = name.utf8.allSatisfy {
      $0.isAlphanumeric || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "-")
    }
    guard isPlain, !name.isEmpty, name.utf8.count <= 255 else {
      report(
        .invalidName, "`\(name.prefix(60))` can't be an export's name", at: expression.span,
        hint: "use letters, digits, colons and hyphens, at most 255")
      return nil
    }
    if let first = exporters[name] {
      report(
        .duplicateExport, "two outputs export a value as `\(name)`", at: expression.span,
        related: [.init(span: first.exportName?.span ?? first.key.span, label: "the first")])
      return nil
    }
    exporters[name] = output
    return name
  }

  private func isLive(_ output: TemplateOutput) -> Bool {
    guard let condition = output.condition else { return true }
    return truth(ofCondition: condition.value) == true
  }

  private func outputText(_ expression: Expression, _ what: String) -> String? {
    guard let value = value(expression) else {
      report(.wrongIntrinsicValue, "\(what) can't be `AWS::NoValue`", at: expression.span)
      return nil
    }
    if case .unknown(let source) = value, !value.isUnresolved {
      return "(known after apply: \(source))"
    }
    return text(value, what, at: expression.span)
  }
}

extension UInt8 {
  /// An ASCII letter or digit.
  var isAlphanumeric: Bool {
    (self >= 0x30 && self <= 0x39) || (self >= 0x41 && self <= 0x5A)
      || (self >= 0x61 && self <= 0x7A)
  }
}
