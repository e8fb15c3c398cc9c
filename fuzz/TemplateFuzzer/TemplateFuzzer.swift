import AWSModel
import Diagnostics
import PropertyTree
import StackModel
import StackResolution
import TemplateParsing

/// What libFuzzer calls with each input: the whole way from bytes to a resolved stack, and the
/// formatter. Ends the process where formatting is not stable.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTemplate(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let environment = StackEnvironment(
    scope: Scope(account: AccountID("123456789012"), region: Region("eu-west-1")),
    stackName: "fuzz", stackID: "arn:aws:cloudformation:eu-west-1:123456789012:stack/fuzz/1")
  let inputs = TransformInputs(parameters: ["AWS::Region": "eu-west-1"])
  let (template, found) = TemplateParser.parse(bytes, file: "t.yaml") {
    DocumentTransforms.run($0, inputs)
  }
  var findings = found
  if let template {
    let catalog = ResourceCatalog([
      FuzzedProvider("AWS::SQS::Queue"), FuzzedProvider("AWS::S3::Bucket"),
    ])
    let (_, more) = StackResolver.resolve(
      template, environment: environment, catalog: catalog,
      lookup: { $0.version == nil ? $0.name : nil }
    ) { catalog.placeholderIdentity(of: $0, in: environment) }
    findings += more
  }
  let text = String(decoding: bytes, as: UTF8.self)
  _ = DiagnosticRenderer(sources: ["t.yaml": text]).render(findings)
  _ = SARIFReport.render(findings)
  let (once, _) = TemplateFormatter.format(text)
  let (twice, _) = TemplateFormatter.format(once)
  precondition(once == twice, "formatting twice differs from formatting once")
  return 0
}

/// A provider that implements all of its type.
struct FuzzedProvider: ResourceProvider {
  let schema: ResourceSchema

  init(_ type: String) {
    schema = ResourceSchema(
      type: ResourceType(type), naming: NamingRule(property: nil, lengthMax: 64),
      supported: ["*"], attributes: ["Arn"])
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

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// The entry point that the package manager looks for in an executable.
@_cdecl("TemplateFuzzer_main")
public func start(
  _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  var count = count
  var arguments = arguments
  return runDriver(&count, &arguments) { fuzzTemplate($0, $1) }
}
