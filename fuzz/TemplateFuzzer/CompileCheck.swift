import AWSModel
import Diagnostics
import PropertyTree
import ResourceFacts
import ResourceModel
import ServerlessTransform
import StackModel
import StackResolution
import TemplateParsing

/// The whole way from bytes to a resolved stack.
enum CompileCheck {
  private static let environment = StackEnvironment(
    scope: Scope(account: AccountID("123456789012"), region: Region("eu-west-1")),
    stackName: "fuzz", stackID: "arn:aws:cloudformation:eu-west-1:123456789012:stack/fuzz/1")

  /// Every type with public facts, so that values are held against all kinds of shapes.
  private static let catalog = catalog(of: ResourceFacts.describedTypes.map { FuzzedProvider($0) })

  private static func catalog(of providers: [FuzzedProvider]) -> ResourceCatalog {
    do { return try ResourceCatalog(providers) } catch { preconditionFailure("\(error)") }
  }

  static func run(on input: FuzzedInput) {
    // Half of the texts are looked at as `leat validate --allow-unsupported` does.
    let (_, findings) = resolve(
      input.template, input, isByItself: input.template.count.isMultiple(of: 2))
    var sources = ["t.yaml": String(decoding: input.template, as: UTF8.self)]
    sources["part.yaml"] = input.included.map { String(decoding: $0, as: UTF8.self) }
    _ = DiagnosticRenderer(sources: sources).render(findings)
    _ = SARIFReport.render(findings)
  }

  /// A few types, of which little is implemented, so that most is left out.
  private static let sparseCatalog = catalog(
    of: [
      "AWS::IAM::Role", "AWS::Kinesis::Stream", "AWS::Lambda::Function", "AWS::S3::Bucket",
      "AWS::SNS::Topic", "AWS::SQS::Queue",
    ].map { FuzzedProvider($0, isSparse: true) })

  /// - Parameter isByItself: true for a template without an environment, whose parameters may lack
  ///   values, and of which what nothing provisions is left out.
  static func resolve(_ bytes: [UInt8], _ input: FuzzedInput, isByItself: Bool = false)
    -> (ResolvedStack?, [Diagnostic])
  {
    let catalog = isByItself ? sparseCatalog : catalog
    var known = input.parameters
    known["AWS::Region"] = "eu-west-1"
    known["AWS::AccountId"] = "123456789012"
    known["AWS::StackName"] = "fuzz"
    known["AWS::Partition"] = "aws"
    var inputs = TransformInputs(parameters: known)
    inputs.isByItself = isByItself
    if let included = input.included { inputs.readFile = { _ in included } }
    let (template, found) = TemplateParser.parse(bytes, file: "t.yaml") {
      DocumentTransforms.run(
        $0, inputs,
        others: [
          ServerlessTransform.name: { ServerlessTransform.expand($0, parameterValues: known) }
        ])
    }
    guard let template else { return (nil, found) }
    let (stack, more) = StackResolver.resolve(
      template, parameters: input.parameters, environment: environment, catalog: catalog,
      exports: isByItself ? nil : ["shared": "value", "list": "a,b"],
      outputs: isByItself ? nil : [:], allowsUnsupported: isByItself,
      lookup: { reference in
        if reference.versionStage != nil { return .unknown }
        if reference.version != nil { return .missing(reason: "there is none", hint: nil) }
        return .value(reference.name)
      }
    ) { catalog.placeholderIdentity(of: $0, in: environment) }
    return (stack, found + more)
  }
}

/// A provider that implements all of its type, or little.
struct FuzzedProvider: ResourceProvider {
  let schema: ResourceSchema

  /// - Parameter isSparse: true where names and tags are all that is implemented.
  init(_ type: String, isSparse: Bool = false) {
    schema = ResourceSchema(
      type: ResourceType(type), naming: NamingRule(property: nil, lengthMax: 64),
      supported: isSparse
        ? ["Code.S3Bucket", "Handler", "Name", "QueueName", "Role", "Tags.*"] : ["*"],
      attributes: ["Arn"])
  }

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID),
      attributes: ["Arn": .string("arn:\(physicalID)")])
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] { [] }
}
