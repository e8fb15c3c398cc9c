import Diagnostics
import PropertyTree
import StackModel
import TemplateParsing

extension Resolution {
  /// Checks the names in outputs, those of outputs with a false condition too.
  func checkOutputs() {
    for output in template.outputs {
      if let condition = output.condition { checkCondition(condition) }
      let place = NamePlace.output(isLive: isLive(output))
      checkNames(output.value, in: place)
      if let name = output.exportName { checkNames(name, in: place) }
    }
    if let metadata = template.metadata { checkNames(metadata, in: .metadata) }
  }

  func resolveOutputs() -> [StackOutput] {
    var resolved: [StackOutput] = []
    for output in template.outputs where isLive(output) {
      guard let value = outputText(output.value, "the output `\(output.key.value)`") else {
        continue
      }
      let exportName = output.exportName.flatMap { text($0, "an export's name") }
      resolved.append(
        StackOutput(
          key: output.key.value, value: value, description: output.description,
          exportName: exportName))
    }
    return resolved
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
