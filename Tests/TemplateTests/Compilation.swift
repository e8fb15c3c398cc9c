import Diagnostics
import PropertyTree
import ServerlessTransform
import StackModel
import StackResolution
import TemplateParsing

/// A template taken through parsing and resolution with the fake providers.
struct Compilation {
  /// Settings for looking at a template.
  struct Options {
    /// Without an environment, as `leat validate` does.
    var isByItself = false
    var allowsUnsupported = false
  }

  var stack: ResolvedStack?
  var diagnostics: [Diagnostic]
  /// In the order in which `identify` was called.
  var identified: [String]

  init(_ text: String, parameters: [String: String] = [:], previous: [String: String] = [:]) {
    self.init(Array(text.utf8), parameters: parameters, previous: previous)
  }

  init(
    _ bytes: [UInt8], file: String = "template.yaml", parameters: [String: String] = [:],
    previous: [String: String] = [:], exports: [String: String] = [:],
    outputs: [String: String] = [:],
    dynamic: [String: String] = [:], options: Options = Options(),
    readFile: TransformInputs.FileReader? = nil
  ) {
    var known = parameters
    known["AWS::Region"] = Fixture.environment.scope.region.text
    known["AWS::AccountId"] = Fixture.environment.scope.account.text
    known["AWS::StackName"] = Fixture.environment.stackName
    var inputs = TransformInputs(parameters: known, readFile: readFile)
    inputs.isByItself = options.isByItself
    let (template, found) = TemplateParser.parse(bytes, file: file) {
      DocumentTransforms.run(
        $0, inputs,
        others: [
          ServerlessTransform.name: { ServerlessTransform.expand($0, parameterValues: known) }
        ])
    }
    guard let template else {
      stack = nil
      diagnostics = found
      identified = []
      return
    }
    var order: [String] = []
    let (resolved, issues) = StackResolver.resolve(
      template, parameters: parameters, previousParameters: previous,
      environment: Fixture.environment, catalog: Fixture.catalog,
      exports: options.isByItself ? nil : exports,
      outputs: options.isByItself
        ? nil
        : Dictionary(
          uniqueKeysWithValues: outputs.map { name, value in
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            return (
              StackOutputReference(
                scope: Fixture.environment.scope, stackName: parts[0], output: parts[1]), value
            )
          }), allowsUnsupported: options.allowsUnsupported,
      lookup: { reference in
        if options.isByItself { return .unknown }
        let key = reference.name + (reference.jsonKey.map { ":\($0)" } ?? "")
        if let value = dynamic[key] { return value == "?" ? .unknown : .value(value) }
        return .missing(reason: "there is nothing of that name", hint: "make it first")
      }
    ) { resource in
      order.append(resource.logicalID.text)
      return Fixture.catalog.placeholderIdentity(of: resource, in: Fixture.environment)
    }
    diagnostics = (found + issues).inSourceOrder()
    stack = diagnostics.hasErrors ? nil : resolved
    identified = order
  }

  var codes: [String] { diagnostics.map(\.code.rawValue) }

  func properties(_ id: String) -> PropertyValue? {
    stack?.resources.first { $0.logicalID.text == id }?.properties
  }

  /// Everything that was resolved, as a tree.
  var tree: PropertyValue? {
    guard let stack else { return nil }
    var root: PropertyObject = [:]
    if let description = stack.description { root["Description"] = .string(description) }
    if !stack.parameters.isEmpty {
      root["Parameters"] = .object(
        PropertyObject(stack.parameters.map { ($0.name, .string($0.shownValue)) }))
    }
    root["Resources"] = .list(
      stack.resources.map { resource in
        var object: PropertyObject = [
          "LogicalId": .string(resource.logicalID.text), "Type": .string(resource.type.text),
        ]
        if !resource.dependsOn.isEmpty {
          object["DependsOn"] = .list(resource.dependsOn.map { .string($0.text) })
        }
        if resource.deletionPolicy != .delete {
          object["DeletionPolicy"] = .string(resource.deletionPolicy.rawValue)
        }
        if resource.updateReplacePolicy != .delete {
          object["UpdateReplacePolicy"] = .string(resource.updateReplacePolicy.rawValue)
        }
        object["Properties"] = resource.properties
        object["Answered"] = resource.answered
        return .object(object)
      })
    if !stack.outputs.isEmpty {
      root["Outputs"] = .list(
        stack.outputs.map { output in
          var object: PropertyObject = [
            "Key": .string(output.key), "Value": .string(output.value),
          ]
          if let description = output.description { object["Description"] = .string(description) }
          if let name = output.exportName { object["Export"] = .string(name) }
          return .object(object)
        })
    }
    return .object(root)
  }
}
