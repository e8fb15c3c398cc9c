/// The parts of a rule, as code hosts and editors show one.
extension DiagnosticCode {
  /// `UnknownReference`
  public var ruleName: String {
    let name = "\(self)"
    return name.prefix(1).uppercased() + name.dropFirst()
  }

  /// The first sentence of the explanation.
  public var summary: String {
    guard let end = explanation.firstRange(of: ". ") else { return explanation }
    return String(explanation[..<end.lowerBound]) + "."
  }

  /// The explanation, and the command that prints it.
  public var help: String { "\(explanation)\nMore: `leat explain \(rawValue)`" }

  /// The page of AWS's documentation on the part of templates or stacks that the code is about.
  public var page: String {
    let guide = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
    let page =
      switch self {
      case .unknownReference, .unknownReturnValue, .malformedIntrinsic, .unsupportedIntrinsic,
        .wrongIntrinsicValue, .plainPlaceholder, .dependencyCycle, .prunedReference:
        "intrinsic-function-reference.html"
      case .unknownMapping: "mappings-section-structure.html"
      case .unknownCondition: "conditions-section-structure.html"
      case .missingParameter, .invalidParameter, .unknownParameter:
        "parameters-section-structure.html"
      case .unsupportedTransform, .malformedServerless, .unsupportedServerless, .missingTransform:
        "transform-section-structure.html"
      case .unresolvedValue: "dynamic-references.html"
      case .unknownExport, .duplicateExport, .exportInUse: "using-cfn-stack-exports.html"
      case .unknownType, .unsupportedType, .unknownProperty, .unsupportedProperty,
        .missingProperty, .wrongPropertyType, .invalidPropertyValue, .readOnlyProperty,
        .unsupportedValue, .substituted:
        "aws-template-resource-type-ref.html"
      case .typeChanged, .customNameReplacement, .duplicatePhysicalName:
        "using-cfn-updating-stacks-update-behaviors.html"
      case .bucketNotEmpty, .unknownStack, .stackNotUpdatable, .deliveryFailed: "stacks.html"
      case .missingCapability: "control-access-with-iam.html"
      default: "template-anatomy.html"
      }
    return guide + page
  }
}
