import Diagnostics
import Effects
import Packaging
import PropertyTree
import ServerlessTransform
import ServiceKit
import ResourceModel
import StackContracts
import StackModel
import StackResolution
import TemplateParsing

/// The engine's own front: `TemplateParsing`, then `StackResolution`.
public struct TemplateCompiler: TemplateCompiling {
  private let readFile: (@Sendable (_ path: String, _ template: String) throws -> [UInt8])?
  private let readings = TemplateReadings()
  /// True in a process that looks at one template and ends: the trees made of it are never freed.
  public var keepsTrees = false
  /// The record of the time that each stage takes.
  public var times: StageTimes?

  /// - Parameter readFile: reads a file that a template includes, by the path it gives and the
  ///   template's own; nil where includes are refused.
  public init(
    readFile: (@Sendable (_ path: String, _ template: String) throws -> [UInt8])? = nil
  ) {
    self.readFile = readFile
  }

  /// Reads includes beside the template.
  public static func reading(_ files: any FileSystem) -> TemplateCompiler {
    TemplateCompiler { path, template in
      try files.read(IncludedPath.beside(template, path))
    }
  }

  public func resolve(
    _ source: TemplateSource, catalog: ResourceCatalog,
    lookup: (DynamicReference) -> DynamicAnswer = { _ in .unknown },
    identify: (ResolvedResource) -> ResourceIdentity
  ) -> (stack: ResolvedStack?, diagnostics: [Diagnostic]) {
    // Whoever plans measures all of this as planning.
    let (parsed, syntaxFindings) = times.measure(.read, within: .plan) { parse(source) }
    guard var template = parsed else { return (nil, syntaxFindings) }
    let findings =
      syntaxFindings
      + LocalCode.substitute(
        source.assets, in: &template, region: source.environment.scope.region.text)
    CDKBootstrap.answer(in: &template, without: source.parameters)
    // A template with mistakes is resolved too, as far as it goes: all findings come together.
    let (stack, more) = times.measure(.resolve, within: .plan) {
      StackResolver.resolve(
        template, parameters: source.parameters, previousParameters: source.previousParameters,
        environment: source.environment, catalog: catalog, exports: source.exports,
        outputs: source.outputs, allowsUnsupported: source.allowsUnsupported, lookup: lookup,
        identify: { resource in times.measure(.plan, within: .resolve) { identify(resource) } })
    }
    if keepsTrees {
      ShortRun.keep(template)
      ShortRun.keep(stack)
    }
    let all = (findings + more).inSourceOrder()
    return (all.hasErrors ? nil : stack, all)
  }

  /// The template with its transforms carried out; local paths stand in it as they are written.
  ///
  /// - Parameter isKept: true where the same text is read again by this compiler: it is kept until
  ///   then, and the second time costs little.
  public func parse(_ source: TemplateSource, isKept: Bool = false)
    -> (template: Template?, diagnostics: [Diagnostic])
  {
    let document: TemplateDocument
    switch readings.take(source.body, file: source.file) {
    case .whole(let template, let diagnostics)?: return (template, diagnostics)
    case .document(let known)?: document = known
    case nil: document = TemplateDocument(Array(source.body.utf8), file: source.file)
    }
    let result = template(of: document, source)
    if keepsTrees { ShortRun.keep(document) }
    if isKept {
      // Without transforms the same text gives the same template, whatever the parameters are.
      let reading =
        document.mayHoldTransforms
        ? TemplateReading.document(document) : .whole(result.template, result.diagnostics)
      readings.keep(reading, source.body, file: source.file)
    }
    return result
  }

  private func template(of document: TemplateDocument, _ source: TemplateSource)
    -> (template: Template?, diagnostics: [Diagnostic])
  {
    guard document.mayHoldTransforms else { return TemplateParser.template(of: document) }
    return TemplateParser.template(of: document) { transformed($0, source) }
  }

  private func transformed(_ root: TemplateNode, _ source: TemplateSource) -> TransformedDocument {
    let inputs = transformInputs(source)
    // Changed code gives versions and layers new ids, so the hash of what was packaged takes part.
    let contentHashes = Dictionary(
      source.assets.compactMap { asset in asset.path.map { ($0, asset.key) } },
      uniquingKeysWith: { first, _ in first })
    let serverless: DocumentTransforms.Transform = {
      ServerlessTransform.expand(
        $0, parameterValues: inputs.parameters, contentHashes: contentHashes)
    }
    return DocumentTransforms.run(root, inputs, others: [ServerlessTransform.name: serverless])
  }

  private func transformInputs(_ source: TemplateSource) -> TransformInputs {
    var parameters = source.previousParameters.merging(source.parameters) { $1 }
    parameters["AWS::Region"] = source.environment.scope.region.text
    parameters["AWS::AccountId"] = source.environment.scope.account.text
    parameters["AWS::StackName"] = source.environment.stackName
    parameters["AWS::StackId"] = source.environment.stackID
    parameters["AWS::Partition"] = "aws"
    var inputs = TransformInputs(parameters: parameters)
    inputs.isByItself = source.exports == nil
    if let readFile { inputs.readFile = { try readFile($0, source.file) } }
    return inputs
  }

  public func outline(of body: String, file: String)
    -> (outline: TemplateOutline?, diagnostics: [Diagnostic])
  {
    let document = TemplateDocument(Array(body.utf8), file: file)
    let (template, findings) = TemplateParser.template(of: document)
    guard let template else { return (nil, findings) }
    var outline = TemplateOutline(
      description: template.description, formatVersion: template.formatVersion?.value,
      transforms: template.transforms.map(\.value),
      parameters: template.parameters.map { parameter in
        TemplateOutline.Parameter(
          name: parameter.name.value, type: parameter.type.value,
          defaultValue: parameter.defaultValue?.value, isSecret: parameter.isSecret,
          description: parameter.description,
          allowedValues: parameter.allowedValues.map(\.value), span: parameter.name.span)
      },
      resources: template.resources.map { resource in
        TemplateOutline.Resource(
          logicalID: LogicalID(resource.logicalID.value), type: ResourceType(resource.type.value),
          properties: Self.keys(of: resource.properties))
      }, outputsSpan: template.outputs.first?.key.span)
    outline.metadata = document.root?["Metadata"].map { JSONWriter.compact($0.tree) }
    return (outline, findings)
  }

  public func processed(_ source: TemplateSource) -> String {
    let document = TemplateDocument(Array(source.body.utf8), file: source.file)
    guard document.mayHoldTransforms, let root = document.root else { return source.body }
    let changed = transformed(root, source)
    guard !changed.diagnostics.hasErrors, changed.root != root,
      var tree = changed.root.tree.objectValue
    else { return source.body }
    tree["Transform"] = nil
    return JSONWriter.compact(.object(tree))
  }

  private static func keys(of properties: Expression?) -> [String] {
    guard case .object(let entries)? = properties?.kind else { return [] }
    return entries.map(\.key.value)
  }
}
